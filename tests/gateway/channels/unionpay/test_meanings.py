"""Codes nobody knows decide nothing; dates without a year find theirs."""

from datetime import UTC, date, datetime

import pytest

from gateway.channels.port import PaymentState, RefundState
from gateway.channels.unionpay import meanings
from gateway.channels.unionpay.words import NotWords


def shanghai(*parts):
    return datetime(*parts, tzinfo=meanings.SHANGHAI)


@pytest.mark.parametrize(
    ("text", "base", "day"),
    [
        ("1122", shanghai(2026, 11, 22, 12), date(2026, 11, 22)),
        ("0101", shanghai(2026, 12, 31, 23, 30), date(2027, 1, 1)),
        ("1231", shanghai(2027, 1, 1, 0, 5), date(2026, 12, 31)),
        ("0229", shanghai(2028, 2, 28, 23, 5), date(2028, 2, 29)),
        ("0301", shanghai(2027, 2, 28, 23, 5), date(2027, 3, 1)),
    ],
)
def test_a_settlement_day_finds_its_year(text, base, day):
    assert meanings.day_near(text, base) == day


def test_a_trace_time_just_after_new_year_belongs_to_the_new_one():
    placed = shanghai(2026, 12, 31, 23, 59, 50)
    assert meanings.moment_near("0101000005", placed) == datetime(
        2026, 12, 31, 16, 0, 5, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["0229", "1301", "0000", "11", "abcd", "１１２２"])
def test_a_day_that_is_not_in_the_calendar_is_none(text):
    with pytest.raises(NotWords):
        meanings.day_near(text, shanghai(2026, 6, 1))


def test_a_moment_is_told_and_read_in_shanghai_time():
    moment = datetime(2026, 12, 31, 16, 30, 1, tzinfo=UTC)
    assert meanings.stamp_of(moment) == "20270101003001"
    assert meanings.moment_of_stamp("20270101003001") == moment
    for text in ("2027010100300", "20270132003001", "２0270101003001"):
        with pytest.raises(NotWords):
            meanings.moment_of_stamp(text)


def test_every_code_without_a_sure_meaning_leaves_the_outcome_open():
    for code in ("03", "04", "05", "42", "99", "ZZ", "", "0", "000"):
        assert meanings.payment_state(code) is PaymentState.UNKNOWN
        assert meanings.refund_state(code) in (RefundState.UNKNOWN, RefundState.PROCESSING)
    for code in ("00", "A6"):
        assert meanings.payment_state(code) is PaymentState.PAID
        assert meanings.refund_state(code) is RefundState.DONE
    assert meanings.payment_state("61") is PaymentState.FAILED
    assert meanings.refund_state("61") is RefundState.CLOSED
    for code in ("03", "04", "05", "99", "ZZ", ""):
        assert meanings.refusal(code) is None
