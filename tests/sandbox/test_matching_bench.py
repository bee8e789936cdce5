"""The measure of matching in its short form: everything matches, nothing is kept, little memory."""

from __future__ import annotations

import resource

import pytest

from gateway.sandbox import matching_bench
from reserve_funds.custody.matching.models import Delivery, Line


@pytest.mark.usefixtures("lasting_db")
def test_three_sides_of_some_thousands_are_matched_whole_and_rolled_back() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = matching_bench.run(3_000)
    assert found["orders"] == found["bill_lines"] == found["statement_lines"] == 3_000
    assert found["matched_seconds"] < 30
    assert found["peak_memory_mb"] - before < 100, "tests before it had their own peak"
    assert not Line.objects.filter(pool=matching_bench.POOL).exists()
    assert not Delivery.objects.filter(pool=matching_bench.POOL).exists()
