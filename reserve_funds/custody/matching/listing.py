"""What pages ask of matching: differences page by page, what was decided, lines without partner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum

from reserve_funds.custody.errors import DifferenceUnknown, MatchingProposalOver
from reserve_funds.custody.matching.models import Decision, Difference, Leftover, Line, Manual
from reserve_funds.custody.matching.passes import by_name
from reserve_funds.custody.matching.proposing import lines_of
from reserve_funds.custody.matching.queries import LISTED, Told, told

Pools = Collection[int] | None
"""The pools whoever asks may see; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortSum:
    """How many differences of one sort there are, their value at risk, the oldest day."""

    sort: str
    count: int
    value_fen: int
    oldest: date


def found(
    pools: Pools,
    *,
    now: datetime,
    sort: str = "",
    after: tuple[int, UUID] | None = None,
    limit: int = 50,
) -> list[Told]:
    """Differences that are not over, the largest value at risk first, those after value and id."""
    rows = _listed(pools)
    rows = rows.filter(sort=sort) if sort else rows
    if after is not None:
        value_fen, last = after
        rows = rows.filter(Q(value_fen__lt=value_fen) | Q(value_fen=value_fen, id__gt=last))
    return [told(row, now=now) for row in rows.order_by("-value_fen", "id")[:limit]]


def sums(pools: Pools) -> list[SortSum]:
    """The differences that are not over by sort, the largest value at risk first."""
    rows = _listed(pools).values("sort").annotate(
        count=Count("id"), value=Sum("value_fen"), oldest=Min("day")
    )  # fmt: skip
    return [
        SortSum(sort=row["sort"], count=row["count"], value_fen=row["value"], oldest=row["oldest"])
        for row in rows.order_by("-value", "sort")
    ]


def lines(difference_id: UUID) -> list[Line]:
    """The lines a difference is about, in their present version. DifferenceUnknown."""
    one = Difference.objects.filter(pk=difference_id).first()
    if one is None:
        raise DifferenceUnknown(id=difference_id)
    return lines_of(one)


def decisions_of(difference_id: UUID) -> list[Decision]:
    """What was proposed about a difference, oldest first."""
    return list(Decision.objects.filter(difference=difference_id).order_by("id"))


def decision(decision_id: UUID) -> Decision:
    """One decision. MatchingProposalOver when there is none."""
    one = Decision.objects.filter(pk=decision_id).first()
    if one is None:
        raise MatchingProposalOver(id=decision_id, state="unknown")
    return one


def without_partner(pool: int, relation: str, *, limit: int = 100) -> list[Line]:
    """Lines of a pool without a partner in a relation, by day, those that stand alone."""
    number = by_name(relation).number
    ids = Leftover.objects.filter(pool=pool, relation=number).values("line")
    rows = Line.objects.filter(pk__in=ids, is_current=True, standing="stands")
    return list(rows.order_by("day", "amount_fen", "side", "id")[:limit])


def by_hand(pools: Pools, *, limit: int = 50) -> list[Decision]:
    """Matches by hand that are in force, the newest first."""
    made = Manual.objects.filter(ended_by=None).values("decision")
    rows = Decision.objects.filter(pk__in=made, kind="match", state="done")
    rows = rows if pools is None else rows.filter(pool__in=pools)
    return list(rows.order_by("-id")[:limit])


def _listed(pools: Pools) -> QuerySet[Difference]:
    rows = Difference.objects.filter(state__in=LISTED)
    return rows if pools is None else rows.filter(pool__in=pools)
