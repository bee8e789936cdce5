"""What is read from the book, and that writing takes one round trip."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.errors import PoolDiffers, PoolNotOpen, PostingMalformed
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.values import Act
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import confirmed, paid, sealed


def test_every_call_of_the_book_is_one_round_trip(pool: int) -> None:
    story = paid(pool, 500)
    load = sealed(pool, story.order, 100)
    held = book.hold(load)
    calls = [
        lambda: book.post([confirmed(pool, 1)]),
        lambda: book.post([confirmed(pool, 1) for _ in range(50)]),
        lambda: book.post_each([confirmed(pool, 1) for _ in range(50)]),
        lambda: book.hold(sealed(pool, story.order, 100)),
        lambda: book.settle(pool, held.id, event_at=NOW),
        lambda: queries.balance_fen(pool, story.waiting),
        lambda: queries.balance_fen(pool, story.confirmed.debit),
        lambda: queries.available_fen(pool, story.waiting),
        lambda: queries.statement(pool, story.waiting, from_day=DAY, to_day=DAY),
        lambda: queries.trial_balance(pool, DAY),
    ]
    for call in calls:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            call()
        assert len(seen) == 1


def test_a_batch_with_refusals_books_the_rest(pool: int) -> None:
    story = paid(pool, 100)
    good, same = confirmed(pool, 7), story.confirmed
    greedy = postings.payment_allocated(pool, good.id, new_id(NOW), amount_fen=9, event_at=NOW)
    outcomes = book.post_each([good, greedy, same])
    assert [outcome.refused and outcome.refused.code for outcome in outcomes] == [
        None, "ledger_overdrawn", None,
    ]  # fmt: skip
    assert [outcome.transfer and outcome.transfer.is_new for outcome in outcomes] == [
        True, None, False,
    ]  # fmt: skip


def test_one_call_books_in_one_pool(pool: int) -> None:
    with pytest.raises(PostingMalformed):
        book.post([confirmed(pool, 1), confirmed(pool + 1, 1)])


def test_a_statement_runs_in_pages_with_its_balance(pool: int) -> None:
    story = paid(pool, 1000)
    for _ in range(5):
        held = book.hold(sealed(pool, story.order, 100))
        book.settle(pool, held.id, event_at=NOW)
    seen, after = [], None
    while True:
        page = queries.statement(
            pool, story.waiting, from_day=DAY, to_day=DAY, after=after, limit=4
        )
        seen += page.lines
        after = page.after
        if after is None:
            break
    assert len(seen) == 11
    assert len({line.id for line in seen}) == 11
    assert seen[-1].balance_fen == queries.balance_fen(pool, story.waiting) == 500
    assert sum(line.change_fen for line in seen) == 500
    assert {line.act for line in seen} == {Act.POST, Act.HOLD, Act.SETTLE}


def test_the_book_remembers_what_it_knew(lasting_pool: int) -> None:
    story = paid(lasting_pool, 1000)
    moment = now()
    book.post([
        postings.refund_asked(
            lasting_pool, new_id(NOW), source=story.waiting, amount_fen=400, event_at=NOW
        )
    ])  # fmt: skip
    assert queries.balance_fen_at(lasting_pool, story.waiting, moment) == 1000
    assert queries.balance_fen(lasting_pool, story.waiting) == 600
    assert queries.balance_fen_at(lasting_pool, story.waiting, moment - timedelta(hours=1)) == 0


def test_a_cut_day_keeps_its_figures(pool: int) -> None:
    paid(pool, 1000)
    before = queries.trial_balance(pool, DAY)
    assert sum(line.debit_fen for line in before) == sum(line.credit_fen for line in before)
    assert pools.cut(pool, DAY + timedelta(days=1)) == DAY
    assert pools.cut(pool, DAY + timedelta(days=1)) == DAY  # said again
    late = book.post([confirmed(pool, 50)])[0]
    assert late.business_day == DAY + timedelta(days=1)
    assert queries.trial_balance(pool, DAY) == before
    with pytest.raises(PoolDiffers):
        pools.cut(pool, DAY - timedelta(days=1))


def test_a_pool_is_opened_once(lasting_pool: int) -> None:
    assert not pools.open_pool(lasting_pool, "MOT", DAY)
    with pytest.raises(PoolDiffers):
        pools.open_pool(lasting_pool, "MOT", DAY + timedelta(days=1))
    with pytest.raises(PoolNotOpen):
        pools.open_day(lasting_pool + 1)


def test_transfers_tell_everything_about_themselves(pool: int) -> None:
    story = paid(pool, 1000)
    held = book.hold(sealed(pool, story.order, 100))
    settled = book.settle(pool, held.id, event_at=NOW)
    told = queries.transfers_of(pool, story.waiting)
    assert [each.act for each in told] == [Act.POST, Act.HOLD, Act.SETTLE]
    assert told[-1].resolves == held.id
    assert told[0].debit == postings.received(story.payment)
    assert [each.id for each in queries.transfers_of_event(pool, [settled.id])] == [settled.id]


def test_months_are_made_ahead_once(lasting_db: None) -> None:
    assert pools.make_months(3) == 0
