"""An issuer's own amounts go before the profile's, by the longest prefix (R15)."""

from dataclasses import replace

import pytest

from reserve_funds.custody.errors import ProfileFaulty
from reserve_funds.custody.rules import book, issuers, limits
from reserve_funds.custody.rules.limits import TopUp

SHANGHAI, HENAN = "3104770000000000001", "3105070000000000001"
ONE = """
[[issuers]]
prefix = "310507"
zh = "10 至 999 元"
en = "10 to 999 yuan"
confidence = "D"
least_fen = 1_000
most_fen = 99_900
step_fen = 100
"""
PLAIN = TopUp(amount_fen=50_00, balance_fen=0, named=True, payer_is_known=True)


def most(profile, card_no, amount_fen):
    wish = replace(PLAIN, card_no=card_no, amount_fen=amount_fen)
    return [one.most_fen for one in limits.broken(book.by_name(profile), wish)]


@pytest.mark.parametrize("profile", book.NAMES)
def test_an_issuers_own_amounts_go_before_the_profiles(profile):
    assert most(profile, SHANGHAI, 50_00) == []
    assert most(profile, SHANGHAI, 55_00) == [50_00]
    assert most(profile, SHANGHAI, 1000_00) == []
    assert most(profile, SHANGHAI, 1010_00) == [1000_00]
    assert most(profile, HENAN, 55_00) == [], "the profile's own amounts"
    assert most(profile, HENAN, 1000_01) == [1000_00]


def test_an_operators_file_is_told_and_the_longest_prefix_wins(tmp_path, monkeypatch):
    monkeypatch.setattr(issuers, "_told", {})
    own = tmp_path / "issuers.toml"
    longer = ONE.replace('"310507"', '"31050715"').replace("99_900", "50_000")
    own.write_text(ONE + longer, encoding="utf-8")
    assert issuers.read_file(own) == ["310507", "31050715"]
    assert most("MOT", HENAN, 999_00) == []
    assert most("MOT", HENAN, 1000_00) == [999_00]
    assert most("MOT", "3105071500000000001", 999_00) == [500_00]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('prefix = "310507"', 'prefix = "31"'),
        ("step_fen = 100", "step_fen = 0"),
        ("least_fen = 1_000", "least_fen = 100_000"),
        ("step_fen = 100", "step_fen = 1000000"),
        ("step_fen = 100", "step_fen = 1.5"),
        ('confidence = "D"', 'confidence = "sure"'),
        ("most_fen = 99_900", ""),
        ("[[issuers]]", "[[issuer]]"),
    ],
)
def test_a_file_that_is_wrong_says_so(right, wrong):
    assert issuers.offers_of(ONE)
    with pytest.raises(ProfileFaulty):
        issuers.offers_of(ONE.replace(right, wrong))
    with pytest.raises(ProfileFaulty):
        issuers.offers_of(ONE + ONE)
