"""What the operator earns inside the reserve: every posting of it with its leg in the own book.

`own_income_in_reserve` and `due_from_reserve` mirror each other, so whoever books one books both:
these functions are the only ones of the house that touch either.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from accounts.identifiers import derive
from reserve_funds.chart import CoverReason
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.postings import of
from reserve_funds.refs import account, channel_receivable, own_cover_due, received

# fmt: off


def ride_verified(
    pool: int, batch_id: UUID, *, batch: str, counterparty: str, settled_fen: int, platform: str,
    fee_fen: int, source: str, income_fen: int, event_at: datetime
) -> list[Posting]:
    """清分验证通过: what others are owed, the platform's fee, and what the operator earned."""
    parts = (
        ("settled", account("settlement_payable", counterparty), settled_fen),
        ("fee", account("clearing_fee_payable", platform), fee_fen),
    )
    owed = [
        of("ride_verified", pool, batch_id, step=step, debit=account("rides_in_clearing", batch),
           credit=credit, amount_fen=fen, event_at=event_at)
        for step, credit, fen in parts if fen
    ]
    if not income_fen:
        return owed
    cross = derive(batch_id, "income")
    earned = of(
        "ride_verified", pool, batch_id, step="earned",
        debit=account("rides_in_clearing", batch),
        credit=account("own_income_in_reserve", source),
        amount_fen=income_fen, event_at=event_at, cross_id=cross,
    )
    return [*owed, earned, _income_mirrored(earned, batch_id, source)]


def allocated(
    pool: int, payment_id: UUID, *, source: str, amount_fen: int, event_at: datetime
) -> list[Posting]:
    """A payment for what the operator sells: a mirrored pair, the income lies in the reserve."""
    earned = of(
        "payment_allocated", pool, payment_id, step="allocated", debit=received(payment_id),
        credit=account("own_income_in_reserve", source), amount_fen=amount_fen,
        event_at=event_at, cross_id=derive(payment_id, "income"),
    )
    return [earned, _income_mirrored(earned, payment_id, source)]


def swept(
    pool: int, sweep_id: UUID, *, source: str, instruction: str, own_bank: str, amount_fen: int,
    event_at: datetime, approval_id: UUID
) -> list[Posting]:
    """自有收入划出, a mirrored pair: an officer's instruction takes the operator's income out."""
    cross = derive(sweep_id, "sweep")
    return [
        of("own_income_swept", pool, sweep_id, debit=account("own_income_in_reserve", source),
           credit=account("bank_out_in_transit", instruction), amount_fen=amount_fen,
           event_at=event_at, approval_id=approval_id, cross_id=cross),
        of("own_income_arrived", pool, sweep_id, debit=account("own_bank", own_bank),
           credit=account("due_from_reserve", source),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
    ]


def sweep_undone(
    pool: int, cause: UUID, *, code: str, debit: Ref, source: str, own_bank: str, amount_fen: int,
    event_at: datetime
) -> list[Posting]:
    """A sweep the bank rejected or returned (`code`), a mirrored pair: income is inside again."""
    cross = derive(cause, "sweep_undone")
    return [
        of(code, pool, cause, debit=debit, credit=account("own_income_in_reserve", source),
           amount_fen=amount_fen, event_at=event_at, cross_id=cross),
        of("own_income_sent_back", pool, cause, debit=account("due_from_reserve", source),
           credit=account("own_bank", own_bank), amount_fen=amount_fen, event_at=event_at,
           cross_id=cross),
    ]


def loss_recovered(
    pool: int, cause: UUID, *, reason: CoverReason, bank_account: str, due_fen: int,
    covered_fen: int, event_at: datetime
) -> list[Posting]:
    """损失追回, mirrored pairs: a bank gives back what own money owed (due) or had covered."""
    bank, made = account("bank_reserve", bank_account), list[Posting]()
    if due_fen:
        cross = derive(cause, "recovered_due")
        made += [
            of("loss_recovered", pool, cause, step="recovered_due", debit=bank,
               credit=own_cover_due(reason), amount_fen=due_fen, event_at=event_at,
               cross_id=cross),
            of("own_cover_forgiven", pool, cause, step="recovered_forgiven",
               debit=account("due_to_reserve", reason), credit=account("loss", reason),
               amount_fen=due_fen, event_at=event_at, cross_id=cross),
        ]
    if covered_fen:
        cross, source = derive(cause, "recovered_covered"), f"recovered:{reason}"
        made += [
            of("loss_recovered", pool, cause, step="recovered_covered", debit=bank,
               credit=account("own_income_in_reserve", source), amount_fen=covered_fen,
               event_at=event_at, cross_id=cross),
            of("own_income_earned", pool, cause, step="recovered_earned",
               debit=account("due_from_reserve", source), credit=account("loss", reason),
               amount_fen=covered_fen, event_at=event_at, cross_id=cross),
        ]
    return made


def fee_returned(
    pool: int, bill_id: UUID, *, channel: str, settlement_day: date, due_fen: int,
    covered_fen: int, event_at: datetime
) -> list[Posting]:
    """渠道退还手续费, mirrored pairs: a channel gives fees back with the refunds of a day.

    `due_fen` of it was not covered by own money yet, so less is owed now. `covered_fen` was: it
    is the operator's own money, come back into the reserve.
    """
    owed = channel_receivable(channel, settlement_day)
    made: list[Posting] = []
    if due_fen:
        cross = derive(bill_id, "fee_returned_due")
        made += [
            of("channel_fee_returned", pool, bill_id, step="fee_returned_due", debit=owed,
               credit=own_cover_due(CoverReason.FEE), amount_fen=due_fen, event_at=event_at,
               cross_id=cross),
            of("own_cover_forgiven", pool, bill_id, step="fee_forgiven",
               debit=account("due_to_reserve", CoverReason.FEE),
               credit=account("fee_expense", channel), amount_fen=due_fen, event_at=event_at,
               cross_id=cross),
        ]
    if covered_fen:
        cross, source = derive(bill_id, "fee_returned_covered"), f"fee:{channel}"
        made += [
            of("channel_fee_returned", pool, bill_id, step="fee_returned_covered", debit=owed,
               credit=account("own_income_in_reserve", source), amount_fen=covered_fen,
               event_at=event_at, cross_id=cross),
            of("own_income_earned", pool, bill_id, step="fee_earned_back",
               debit=account("due_from_reserve", source),
               credit=account("fee_expense", channel), amount_fen=covered_fen,
               event_at=event_at, cross_id=cross),
        ]
    return made


def coupon_taken_back(
    pool: int, redemption_id: UUID, *, cause: UUID, due_fen: int, covered_fen: int,
    event_at: datetime
) -> list[Posting]:
    """收回优惠券, mirrored pairs: not paid by its channel, a redemption leaves the coupon's part
    here, once for each `cause`.

    `due_fen` of it was not covered by own money yet, so less is owed now; `covered_fen` was, and
    is the operator's own money inside the reserve.
    """
    source = account("redemption_payable", redemption_id)
    return _coupon_back(pool, cause, source, "redeemed", due_fen, covered_fen, event_at)


def coupon_came_back(
    pool: int, bill_id: UUID, *, channel: str, settlement_day: date, due_fen: int,
    covered_fen: int, event_at: datetime
) -> list[Posting]:
    """The same of a channel that refunds an order whole: it takes less than the refund from us."""
    source = channel_receivable(channel, settlement_day)
    return _coupon_back(pool, bill_id, source, channel, due_fen, covered_fen, event_at)


def gone_understood(
    pool: int, cause: UUID, *, was_of: Ref, due_fen: int, covered_fen: int, event_at: datetime,
    approval_id: UUID
) -> list[Posting]:
    """划出款项查明, mirrored pairs: money gone was of this account; own money need not bear it."""
    reason = CoverReason.UNAUTHORISED
    return _made_good(
        pool, cause, "gone_understood", "gone", source=was_of, reason=reason,
        owner=f"recovered:{reason}", due_fen=due_fen, covered_fen=covered_fen, event_at=event_at,
        approval_id=approval_id,
    )


def _coupon_back(
    pool: int, cause: UUID, source: Ref, whose: str, due_fen: int, covered_fen: int,
    event_at: datetime
) -> list[Posting]:
    return _made_good(
        pool, cause, "coupon_taken_back", "coupon", source=source, reason=CoverReason.COUPON,
        owner=f"coupon:{whose}", due_fen=due_fen, covered_fen=covered_fen, event_at=event_at,
    )


def _made_good(
    pool: int, cause: UUID, code: str, word: str, *, source: Ref, reason: CoverReason, owner: str,
    due_fen: int, covered_fen: int, event_at: datetime, approval_id: UUID | None = None
) -> list[Posting]:
    """What own money owed (due) is forgiven; what it had covered is its own again, inside."""
    made = list[Posting]()
    if due_fen:
        cross = derive(cause, f"{word}_back_due")
        made += [
            of(code, pool, cause, step=f"{word}_back_due", debit=source,
               credit=own_cover_due(reason), amount_fen=due_fen, event_at=event_at,
               cross_id=cross, approval_id=approval_id),
            of("own_cover_forgiven", pool, cause, step=f"{word}_forgiven",
               debit=account("due_to_reserve", reason), credit=account("loss", reason),
               amount_fen=due_fen, event_at=event_at, cross_id=cross),
        ]
    if covered_fen:
        cross = derive(cause, f"{word}_back_covered")
        made += [
            of(code, pool, cause, step=f"{word}_back_covered", debit=source,
               credit=account("own_income_in_reserve", owner), amount_fen=covered_fen,
               event_at=event_at, cross_id=cross, approval_id=approval_id),
            of("own_income_earned", pool, cause, step=f"{word}_earned_back",
               debit=account("due_from_reserve", owner), credit=account("loss", reason),
               amount_fen=covered_fen, event_at=event_at, cross_id=cross),
        ]
    return made


def _income_mirrored(earned: Posting, cause: UUID, source: str) -> Posting:
    """The own book's leg of what was earned inside the reserve."""
    return of(
        "own_income_earned", earned.pool, cause, debit=account("due_from_reserve", source),
        credit=account("income", source), amount_fen=earned.amount_fen,
        event_at=earned.event_at, cross_id=earned.cross_id,
    )
