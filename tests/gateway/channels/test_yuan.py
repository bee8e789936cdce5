"""Yuan text and the integers it becomes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.yuan import fen_of_yuan, hundred_thousandths_of_yuan


@settings(max_examples=1000)
@given(st.integers(0, 10**13))
def test_every_amount_comes_back_as_it_was_printed(amount_fen):
    assert fen_of_yuan(f"{amount_fen // 100}.{amount_fen % 100:02d}") == amount_fen


@settings(max_examples=1000)
@given(st.integers(-(10**13), 10**13))
def test_every_fee_comes_back_as_it_was_printed(fee):
    sign = "-" if fee < 0 else ""
    text = f"{sign}{abs(fee) // 100_000}.{abs(fee) % 100_000:05d}"
    assert hundred_thousandths_of_yuan(text) == fee


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.001",
        "0.000",
        "-1.00",
        "+1",
        "1e3",
        "1,000.00",
        " 1.00",
        "1.",
        ".5",
        "NaN",
        "１.00",
        "inf",
        "0x10",
        "1_000",
        "1.00\n",
        "9" * 13,
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(text):
    with pytest.raises(ValueError, match="yuan"):
        fen_of_yuan(text)


@pytest.mark.parametrize("text", ["0.000001", "1e-5", "--1", "1.000000", "费", "−1.0"])
def test_what_is_not_plainly_a_fee_is_refused(text):
    with pytest.raises(ValueError, match="fee"):
        hundred_thousandths_of_yuan(text)
