"""Many at once: twins, two spenders of one sum, two ends of one hold, a cut under writers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection

from accounts.errors import DomainError
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import confirmed, paid, sealed


def together(*acts: Callable[[], object]) -> list[object]:
    """Runs the acts at once, each over a connection of its own; results or domain errors."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            gate.wait()
            return act()
        except DomainError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_eight_twins_of_one_notice_book_one_payment(lasting_pool: int) -> None:
    twin = confirmed(lasting_pool, 300)
    said = together(*[lambda: book.post([twin])[0] for _ in range(8)])
    assert sorted(each.is_new for each in said) == [False] * 7 + [True]  # type: ignore[attr-defined]
    assert len({each.created_at for each in said}) == 1  # type: ignore[attr-defined]
    assert check_figures(lasting_pool).findings == []


def test_one_sum_is_spent_once(lasting_pool: int) -> None:
    story = paid(lasting_pool, 1000)
    loads = [sealed(lasting_pool, story.order, 600) for _ in range(6)]
    said = together(*[lambda load=load: book.hold(load) for load in loads])  # type: ignore[misc]
    assert [type(each).__name__ for each in said].count("Transfer") == 1
    assert [type(each).__name__ for each in said].count("Overdrawn") == 5
    assert queries.available_fen(lasting_pool, story.waiting) == 400
    assert check_figures(lasting_pool).findings == []


def test_a_hold_has_one_end(lasting_pool: int) -> None:
    story = paid(lasting_pool, 1000)
    for _ in range(5):
        held = book.hold(sealed(lasting_pool, story.order, 100))
        said = together(
            lambda: book.settle(lasting_pool, held.id, event_at=NOW),  # noqa: B023
            lambda: book.release(lasting_pool, held.id, event_at=NOW),  # noqa: B023
        )
        assert sorted(type(each).__name__ for each in said) == ["HoldAlreadyResolved", "Transfer"]
    assert check_figures(lasting_pool).findings == []


def test_batches_that_share_accounts_do_not_block_each_other_for_ever(lasting_pool: int) -> None:
    riders = [postings.account("wallet", f"rider {number}") for number in range(20)]
    for rider in riders:
        payment = new_id(NOW)
        book.post([
            confirmed(lasting_pool, 5000, payment),
            postings.allocated_to(lasting_pool, payment, rider, amount_fen=5000, event_at=NOW),
        ])  # fmt: skip

    def rides(order: list[postings.Ref]) -> object:
        batch = [
            postings.of(
                "ride_ingested", lasting_pool, new_id(NOW), debit=rider,
                credit=postings.account("rides_in_clearing", "batch"), amount_fen=100,
                event_at=NOW,
            )
            for rider in order
        ]  # fmt: skip
        return [book.post(batch) for _ in range(3)]

    said = together(*[lambda: rides(riders), lambda: rides(riders[::-1])] * 2)
    assert all(isinstance(each, list) for each in said)
    taken = queries.balance_fen(lasting_pool, postings.account("rides_in_clearing", "batch"))
    assert taken == 4 * 20 * 100
    assert check_figures(lasting_pool).findings == []


def test_no_posting_straddles_a_cut(lasting_pool: int) -> None:
    stop = threading.Event()

    def write() -> int:
        written = 0
        while not stop.is_set():
            written += len(book.post([confirmed(lasting_pool, 1)]))
        return written

    def cut() -> int:
        for number in range(1, 11):
            assert pools.cut(lasting_pool, DAY + timedelta(days=number)) == (
                DAY + timedelta(days=number - 1)
            )
            threading.Event().wait(0.03)
        stop.set()
        return 0

    written = sum(together(write, write, write, cut))  # type: ignore[arg-type]
    assert written > 10
    assert pools.open_day(lasting_pool) == DAY + timedelta(days=10)
    receivable = postings.channel_receivable("wechat", DAY)
    assert queries.balance_fen(lasting_pool, receivable) == written
    assert check_figures(lasting_pool).findings == []


def test_folding_beside_writers_loses_nothing(lasting_pool: int) -> None:
    stop = threading.Event()
    receivable = postings.channel_receivable("wechat", DAY)

    def write() -> int:
        written = 0
        while not stop.is_set():
            written += len(book.post([confirmed(lasting_pool, 1)]))
        return written

    def fold() -> int:
        seen = 0
        for _ in range(15):
            pools.fold(lasting_pool, receivable)
            now_told = queries.balance_fen(lasting_pool, receivable)
            assert now_told >= seen
            seen = now_told
        stop.set()
        return 0

    written = sum(together(write, write, fold))  # type: ignore[arg-type]
    assert queries.balance_fen(lasting_pool, receivable) == written
    assert check_figures(lasting_pool).findings == []
