"""Reads enterprises, their orders and rows, and how far their claims have come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from accounts.models import Person
from gateway.bulk.errors import BulkOrderUnknown, EnterpriseUnknown, ReturnUnknown
from gateway.bulk.models import BulkOrder, BulkReturn, BulkRow, Enterprise, ReturnPart
from gateway.payments.models import Payment
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.custody.bank.models import Understanding
from reserve_funds.ledger import queries as ledger

Pools = Collection[int] | None
"""The pools whoever asks may see; None: all."""
UNTAKEN = ("paid",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of an order's claims stand where, and what they come to: `state: (count, fen)`."""

    states: dict[str, tuple[int, int]]

    def of(self, *states: str) -> tuple[int, int]:
        """Count and fen of the claims in these states together."""
        found = [self.states.get(state, (0, 0)) for state in states]
        return sum(count for count, _ in found), sum(fen for _, fen in found)


def enterprises(pools: Pools) -> QuerySet[Enterprise]:
    """Enterprises with their contacts, by name."""
    rows = Enterprise.objects.prefetch_related("contacts").order_by("pool", "name")
    return rows if pools is None else rows.filter(pool__in=pools)


def enterprise(enterprise_id: UUID, pools: Pools) -> Enterprise:
    """One of them. EnterpriseUnknown, also another pool's."""
    found = enterprises(pools).filter(pk=enterprise_id).first()
    if found is None:
        raise EnterpriseUnknown(id=enterprise_id)
    return found


def orders(pools: Pools, *, before: UUID | None = None) -> QuerySet[BulkOrder]:
    """Orders with their enterprises, newest first."""
    rows = BulkOrder.objects.select_related("enterprise").order_by("-id")
    rows = rows if pools is None else rows.filter(pool__in=pools)
    return rows if before is None else rows.filter(pk__lt=before)


def order(order_id: UUID, *, pools: Pools = None, lock: bool = False) -> BulkOrder:
    """One order with its enterprise. BulkOrderUnknown, also another pool's."""
    rows = orders(pools)
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=order_id).first()
    if found is None:
        raise BulkOrderUnknown(id=order_id)
    return found


def order_of_approval(approval_id: UUID) -> UUID:
    """The order that this approval is for. BulkOrderUnknown."""
    found = BulkOrder.objects.filter(approval_id=approval_id).values_list("pk", flat=True).first()
    if found is None:
        raise BulkOrderUnknown(approval=approval_id)
    return found


def bulk_return(return_id: UUID, *, lock: bool = False) -> BulkReturn:
    """One return with its order. ReturnUnknown."""
    rows = BulkReturn.objects.select_related("order__enterprise")
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=return_id).first()
    if found is None:
        raise ReturnUnknown(id=return_id)
    return found


def good_rows(order: BulkOrder) -> QuerySet[BulkRow]:
    """The rows that are of the order, as they stand in the list."""
    return order.rows.filter(verdict="").order_by("line_no")


def every_row(order: BulkOrder) -> QuerySet[BulkRow]:
    """All rows as they stand in the list, each with `claim_state` of its claim."""
    state = TopUp.objects.filter(pk=OuterRef("pk")).values("state")[:1]
    return order.rows.annotate(claim_state=Subquery(state)).order_by("line_no")


def against(order: BulkOrder) -> dict[str, int]:
    """How many rows each verdict has, the most frequent first."""
    rows = order.rows.exclude(verdict="").values("verdict").annotate(n=Count("id"))
    return {row["verdict"]: row["n"] for row in rows.order_by("-n", "verdict")}


def with_claims(order: BulkOrder) -> QuerySet[BulkRow]:
    """The good rows, each with `claim_state` of its claim."""
    return every_row(order).filter(verdict="")


def progress(order: BulkOrder) -> Progress:
    """Where the claims of an order stand, in one question."""
    return progress_of([order])[order.pk]


def progress_of(found: Collection[BulkOrder]) -> dict[UUID, Progress]:
    """The same of many orders."""
    ids = BulkRow.objects.filter(order__in=[one.pk for one in found], verdict="")
    state = TopUp.objects.filter(pk=OuterRef("pk")).values("state")[:1]
    rows = (
        ids.annotate(claim_state=Subquery(state))
        .values("order_id", "claim_state")
        .annotate(n=Count("id"), fen=Sum("amount_fen"))
        .order_by()
    )
    told: dict[UUID, dict[str, tuple[int, int]]] = {one.pk: {} for one in found}
    for row in rows:
        told[row["order_id"]][row["claim_state"] or ""] = (row["n"], row["fen"])
    return {pk: Progress(states=states) for pk, states in told.items()}


def received_fen(order: BulkOrder) -> int:
    """What lies in the order's own account: come and recognised, and not shared out or gone."""
    return ledger.available_fen(order.pool, postings.unloaded_order(order.pk))


def transfers_in(order: BulkOrder) -> list[Understanding]:
    """The bank entries that two officers have said are of this order, oldest first."""
    rows = Understanding.objects.filter(
        pool=order.pool, as_kind="unloaded_orders", as_owner=str(order.pk), state="done"
    )
    return list(rows.order_by("id"))


def payments_in(order: BulkOrder) -> list[Payment]:
    """The payments that were made or offered for this order, oldest first."""
    rows = Payment.objects.filter(patron="bulk", patron_id=order.pk)
    return list(rows.order_by("id"))


def parts(order: BulkOrder) -> list[ReturnPart]:
    """Every way that money of this order goes back."""
    rows = ReturnPart.objects.filter(bulk_return__order=order).select_related("bulk_return")
    return list(rows.order_by("bulk_return_id", "id"))


def overdue(now: datetime) -> QuerySet[BulkOrder]:
    """Shared orders whose people had their time."""
    return BulkOrder.objects.filter(state="shared", claim_until__lte=now).order_by("id")


def waiting_for(person: Person) -> list[TopUp]:
    """Claims for cards in this person's hands that are not theirs yet, with their `giver`."""
    rows = TopUp.objects.filter(
        card__holder=person,
        person__isnull=True,
        state="paid",
        pk__in=BulkRow.objects.filter(asn__in=person.cards.values("asn")).values("pk"),
    )
    return list(rows.annotate(giver=giver()).select_related("card").order_by("id")[:20])


def giver_of(topup_id: UUID) -> str:
    """The employer who gave this top-up; empty for any other."""
    found = BulkRow.objects.filter(pk=topup_id).values_list("order__enterprise__name", flat=True)
    return found.first() or ""


def giver() -> Subquery:
    """The employer who gave a top-up, as a column of top-ups that are asked for; null of others."""
    return Subquery(BulkRow.objects.filter(pk=OuterRef("pk")).values("order__enterprise__name")[:1])
