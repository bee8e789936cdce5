"""会计分录手册: every business event of the house, and who is debited and credited for it.

The main journey's events have a function each; every other line of the handbook is booked with
`of(code, …)`, which refuses what the handbook does not name. Pure: ids are derived from the event
that causes them, so the same event always gives the same posting.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from accounts.identifiers import derive
from reserve_funds.chart import CoverReason
from reserve_funds.errors import NotInHandbook
from reserve_funds.handbook import BY_CODE, EVENTS, RULES, Event, Purpose, Rule
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.refs import (
    account,
    card_purse,
    channel_receivable,
    own_cover_due,
    received,
    refund_in_flight,
    unloaded_order,
)

__all__ = [
    "EVENTS", "RULES", "CoverReason", "Event", "Posting", "Purpose", "Ref", "Rule", "account",
    "card_purse", "channel_receivable", "own_cover_due", "received", "refund_in_flight",
    "unloaded_order",
]  # fmt: skip


def of(
    code: str,
    pool: int,
    cause: UUID,
    *,
    debit: Ref,
    credit: Ref,
    amount_fen: int,
    event_at: datetime,
    step: str = "",
    approval_id: UUID | None = None,
    cross_id: UUID | None = None,
) -> Posting:
    """Any posting of the handbook; its id is derive(cause, step or code).

    NotInHandbook when no rule lets this code debit and credit these kinds.
    """
    event = BY_CODE.get(code)
    if event is None or debit.kind not in event.debits or credit.kind not in event.credits:
        raise NotInHandbook(posting=code, debit=debit.kind, credit=credit.kind)
    return Posting(
        pool=pool,
        id=derive(cause, step or code),
        code=code,
        debit=debit,
        credit=credit,
        amount_fen=amount_fen,
        event_at=event_at,
        approval_id=approval_id,
        cross_id=cross_id,
    )


# fmt: off
# --- 收款 --------------------------------------------------------------------------------------


def payment_confirmed(
    pool: int, payment_id: UUID, *, channel: str, settlement_day: date, amount_fen: int,
    event_at: datetime
) -> Posting:
    """A channel's SUCCESS is a fact about a payment and always bookable."""
    return of(
        "payment_confirmed", pool, payment_id, step="confirmed",
        debit=channel_receivable(channel, settlement_day), credit=received(payment_id),
        amount_fen=amount_fen, event_at=event_at,
    )


def payment_allocated(
    pool: int, payment_id: UUID, order_id: UUID, *, amount_fen: int, event_at: datetime
) -> Posting:
    """The payment is what an open order waits for."""
    return allocated_to(
        pool, payment_id, unloaded_order(order_id), amount_fen=amount_fen, event_at=event_at
    )


def allocated_to(
    pool: int, payment_id: UUID, target: Ref, *, amount_fen: int, event_at: datetime
) -> Posting:
    """The same for a wallet or a deposit: a payment is allocated at most once.

    What the operator earned is `income.allocated`: that has a leg in the own book too.
    """
    return of(
        "payment_allocated", pool, payment_id, step="allocated",
        debit=received(payment_id), credit=target, amount_fen=amount_fen, event_at=event_at,
    )


def cash_accepted(
    pool: int, note_id: UUID, payment_id: UUID, *, box: str, amount_fen: int, event_at: datetime
) -> Posting:
    """One note taken by a kiosk, for one cash payment."""
    return of(
        "cash_accepted", pool, note_id, debit=account("cash_in_transit", box),
        credit=received(payment_id), amount_fen=amount_fen, event_at=event_at,
    )


# --- 圈存 --------------------------------------------------------------------------------------


def load_sealed(
    pool: int, load_id: UUID, order_id: UUID, card: str, *, amount_fen: int, event_at: datetime
) -> Posting:
    """To be held: MAC2 goes out. Settled when proven loaded, released when proven not loaded."""
    return of(
        "load", pool, load_id, step="sealed",
        debit=unloaded_order(order_id), credit=card_purse(card),
        amount_fen=amount_fen, event_at=event_at,
    )


def card_balance_moved(
    pool: int, claim_id: UUID, card: str, *, amount_fen: int, event_at: datetime
) -> Posting:
    """补卡, 换卡: what the old card held becomes a claim that the new card is loaded from."""
    return of(
        "card_balance_moved", pool, claim_id, debit=card_purse(card),
        credit=unloaded_order(claim_id), amount_fen=amount_fen, event_at=event_at,
    )


def load_unauthorised(
    pool: int, incident_id: UUID, card: str, *, amount_fen: int, event_at: datetime
) -> list[Posting]:
    """A card that reappears credited after a decided refund: own money covers what it holds."""
    return loss_covered(
        pool, incident_id, reason=CoverReason.UNAUTHORISED, from_account=card_purse(card),
        amount_fen=amount_fen, event_at=event_at,
    )


# --- 退款 --------------------------------------------------------------------------------------


def refund_asked(
    pool: int, refund_id: UUID, *, source: Ref, amount_fen: int, event_at: datetime
) -> Posting:
    """Money leaves the payment, order or claim it lay in and waits for the channel or bank."""
    return of(
        "refund_asked", pool, refund_id, step="asked", debit=source,
        credit=refund_in_flight(refund_id), amount_fen=amount_fen, event_at=event_at,
    )


def refund_done_by_channel(
    pool: int, refund_id: UUID, *, channel: str, settlement_day: date, amount_fen: int,
    event_at: datetime
) -> Posting:
    """The channel paid the payer back and nets it from what it owes us."""
    return of(
        "refund_done_by_channel", pool, refund_id, step="done",
        debit=refund_in_flight(refund_id), credit=channel_receivable(channel, settlement_day),
        amount_fen=amount_fen, event_at=event_at,
    )


def refund_paid_by_bank(
    pool: int, refund_id: UUID, *, instruction: str, amount_fen: int, event_at: datetime,
    approval_id: UUID
) -> Posting:
    """The channel could not: an officer's instruction pays from the bank instead."""
    return of(
        "refund_paid_by_bank", pool, refund_id, step="paid_by_bank",
        debit=refund_in_flight(refund_id), credit=account("bank_out_in_transit", instruction),
        amount_fen=amount_fen, event_at=event_at, approval_id=approval_id,
    )


# --- 渠道结算, 自有资金 --------------------------------------------------------------------------


def channel_settled(
    pool: int, bill_id: UUID, *, channel: str, settlement_day: date, bank_account: str,
    gross_fen: int, fee_fen: int, event_at: datetime
) -> list[Posting]:
    """The channel pays net; its fee is the operator's cost and owed to the reserve (R7)."""
    owed = channel_receivable(channel, settlement_day)
    net = [
        of("channel_settled", pool, bill_id, debit=account("bank_reserve", bank_account),
           credit=owed, amount_fen=gross_fen - fee_fen, event_at=event_at)
    ] if gross_fen > fee_fen else []
    fee = fee_withheld(pool, bill_id, channel=channel, settlement_day=settlement_day,
                       amount_fen=fee_fen, event_at=event_at) if fee_fen else []
    return [*net, *fee]


def fee_withheld(
    pool: int, bill_id: UUID, *, channel: str, settlement_day: date, amount_fen: int,
    event_at: datetime
) -> list[Posting]:
    """A mirrored pair: the reserve is owed the fee, the operator owes it."""
    cross = derive(bill_id, "fee")
    return [
        of("channel_fee_withheld", pool, bill_id, debit=own_cover_due(CoverReason.FEE),
           credit=channel_receivable(channel, settlement_day),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
        of("own_cover_owed", pool, bill_id, debit=account("fee_expense", channel),
           credit=account("due_to_reserve", CoverReason.FEE),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
    ]


def operator_covered(
    pool: int, cover_id: UUID, *, reason: CoverReason, bank_account: str, own_bank: str,
    amount_fen: int, event_at: datetime
) -> list[Posting]:
    """A mirrored pair: own money arrives in the reserve."""
    cross = derive(cover_id, "cover")
    return [
        of("operator_covered", pool, cover_id, debit=account("bank_reserve", bank_account),
           credit=own_cover_due(reason), amount_fen=amount_fen, event_at=event_at, cross_id=cross),
        of("own_cover_paid", pool, cover_id, debit=account("due_to_reserve", reason),
           credit=account("own_bank", own_bank),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
    ]


def loss_covered(
    pool: int, case_id: UUID, *, reason: CoverReason, from_account: Ref, amount_fen: int,
    event_at: datetime
) -> list[Posting]:
    """A loss of any kind, a mirrored pair: own money owes the reserve. Never suspense."""
    cross = derive(case_id, "loss")
    return [
        of("loss_covered", pool, case_id, debit=own_cover_due(reason), credit=from_account,
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
        of("own_cover_owed", pool, case_id, debit=account("loss", reason),
           credit=account("due_to_reserve", reason),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
    ]


def coupon_used(
    pool: int, bill_id: UUID, *, channel: str, settlement_day: date, amount_fen: int,
    event_at: datetime
) -> list[Posting]:
    """A mirrored pair: what the operator's own coupons paid, the channel never pays out."""
    cross = derive(bill_id, "coupon")
    return [
        of("coupon_used", pool, bill_id, debit=own_cover_due(CoverReason.COUPON),
           credit=channel_receivable(channel, settlement_day),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
        of("own_cover_owed", pool, bill_id, step="own_coupon_owed",
           debit=account("loss", CoverReason.COUPON),
           credit=account("due_to_reserve", CoverReason.COUPON),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
    ]
