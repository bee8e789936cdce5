"""People are known by a number that is sealed, found blindly and never told; roles are grants."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts import people, phones, secrets
from accounts.errors import (
    PersonUnknown,
    PhoneNotUnderstood,
    RolesIncompatible,
    RoleUnknown,
    SecretMalformed,
)
from accounts.identifiers import new_id
from accounts.models import AuditEntry, Person, RoleGrant
from accounts.roles import ROLES
from tests.accounts.strangers import a_phone, somebody

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PHONE = "13812340984"


def test_somebody_enrols_once_however_the_number_is_written(db):
    person = people.enrol(PHONE, NOW)
    for written in ("138 1234 0984", "+8613812340984", " 138-1234-0984 "):
        assert people.enrol(written, NOW) == person
        assert people.by_phone(written) == person
    assert person.id.version == 7
    assert person.masked_phone == "138****0984"
    assert people.has_role(person, "citizen", 7, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12812340984",
        "1381234098",
        "138123409845",
        "１３８１２３４０９８４",
        "0371-1234567",
        "13812340984x",
    ],
)
def test_what_is_no_mobile_number_is_refused_without_repeating_it(db, text):
    for use in (lambda: people.enrol(text, NOW), lambda: people.by_phone(text)):
        with pytest.raises(PhoneNotUnderstood) as refused:
            use()
        assert not text or text not in str(refused.value)
    assert not Person.objects.exists()


def test_a_stranger_is_unknown(db):
    with pytest.raises(PersonUnknown):
        people.by_phone(PHONE)
    with pytest.raises(PersonUnknown):
        people.get(new_id(NOW))


def test_the_number_is_nowhere_to_be_read(db, caplog):
    caplog.set_level(logging.DEBUG)
    person = people.enrol(PHONE, NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(p)::text FROM accounts_person p WHERE id = %s", [person.id]
        )
        row = cursor.fetchone()[0]
    for told in (row, str(person), repr(person), caplog.text, repr(vars(person))):
        assert PHONE not in told
        assert PHONE.encode().hex() not in told


def test_a_sealed_number_opens_for_its_own_person_only(db):
    person, other = people.enrol(PHONE, NOW), somebody(NOW)
    Person.objects.filter(pk=other.pk).update(phone_sealed=person.phone_sealed)
    with pytest.raises(SecretMalformed):
        _ = people.get(other.pk).phone
    assert people.get(person.pk).phone == PHONE


def test_keys_rotate_while_old_numbers_stay_readable(db, monkeypatch):
    person = people.enrol(PHONE, NOW)
    assert person.phone_key == "phone-seal-1"
    monkeypatch.setenv("PHONE_SEAL_KEY", "phone-seal-2")
    assert people.get(person.pk).phone == PHONE
    people.reseal(person)
    kept = people.get(person.pk)
    assert (kept.phone_key, kept.phone) == ("phone-seal-2", PHONE)
    assert secrets.read_key("phone-seal-1") != secrets.read_key("phone-seal-2")
    assert people.by_phone(PHONE) == person


def test_the_same_number_is_never_sealed_alike():
    one = new_id(NOW)
    assert phones.seal(PHONE, one).sealed != phones.seal(PHONE, one).sealed
    assert phones.index(PHONE) == phones.index(PHONE) != phones.index("13812340985")


def test_two_who_enrol_one_number_at_once_are_one_person(lasting_db):
    phone, enrolled = a_phone(), []

    def enrol() -> None:
        enrolled.append(people.enrol(phone, NOW).pk)
        connection.close()

    twins = [threading.Thread(target=enrol) for _ in range(6)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert len(enrolled) == 6
    assert len(set(enrolled)) == 1
    assert RoleGrant.objects.filter(person=enrolled[0], role="citizen").count() == 1


def test_there_are_no_passwords(db):
    person = somebody(NOW)
    assert not person.has_usable_password()
    assert not person.check_password("")
    with pytest.raises(TypeError):
        person.set_password("x")
    with pytest.raises(IntegrityError, match="has_no_password"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(password="pbkdf2$x")
    before = people.get(person.pk).get_session_auth_hash()
    people.end_sessions(person)
    assert people.get(person.pk).get_session_auth_hash() != before


def test_a_role_holds_for_its_pool_and_its_time(db):
    officer = somebody(NOW)
    until = NOW + timedelta(days=1)
    people.grant(officer, "finance_officer", pool=3, granted_by=None, now=NOW, until=until)
    held = {
        (pool, hours): people.has_role(
            officer, "finance_officer", pool, NOW + timedelta(hours=hours)
        )
        for pool in (3, 4, None)
        for hours in (-1, 0, 23, 24)
    }
    assert [place for place, holds in held.items() if holds] == [(3, 0), (3, 23)]
    assert not people.has_role(officer, "auditor", 3, NOW)
    with pytest.raises(RoleUnknown):
        people.has_role(officer, "king", 3, NOW)


def test_a_role_for_the_province_holds_for_every_pool_until_revoked(db):
    regulator = somebody(NOW)
    given = people.grant(regulator, "regulator", pool=None, granted_by=None, now=NOW)
    assert all(people.has_role(regulator, "regulator", pool, NOW) for pool in (None, 1, 28))
    people.revoke(given, by=None, now=NOW + timedelta(hours=1))
    people.revoke(given, by=None, now=NOW + timedelta(hours=2))
    assert not people.has_role(regulator, "regulator", 1, NOW + timedelta(hours=1))
    assert RoleGrant.objects.get(pk=given.pk).valid_until == NOW + timedelta(hours=1)
    acts = AuditEntry.objects.filter(subject=f"person:{regulator.pk}").order_by("id")
    assert [one.act for one in acts] == ["role_granted", "role_revoked"]


def test_somebody_made_inactive_holds_no_role_at_once(db):
    clerk = somebody(NOW)
    people.grant(clerk, "clerk", pool=1, granted_by=None, now=NOW)
    Person.objects.filter(pk=clerk.pk).update(is_active=False)
    assert not people.has_role(clerk, "clerk", 1, NOW)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("auditor", "administrator"),
        ("administrator", "security_officer"),
        ("security_officer", "auditor"),
    ],
)
def test_the_three_separated_roles_are_three_people(db, first, second):
    one = somebody(NOW)
    people.grant(one, first, pool=1, granted_by=None, now=NOW, until=NOW + timedelta(days=1))
    people.grant(one, first, pool=2, granted_by=None, now=NOW, until=NOW + timedelta(days=1))
    with pytest.raises(RolesIncompatible):
        people.grant(one, second, pool=9, granted_by=None, now=NOW)
    assert not people.has_role(one, second, 9, NOW)
    people.grant(one, second, pool=9, granted_by=None, now=NOW + timedelta(days=1))


def test_sql_by_hand_cannot_grant_what_the_law_forbids(db):
    holder, other = somebody(NOW), somebody(NOW)
    good = {"role": "clerk", "pool": 1, "until": None, "by": None}
    for change, law in (
        ({"role": "king"}, "accounts_grant_names_a_role"),
        ({"by": holder.pk}, "does not stand"),
        ({"by": other.pk}, "does not stand"),
        ({"until": NOW - timedelta(seconds=1)}, "accounts_grant_ends_after_it_begins"),
        ({"pool": 0}, "accounts_grant_pool_is_positive"),
    ):
        row = good | change
        with (
            pytest.raises(DatabaseError, match=law),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO accounts_rolegrant (id, person_id, role, pool, valid_from,"
                " valid_until, granted_by_id) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [new_id(NOW), holder.pk, row["role"], row["pool"], NOW, row["until"], row["by"]],
            )
    assert set(RoleGrant.objects.values_list("role", flat=True)) == {"citizen"}
    assert len(ROLES) == 9
