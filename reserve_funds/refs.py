"""Ledger accounts (分户账) by what they are called after: a payment, an order, a card, a reason."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from reserve_funds.chart import BY_NAME, CoverReason
from reserve_funds.errors import NotInHandbook
from reserve_funds.ledger.values import Ref


def received(payment_id: UUID) -> Ref:
    """已收待分配款 of one channel payment or one cash acceptance."""
    return Ref(kind="received", owner=str(payment_id))


def unloaded_order(order_id: UUID) -> Ref:
    """待圈存款 of one order (or claim): paid, not yet on a card."""
    return Ref(kind="unloaded_orders", owner=str(order_id))


def card_purse(card: str) -> Ref:
    """卡内余额 of one card, by its application serial number (20 digits)."""
    return Ref(kind="card_purse", owner=card)


def channel_receivable(channel: str, settlement_day: date) -> Ref:
    """应收渠道款 of one channel on the day it settles by."""
    return Ref(kind="channel_receivable", owner=f"{channel}:{settlement_day.isoformat()}")


def refund_in_flight(refund_id: UUID) -> Ref:
    """在途退款 of one refund."""
    return Ref(kind="refunds_in_flight", owner=str(refund_id))


def own_cover_due(reason: CoverReason) -> Ref:
    """What own money must still bring into the reserve, by reason."""
    return Ref(kind="own_cover_due", owner=str(reason))


def account(kind: str, owner: object) -> Ref:
    """The account of any other kind."""
    if kind not in BY_NAME:
        raise NotInHandbook(kind=kind)
    return Ref(kind=kind, owner=str(owner))
