"""Kiosk cash one yuan short: the box owes less, own money owes it, and the bank shows what came.

Booked through custody's losses and the bank's statements. The notes are booked by their postings:
the kiosk room takes them through the same ones.
"""

import pytest

from accounts.actors import Actor
from reserve_funds import postings
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.losses import services as losses
from reserve_funds.custody.losses.errors import LossMalformed
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.stories.house import NEXT, written

BOX = "kiosk-7:box-3"
CARD = "0310000000000000007"
COUNTER = Actor(kind="officer", id="counting")


def short(house, count, fen):
    losses.cash_short(house.pool, count, box=BOX, missing_fen=fen, counted_at=NOW,
                      actor=COUNTER, now=moment())  # fmt: skip


def test_two_notes_one_box_and_one_yuan_too_little(house):
    payment, order, load = (house.call(word) for word in ("payment", "order", "load"))
    for note in ("note-1", "note-2"):
        book.post([
            postings.cash_accepted(house.pool, house.call(note), payment, box=BOX,
                                   amount_fen=5_000, event_at=NOW)
        ])  # fmt: skip
    book.post([
        postings.payment_allocated(house.pool, payment, order, amount_fen=10_000, event_at=NOW)
    ])  # fmt: skip
    house.loaded(load, order, CARD, 10_000)
    house.sound(held=10_000, owed=10_000)
    assert house.ends().state == "closed", "cash is not late on its first day"

    count = house.call("count")
    short(house, count, 100)
    house.sound(held=9_900, owed=10_000, due=100)
    house.knows("cash", Known.CASH_BANKED, words=r"现金解款 (?P<box>\S+)")
    house.knows("cover", Known.OWN_COVER, words="备付金补足",
                terms={"reason": "cash_short", "own_account_id": str(house.income.id)})  # fmt: skip
    house.bank.line(9_900, summary=f"现金解款 {BOX}").book()
    house.sound(held=9_900, owed=10_000, due=100)
    (case,) = cases.open_of(house.pool)
    assert (case.kind, case.amount_fen, case.subject) == ("cash_short", 100, f"cash_box:{BOX}")
    assert house.ends(NEXT).state == "closed", "what is due since yesterday is told, not late"

    house.bank.line(100, summary="备付金补足").book()
    house.sound(held=10_000, owed=10_000)
    assert house.fen("cash_in_transit", BOX) == 0
    assert house.lines() == written(f"""
        cash_accepted     cash_in_transit {BOX}      received payment         5000
        cash_accepted     cash_in_transit {BOX}      received payment         5000
        payment_allocated received payment           unloaded_orders order    10000
        load(held)        unloaded_orders order      card_purse {CARD}        10000
        load(settled)     unloaded_orders order      card_purse {CARD}        10000
        loss_covered      own_cover_due cash_short   cash_in_transit {BOX}    100
        own_cover_owed    loss cash_short            due_to_reserve cash_short 100
        cash_banked       bank_reserve bank          cash_in_transit {BOX}    9900
        operator_covered  bank_reserve bank          own_cover_due cash_short 100
        own_cover_paid    due_to_reserve cash_short  own_bank own-bank        100
    """)


def test_the_same_count_again_is_once_and_a_wrong_one_books_nothing(house):
    payment = house.call("payment")
    book.post([
        postings.cash_accepted(house.pool, house.call("note"), payment, box=BOX,
                               amount_fen=5_000, event_at=NOW)
    ])  # fmt: skip
    for fen in (0, -1, 5_001, True):
        with pytest.raises(LossMalformed):
            short(house, house.call("count"), fen)
    assert len(house.lines()) == 1
    assert cases.open_of(house.pool) == []
    count = house.call("count")
    for _ in range(2):
        short(house, count, 5_000)
    assert len(house.lines()) == 3
    house.sound(held=0, owed=5_000, due=5_000)
    assert len(cases.open_of(house.pool)) == 1


def test_cash_that_is_short_is_late_when_nobody_covers_it(house):
    """Five working days: then the day closes only under two signatures, and nothing is swept."""
    payment = house.call("payment")
    early = NOW.replace(day=2)
    book.post([
        postings.cash_accepted(house.pool, house.call("note"), payment, box=BOX,
                               amount_fen=5_000, event_at=early)
    ])  # fmt: skip
    losses.cash_short(house.pool, house.call("count"), box=BOX, missing_fen=5_000,
                      counted_at=early, actor=COUNTER, now=moment())  # fmt: skip
    pools.cut(house.pool, NEXT)
    assert house.closes().state == "blocked"
    house.signed(DAY, "R7")
    house.sound(held=0, owed=5_000, due=5_000)
