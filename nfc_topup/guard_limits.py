"""How many wrong MAC1s are too many, where, within what time, and how long the lock then lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_ENTRY = re.compile(r"([a-z_]+)=([0-9]{1,6})/([0-9]{1,6})/([0-9]{1,6})")


class Scope(StrEnum):
    """Where failures are counted.

    CARD_HERE: one card presented by one actor. TERMINAL: one kiosk, whatever the card. USER: one
    person. PROVIDER: a wallet provider's server, or whoever else speaks for many. CARD: one card,
    whoever presents it; never locked by failures, or anybody could lock a stranger's card.
    """

    CARD_HERE = "card_here"
    TERMINAL = "terminal"
    USER = "user"
    PROVIDER = "provider"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`failures` within `window` lock for `lock`; a lock of zero means: an alarm and no lock.

    The window begins with its first failure. A lock lasts at least as long as its window, so that
    the count begins anew once it ends.
    """

    failures: int
    window: timedelta
    lock: timedelta

    def __post_init__(self) -> None:
        if self.failures < 1 or self.window <= timedelta(0):
            raise ValueError("a limit counts at least one failure in some window")
        if timedelta(0) < self.lock < self.window:
            raise ValueError("a lock lasts at least as long as its window")


def _limit(failures: int, window: int, lock: int) -> Limit:
    seconds = timedelta(seconds=1)
    return Limit(failures=failures, window=window * seconds, lock=lock * seconds)


DEFAULTS: Mapping[Scope, Limit] = {
    Scope.CARD_HERE: _limit(5, 600, 900),
    Scope.TERMINAL: _limit(20, 600, 600),
    Scope.USER: _limit(10, 600, 1800),
    Scope.PROVIDER: _limit(100, 600, 600),
    Scope.CARD: _limit(20, 86_400, 0),
}


def read_limits(text: str) -> dict[Scope, Limit]:
    """The defaults, except what `text` sets: `user=10/600/1800 …` (failures/window s/lock s).

    ValueError for anything else, and for a lock on CARD.
    """
    limits = dict(DEFAULTS)
    for entry in text.split():
        match = _ENTRY.fullmatch(entry)
        if match is None or match[1] not in set(Scope):
            raise ValueError(f"not a limit: {entry!r}; write scope=failures/seconds/seconds")
        limits[Scope(match[1])] = _limit(int(match[2]), int(match[3]), int(match[4]))
    if limits[Scope.CARD].lock:
        raise ValueError("a card is never locked by failures: anybody could lock a stranger's")
    return limits


def scope_of(actor_kind: str) -> Scope:
    """Under which scope an actor of this kind is counted, whatever card is presented."""
    if actor_kind == "kiosk":
        return Scope.TERMINAL
    return Scope.USER if actor_kind in ("citizen", "officer") else Scope.PROVIDER
