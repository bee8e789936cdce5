"""The main journey's money, from a channel's SUCCESS to value inside a card."""

from uuid import UUID

import pytest

from accounts.identifiers import derive, new_id
from reserve_funds import postings
from reserve_funds.errors import HoldAlreadyResolved, Overdrawn, TransferDiffers
from reserve_funds.ledger import book, queries
from tests.reserve_funds.conftest import DAY, NOW

CARD = "03104970000000000001"


def pay(pool: int, payment: UUID, amount_fen: int) -> None:
    confirmed = postings.payment_confirmed(
        pool, payment, channel="wechat", settlement_day=DAY, amount_fen=amount_fen, event_at=NOW
    )
    assert book.post([confirmed])[0].is_new


def test_a_paid_order_is_loaded_and_the_book_follows(pool: int) -> None:
    payment, order, load = new_id(NOW), new_id(NOW), new_id(NOW)
    pay(pool, payment, 5000)
    book.post([postings.payment_allocated(pool, payment, order, amount_fen=5000, event_at=NOW)])
    waiting = postings.unloaded_order(order)
    assert queries.available_fen(pool, waiting) == 5000

    sealed = postings.load_sealed(pool, load, order, CARD, amount_fen=5000, event_at=NOW)
    held = book.hold(sealed)
    assert queries.balance_fen(pool, waiting) == 5000
    assert queries.available_fen(pool, waiting) == 0
    assert queries.balance_fen(pool, postings.card_purse(CARD)) == 0

    settled = book.settle(pool, held.id, event_at=NOW)
    assert settled.id == derive(held.id, "resolved")
    assert queries.balance_fen(pool, waiting) == 0
    assert queries.balance_fen(pool, postings.card_purse(CARD)) == 5000
    assert not book.settle(pool, held.id, event_at=NOW).is_new
    with pytest.raises(HoldAlreadyResolved):
        book.release(pool, held.id, event_at=NOW)


def test_said_again_it_is_the_same_and_said_otherwise_it_is_refused(lasting_pool: int) -> None:
    payment = new_id(NOW)
    pay(lasting_pool, payment, 100)
    confirm = {"channel": "wechat", "settlement_day": DAY, "event_at": NOW}
    again = postings.payment_confirmed(lasting_pool, payment, amount_fen=100, **confirm)
    other = postings.payment_confirmed(lasting_pool, payment, amount_fen=101, **confirm)
    assert not book.post([again])[0].is_new
    with pytest.raises(TransferDiffers):
        book.post([other])
    assert queries.balance_fen(lasting_pool, postings.received(payment)) == 100


def test_nothing_is_allocated_that_was_not_paid(lasting_pool: int) -> None:
    payment, order = new_id(NOW), new_id(NOW)
    pay(lasting_pool, payment, 100)
    with pytest.raises(Overdrawn):
        book.post(
            [postings.payment_allocated(lasting_pool, payment, order, amount_fen=101, event_at=NOW)]
        )
    assert queries.balance_fen(lasting_pool, postings.received(payment)) == 100
    assert queries.transfers_of(lasting_pool, postings.unloaded_order(order)) == []
