"""One reference kiosk: `python -m gateway.sandbox.reference_kiosk`, or script/kiosk.

Prints `KIOSK <address>` of its page once it serves; Chromium shows that address full screen.
"""

from __future__ import annotations

import argparse
import queue
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.sandbox.reference_kiosk import machine, steps
from gateway.sandbox.reference_kiosk.attendant import Attendant
from gateway.sandbox.reference_kiosk.devices import Cabinet, PcscReader
from gateway.sandbox.reference_kiosk.page_server import PageServer
from gateway.sandbox.reference_kiosk.screens import Screen

LOOK_SECONDS = 0.1


def main(words: Sequence[str] | None = None) -> None:
    """Serves until it is ended, in whatever way: nothing needs a clean end."""
    given = parser().parse_args(words)
    page = PageServer(given.page_port)
    if given.code:
        page.keys.put(("enrol", given.code))
    attendant = build(given, steps.from_environment(), page.show)
    attendant.start()
    sys.stdout.write(f"KIOSK {page.url}\n")
    sys.stdout.flush()
    while True:
        serve(attendant, page)


def build(
    given: argparse.Namespace, passing: steps.Steps, show: Callable[[Screen], None]
) -> Attendant:
    """The machine that the arguments describe, as its journal left it."""
    cabinet = Cabinet(_where(given.cabinet), passing)
    inside = machine.put_together(
        directory=given.state_dir,
        origin=given.url,
        via=_where(given.via) if given.via else None,
        cabinet=cabinet,
        reader=PcscReader(given.reader, passing) if given.reader is not None else cabinet,
        steps=passing,
        clock=lambda: _clock(given.ahead_seconds, given.test_clock),
    )
    return Attendant(inside, show=show, again=given.again_seconds)


def serve(attendant: Attendant, page: PageServer) -> None:
    """A key when there is one, and a look at the devices."""
    try:
        word, value = page.keys.get(timeout=LOOK_SECONDS)
    except queue.Empty:
        attendant.tick()
        return
    attendant.press(word, value)


def parser() -> argparse.ArgumentParser:
    """How a kiosk is set up."""
    words = argparse.ArgumentParser(prog="reference_kiosk", description=__doc__)
    words.add_argument("--state-dir", type=Path, required=True, help="key and journal")
    words.add_argument("--url", required=True, help="the gateway's address, as it is signed")
    words.add_argument("--via", help="HOST:PORT where the line really goes (a proxy)")
    words.add_argument("--cabinet", required=True, help="HOST:PORT of acceptor, printer, card")
    words.add_argument("--reader", help="part of a PC/SC reader's name; else the cabinet's card")
    words.add_argument("--code", help="the enrolment code; else it is typed on the screen")
    words.add_argument("--page-port", type=int, default=0)
    words.add_argument("--again-seconds", type=float, default=2.0, help="between tries of the line")
    words.add_argument("--ahead-seconds", type=float, default=0.0, help="a wrong clock")
    words.add_argument("--test-clock", type=Path, help="file: seconds that a test clock is ahead")
    return words


def _where(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _clock(ahead_seconds: float, test_clock: Path | None) -> datetime:
    test = float(test_clock.read_text(encoding="ascii")) if test_clock else 0.0
    return datetime.now(UTC) + timedelta(seconds=ahead_seconds + test)


if __name__ == "__main__":
    main()
