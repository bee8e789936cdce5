"""Money and moments as banks write them: exact both ways, or refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.banks.forms import (
    DIGITS_14,
    SPACED,
    FenNumber,
    FenText,
    NotInForm,
    Rfc3339,
    YuanText,
)

MONEY = (FenText(), FenNumber(), YuanText())
MOMENTS = (DIGITS_14, SPACED, Rfc3339())
WRONG = {
    FenText: ["", "50.0", "-1", "+1", "01", "1e3", " 1", "１", 5, None, True, "1234567890123"],
    FenNumber: ["5000", -1, True, 10**12, None],
    YuanText: ["50", "50.0", "50.000", "-1.00", "01.00", "1,0.00", ".50", "５.００", 50, None, ""],
}


@pytest.mark.parametrize("money", MONEY, ids=lambda money: type(money).__name__)
@given(amount_fen=st.integers(0, 10**12 - 1))
def test_an_amount_survives_its_form(money, amount_fen):
    assert money.read(money.write(amount_fen)) == amount_fen
    assert money.read(money.example) == 5000


@pytest.mark.parametrize(
    ("money", "value"),
    [(money, value) for money in MONEY for value in WRONG[type(money)]],
)
def test_what_is_not_plainly_an_amount_is_refused(money, value):
    with pytest.raises(NotInForm):
        money.read(value)


@pytest.mark.parametrize("moments", MOMENTS, ids=lambda moments: moments.example)
@given(seconds=st.integers(0, 4_000_000_000))
def test_a_moment_survives_its_form_to_the_second(moments, seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert moments.read(moments.write(moment)) == moment
    assert moments.read(moments.example) == datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moments", "value"),
    [
        (DIGITS_14, "20261122"),
        (DIGITS_14, "20261332120000"),
        (DIGITS_14, "20261122 12000"),
        (DIGITS_14, 20261122120000),
        (SPACED, "2026-11-22T12:00:00"),
        (SPACED, "2026-2-3 1:02:03"),
        (SPACED, "2026-11-22 12:00:60"),
        (Rfc3339(), "2026-11-22T12:00:00"),
        (Rfc3339(), "2026-11-22 12:00:00+08:00"),
        (Rfc3339(), "2026-13-22T12:00:00Z"),
        (Rfc3339(), "0001-01-01T00:00:00+23:59"),
        (Rfc3339(), 0),
    ],
)
def test_what_is_not_plainly_a_moment_is_refused(moments, value):
    with pytest.raises(NotInForm):
        moments.read(value)
