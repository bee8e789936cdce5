"""A name is confirmed, refused, or not answered yet; and nobody reads the number afterwards."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.db.utils import IntegrityError

from accounts import clock, duties, real_names, tasks
from accounts.citizen_errors import (
    IdNumberNotUnderstood,
    NameNotUnderstood,
    RealNameDone,
    RealNameNotOffered,
    RealNameTooOften,
    RealNameUnderWay,
)
from accounts.models import AuditEntry, Duty, RealNameCheck
from accounts.real_names import Answer, Tier
from tests.accounts.strangers import somebody
from tests.accounts.test_id_numbers import a_number

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ID = a_number(date(1956, 3, 8))
NAME = "阿卜杜热合曼·买买提江"


class Office:
    """A provider that says what it is told to say, and remembers whether it was asked."""

    def __init__(self) -> None:
        self.says, self.then = Answer.MATCHED, Answer.UNKNOWN
        self.asked: list[tuple[UUID, str, str]] = []
        self.in_transaction: list[bool] = []

    def ask(self, check_id: UUID, *, name: str, id_number: str, now: datetime) -> Answer:
        self.asked.append((check_id, name, id_number))
        self.in_transaction.append(RealNameCheck.objects.filter(pk=check_id).exists())
        return self.says

    def ask_again(self, check_id: UUID, *, now: datetime) -> Answer:
        return self.then


@pytest.fixture
def office() -> Iterator[Office]:
    before = dict(real_names._offered)
    made = Office()
    real_names.offer(made)
    yield made
    real_names.offer(before.get("in_use"))


def asked(person, *, now: datetime = NOW, name: str = NAME, number: str = ID):  # type: ignore[no-untyped-def]
    return real_names.ask(person, name=name, id_number=number, now=now)


def test_a_match_is_the_higher_tier(db: None, office: Office) -> None:
    person = somebody(NOW)
    assert real_names.tier_of(person) is Tier.PHONE
    check = asked(person)
    assert (check.state, check.name_masked, check.id_masked) == (
        "confirmed", "阿**********", "4****************" + ID[-1],
    )  # fmt: skip
    assert real_names.tier_of(person) is Tier.REAL_NAME
    assert office.asked == [(check.pk, NAME, ID)]
    assert office.in_transaction == [True], "the question is kept before it is asked"
    assert Duty.objects.get(subject_id=check.pk).state == "done"
    with pytest.raises(RealNameDone):
        asked(person)


def test_a_difference_may_be_tried_again(db: None, office: Office) -> None:
    person = somebody(NOW)
    office.says = Answer.DIFFERENT
    assert asked(person).state == "refused"
    assert real_names.tier_of(person) is Tier.PHONE
    office.says = Answer.MATCHED
    assert asked(person).state == "confirmed"


def test_silence_is_a_state_and_is_asked_again_by_its_number(db: None, office: Office) -> None:
    person = somebody(NOW)
    office.says = Answer.UNKNOWN
    check = asked(person)
    assert check.state == "unclear"
    assert real_names.tier_of(person) is Tier.PHONE
    with pytest.raises(RealNameUnderWay):
        asked(person)
    later = NOW + timedelta(minutes=2)
    duties.work(later, kinds=[real_names.DUTY])
    check.refresh_from_db()
    assert check.state == "unclear"
    office.then = Answer.MATCHED
    duties.work(later + timedelta(minutes=10), kinds=[real_names.DUTY])
    check.refresh_from_db()
    assert check.state == "confirmed"
    assert len(office.asked) == 1, "the number of the question never changes"


def test_what_was_never_received_lapses_and_may_be_asked_anew(db: None, office: Office) -> None:
    person = somebody(NOW)
    office.says, office.then = Answer.UNKNOWN, Answer.NOT_RECEIVED
    check = asked(person)
    assert tasks.ask_real_name_again(check.pk, NOW + timedelta(minutes=1)) is None
    check.refresh_from_db()
    assert check.state == "lapsed"
    office.says = Answer.MATCHED
    assert asked(person).state == "confirmed"


def test_after_a_day_of_silence_it_lapses(db: None, office: Office) -> None:
    office.says = office.then = Answer.UNKNOWN
    check = asked(somebody(NOW))
    assert real_names.ask_again(check.pk, now=NOW + timedelta(hours=23)) is not None
    assert real_names.ask_again(check.pk, now=NOW + timedelta(hours=24)) is None
    check.refresh_from_db()
    assert check.state == "lapsed"


def test_name_and_number_are_kept_nowhere_and_logged_nowhere(
    db: None, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = somebody(NOW)
    check = asked(person)
    row = str(RealNameCheck.objects.filter(pk=check.pk).values().get())
    trail = str(list(AuditEntry.objects.filter(subject=f"person:{person.pk}").values()))
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    for text in (row, trail, ours):
        assert ID not in text
        assert NAME not in text


def test_what_is_no_name_or_number_asks_nobody(db: None, office: Office) -> None:
    person = somebody(NOW)
    for name in ("", "陈", "1234", "<b>张三</b>", "张3三", "x" * 60):
        with pytest.raises(NameNotUnderstood):
            asked(person, name=name)
    with pytest.raises(IdNumberNotUnderstood):
        asked(person, number="123")
    assert office.asked == []
    assert not RealNameCheck.objects.exists()


def test_five_questions_a_day_and_then_no_more(db: None, office: Office) -> None:
    person = somebody(NOW)
    office.says = Answer.DIFFERENT
    for serial in range(5):
        asked(person, number=a_number(serial=serial))
    with pytest.raises(RealNameTooOften):
        asked(person, number=a_number(serial=9))
    assert len(office.asked) == 5


def test_a_number_is_not_guessed_a_name_for_by_many_people(db: None, office: Office) -> None:
    office.says = Answer.DIFFERENT
    for _ in range(10):
        asked(somebody(NOW))
    with pytest.raises(RealNameTooOften):
        asked(somebody(NOW))


def test_without_a_provider_nothing_is_promised(db: None, office: Office) -> None:
    real_names.offer(None)
    with pytest.raises(RealNameNotOffered):
        asked(somebody(NOW))
    assert not RealNameCheck.objects.exists()


def test_two_at_once_ask_once(lasting_db: None, office: Office) -> None:
    now = clock.now()
    person = somebody(now)
    told: list[str] = []
    ready = threading.Barrier(6)

    def go(number: int) -> None:
        ready.wait()
        try:
            told.append(asked(person, now=now, number=a_number(serial=number)).state)
        except (RealNameUnderWay, RealNameDone, RealNameTooOften) as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("confirmed") == 1
    assert len(office.asked) == 1


def test_no_other_move_is_possible(db: None, office: Office) -> None:
    check = asked(somebody(NOW))
    with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
        RealNameCheck.objects.filter(pk=check.pk).update(state="asked")
    with pytest.raises(IntegrityError, match="may not move"), transaction.atomic():
        RealNameCheck.objects.create(
            id=somebody(NOW).pk, person=somebody(NOW), state="confirmed", asked_at=NOW
        )
