"""抬头: names as invoices carry them, and numbers whose check character holds."""

from __future__ import annotations

import pytest

from gateway.invoice import titles
from gateway.invoice.errors import TaxpayerNoWrong, TitleNotUnderstood

REAL = ("91330100799655058B", "9144030071526726XG", "914403001922038216", "91110000802100433B")
"""Published codes of large companies."""


@pytest.mark.parametrize("number", REAL)
def test_published_numbers_hold_and_no_neighbour_of_theirs_does(number: str) -> None:
    assert titles.understand_taxpayer_no(f" {number[:9]}-{number[9:].lower()} ") == number
    for place, one in enumerate(number):
        other = "1" if one != "1" else "2"
        with pytest.raises(TaxpayerNoWrong):
            titles.understand_taxpayer_no(number[:place] + other + number[place + 1 :])
    swapped = number[:-2] + number[-1] + number[-2]
    with pytest.raises(TaxpayerNoWrong):
        titles.understand_taxpayer_no(swapped)


@pytest.mark.parametrize(
    "text", ["", "91330100799655058", "9133010079965505IB", "９1330100799655058B"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(TaxpayerNoWrong):
        titles.understand_taxpayer_no(text)


def test_titles_are_kept_as_an_invoice_carries_them() -> None:
    assert titles.understand("personal", "").name == "个人"
    mine = titles.understand("personal", "  欧阳   小雨 ", REAL[0])
    assert (mine.name, mine.taxpayer_no) == ("欧阳 小雨", "")
    for kind, name in (("enterprise", ""), ("other", "某人"), ("personal", "<b>某人</b>"),
                       ("personal", "雨"), ("enterprise", "某" * 51)):  # fmt: skip
        with pytest.raises(TitleNotUnderstood):
            titles.understand(kind, name, REAL[0])
