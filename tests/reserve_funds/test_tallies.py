"""Days and kinds are folded, and what is read from them is what the transfers come to."""

from __future__ import annotations

import threading
from datetime import date, timedelta

from django.core.management import call_command
from django.db import connection

from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds import postings, tasks
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import confirmed, folded, paid
from tests.reserve_funds.test_races import together

RECEIVABLE = postings.channel_receivable("wechat", DAY)
WALLET = postings.account("wallet", "rider")


def a_day(pool: int, fen: int) -> None:
    """One payment into the rider's wallet, and a ride for one fen."""
    payment = new_id(NOW)
    book.post([
        confirmed(pool, fen, payment),
        postings.allocated_to(pool, payment, WALLET, amount_fen=fen, event_at=NOW),
    ])  # fmt: skip
    book.post([
        postings.of(
            "ride_ingested", pool, new_id(NOW), debit=WALLET,
            credit=postings.account("rides_in_clearing", "b 1"), amount_fen=1, event_at=NOW,
        )
    ])  # fmt: skip


def everything_read(pool: int, days: list[date]) -> list[object]:
    return [
        [
            queries.trial_balance(pool, day),
            [
                queries.statement(pool, ref, from_day=day, to_day=days[-1])
                for ref in (RECEIVABLE, WALLET)
            ],
        ]
        for day in days
    ]


def test_what_is_read_is_the_same_before_between_and_after_folds(lasting_pool: int) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    moments = []
    for number, day in enumerate(days):
        a_day(lasting_pool, 100 + number)
        moments.append(now())
        if day != days[-1]:
            pools.cut(lasting_pool, day + timedelta(days=1))
        if number == 1:
            folded(lasting_pool, WALLET)
    before = everything_read(lasting_pool, days)
    tasks.fold_long_tails(1)
    assert everything_read(lasting_pool, days) == before
    for ref in (RECEIVABLE, WALLET):
        pools.fold(lasting_pool, ref)
    assert everything_read(lasting_pool, days) == before
    assert check_figures(lasting_pool).findings == []
    for number, moment in enumerate(moments):
        came = sum(100 + each for each in range(number + 1))
        assert queries.balance_fen_at(lasting_pool, RECEIVABLE, moment) == came
        assert queries.balance_fen_at(lasting_pool, WALLET, moment) == came - number - 1
    assert queries.balance_fen(lasting_pool, WALLET) == queries.statement(
        lasting_pool, WALLET, from_day=days[-1], to_day=days[-1]
    ).lines[-1].balance_fen  # fmt: skip


def test_a_cut_days_trial_balance_reads_no_transfer_once_it_is_folded(lasting_pool: int) -> None:
    a_day(lasting_pool, 100)
    pools.cut(lasting_pool, DAY + timedelta(days=1))
    told = queries.trial_balance(lasting_pool, DAY)
    for _ in range(100):
        tasks.fold_long_tails()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT since_day FROM ledger.pool_tally WHERE pool = %s", [lasting_pool]
            )
            if cursor.fetchone()[0] > DAY:
                break
        threading.Event().wait(0.1)
    else:
        raise AssertionError("the day was never folded")
    assert queries.trial_balance(lasting_pool, DAY) == told
    assert sum(line.debit_fen for line in told) == sum(line.credit_fen for line in told) == 201


def test_pages_of_a_day_go_on_with_the_balance_of_the_one_before(lasting_pool: int) -> None:
    batch = [confirmed(lasting_pool, fen) for fen in range(1, 31)]
    book.post(batch)
    folded(lasting_pool, RECEIVABLE)
    book.post([confirmed(lasting_pool, 5)])
    lines, after = [], None
    while True:
        page = queries.statement(
            lasting_pool, RECEIVABLE, from_day=DAY, to_day=DAY, after=after, limit=7
        )
        lines += page.lines
        after = page.after
        if after is None:
            break
    assert len({line.id for line in lines}) == 31
    running = 0
    for line in lines:
        running += line.change_fen
        assert line.balance_fen == running
    assert running == queries.balance_fen(lasting_pool, RECEIVABLE) == 470


def test_folding_the_book_beside_writers_and_cuts_loses_nothing(lasting_pool: int) -> None:
    stop = threading.Event()

    def write() -> int:
        written = 0
        while not stop.is_set():
            written += len(book.post([confirmed(lasting_pool, 1)]))
        return written

    def fold() -> int:
        try:
            for number in range(12):
                tasks.fold_long_tails(30)
                if number % 3 == 2:
                    pools.cut(lasting_pool, pools.open_day(lasting_pool) + timedelta(days=1))
                day = pools.open_day(lasting_pool)
                lines = queries.trial_balance(lasting_pool, day)
                debits = sum(each.debit_fen for each in lines)
                assert debits == sum(each.credit_fen for each in lines)
        finally:
            stop.set()
        return 0

    written = sum(together(write, write, fold))  # type: ignore[arg-type]
    assert check_figures(lasting_pool).findings == []
    tasks.fold_long_tails(30)
    told = {each.name: each for each in queries.trial_balance(lasting_pool, DAY + timedelta(99))}
    assert told["channel_receivable"].debit_fen == told["received"].credit_fen == written
    assert check_figures(lasting_pool).findings == []


def test_the_command_opens_an_epoch_and_no_balance_moves(lasting_pool: int) -> None:
    first = paid(lasting_pool, 500)
    folded(lasting_pool, RECEIVABLE)
    paid(lasting_pool, 200)
    call_command("open_epoch")
    assert queries.balance_fen(lasting_pool, RECEIVABLE) == 700
    paid(lasting_pool, 50)
    assert queries.balance_fen(lasting_pool, RECEIVABLE) == 750
    folded(lasting_pool, RECEIVABLE)
    tasks.fold_long_tails(1)
    assert queries.balance_fen(lasting_pool, RECEIVABLE) == 750
    assert not book.post([first.confirmed])[0].is_new
    assert check_figures(lasting_pool).findings == []
