"""Reads top-ups: one's own, one by one and by pages, and the story of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts import trail
from accounts.models import Person
from gateway.payments.models import Payment, Refund
from gateway.topup.errors import TopupNotFound
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds import postings
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Booked


def get(topup_id: UUID, *, person: Person | None, lock: bool = False) -> TopUp:
    """One top-up; another person's is not found. ``person=None`` is the house itself."""
    return one_of(rows(person, lock=lock), topup_id)


def rows(person: Person | None, *, lock: bool = False) -> QuerySet[TopUp]:
    """Top-ups with their cards, a person's or everybody's; locked ones without the cards."""
    found = TopUp.objects.select_related("card")
    if lock:
        found = found.select_for_update(of=("self",))
    return found if person is None else found.filter(person=person)


def one_of(found: QuerySet[TopUp], topup_id: UUID) -> TopUp:
    """The one of this number among them. TopupNotFound."""
    topup = found.filter(pk=topup_id).first()
    if topup is None:
        raise TopupNotFound(topup_id=topup_id)
    return topup


def of_person(person: Person) -> QuerySet[TopUp]:
    """A person's top-ups, with their cards, newest first."""
    return TopUp.objects.filter(person=person).select_related("card").order_by("-id")


def behind_their_loads() -> list[UUID]:
    """Top-ups still *loading* although their load is in doubt already."""
    loading = TopUp.objects.filter(state="loading").values_list("id", flat=True)
    return loads.in_doubt_among(list(loading))


def payments_of(topup: TopUp) -> list[Payment]:
    """The payments made or offered for a top-up, oldest first."""
    return list(
        Payment.objects.filter(patron="topup", patron_id=topup.id)
        .prefetch_related("refunds")
        .order_by("id")
    )


def story(topup: TopUp) -> list[dict[str, Any]]:
    """Where the money is: every move of the top-up, its payments, loads and refunds, in order.

    Each entry has ``at``, ``what`` (topup, payment, load, refund), ``id``, ``state`` and
    ``because``.
    """
    payments = payments_of(topup)
    refunds = [refund for payment in payments for refund in payment.refunds.all()]
    subjects: list[tuple[str, UUID]] = [("topup", topup.id)]
    subjects += [(Payment.TRAIL_KIND, payment.id) for payment in payments]
    subjects += [("load", load.id) for load in loads.loads_of_order(topup.id)]
    subjects += [(Refund.TRAIL_KIND, refund.id) for refund in refunds]
    entries = [_entry(topup.placed_at, "topup", topup.id, "placed", "the citizen's wish")]
    entries += [
        _entry(move.moved_at, move.kind, move.subject_id, move.to_state, move.because)
        for move in trail.histories(subjects)
    ]
    return sorted(entries, key=lambda entry: entry["at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a citizen should know or do now, in one sentence a language."""

    code: str
    zh: str
    en: str


def hints(topup: TopUp) -> list[Hint]:
    """What stands between this top-up and its card, that the citizen alone can mend."""
    if topup.state in UNRESOLVED:
        return [HINTS["tap_again"]] if topup.state == "in_doubt" else []
    if topup.state in ("placed", "paid") and loads.unresolved_load_of(topup.card) is not None:
        return [HINTS["card_in_doubt"]]
    return []


def transfers(topup: TopUp) -> list[Booked]:
    """Every transfer that touched this top-up's money, as it flowed.

    What was booked in one instant stands in the order of the chart, from the channel inwards.
    """
    payments = payments_of(topup)
    refs = [postings.unloaded_order(topup.id)]
    refs += [postings.received(payment.id) for payment in payments]
    refs += [
        postings.refund_in_flight(refund.id)
        for payment in payments
        for refund in payment.refunds.all()
    ]
    found = {row.id: row for ref in refs for row in ledger.transfers_of(topup.pool, ref)}
    return sorted(found.values(), key=lambda row: (row.created_at, row.debit.in_chart.number))


def _entry(at: datetime, what: str, subject_id: UUID, state: str, because: str) -> dict[str, Any]:
    return {"at": at, "what": what, "id": subject_id, "state": state, "because": because}


HINTS = {
    hint.code: hint
    for hint in (
        Hint(
            code="tap_again",
            zh="还不知道这笔钱是否已写到卡上,请把同一张卡再贴一次,结果马上会清楚。",
            en="It is not known yet whether the card was credited. Tap the same card once more.",
        ),
        Hint(
            code="card_in_doubt",
            zh="这张卡上一笔写卡还没有结果。请先把卡再贴一次,这一笔随后才能写卡;也可以申请退款。",
            en="An earlier load of this card has no result yet. Tap the card once more first; only "
            "then can this one be loaded. You may also have the money back.",
        ),
    )
}
