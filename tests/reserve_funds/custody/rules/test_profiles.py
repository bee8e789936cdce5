"""Profiles are data held to a schema: a rule nobody knows, or half a rule, is no profile."""

import pytest

from reserve_funds.custody.errors import ProfileFaulty, RuleProfileUnknown
from reserve_funds.custody.rules import book
from reserve_funds.custody.rules.rule import Confidence, Sort
from reserve_funds.custody.rules.schema import SHAPES
from reserve_funds.handbook import Purpose

SMALL = """
name = "X"
zh = "例"
en = "Example"
grounds = "none"
purposes = ["REDEMPTION"]

[[rules]]
id = "R3"
zh = "现金"
en = "Cash"
clause = "none"
confidence = "C"
working_days = 2
"""


@pytest.mark.parametrize("name", book.NAMES)
def test_every_profile_is_whole_and_tells_its_grounds(name):
    profile = book.by_name(name)
    assert profile.name == name
    assert profile.grounds
    for rule in profile.rules.values():
        assert rule.zh
        assert rule.en
        assert rule.clause
        assert rule.sort is SHAPES[rule.id].sort


def test_the_plan_alone_may_place_money_and_the_banks_bank_sweeps_it():
    placed = {
        name: book.by_name(name).permits(Purpose.PRINCIPAL_SAFE_PLACEMENT) for name in book.NAMES
    }
    assert placed == {"MOT": True, "PBOC": False, "MOFCOM": False}
    assert [name for name in book.NAMES if book.by_name(name).rule("R11")] == ["MOT"]
    assert [name for name in book.NAMES if book.by_name(name).rule("R4")] == ["PBOC"]
    assert [name for name in book.NAMES if book.by_name(name).rule("R18")] == ["PBOC"]
    assert [name for name in book.NAMES if book.by_name(name).rule("R27")] == ["MOFCOM"]


def test_every_rule_of_the_schema_is_in_some_profile():
    told = {rule for name in book.NAMES for rule in book.by_name(name).rules}
    assert told == set(SHAPES)


def test_what_nobody_has_read_is_never_marked_as_read():
    for name in ("PBOC", "MOFCOM"):
        assert "not read" in book.by_name(name).grounds
    assert book.by_name("PBOC").rules["R13"].confidence is Confidence.NOT_READ


def test_a_small_profile_reads():
    profile = book.profile_of(SMALL)
    assert profile.rules["R3"].number("working_days") == 2
    assert profile.rules["R3"].sort is Sort.ALERT
    assert profile.rule("R14") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "R3"', 'id = "R99"'),
        ("working_days = 2", ""),
        ("working_days = 2", "working_days = true"),
        ("working_days = 2", 'working_days = "2"'),
        ("working_days = 2", "working_days = 2\nmore = 1"),
        ('confidence = "C"', 'confidence = "Z"'),
        ('"REDEMPTION"', '"DIVIDEND"'),
        ('name = "X"', ""),
        ("[[rules]]", "[[rules"),
    ],
)
def test_a_faulty_profile_is_refused(old, new):
    assert old in SMALL
    with pytest.raises(ProfileFaulty):
        book.profile_of(SMALL.replace(old, new))


def test_a_rule_told_twice_is_refused():
    with pytest.raises(ProfileFaulty, match="twice"):
        book.profile_of(SMALL + SMALL[SMALL.index("[[rules]]") :])


def test_a_profile_of_another_name_is_unknown():
    with pytest.raises(RuleProfileUnknown):
        book.by_name("../mot")
