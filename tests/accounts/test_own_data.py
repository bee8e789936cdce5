"""One's own data is given out whole, and let go: what stays leads to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import (
    app_tokens,
    cards,
    own_data,
    people,
    real_names,
    roles,
    sign_in_codes,
    sign_ins,
    signing_in,
    tokens,
    trail,
)
from accounts.citizen_errors import CardReportedLost, HasDuties, NameBeingChecked, RefreshNotValid
from accounts.errors import CardNotFound, DomainError, PersonUnknown
from accounts.models import AuditEntry, Person, RealNameCheck, SignIn, TransitCard
from accounts.real_names import Answer
from tests.accounts.strangers import a_card_no, a_phone, somebody
from tests.accounts.test_real_names import ID, NAME, Office, office

__all__ = ["office"]

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Objecting(DomainError):
    code = "a_test_objects"


class Room:
    """A room that keeps one row of everybody."""

    def __init__(self) -> None:
        self.objects, self.forgotten = False, []  # type: ignore[var-annotated]
        self.things: list[str] = []

    def sections(
        self, person: Person, *, whole: bool
    ) -> Mapping[str, Iterator[Mapping[str, object]]]:
        return {"things": iter([{"thing": 1, "at": NOW}, {"thing": 2}])}

    def subjects(self, person: Person) -> Iterator[str]:
        return iter(self.things)

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        return [Objecting()] if self.objects else []

    def forget(self, person: Person, now: datetime) -> None:
        self.forgotten.append(person.pk)


@pytest.fixture
def room() -> Iterator[Room]:
    before = dict(own_data._keepers)
    made = Room()
    own_data._keepers.clear()
    own_data.welcome("room", made)
    yield made
    own_data._keepers.clear()
    own_data._keepers.update(before)


def exported(person: Person, *, whole: bool = False) -> dict[str, object]:
    return json.loads(b"".join(own_data.export(person, whole=whole, now=NOW)))  # type: ignore[no-any-return]


def signed_in(phone: str) -> signing_in.Entered:
    code = sign_in_codes.ask(phone, address=phone, now=NOW)
    return signing_in.by_browser(code.challenge, code.code, label="iPhone", address=phone, now=NOW)


def test_an_export_is_everything_of_one_person_and_of_nobody_else(
    db: None, room: Room, office: Office
) -> None:
    phone, card_no, other = a_phone(), a_card_no(), somebody(NOW)
    person = signed_in(phone).person
    cards.add(person, card_no, NOW)
    cards.add(other, a_card_no(), NOW)
    real_names.ask(person, name=NAME, id_number=ID, now=NOW)
    masked, whole = exported(person), exported(person, whole=True)
    text = json.dumps(masked)
    assert phone not in text
    assert card_no not in text
    assert masked["person"]["phone"] == person.masked_phone  # type: ignore[index]
    assert whole["person"]["phone"] == phone  # type: ignore[index]
    sections: dict[str, list[dict[str, object]]] = whole["sections"]  # type: ignore[assignment]
    assert [one["card_no"] for one in sections["cards"]] == [card_no]
    assert [one["label"] for one in sections["devices"]] == ["iPhone"]
    assert [one["state"] for one in sections["real_name_checks"]] == ["confirmed"]
    assert [one["thing"] for one in sections["things"]] == [1, 2]
    assert ID not in json.dumps(whole)
    acts = [one["act"] for one in sections["acts_and_views"]]
    assert acts == ["signed_in", "real_name_asked", "own_data_exported", "own_data_exported"]


def test_an_export_comes_piece_by_piece(db: None, room: Room) -> None:
    person = somebody(NOW)
    for _ in range(3):
        cards.add(person, a_card_no(), NOW)
    pieces = list(own_data.export(person, whole=False, now=NOW))
    assert max(len(piece) for piece in pieces) < 400
    assert len(pieces) > 10


def test_officers_views_are_in_the_export(db: None, room: Room) -> None:
    person, officer = somebody(NOW), somebody(NOW)
    trail.record(
        "personal_data_viewed", actor=sign_ins.citizen(officer.pk), now=NOW,
        subject=f"person:{person.pk}",
    )  # fmt: skip
    assert "personal_data_viewed" in json.dumps(exported(person))
    assert str(officer.pk) not in json.dumps(exported(person))


def test_who_leaves_is_led_to_by_nothing(db: None, room: Room, office: Office) -> None:
    phone = a_phone()
    in_ = signed_in(phone)
    person = in_.person
    card = cards.add(person, a_card_no(), NOW)
    real_names.ask(person, name=NAME, id_number=ID, now=NOW)
    token = tokens.mint(person, label="my phone", now=NOW, expires_at=NOW + DAY)
    own_data.delete(person, NOW)
    assert room.forgotten == [person.pk]
    assert (person.is_active, person.deleted_at) == (False, NOW)
    assert person.masked_phone == "****"
    with pytest.raises(PersonUnknown):
        _ = person.phone
    with pytest.raises(PersonUnknown):
        people.by_phone(phone)
    assert sign_ins.find(in_.secret, NOW) is None
    assert tokens.holder_of(token, NOW) is None
    assert people.roles_of(person, NOW + DAY) == []
    assert list(SignIn.objects.filter(person=person).values_list("label", flat=True)) == [""]
    with pytest.raises(CardNotFound):
        cards.get(person, card.pk)
    assert TransitCard.objects.get(pk=card.pk).holder is None
    check = RealNameCheck.objects.get(person=person)
    assert (check.state, check.id_digest, check.id_masked, check.name_masked) == (
        "withdrawn", None, "", "",
    )  # fmt: skip
    assert AuditEntry.objects.filter(act="own_data_deleted").count() == 1


def test_the_number_enrols_anew_as_somebody_else(db: None, room: Room) -> None:
    phone = a_phone()
    before = people.enrol(phone, NOW)
    own_data.delete(before, NOW)
    own_data.delete(before, NOW)
    after = people.enrol(phone, NOW + DAY)
    assert after.pk != before.pk
    assert people.by_phone(phone) == after
    assert AuditEntry.objects.filter(act="own_data_deleted").count() == 1


def test_a_card_let_go_can_be_added_by_its_next_holder(db: None, room: Room) -> None:
    person, card_no = somebody(NOW), a_card_no()
    cards.add(person, card_no, NOW)
    own_data.delete(person, NOW)
    assert cards.add(somebody(NOW), card_no, NOW).card_no == card_no


def nothing_moved(person: Person) -> None:
    person.refresh_from_db()
    assert person.deleted_at is None
    assert person.is_active
    assert person.phone
    assert not AuditEntry.objects.filter(act="own_data_deleted").exists()


def test_a_room_s_objection_stops_it_and_nothing_moves(db: None, room: Room) -> None:
    person = signed_in(a_phone()).person
    cards.add(person, a_card_no(), NOW)
    room.objects = True
    with pytest.raises(Objecting):
        own_data.delete(person, NOW)
    nothing_moved(person)
    assert len(sign_ins.of(person, NOW)) == 1
    assert len(cards.of(person)) == 1
    assert room.forgotten == []


def test_officers_do_not_vanish(db: None, room: Room) -> None:
    person = somebody(NOW)
    people.grant(person, roles.CLERK, pool=1, granted_by=None, now=NOW)
    with pytest.raises(HasDuties):
        own_data.delete(person, NOW)
    nothing_moved(person)


def test_a_lost_card_is_ended_first(db: None, room: Room) -> None:
    person = somebody(NOW)
    card = cards.add(person, a_card_no(), NOW)
    trail.advance(card, to="lost", actor=sign_ins.citizen(person.pk), because="lost", now=NOW)
    with pytest.raises(CardReportedLost):
        own_data.delete(person, NOW)
    nothing_moved(person)


def test_a_name_under_way_is_awaited(db: None, room: Room, office: Office) -> None:
    person = somebody(NOW)
    office.says = Answer.UNKNOWN
    real_names.ask(person, name=NAME, id_number=ID, now=NOW)
    with pytest.raises(NameBeingChecked):
        own_data.delete(person, NOW)
    nothing_moved(person)


def test_no_app_goes_on_afterwards(db: None, room: Room) -> None:
    phone = a_phone()
    code = sign_in_codes.ask(phone, address=phone, now=NOW)
    pair = signing_in.by_app(code.challenge, code.code, label="App", address=phone, now=NOW)
    own_data.delete(people.by_phone(phone), NOW)
    with pytest.raises(RefreshNotValid):
        app_tokens.refresh(pair.refresh, key="k", now=NOW)


def test_the_database_keeps_no_number_of_who_left(db: None, room: Room) -> None:
    person = somebody(NOW)
    with pytest.raises(IntegrityError, match="deleted_keeps_no_number"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(deleted_at=NOW)
