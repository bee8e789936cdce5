"""What waits for an officer, counted by kind and pool: the first page's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console import card_services, contents, deposits, invoices, queries
from gateway.console.seats import Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line: so many of one thing in one pool (None: what has no pool)."""

    what: str | Promise
    meaning: str
    pool: int | None
    count: int
    oldest: datetime
    value_fen: int | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits, whatever its room."""

    pool: int | None
    since: datetime
    value_fen: int | None = None


def waiting_for(seat: Seat, now: datetime) -> list[Waiting]:
    """Everything that waits for this officer: kind by kind, within it pool by pool."""
    return [
        line
        for what, meaning, view, read in _KINDS
        for line in _by_pool(what, meaning, reverse(f"console:{view}"), read(seat, now))
    ]


def _by_pool(
    what: str | Promise, meaning: str, address: str, items: Iterable[Item]
) -> Iterator[Waiting]:
    pools: dict[int | None, list[Item]] = {}
    for item in items:
        pools.setdefault(item.pool, []).append(item)
    for pool in sorted(pools, key=lambda one: one or 0):
        mine = pools[pool]
        known = [one.value_fen for one in mine if one.value_fen is not None]
        yield Waiting(
            what=what,
            meaning=meaning,
            pool=pool,
            count=len(mine),
            oldest=min(one.since for one in mine),
            value_fen=sum(known) if known else None,
            address=address,
        )


def _approvals(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in queries.approvals_to_decide(seat, now, most=None):
        worth = contents.amount_fen(one.content)
        yield Item(pool=one.pool, since=one.asked_at, value_fen=worth)


def _loads(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in queries.unclear_loads(seat, now):
        yield Item(pool=one.pool, since=one.sealed_at, value_fen=one.amount_fen)


def _incidents(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in queries.incidents(seat):
        yield Item(pool=one.pool, since=one.happened_at, value_fen=one.amount_fen or None)


def _set_aside(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in queries.set_aside(seat, now):
        yield Item(pool=one.pool, since=one.since, value_fen=one.amount_fen)


def _duties(seat: Seat, now: datetime) -> Iterator[Item]:
    if seat.reaches(None, queries.DUTY_READERS):
        for one in queries.given_up():
            yield Item(pool=None, since=one.finished_at or one.owed_at)


def _services(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in card_services.waiting(seat):
        since = one.moved_at or one.asked_at
        yield Item(pool=one.pool, since=since, value_fen=one.amount_fen or None)


def _deposits(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in deposits.waiting(seat):
        yield Item(pool=one.pool, since=one.due_at or one.placed_at, value_fen=one.amount_fen)


def _invoices(seat: Seat, now: datetime) -> Iterator[Item]:
    for one in invoices.in_doubt(seat, now):
        yield Item(pool=one.pool, since=one.asked_at, value_fen=one.amount_fen)


def _lost_events(seat: Seat, now: datetime) -> Iterator[Item]:
    if seat.reaches(None, queries.DUTY_READERS):
        for one in queries.lost_events():
            yield Item(pool=None, since=one.last_at or one.first_at)


def _keys(seat: Seat, now: datetime) -> Iterator[Item]:
    if seat.holds(queries.KEY_READERS):
        for one in queries.card_keys(now):
            if one.state in queries.KEYS_AT_WORK and queries.ends_soon(one):
                yield Item(pool=None, since=one.expires_at or now)


_KINDS: tuple[tuple[str | Promise, str, str, Callable[[Seat, datetime], Iterable[Item]]], ...] = (
    (_("审批待复核"), "waiting", "approvals", _approvals),
    (_("存疑的圈存"), "waiting", "loads", _loads),
    (_("卡片服务待办"), "waiting", "services", _services),
    (_("要退的押金"), "waiting", "deposits", _deposits),
    (_("存疑的发票"), "waiting", "invoices", _invoices),
    (_("卡片异常"), "wrong", "incidents", _incidents),
    (_("留置的付款与退款"), "wrong", "set-aside", _set_aside),
    (_("未办成的任务"), "wrong", "duties", _duties),
    (_("漏收事件的地址"), "wrong", "duties", _lost_events),
    (_("快到期的卡密钥"), "waiting", "keys", _keys),
)
