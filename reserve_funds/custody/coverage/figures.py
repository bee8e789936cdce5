"""Coverage of one pool or of all, now or as the book knew it, each in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from reserve_funds.chart import BY_NAME, Side
from reserve_funds.custody.coverage.values import Coverage, CoverDue, Held, Owed
from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger import holders, pools
from reserve_funds.ledger.holders import Part
from reserve_funds.ledger.values import Ref

_COVER_DUE = "own_cover_due"


def of(pool: int, at: datetime | None = None) -> Coverage:
    """A pool's coverage, as the book knew it at `at` (None: now). A pool without money has none."""
    return _coverage(pool, at, holders.coverage(pool, at))


def everywhere(at: datetime | None = None) -> dict[int, Coverage]:
    """The coverage of every pool that has money in it, in one snapshot."""
    parts: dict[int, list[Part]] = defaultdict(list)
    for part in holders.coverage(None, at):
        parts[part.pool].append(part)
    return {pool: _coverage(pool, at, told) for pool, told in parts.items()}


def at_the_cut(pool: int, day: date) -> Coverage:
    """A pool's coverage at the end of a business day, as known then. PoolNotOpen if not yet cut."""
    cut_at = pools.cut_at(pool, day)
    if cut_at is None:
        raise PoolNotOpen(pool=pool, day=day)
    return of(pool, cut_at)


def leaves(pool: int, at: datetime | None = None) -> Iterator[tuple[Ref, int]]:
    """Of each holder max(0, balance), by kind and owner: what a proof of the reserve is made of.

    They add up to `positive_liabilities_fen` of the same moment.
    """
    return ((ref, max(0, fen)) for ref, fen in holders.owed(pool, at))


def _coverage(pool: int, at: datetime | None, parts: Iterable[Part]) -> Coverage:
    ages: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    whole = []
    for part in parts:
        if part.day is None:
            whole.append(part)
        else:
            ages[part.kind, str(part.owner)].append((part.day, part.positive_fen))
    aged = {key: tuple(days) for key, days in ages.items()}
    return Coverage(
        pool=pool,
        at=at,
        held=tuple(
            Held(
                kind=part.kind,
                owner=str(part.owner),
                fen=part.positive_fen + part.negative_fen,
                ages=aged.get((part.kind, str(part.owner)), ()),
            )
            for part in whole
            if BY_NAME[part.kind].side == Side.DEBIT and part.kind != _COVER_DUE
        ),
        owed=tuple(
            Owed(
                kind=part.kind,
                fen=part.positive_fen,
                overdrawn_fen=-part.negative_fen,
                holders=part.accounts,
            )
            for part in whole
            if BY_NAME[part.kind].side == Side.CREDIT
        ),
        cover_due=tuple(
            CoverDue(
                reason=str(part.owner),
                fen=part.positive_fen + part.negative_fen,
                ages=aged.get((part.kind, str(part.owner)), ()),
            )
            for part in whole
            if part.kind == _COVER_DUE
        ),
    )
