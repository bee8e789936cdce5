"""How far a fleet's day has come, a line now and then, for whoever waits for a long one."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 10.0


@contextmanager
def told(what: str, far: Callable[[], str], *, aloud: bool) -> Iterator[None]:
    """Says `what` when it begins and ends, and how `far` it is meanwhile; silent unless aloud."""
    if not aloud:
        yield
        return
    began, over = time.monotonic(), threading.Event()

    def say(word: str) -> None:
        seconds = int(time.monotonic() - began)
        sys.stderr.write(f"fleet: {what} {word}, {seconds} s: {far()}\n")
        sys.stderr.flush()

    def go_on() -> None:
        while not over.wait(SECONDS):
            say("goes on")

    telling = threading.Thread(target=go_on, daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()
        say("ended")


def counted(events: list[tuple[object, str, str]]) -> str:
    """Events by what they were, most of them first."""
    many = Counter(what for _, _, what in list(events))
    return ", ".join(f"{name} {number}" for name, number in many.most_common())


def figures(sums: dict[str, int], *, aloud: bool) -> None:
    """What the day came to, when everything about it was found right."""
    if aloud:
        sys.stderr.write("fleet: all is well\n")
        sys.stderr.writelines(f"fleet: {name}: {value}\n" for name, value in sums.items())
