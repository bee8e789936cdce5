"""ID numbers are understood by shape, birth day and check character, and never told again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import id_numbers
from accounts.citizen_errors import IdNumberNotUnderstood

TODAY = date(2026, 11, 22)
# The example of GB 11643-1999 itself.
GOOD = "11010519491231002X"


def a_number(born: date = date(1956, 3, 8), *, serial: int = 123) -> str:
    first = f"410105{born:%Y%m%d}{serial:03d}"
    return first + id_numbers.check_of(first)


def test_the_standard_s_own_example_is_understood() -> None:
    assert id_numbers.understand(" 110105 19491231 002x ", TODAY) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", GOOD[:-1], GOOD + "1", "110105194912310021", "01010519491231002X",
        a_number(date(2026, 11, 23)), "110105199913310021",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(IdNumberNotUnderstood) as refused:
        id_numbers.understand(text, TODAY)
    assert not text or text not in str(refused.value)


@given(st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(at: int, by: int) -> None:
    wrong = GOOD[:at] + str((int(GOOD[at]) + by) % 10) + GOOD[at + 1 :]
    with pytest.raises(IdNumberNotUnderstood):
        id_numbers.understand(wrong, TODAY)


def test_masked_and_digested() -> None:
    assert id_numbers.masked(GOOD) == "1****************X"
    assert id_numbers.digest(GOOD) == id_numbers.digest(GOOD)
    assert id_numbers.digest(GOOD) != id_numbers.digest(a_number())
    assert GOOD.encode() not in id_numbers.digest(GOOD)
