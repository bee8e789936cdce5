"""Money that comes, is settled net, is covered, is ridden away: the beginnings of these stories."""

from __future__ import annotations

from datetime import date, datetime

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW

BANK = "bank account 1"


def on(day: date) -> datetime:
    """Noon of a day in Shanghai."""
    return NOW + (day - DAY)


def paid_in(pool: int, fen: int, *, day: date = DAY) -> Ref:
    """A payment over a channel, waiting for its order; the order's account."""
    payment, order = new_id(NOW), new_id(NOW)
    book.post([
        postings.payment_confirmed(pool, payment, channel="wechat", settlement_day=day,
                                   amount_fen=fen, event_at=on(day)),
        postings.payment_allocated(pool, payment, order, amount_fen=fen, event_at=on(day)),
    ])  # fmt: skip
    return postings.unloaded_order(order)


def settled(pool: int, gross: int, fee: int, *, day: date = DAY) -> None:
    """The channel pays net and keeps its fee."""
    book.post(
        postings.channel_settled(pool, new_id(NOW), channel="wechat", settlement_day=day,
                                 bank_account=BANK, gross_fen=gross, fee_fen=fee,
                                 event_at=on(day))
    )  # fmt: skip


def covered(pool: int, fen: int, reason: CoverReason = CoverReason.FEE) -> None:
    """Own money arrives."""
    book.post(
        postings.operator_covered(pool, new_id(NOW), reason=reason, bank_account=BANK,
                                  own_bank="own 1", amount_fen=fen, event_at=NOW)
    )  # fmt: skip


def loaded(pool: int, waiting: Ref, card: str, fen: int, *, at: datetime = NOW) -> None:
    """The order's value is on the card, and proved."""
    load = postings.of("load", pool, new_id(NOW), debit=waiting,
                       credit=postings.card_purse(card), amount_fen=fen, event_at=at)  # fmt: skip
    book.post([load])


def ride(pool: int, card: str, fen: int, *, at: datetime = NOW) -> Posting:
    """A trip that arrives from a gate."""
    return postings.of("ride_ingested", pool, new_id(NOW), debit=postings.card_purse(card),
                       credit=postings.account("rides_in_clearing", "batch 1"),
                       amount_fen=fen, event_at=at)  # fmt: skip


def cash(pool: int, box: str, fen: int, *, day: date = DAY) -> None:
    """Notes into a kiosk, for an order."""
    payment, order = new_id(NOW), new_id(NOW)
    book.post([
        postings.of("cash_accepted", pool, payment, step="cash",
                    debit=postings.account("cash_in_transit", box),
                    credit=postings.received(payment), amount_fen=fen, event_at=on(day)),
        postings.payment_allocated(pool, payment, order, amount_fen=fen, event_at=on(day)),
    ])  # fmt: skip


def banked(pool: int, box: str, fen: int) -> None:
    """The box's cash arrives at the bank."""
    book.post([
        postings.of("cash_banked", pool, new_id(NOW),
                    debit=postings.account("bank_reserve", BANK),
                    credit=postings.account("cash_in_transit", box), amount_fen=fen,
                    event_at=NOW)
    ])  # fmt: skip
