"""What the database itself refuses of keys and ceremonies, whoever writes the SQL."""

import itertools
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import approvals, trail
from accounts.actors import SYSTEM
from accounts.database_errors import constraint_of
from accounts.errors import IllegalTransition
from accounts.identifiers import new_id
from nfc_topup.keys import activation, planning
from nfc_topup.lifecycle import CEREMONY_MOVES, KEY_MOVES
from nfc_topup.models import CardKey, KeyCeremony, KeyComponent
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import brought, custodian, give, in_use, officer, split, wish

pytestmark = pytest.mark.usefixtures("software")

KEY = bytes.fromhex("A7C3195B2E4F60D18B5A3C7E9F1D2B46")
TO_KEY_STATE = {
    "prepared": (),
    "active": ("active",),
    "outgoing": ("active", "outgoing"),
    "retired": ("active", "retired"),
    "destroyed": ("destroyed",),
}


@contextmanager
def refused(*names):
    """The database refuses by one of these names, and the transaction goes on."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        yield
    assert constraint_of(error.value) in names, constraint_of(error.value)


def row(**words):
    """A key of a test issuer in a token, straight by SQL's door."""
    told = {
        "id": new_id(NOW), "purpose": "load", "index": 77, "version": 1, "algorithm": "3des",
        "home": "some-token", "check_value": "123456", "origin": "test_issuer",
        "valid_from": NOW,
    }  # fmt: skip
    return CardKey.objects.create(**(told | words))


def test_every_move_of_a_key_is_allowed_or_refused_as_the_table_says():
    for number, (before, after) in enumerate(itertools.product(KEY_MOVES, KEY_MOVES), start=1):
        key = row(index=100 + number)
        for state in TO_KEY_STATE[before]:
            trail.advance(key, to=state, actor=SYSTEM, because="there", now=NOW)
        if after in KEY_MOVES[before]:
            trail.advance(key, to=after, actor=SYSTEM, because="there", now=NOW)
            continue
        with pytest.raises(IllegalTransition):
            trail.advance(key, to=after, actor=SYSTEM, because="try", now=NOW)
        if after != before:
            with refused("accounts_allowed_move"):
                CardKey.objects.filter(pk=key.pk).update(state=after)
        assert CardKey.objects.get(pk=key.pk).state == before


def test_every_move_of_a_ceremony_is_allowed_or_refused_as_the_table_says():
    ways = {state: state for state in CEREMONY_MOVES}
    for number, before in enumerate(ways, start=1):
        ceremony = planning.plan(wish(KEY, index=200 + number), by=officer(), now=NOW)
        if before == "activated":
            ceremony = brought(bytes(byte ^ 0x5A for byte in KEY), index=300)
            activation.ask(ceremony.id, by=officer(), now=NOW)
            activation.approve(ceremony.id, by=officer(), now=NOW)
            ceremony.refresh_from_db()
        elif before == "brought":
            ceremony = brought(bytes(byte ^ 0x3C for byte in KEY), index=301)
        elif before != "gathering":
            trail.advance(
                ceremony, to=before, actor=SYSTEM, because="there", now=NOW,
                pair_public=b"", pair_sealed=b"",
            )  # fmt: skip
        for after in set(CEREMONY_MOVES) - set(CEREMONY_MOVES[before]):
            with pytest.raises(IllegalTransition):
                trail.advance(ceremony, to=after, actor=SYSTEM, because="try", now=NOW)
            if after != before:
                with refused("accounts_allowed_move"):
                    KeyCeremony.objects.filter(pk=ceremony.pk).update(state=after)


def test_no_key_of_a_ceremony_works_without_a_ceremony_and_two_officers():
    ceremony = brought(KEY)
    key = CardKey.objects.filter(pk=ceremony.key_id)
    with refused("nfc_topup_active_key_has_its_ceremony"):
        key.update(state="active")
    with refused("nfc_topup_ceremony_has_its_key_once_brought"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(state="activated")
    asked = activation.ask(ceremony.id, by=officer(), now=NOW)
    with refused("nfc_topup_active_key_is_approved_by_two"), transaction.atomic():
        KeyCeremony.objects.filter(pk=ceremony.pk).update(
            state="activated", approved_by=officer(), approval_id=asked.pk
        )
        key.update(state="active", approval_id=asked.pk)
    with refused("nfc_topup_key_keeps_its_approval"):
        key.update(approval_id=asked.pk)
    assert key.get().state == "prepared"


def test_an_approval_is_of_this_key_as_it_is_and_is_spent_once():
    one, two = brought(KEY), brought(bytes(byte ^ 0x3C for byte in KEY), index=2)
    asked = activation.ask(one.id, by=officer(), now=NOW)
    approvals.approve(asked.pk, checker=officer(), now=NOW)
    with refused("nfc_topup_active_key_is_approved_by_two"), transaction.atomic():
        KeyCeremony.objects.filter(pk=two.pk).update(
            state="activated", asked_by=officer(), approved_by=officer(), approval_id=asked.pk
        )
        CardKey.objects.filter(pk=two.key_id).update(state="active", approval_id=asked.pk)
    assert approvals.get(asked.pk).state == "approved"


def test_python_and_the_database_make_the_same_fingerprint():
    for ceremony in (brought(KEY), brought(KEY[::-1], index=2, levels=(), components=2)):
        key = CardKey.objects.get(pk=ceremony.key_id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nfc_topup_key_fingerprint(k) FROM nfc_topup_cardkey k WHERE id = %s",
                [key.id],
            )
            assert bytes(cursor.fetchone()[0]) == activation.fingerprint_of(key)


def test_who_gave_a_component_is_neither_maker_nor_checker_in_the_rows():
    ceremony = brought(KEY)
    giver = ceremony.components.first().custodian
    for column in ("asked_by", "approved_by"):
        with refused("nfc_topup_custodian_is_not_activator"):
            KeyCeremony.objects.filter(pk=ceremony.pk).update(**{column: giver})
    one = officer()
    with refused("nfc_topup_ceremony_is_asked_and_approved_by_two"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(asked_by=one, approved_by=one)


def test_components_are_of_different_people_come_in_time_and_are_erased_or_stay():
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    one = custodian()
    give(ceremony, 1, split(KEY)[0], one)
    told = {"ceremony": ceremony, "sealed": b"x", "given_at": NOW}
    with refused("nfc_topup_component_custodians_are_different_people"):
        KeyComponent.objects.create(id=new_id(NOW), number=2, custodian=one, **told)
    with refused("nfc_topup_component_is_given_once"):
        KeyComponent.objects.create(id=new_id(NOW), number=1, custodian=custodian(), **told)
    with refused("nfc_topup_components_come_while_they_are_gathered"):
        KeyComponent.objects.create(id=new_id(NOW), number=4, custodian=custodian(), **told)
    part = KeyComponent.objects.filter(ceremony=ceremony)
    with refused("nfc_topup_component_is_erased_or_stays"):
        part.update(sealed=b"another")
    with refused("nfc_topup_component_keeps_what_was_given"):
        part.update(custodian=custodian())
    with refused("nfc_topup_ended_gathering_leaves_no_component"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(
            state="aborted", pair_public=b"", pair_sealed=b""
        )
    with refused("nfc_topup_ceremony_keeps_its_plan"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(check_value="000000")
    part.update(sealed=b"")
    with refused("nfc_topup_ceremony_pair_ends_with_the_gathering"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(state="aborted")
    key = row()
    with refused("nfc_topup_brought_key_has_all_its_components"):
        KeyCeremony.objects.filter(pk=ceremony.pk).update(
            state="brought", key=key, pair_public=b"", pair_sealed=b""
        )


def test_one_value_has_one_purpose_for_good():
    row(fingerprint="A" * 32)
    with refused("nfc_topup_one_key_one_purpose"):
        row(purpose="tac", fingerprint="A" * 32)
    row(version=2, fingerprint="A" * 32)
    key = in_use(KEY)
    told = {
        "purpose": "tac", "origin": "ceremony", "expires_at": NOW + timedelta(days=9),
        "check_value": key.check_value, "fingerprint": "B" * 32,
    }  # fmt: skip
    with refused("nfc_topup_one_key_one_purpose"):
        row(**told)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM nfc_topup_keyvalue")


def test_a_key_rests_where_its_home_is_and_keeps_what_it_is():
    for words in (
        {"home": "software"},
        {"home": "software", "sealed": b"x"},
        {"home": "some-token", "sealed": b"x"},
        {"home": "some-token", "kek_name": "card-kek"},
        {"home": ""},
        {"home": "secrets"},
    ):
        with refused("nfc_topup_key_rests_where_its_home_is"):
            row(**words)
    with refused("nfc_topup_key_of_a_ceremony_expires_and_has_a_fingerprint"):
        row(origin="ceremony")
    with refused("nfc_topup_house_keys_are_key_encryption_keys"):
        row(origin="house")
    with refused("nfc_topup_house_keys_are_key_encryption_keys"):
        row(purpose="kek")
    with refused("nfc_topup_key_check_value_is_6_hex_digits"):
        row(check_value="12345g")
    with refused("nfc_topup_key_expires_after_it_begins"):
        row(expires_at=NOW)
    key = CardKey.objects.filter(pk=row(home="software", sealed=b"x", kek_name="k").pk)
    for column, value in (("check_value", "654321"), ("home", "elsewhere"), ("levels", ["asn8"])):
        with refused("nfc_topup_key_keeps_what_was_sealed"):
            key.update(**{column: value})
    for words in ({"sealed": b"y"}, {"sealed": b""}):
        with refused(
            "nfc_topup_key_keeps_its_value_until_destroyed", "nfc_topup_key_rests_where_its_home_is"
        ):
            key.update(**words)


def test_test_keys_are_rows_of_the_sandbox_s_database_only(owner_connection):
    with connection.cursor() as cursor:
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE nfc_topup_keylaw SET test_keys = true")
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT test_keys FROM nfc_topup_keylaw")
    with owner_connection.cursor() as owner:
        owner.execute("SELECT test_keys FROM nfc_topup_keylaw")
        assert owner.fetchall() == [(True,)]
        owner.execute("UPDATE nfc_topup_keylaw SET test_keys = false")
        with pytest.raises(Exception, match="live keys come in by ceremony"):
            owner.execute(
                "INSERT INTO nfc_topup_cardkey (id, purpose, index, version, algorithm, levels,"
                " home, kek_name, sealed, check_rule, check_value, origin, valid_from, state)"
                " VALUES (gen_random_uuid(), 'load', 78, 1, '3des', '[]', 't', '', '',"
                " 'ecb-zeros', '123456', 'test_issuer', now(), 'prepared')"
            )
        owner_connection.rollback()


def test_a_key_waits_for_its_loads(new_talk):
    new_talk().sealed()
    [key] = CardKey.objects.filter(purpose=Purpose.LOAD, index=1, state="active")
    trail.advance(key, to="retired", actor=SYSTEM, because="try", now=NOW)
    with refused("nfc_topup_key_waits_for_its_loads"):
        CardKey.objects.filter(pk=key.pk).update(state="destroyed", sealed=b"")
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        CardKey.objects.filter(pk=key.pk).delete()
