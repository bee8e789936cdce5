"""Limits at their edges: one fen below is allowed, one fen above names the rule and the room."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reserve_funds.custody.rules import book, limits
from reserve_funds.custody.rules.limits import Tender, TopUp

MOT, PBOC = book.by_name("MOT"), book.by_name("PBOC")
PLAIN = TopUp(amount_fen=50_00, balance_fen=0, named=False)


def told(profile, wish):
    return {broken.rule.id: broken.most_fen for broken in limits.broken(profile, wish)}


@pytest.mark.parametrize(
    ("change", "most"),
    [
        ({"balance_fen": 950_00}, None),
        ({"balance_fen": 950_01}, {"R14": 49_99}),
        ({"balance_fen": 1000_00}, {"R14": 0}),
        ({"balance_fen": 4950_00, "named": True}, None),
        ({"balance_fen": 4950_01, "named": True}, {"R14": 49_99}),
        ({"amount_fen": 0}, {"R15": 0}),
        ({"amount_fen": 1000_00}, None),
        ({"amount_fen": 1000_01, "named": True}, {"R15": 1000_00}),
        ({"paid_today_fen": 9949_99}, None),
        ({"paid_today_fen": 9950_00}, {"R16": 49_99}),
        ({"paid_today_fen": 9950_00, "payer_is_known": True}, None),
        ({"tender": Tender.CASH_AT_KIOSK, "cash_today_fen": 150_00}, None),
        ({"tender": Tender.CASH_AT_KIOSK, "cash_today_fen": 150_01}, {"R19": 49_99}),
        ({"tender": Tender.CASH_AT_COUNTER, "cash_today_fen": 999_00}, None),
        ({"tender": Tender.CREDIT_CARD}, None),
    ],
)
def test_the_plans_limits(change, most):
    assert told(MOT, replace(PLAIN, **change)) == (most or {})


def test_a_payment_institution_takes_no_credit_card():
    assert told(PBOC, replace(PLAIN, tender=Tender.CREDIT_CARD)) == {"R18": None}


def test_large_sums_are_not_paid_in_cash():
    large = replace(
        PLAIN, amount_fen=5000_00, named=True, payer_is_known=True, tender=Tender.CASH_AT_COUNTER
    )
    assert told(MOT, large) == {"R15": 1000_00}
    assert told(MOT, replace(large, by_unit=True)) == {"R15": 1000_00, "R17": 4999_99}
    person = replace(large, amount_fen=50_000_00)
    assert told(MOT, person)["R17"] == 49_999_99


@pytest.mark.parametrize(
    ("amounts", "near"),
    [
        ([9000_00, 9000_00, 9000_00], True),
        ([8999_99], False),
        ([9999_99], False),
        ([5000_00, 4999_99], False),
        ([5000_00, 5000_00], True),
        ([10_000_00], False),
        ([], False),
    ],
)
def test_amounts_cut_to_stay_below_the_threshold_are_seen(amounts, near):
    assert limits.is_near(MOT, amounts) is near


@given(
    st.builds(
        TopUp,
        amount_fen=st.integers(1, 200_000),
        balance_fen=st.integers(-10_000, 600_000),
        named=st.booleans(),
        tender=st.sampled_from(Tender),
        by_unit=st.booleans(),
        payer_is_known=st.booleans(),
        paid_today_fen=st.integers(0, 2_000_000),
        cash_today_fen=st.integers(0, 40_000),
    )
)
def test_the_amount_that_is_allowed_is_allowed(wish):
    found = limits.broken(PBOC, wish)
    rooms = [broken.most_fen for broken in found]
    if found and None not in rooms and min(rooms) > 0:
        assert limits.broken(PBOC, replace(wish, amount_fen=min(rooms))) == []
