"""Money, moments and long numbers are written so that people cannot misread them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from gateway.pages import words

NOW = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (1, "¥0.01"),
        (5_000, "¥50.00"),
        (-500, "-¥5.00"),
        (18_233_450, "¥182,334.50"),
        (10**13 + 7, "¥100,000,000,000.07"),
    ],
)
def test_fen_as_yuan(fen: int, text: str) -> None:
    assert words.money(fen) == text


@given(st.integers(min_value=-(2**63), max_value=2**63))
def test_no_fen_is_lost_in_writing(fen: int) -> None:
    assert int(words.money(fen).replace("¥", "").replace(",", "").replace(".", "")) == fen


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW, "今天 14:05"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "今天 23:59"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "明天 00:00"),
        (datetime(2026, 11, 21, 15, 59, tzinfo=UTC), "昨天 23:59"),
        (datetime(2026, 11, 20, 10, 2, tzinfo=UTC), "11-20 18:02"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "01-01 00:00"),
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), "2025-12-31 23:59"),
    ],
)
def test_a_moment_is_told_by_the_day_in_shanghai(at: datetime, text: str) -> None:
    assert words.moment(at, NOW) == text


def test_the_other_language() -> None:
    with override("en"):
        assert words.moment(NOW, NOW) == "Today 14:05"
        assert words.lasting(timedelta(hours=3, minutes=59)) == "3 h"
    assert words.lasting(timedelta(days=2, hours=23)) == "2 天"
    assert words.lasting(timedelta(seconds=-90)) == "1 分钟"


def test_the_exact_moment_is_beijing_s() -> None:
    assert words.exact(NOW) == "2026-11-22 14:05:00"


def test_a_fingerprint_is_whole_in_its_groups() -> None:
    text = "0123456789abcdef" * 4
    assert words.grouped(text).replace(" ", "") == text
    assert words.grouped(text).split(" ")[0] == "01234567"
