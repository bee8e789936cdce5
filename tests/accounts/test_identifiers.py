"""Identifiers carry their time, follow each other, and are the same for the same cause."""

import os
import threading
from datetime import UTC, date, datetime, timedelta
from uuid import RFC_4122, UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.clock import business_day
from accounts.errors import IdentifierFromFuture, IdentifierWithoutTime
from accounts.identifiers import derive, moment_of, new_id, outside_id, refuse_future

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001
    max_value=datetime(2400, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
CAUSES = MOMENTS.map(new_id)


@given(MOMENTS)
def test_a_minted_identifier_tells_its_millisecond(moment):
    minted = new_id(moment)
    assert (minted.version, minted.variant) == (7, RFC_4122)
    late = moment_of(minted) - moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert timedelta(0) <= late <= timedelta(seconds=10)


def test_identifiers_of_one_moment_follow_each_other():
    minted = [new_id(NOON) for _ in range(5000)]
    assert minted == sorted(minted)
    assert len(set(minted)) == len(minted)


def test_a_small_step_back_of_the_clock_does_not_turn_the_order():
    later = NOON + timedelta(hours=1)
    minted = [new_id(later), new_id(later - timedelta(seconds=5)), new_id(later)]
    assert minted == sorted(minted)


def test_a_long_step_back_is_followed_so_that_nobody_is_told_a_future_time():
    new_id(NOON + timedelta(days=3))
    back = new_id(NOON)
    assert abs(moment_of(back) - NOON) < timedelta(milliseconds=2)
    refuse_future(back, NOON)


def test_threads_never_share_an_identifier_and_each_sees_its_own_grow():
    kept: list[list[UUID]] = [[] for _ in range(8)]

    def mint(mine: list[UUID]) -> None:
        mine.extend(new_id(NOON) for _ in range(2000))

    threads = [threading.Thread(target=mint, args=(mine,)) for mine in kept]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [one for mine in kept for one in mine]
    assert len(set(everything)) == len(everything) == 16_000
    assert all(mine == sorted(mine) for mine in kept)


def test_a_forked_child_does_not_go_on_where_its_parent_does():
    new_id(NOON)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id(NOON).bytes)
        os._exit(0)
    os.waitpid(child, 0)
    of_child = UUID(bytes=os.read(reading, 16))
    os.close(reading)
    os.close(writing)
    of_parent = new_id(NOON)
    assert abs(of_child.int - of_parent.int) & ((1 << 62) - 1) > 1 << 34


@given(CAUSES, st.text(max_size=40))
def test_what_follows_from_a_cause_is_always_the_same_and_keeps_its_time(cause, step):
    derived = derive(cause, step)
    assert derived == derive(UUID(str(cause)), step)
    assert (derived.version, derived.variant) == (8, RFC_4122)
    assert moment_of(derived) == moment_of(cause)


@given(CAUSES, CAUSES, st.text(max_size=20), st.text(max_size=20))
def test_other_causes_or_steps_give_other_identifiers(cause, other, step, other_step):
    assert (derive(cause, step) == derive(other, other_step)) == (
        (cause, step) == (other, other_step)
    )


def test_a_derived_identifier_is_written_down_so_that_it_never_changes():
    cause = UUID("019ad54f-8a00-7abc-8def-0123456789ab")
    assert str(derive(cause, "confirmed")) == "019ad54f-8a00-88ae-9d25-206b15937c51"
    assert (
        str(outside_id("wechat", date(2026, 11, 22), "4200001"))
        == "01a1fed6-0000-80ec-a6df-4be8571d4876"
    )


@given(st.text(max_size=20), st.dates(date(1971, 1, 1), date(2400, 1, 1)), st.text(max_size=40))
def test_a_fact_of_the_outside_has_one_name_at_midnight_of_its_day(source, day, number):
    named = outside_id(source, day, number)
    assert named == outside_id(source, day, number)
    assert named.version == 8
    assert business_day(moment_of(named)) == day
    assert business_day(moment_of(named) - timedelta(milliseconds=1)) == day - timedelta(days=1)


def test_source_and_number_cannot_be_shifted_into_each_other():
    day = date(2026, 11, 22)
    assert outside_id("bank1", day, "23") != outside_id("bank", day, "123")


def test_what_carries_no_time_is_refused():
    for read in (lambda: derive(uuid4(), "x"), lambda: moment_of(UUID(int=0))):
        with pytest.raises(IdentifierWithoutTime):
            read()


def test_a_time_in_the_future_is_refused_beyond_two_minutes():
    refuse_future(new_id(NOON + timedelta(minutes=1, seconds=59)), NOON)
    early = new_id(NOON + timedelta(days=30))
    with pytest.raises(IdentifierFromFuture) as refused:
        refuse_future(early, NOON)
    assert refused.value.facts["id"] == str(early)
    with pytest.raises(IdentifierFromFuture):
        refuse_future(UUID("ffffffff-ffff-7000-8000-000000000000"), NOON)


def test_a_moment_without_a_zone_is_our_mistake():
    for use in (new_id, business_day):
        with pytest.raises(ValueError, match="zone"):
            use(datetime(2026, 11, 22))  # noqa: DTZ001
    with pytest.raises(ValueError, match="1970"):
        new_id(datetime(1969, 12, 31, tzinfo=UTC))
