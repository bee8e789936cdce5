"""What our rooms know of an order's money, as neutral lines: payments, refunds, loads, bills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from accounts.clock import business_day
from gateway.payments.models import Bill, BillLine, Payment, Refund
from nfc_topup.models import Load
from reserve_funds.custody.matching.values import Side, SideLine, Standing

_PAYMENTS: Mapping[str, Standing] = {
    "confirmed": Standing.STANDS,
    "contested": Standing.PENDING,
    "closed": Standing.VOID,
}
_REFUNDS: Mapping[str, Standing] = {"done": Standing.STANDS, "withdrawn": Standing.VOID}
_FEE_RATE = "fee_rate_per_100000"
_SIGNS = {"payment": 1, "refund": -1}


def of_payments(ids: Iterable[UUID], *, known_at: datetime) -> Iterator[SideLine]:
    """The order's side of payments that are decided; what may still be paid is no line yet."""
    rows = Payment.objects.filter(pk__in=list(ids), state__in=_PAYMENTS)
    for one in rows.select_related("merchant"):
        fen = one.paid_fen or one.wish_fen
        day = one.settlement_day or business_day(one.created_at)
        yield SideLine(
            side=Side.ORDER,
            pool=one.pool,
            key=one.order_no,
            amount_fen=fen,
            day=day,
            source_id=one.id,
            known_at=known_at,
            number=one.transaction_no or "",
            batch=f"{one.channel}:{one.settlement_day}" if one.settlement_day else "",
            story=str(one.patron_id),
            fee_in_100000=_agreed_fee(one, fen),
            standing=_PAYMENTS[one.state],
            facts={"state": one.state, "what": "payment"},
        )


def of_refunds(ids: Iterable[UUID], *, known_at: datetime) -> Iterator[SideLine]:
    """The order's side of refunds: money back is negative, under way until the channel did it."""
    for one in Refund.objects.filter(pk__in=list(ids)).select_related("payment"):
        day = business_day(one.done_at or one.created_at)
        yield SideLine(
            side=Side.ORDER,
            pool=one.payment.pool,
            key=one.refund_no,
            amount_fen=-one.amount_fen,
            day=day,
            source_id=one.id,
            known_at=known_at,
            number=one.channel_refund_no or "",
            batch=f"{one.payment.channel}:{day}" if one.done_at else "",
            story=str(one.payment.patron_id),
            standing=_REFUNDS.get(one.state, Standing.PENDING),
            facts={"state": one.state, "what": "refund"},
        )


def of_loads(
    ids: Iterable[UUID], pools: Mapping[UUID, int], *, known_at: datetime
) -> Iterator[SideLine]:
    """The card's side of loads whose MAC2 went out; `pools` of their orders."""
    rows = Load.objects.filter(pk__in=list(ids), sealed_at__isnull=False)
    for one in rows.select_related("application"):
        if one.order_id not in pools or one.sealed_at is None:
            continue
        yield SideLine(
            side=Side.CARD,
            pool=pools[one.order_id],
            key=str(one.id),
            amount_fen=one.amount_fen,
            day=business_day(one.ended_at or one.sealed_at),
            source_id=one.id,
            known_at=known_at,
            number=one.tac,
            story=str(one.order_id),
            standing=_of_load(one),
            facts={"state": one.state, "card": one.application.asn},
        )


def of_bill(bill: Bill, rows: Iterable[BillLine], *, known_at: datetime) -> Iterator[SideLine]:
    """The channel's side: payments, and refunds as negative; fees given back are negative too."""
    for one in rows:
        sign = _SIGNS.get(one.kind)
        if sign is None:
            continue
        is_refund = one.kind == "refund"
        yield SideLine(
            side=Side.BILL,
            pool=bill.pool,
            key=(one.refund_no or "") if is_refund else one.order_no,
            amount_fen=sign * one.amount_fen,
            day=bill.day,
            source_id=one.id,
            known_at=known_at,
            number=(one.channel_refund_no or "") if is_refund else one.transaction_no,
            batch=f"{bill.channel}:{bill.day}",
            settled_fen=sign * one.settled_fen,
            fee_in_100000=one.fee_in_100000,
            facts={"bill": str(bill.pk), "line": one.line_no},
        )


def _of_load(one: Load) -> Standing:
    """As the card proved it last, whatever had been decided before."""
    if one.state == "loaded":
        disproved = one.contradicted_at is not None and not one.tac
        return Standing.VOID if disproved else Standing.STANDS
    if one.state == "not_loaded":
        return Standing.VOID if one.contradicted_at is None else Standing.STANDS
    return Standing.PENDING


def _agreed_fee(one: Payment, fen: int) -> int | None:
    """What the channel may charge by agreement, None where the account does not say its rate."""
    rate = one.merchant.options.get(_FEE_RATE)
    if one.state != "confirmed" or not isinstance(rate, int):
        return None
    return fen * rate // 100
