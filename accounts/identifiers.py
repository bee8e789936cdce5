"""Identifiers that carry their time: minted here, derived from a cause, or named by the outside."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from datetime import UTC, date, datetime, timedelta
from uuid import RFC_4122, UUID

from accounts.clock import aware, start_of_day
from accounts.errors import IdentifierFromFuture, IdentifierWithoutTime

SKEW = timedelta(minutes=2)
STEP_BACK_MS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAIL_BITS = 74
_TAIL_MASK = (1 << _TAIL_BITS) - 1


def new_id(now: datetime) -> UUID:
    """A UUIDv7 (RFC 9562) of this moment, greater than every one this process minted before.

    Within one millisecond, and when the clock steps back by up to ten seconds, the random tail
    counts on from the last one. After a longer step back the identifier follows the clock again:
    one that claims a later time would be refused elsewhere as coming from the future.
    Never a secret: whoever sees one can guess its neighbours.
    """
    return _MINT.next(_milliseconds(now))


def derive(cause: UUID, step: str) -> UUID:
    """The UUIDv8 that follows from `cause` at `step`: the time of `cause`, then a hash of both.

    The same cause and step always give the same identifier. IdentifierWithoutTime unless `cause`
    is a UUID of version 7 or 8.
    """
    _require_time(cause)
    return _compose(cause.int >> 80, 8, _tail(b"derive", cause.bytes, step.encode()))


def outside_id(source: str, day: date, number: str) -> UUID:
    """The UUIDv8 of a fact of the outside (`number` as `source` numbers it, on its `day`).

    Its time is midnight in Shanghai of `day`, so that the same fact told twice has one name.
    """
    digest = _tail(b"outside", source.encode(), day.isoformat().encode(), number.encode())
    return _compose(_milliseconds(start_of_day(day)), 8, digest)


def moment_of(id: UUID) -> datetime:  # noqa: A002
    """The time an identifier of version 7 or 8 carries, to the millisecond, in UTC."""
    _require_time(id)
    try:
        return _EPOCH + timedelta(milliseconds=id.int >> 80)
    except OverflowError as overflow:
        raise IdentifierFromFuture(id=str(id)) from overflow


def refuse_future(id: UUID, now: datetime) -> None:  # noqa: A002
    """IdentifierFromFuture when the identifier's time is more than two minutes after `now`."""
    if moment_of(id) > aware(now) + SKEW:
        raise IdentifierFromFuture(id=str(id), now=now.isoformat())


class _Mint:
    """The last identifier of this process, so that the next one is greater."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = -1
        self._last_tail = 0

    def next(self, ms: int) -> UUID:
        with self._lock:
            if self._last_ms - STEP_BACK_MS <= ms <= self._last_ms:
                ms, tail = self._count_on()
            else:
                tail = secrets.randbits(_TAIL_BITS - 1)
            self._last_ms, self._last_tail = ms, tail
        return _compose(ms, 7, tail)

    def _count_on(self) -> tuple[int, int]:
        tail = self._last_tail + 1 + secrets.randbits(32)
        if tail > _TAIL_MASK:
            return self._last_ms + 1, secrets.randbits(_TAIL_BITS - 1)
        return self._last_ms, tail

    def forget(self) -> None:
        """A forked child starts afresh, or it would mint its parent's next neighbours."""
        self._lock = threading.Lock()
        self._last_ms, self._last_tail = -1, 0


def _compose(ms: int, version: int, tail: int) -> UUID:
    """48 bits of time, the version, 12 bits of tail, the variant, 62 bits of tail."""
    upper, lower = tail >> 62, tail & ((1 << 62) - 1)
    return UUID(int=ms << 80 | version << 76 | upper << 64 | 0b10 << 62 | lower)


def _tail(*parts: bytes) -> int:
    """74 bits of SHA-256 over the parts, each with its length, so that no two lists look alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return int.from_bytes(digest.digest(), "big") >> (256 - _TAIL_BITS)


def _milliseconds(moment: datetime) -> int:
    ms = (aware(moment) - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= ms < 1 << 48:
        raise ValueError("an identifier carries times from 1970 on")
    return ms


def _require_time(one: UUID) -> None:
    if one.variant != RFC_4122 or one.version not in (7, 8):
        raise IdentifierWithoutTime(id=str(one))


_MINT = _Mint()
os.register_at_fork(after_in_child=_MINT.forget)
