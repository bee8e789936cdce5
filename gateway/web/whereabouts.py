"""钱在哪儿: what became of a top-up's money, as one phase; facts in, plain values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from accounts import trail
from accounts.models import TransitCard
from gateway.bulk import queries as bulk
from gateway.payments import paying
from gateway.payments.models import Payment, Refund
from gateway.topup import queries
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from nfc_topup.models import Sighting
from reserve_funds import postings
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger import sealing
from reserve_funds.refs import channel_receivable


class Phase(StrEnum):
    """Where one top-up is, as its citizen would say it."""

    TO_PAY = "to_pay"
    ASKING = "asking"
    CONTESTED = "contested"
    TO_LOAD = "to_load"
    CARD_BUSY = "card_busy"
    CARD_LOST = "card_lost"
    TORN = "torn"
    LOADED = "loaded"
    OVER = "over"
    LATE_MONEY = "late_money"
    GOING_BACK = "going_back"
    STUCK = "stuck"
    RETURNED = "returned"


MOVING = frozenset(
    {Phase.TO_PAY, Phase.ASKING, Phase.CONTESTED, Phase.LATE_MONEY, Phase.GOING_BACK, Phase.STUCK}
)
"""What changes by itself, without the citizen's hand."""

UNFINISHED = ("placed", "paid", "loading", "in_doubt", "refunding")
"""States of a top-up that somebody still waits for."""

_OVER_STATES = ("done", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Everything that the pages of one top-up tell.

    `confirmed_at` is when we took the payment for it. `counted_on` is the ledger's day of the load;
    `is_sealed` whether that day is closed, `is_settled` whether the channel's money has arrived.
    `seen` is the card as it last proved to be, `giver` the employer who paid.
    """

    topup: TopUp
    phase: Phase
    payment: Payment | None
    refund: Refund | None
    pay_until: datetime
    confirmed_at: datetime | None
    counted_on: date | None
    is_sealed: bool
    is_settled: bool
    seen: Sighting | None
    giver: str = ""

    @property
    def is_moving(self) -> bool:
        """Whether looking again later may tell more."""
        return self.phase in MOVING

    @property
    def version(self) -> str:
        """Changes whenever the pages would tell something else."""
        refund = self.refund.state if self.refund else ""
        payment = self.payment.state if self.payment else ""
        return f"{self.phase}.{payment}.{refund}"


def of(topup: TopUp, now: datetime) -> Whereabouts:
    """The whereabouts of one top-up; its card and operator are read already."""
    payments = queries.payments_of(topup)
    payment = _the_payment(payments)
    refund = _the_refund(payments)
    phase = phase_of(topup, payments, refund, now)
    counted_on = _counted_on(topup) if topup.state == "loaded" else None
    return Whereabouts(
        topup=topup,
        phase=phase,
        payment=payment,
        refund=refund,
        pay_until=topup.placed_at + paying.TIME_TO_PAY,
        confirmed_at=_confirmed_at(topup),
        counted_on=counted_on,
        is_sealed=counted_on is not None and _is_sealed(topup.pool, counted_on),
        is_settled=counted_on is not None and _has_arrived(payment),
        seen=loads.last_sighting(topup.card),
        giver="" if payments else bulk.giver_of(topup.pk),
    )


def card_of(topup: TopUp) -> TransitCard:
    """The card of one's own top-up with its operator, also when it is in one's hands no more."""
    return TransitCard.objects.select_related("operator").get(pk=topup.card_id)


def phase_of(
    topup: TopUp, payments: Sequence[Payment], refund: Refund | None, now: datetime
) -> Phase:
    """The phase by the top-up's state, its payments and what goes back."""
    if topup.state == "placed":
        if any(one.state == "contested" for one in payments):
            return Phase.CONTESTED
        over_at = topup.placed_at + paying.TIME_TO_PAY
        return Phase.TO_PAY if now < over_at else Phase.ASKING
    if topup.state == "paid":
        return _before_loading(topup.card)
    if topup.state == "expired":
        if any(one.state == "contested" for one in payments):
            return Phase.CONTESTED
        return _going_back(refund) if refund else Phase.OVER
    if topup.state == "refunding":
        stuck = refund is not None and refund.state == "abnormal"
        return Phase.STUCK if stuck else Phase.GOING_BACK
    simple = {"loading": Phase.TORN, "in_doubt": Phase.TORN, "loaded": Phase.LOADED}
    return simple.get(topup.state, Phase.RETURNED)


def _before_loading(card: TransitCard) -> Phase:
    if card.state != "in_use":
        return Phase.CARD_LOST
    return Phase.CARD_BUSY if loads.unresolved_load_of(card) is not None else Phase.TO_LOAD


def _going_back(refund: Refund) -> Phase:
    """Money of an order that was over when it came."""
    if refund.state in _OVER_STATES:
        return Phase.RETURNED
    return Phase.STUCK if refund.state == "abnormal" else Phase.LATE_MONEY


def _the_payment(payments: Sequence[Payment]) -> Payment | None:
    """The one that paid; else one that people look at; else the last that was begun."""
    for wanted in ("confirmed", "contested"):
        for one in payments:
            if one.state == wanted and (one.allocated_fen or wanted == "contested"):
                return one
    return payments[-1] if payments else None


def _the_refund(payments: Sequence[Payment]) -> Refund | None:
    """The last that was asked for and not withdrawn: of this order's money before any other."""
    found = [
        refund
        for payment in payments
        for refund in payment.refunds.all()
        if refund.state != "withdrawn"
    ]
    own = [refund for refund in found if refund.source_kind == "unloaded_orders"]
    return max(own or found, key=lambda refund: refund.created_at, default=None)


def _confirmed_at(topup: TopUp) -> datetime | None:
    if topup.state in ("placed", "expired"):
        return None
    moves = trail.history(TopUp.TRAIL_KIND, topup.id)
    return next((move.moved_at for move in moves if move.to_state == "paid"), None)


def _counted_on(topup: TopUp) -> date | None:
    """The ledger's day on which the value was owed for the card."""
    days = [
        row.business_day
        for row in ledger.transfers_of(topup.pool, postings.unloaded_order(topup.id))
        if row.credit.kind == "card_purse"
    ]
    return max(days, default=None)


def _is_sealed(pool: int, day: date) -> bool:
    first = sealing.first_unclosed(pool)
    return first is not None and day < first


def _has_arrived(payment: Payment | None) -> bool:
    """Whether the channel owes nothing any more of the day that this payment is settled with."""
    if payment is None or payment.settlement_day is None:
        return False
    owed = channel_receivable(payment.channel, payment.settlement_day)
    return ledger.balance_fen(payment.pool, owed) == 0
