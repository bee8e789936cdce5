"""Errors, actors, the clock and masks: values in, values out, and nothing told that must not be."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import actors, clock, errors
from accounts.actors import SYSTEM, WORKER, Actor
from accounts.errors import DomainError, Sort
from accounts.masking import mask_card_no, mask_phone, mask_text


def all_errors() -> list[type[DomainError]]:
    return [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, DomainError) and one is not DomainError
    ]


def test_every_error_has_a_code_of_its_own_and_speaks_both_languages():
    codes = [one.code for one in all_errors()]
    assert len(set(codes)) == len(codes) > 20
    for one in all_errors():
        assert "code" in vars(one)
        assert one.code.isascii()
        assert one.code.replace("_", "").isalnum()
        assert one.sort in Sort
        assert any("一" <= letter <= "鿿" for letter in one.zh)
        assert one.en.isascii()
    for one in all_errors():
        if one.sort is not Sort.OURS:
            assert {"zh", "en"} <= vars(one).keys(), f"{one.__name__} tells people nothing"


def test_an_error_tells_its_facts():
    told = errors.StaleState("row moved", kind="order", state="paid")
    assert str(told) == "row moved (kind=order, state=paid)"
    assert str(errors.StaleState()) == "stale_state"
    assert told.facts == {"kind": "order", "state": "paid"}


def test_an_actor_is_written_and_read_the_same():
    for actor in (
        SYSTEM,
        WORKER,
        Actor(kind="citizen", id="01a2"),
        Actor(kind="channel", id="a:b"),
    ):
        assert actors.parse(str(actor)) == actor


@pytest.mark.parametrize(
    ("kind", "own"),
    [("robot", "1"), ("citizen", ""), ("citizen", "a b"), ("kiosk", "x" * 65), ("", "x")],
)
def test_other_actors_do_not_exist(kind, own):
    with pytest.raises(ValueError, match="actor"):
        Actor(kind=kind, id=own)


def test_a_business_day_begins_at_midnight_in_shanghai():
    midnight = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert clock.business_day(midnight) == date(2026, 11, 22)
    assert clock.business_day(midnight - timedelta(microseconds=1)) == date(2026, 11, 21)
    assert clock.start_of_day(date(2026, 11, 22)) == midnight
    assert clock.now().tzinfo is UTC


def test_masks_show_the_ends_alone():
    assert mask_phone("13812340984") == "138****0984"
    assert mask_card_no("3105070212345670984") == "3105 **** **** 0984"
    assert mask_card_no("03105070212345670984") == "3105 **** **** 0984"
    assert mask_phone("12345") == mask_card_no("12345") == "****"


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"0?310[0-9]{16}", fullmatch=True),
)
def test_no_number_survives_in_a_text_and_masking_twice_is_masking_once(phone, card_no):
    masked = mask_text(f"call {phone}, card {card_no}; done")
    assert phone not in masked
    assert card_no[-19:] not in masked
    assert mask_text(masked) == masked
    assert mask_text(f"order 99{phone}99") == f"order 99{phone}99"
