"""免打扰: hours over midnight and within a day, to the minute, by Shanghai's clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.notifying import quiet


@pytest.mark.parametrize(
    ("hours", "now", "then"),
    [
        ("22:00-08:00", "2026-11-22T21:59:59+08:00", "2026-11-22T21:59:59+08:00"),
        ("22:00-08:00", "2026-11-22T22:00:00+08:00", "2026-11-23T08:00:00+08:00"),
        ("22:00-08:00", "2026-11-22T16:30:00+00:00", "2026-11-23T08:00:00+08:00"),
        ("22:00-08:00", "2026-11-23T08:00:00+08:00", "2026-11-23T08:00:00+08:00"),
        ("12:00-14:00", "2026-11-22T13:00:00+08:00", "2026-11-22T14:00:00+08:00"),
        ("12:00-14:00", "2026-11-22T22:00:00+08:00", "2026-11-22T22:00:00+08:00"),
        ("", "2026-11-22T23:00:00+08:00", "2026-11-22T23:00:00+08:00"),
    ],
)
def test_the_first_moment_that_is_not_quiet(hours: str, now: str, then: str) -> None:
    found = quiet.allowed_at(datetime.fromisoformat(now), quiet.read(hours))
    assert found == datetime.fromisoformat(then)


@pytest.mark.parametrize("text", ["22:00", "08:00-08:00", "25:00-08:00", "late-early"])
def test_what_is_no_hours_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words differ
        quiet.read(text)
