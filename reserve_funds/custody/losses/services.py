"""What is lost: booked at once as cover due from own money, mirrored, with a case; never suspense.

accounting.md: "loss of any kind (cash short, chargeback, bank charge, late ride after loss took
effect): own_cover_due(reason) against the asset or the negative account; plus a case". Facts are
always bookable; the same fact again is the same fact. Placements and bank entries book their own
losses where they find them (`placements.following`, `bank.readings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import derive
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import open_case
from reserve_funds.custody.losses.errors import LossMalformed
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.refs import account, card_purse, channel_receivable, own_cover_due

CASH_SHORT = kinds.register(
    "cash_short",
    zh="现金短少:由自有资金补足,须查明原因",
    en="Cash is short: own money covers it, and somebody finds out why",
    working_days=2,
)
CHARGEBACK = kinds.register(
    "chargeback",
    zh="渠道拒付:已圈存的款项被渠道扣回",
    en="A chargeback: a channel took back money that is on a card already",
    working_days=5,
)
LATE_TRIP = kinds.register(
    "late_trip",
    zh="挂失后的乘车交易由运营单位承担",
    en="A trip the holder need not bear: the operator pays it",
    working_days=5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """Who bears a late trip: what was still the holder's, and what is the operator's."""

    holder_fen: int
    operator_fen: int


def cash_short(
    pool: int, count_id: UUID, *, box: str, missing_fen: int, counted_at: datetime, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """A box (`box`, as its cash was accepted under) was counted and holds `missing_fen` too little.

    LossMalformed when that is not positive, or more than the box should still hold.
    """
    there = account("cash_in_transit", box)
    _book(
        postings.loss_covered(pool, count_id, reason=CoverReason.CASH_SHORT, from_account=there,
                              amount_fen=_positive(missing_fen), event_at=counted_at),
        case=CASH_SHORT, subject=f"cash_box:{box}"[:120], actor=actor, now=now, most=there,
        box=box, count=count_id,
    )  # fmt: skip


def chargeback(
    pool: int, chargeback_id: UUID, *, payment_id: UUID, channel: str, settlement_day: date,
    amount_fen: int, told_at: datetime, actor: Actor, now: datetime,
) -> None:  # fmt: skip
    """A channel takes back what is on a card already: it nets it from `settlement_day`'s payout.

    Money that still waits in its order is no loss: it goes back as a refund instead.
    """
    _book(
        postings.loss_covered(pool, chargeback_id, reason=CoverReason.CHARGEBACK,
                              from_account=channel_receivable(channel, settlement_day),
                              amount_fen=_positive(amount_fen), event_at=told_at),
        case=CHARGEBACK, subject=f"payment:{payment_id}", actor=actor, now=now, channel=channel,
    )  # fmt: skip


def late_trip(
    pool: int, ride_id: UUID, *, batch: str, card: str, amount_fen: int, made_at: datetime,
    takes_effect_at: datetime, actor: Actor, now: datetime,
) -> Borne:  # fmt: skip
    """A trip of a card (its number) that was lost or handed in; `card_service.late_rides` judges.

    Made before that took effect it is the holder's, as far as the balance is still on the card:
    the wait is as long as trips may be late. The rest, and every trip made after, is the
    operator's. Trips of after the list's deadline are the acquirer's: they are rejected and never
    booked. The same trip again is the same answer.
    """
    wanted = _positive(amount_fen)
    with transaction.atomic():
        known = _booked(pool, ride_id)
        if known is not None:
            return known
        mine, claim = 0, card_purse(card)
        if made_at < takes_effect_at:
            mine = min(wanted, max(0, queries.available_fen(pool, claim)))
        owed = account("rides_in_clearing", batch)
        if mine:
            book.post([
                postings.of("ride_ingested", pool, ride_id, debit=claim, credit=owed,
                            amount_fen=mine, event_at=made_at)
            ])  # fmt: skip
        if wanted > mine:
            made = postings.loss_covered(
                pool, ride_id, reason=CoverReason.LATE_RIDE, from_account=owed,
                amount_fen=wanted - mine, event_at=made_at,
            )  # fmt: skip
            _book(made, case=LATE_TRIP, subject=f"ride:{ride_id}", actor=actor, now=now,
                  batch=batch, holder_fen=mine)  # fmt: skip
    return Borne(holder_fen=mine, operator_fen=wanted - mine)


def overdrawn_by_late_trips(
    pool: int, cause: UUID, *, card: str, event_at: datetime, actor: Actor, now: datetime
) -> int:
    """A purse below zero for trips nobody may ask its holder for: own money fills it; how much."""
    with transaction.atomic():
        missing = -min(0, queries.balance_fen(pool, card_purse(card)))
        if missing:
            _book(
                postings.loss_covered(pool, cause, reason=CoverReason.LATE_RIDE,
                                      from_account=card_purse(card), amount_fen=missing,
                                      event_at=event_at),
                case=LATE_TRIP, subject=f"card:{derive(cause, card)}", actor=actor, now=now,
            )  # fmt: skip
    return missing


def arrears(
    pool: int, ride_id: UUID, *, batch: str, rider: str, amount_fen: int, ridden_at: datetime
) -> int:
    """A ride of a wallet with too little in it; what the rider owes the operator now.

    What is there pays; the rest is cover due for `arrears`, and the own book's claim on the rider.
    """
    wanted, wallet = _positive(amount_fen), account("wallet", rider)
    owed = account("rides_in_clearing", batch)
    with transaction.atomic():
        before = queries.transfers_of_event(pool, [derive(ride_id, "ride_arrears")])
        if before or queries.transfers_of_event(pool, [derive(ride_id, "ride_ingested")]):
            return before[0].amount_fen if before else 0
        there = min(wanted, max(0, queries.available_fen(pool, wallet)))
        cross, missing = derive(ride_id, "arrears"), wanted - there
        made: list[Posting] = []
        if there:
            made.append(postings.of("ride_ingested", pool, ride_id, debit=wallet, credit=owed,
                                    amount_fen=there, event_at=ridden_at))  # fmt: skip
        if missing:
            reason = CoverReason.ARREARS
            made += [
                postings.of("ride_arrears", pool, ride_id, debit=own_cover_due(reason),
                            credit=owed, amount_fen=missing, event_at=ridden_at, cross_id=cross),
                postings.of("own_cover_owed", pool, ride_id,
                            debit=account("user_receivable", rider),
                            credit=account("due_to_reserve", reason), amount_fen=missing,
                            event_at=ridden_at, cross_id=cross),
            ]  # fmt: skip
        book.post(made)
    return missing


def _book(
    made: Sequence[Posting], *, case: str, subject: str, actor: Actor, now: datetime,
    most: Ref | None = None, **facts: object,
) -> None:  # fmt: skip
    first = made[0]
    with transaction.atomic():
        if queries.transfers_of_event(first.pool, [first.id]):
            book.post(made)
            return
        if most is not None and first.amount_fen > queries.balance_fen(first.pool, most):
            raise LossMalformed(field="amount_fen")
        book.post(made)
        open_case(case, pool=first.pool, subject=subject, now=now, amount_fen=first.amount_fen,
                  deadline=None, **facts)  # fmt: skip
        trail.record("loss_booked", actor=actor, now=now, subject=subject, pool=first.pool,
                     kind=case, amount_fen=first.amount_fen)  # fmt: skip


def _booked(pool: int, ride_id: UUID) -> Borne | None:
    ids = [derive(ride_id, step) for step in ("ride_ingested", "loss_covered")]
    found = {each.id: each.amount_fen for each in queries.transfers_of_event(pool, ids)}
    if not found:
        return None
    return Borne(holder_fen=found.get(ids[0], 0), operator_fen=found.get(ids[1], 0))


def _positive(amount_fen: int) -> int:
    if type(amount_fen) is not int or amount_fen <= 0:
        raise LossMalformed(field="amount_fen")
    return amount_fen
