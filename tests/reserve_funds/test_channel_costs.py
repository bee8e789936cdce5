"""What a channel keeps and gives back, line by line, as accounting.md tells it."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.identifiers import new_id
from reserve_funds import income, postings
from reserve_funds.chart import CoverReason
from reserve_funds.ledger import book, check, queries
from tests.reserve_funds.conftest import DAY, NOW

ON: dict[str, Any] = {"channel": "wechat", "settlement_day": DAY, "event_at": NOW}
WATCHED = {
    "receivable": postings.channel_receivable("wechat", DAY),
    "cover due, fee": postings.own_cover_due(CoverReason.FEE),
    "due to reserve, fee": postings.account("due_to_reserve", CoverReason.FEE),
    "fee expense": postings.account("fee_expense", "wechat"),
    "income in reserve": postings.account("own_income_in_reserve", "fee:wechat"),
    "due from reserve": postings.account("due_from_reserve", "fee:wechat"),
    "cover due, coupon": postings.own_cover_due(CoverReason.COUPON),
    "due to reserve, coupon": postings.account("due_to_reserve", CoverReason.COUPON),
    "loss, coupon": postings.account("loss", CoverReason.COUPON),
}


def stands(pool: int) -> dict[str, int]:
    """The accounts that are not empty."""
    found = {name: queries.balance_fen(pool, ref) for name, ref in WATCHED.items()}
    return {name: fen for name, fen in found.items() if fen}


@pytest.fixture
def bill(pool: int) -> Any:
    """A day on which 10,000 fen were paid and 60 withheld."""
    bill_id = new_id(NOW)
    book.post([postings.payment_confirmed(pool, new_id(NOW), amount_fen=10_000, **ON)])
    book.post(postings.fee_withheld(pool, bill_id, amount_fen=60, **ON))
    assert stands(pool) == {
        "receivable": 9_940,
        "cover due, fee": 60,
        "due to reserve, fee": 60,
        "fee expense": 60,
    }
    return bill_id


def test_a_fee_that_own_money_still_owes_is_owed_no_more(pool: int, bill: Any) -> None:
    for _ in range(2):
        book.post(income.fee_returned(pool, bill, due_fen=40, covered_fen=0, **ON))
    assert stands(pool) == {
        "receivable": 9_980,
        "cover due, fee": 20,
        "due to reserve, fee": 20,
        "fee expense": 20,
    }
    assert check.check_figures(pool).findings == []


def test_a_fee_that_was_covered_is_own_money_in_the_reserve(pool: int, bill: Any) -> None:
    book.post(
        postings.operator_covered(
            pool, new_id(NOW), reason=CoverReason.FEE, bank_account="reserve", own_bank="own",
            amount_fen=50, event_at=NOW,
        )
    )  # fmt: skip
    for _ in range(2):
        book.post(income.fee_returned(pool, bill, due_fen=10, covered_fen=30, **ON))
    assert stands(pool) == {
        "receivable": 9_980,
        "fee expense": 20,
        "income in reserve": 30,
        "due from reserve": 30,
    }
    assert check.check_figures(pool).findings == []


def test_own_coupons_are_paid_by_own_money(pool: int, bill: Any) -> None:
    book.post(postings.coupon_used(pool, bill, amount_fen=300, **ON))
    assert stands(pool) == {
        "receivable": 9_640,
        "cover due, fee": 60,
        "due to reserve, fee": 60,
        "fee expense": 60,
        "cover due, coupon": 300,
        "due to reserve, coupon": 300,
        "loss, coupon": 300,
    }
    assert check.check_figures(pool).findings == []


def test_nothing_returned_books_nothing(pool: int, bill: Any) -> None:
    assert income.fee_returned(pool, bill, due_fen=0, covered_fen=0, **ON) == []


def test_a_coupon_that_comes_back_with_a_refund_is_owed_no_more_or_is_own_income(
    pool: int, bill: Any
) -> None:
    book.post(postings.coupon_used(pool, bill, amount_fen=300, **ON))
    later = new_id(NOW)
    for _ in range(2):
        book.post(income.coupon_came_back(pool, later, due_fen=300, covered_fen=100, **ON))
    own = postings.account("own_income_in_reserve", "coupon:wechat")
    assert queries.balance_fen(pool, own) == 100
    assert stands(pool) == {
        "receivable": 10_040,
        "cover due, fee": 60,
        "due to reserve, fee": 60,
        "fee expense": 60,
        "loss, coupon": -100,
    }
    assert check.check_figures(pool).findings == []
