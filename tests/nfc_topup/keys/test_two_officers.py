"""Two officers put a key to work and two end it: the approval's own people, whoever writes SQL."""

import pytest
from django.db import connection, transaction

from accounts import approvals, people, roles, trail
from accounts.actors import SYSTEM
from accounts.errors import MakerIsChecker, NotAllowed
from nfc_topup.keys import activation, destruction, rotation
from nfc_topup.keys.errors import DestructionNotApproved
from nfc_topup.models import CardKey, KeyCeremony, KeyComponent
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import brought, custodian, in_use, officer
from tests.nfc_topup.keys.test_key_law import KEY, refused

pytestmark = pytest.mark.usefixtures("software")


def test_the_approval_tells_who_asked_and_approved_not_the_recorded_columns():
    ceremony = brought(KEY)
    key = CardKey.objects.filter(pk=ceremony.key_id)
    maker, checker, other = officer(), officer(), officer()
    asked = activation.ask(ceremony.id, by=maker, now=NOW)
    approvals.approve(asked.pk, checker=checker, now=NOW)
    named = {"asked_by": maker, "approved_by": checker}
    for claimed in ({"asked_by": other}, {"approved_by": other}):
        with refused("nfc_topup_activation_names_its_real_officers"), transaction.atomic():
            KeyCeremony.objects.filter(pk=ceremony.pk).update(**(named | claimed))
            KeyCeremony.objects.filter(pk=ceremony.pk).update(state="activated")
            key.update(state="active", approval_id=asked.pk)
    assert approvals.get(asked.pk).state == "approved", "nothing was spent"
    with transaction.atomic():
        KeyCeremony.objects.filter(pk=ceremony.pk).update(state="activated", **named)
        key.update(state="active", approval_id=asked.pk)
    assert key.get().state == "active"


def test_a_custodian_who_really_asked_puts_no_key_to_work_again():
    first = in_use(KEY)
    in_use(bytes(byte ^ 0x3C for byte in KEY))
    giver = KeyComponent.objects.filter(ceremony__key=first).first().custodian
    people.grant(giver, roles.SECURITY_OFFICER, pool=None, granted_by=None, now=NOW)
    asked = approvals.ask(
        maker=giver, purpose=activation.PURPOSE, pool=0, content={}, now=NOW,
        fingerprint=activation.fingerprint_of(first), checker_role=roles.SECURITY_OFFICER,
        expires_at=NOW + activation.DECIDED_WITHIN,
    )  # fmt: skip
    approvals.approve(asked.pk, checker=officer(), now=NOW)
    CardKey.objects.filter(state="active", index=first.index).update(state="outgoing")
    with refused("nfc_topup_custodian_is_not_activator"):
        CardKey.objects.filter(pk=first.pk).update(state="active", approval_id=asked.pk)


def test_a_key_is_destroyed_by_two_officers_over_this_very_key():
    one, two = in_use(KEY), in_use(bytes(byte ^ 0x3C for byte in KEY), index=2)
    for key in (one, two):
        rotation.retire(key.id, because="drill", by=officer(), now=NOW, compromised=True)
    gone = CardKey.objects.filter(pk=one.pk)
    with refused("nfc_topup_destroyed_key_is_approved_by_two"):
        gone.update(state="destroyed", sealed=b"")
    maker, checker = officer(), officer()
    asked = destruction.ask(one.id, because="a drill", by=maker, now=NOW)
    with refused("nfc_topup_key_keeps_its_destruction"):
        gone.update(destruction_id=asked.pk)
    with refused("nfc_topup_destroyed_key_is_approved_by_two"):
        gone.update(state="destroyed", sealed=b"", destruction_id=asked.pk)
    with pytest.raises(DestructionNotApproved):
        destruction.approve(two.id, asked.pk, by=checker, now=NOW)
    with pytest.raises(MakerIsChecker):
        destruction.approve(one.id, asked.pk, by=maker, now=NOW)
    with pytest.raises(NotAllowed):
        destruction.approve(one.id, asked.pk, by=custodian(), now=NOW)
    assert {CardKey.objects.get(pk=key.pk).state for key in (one, two)} == {"retired"}
    assert approvals.get(asked.pk).state == "asked"
    approvals.approve(asked.pk, checker=checker, now=NOW)
    with pytest.raises(DestructionNotApproved):  # another's approval is not one's own
        destruction.approve(one.id, asked.pk, by=officer(), now=NOW)
    destruction.approve(one.id, asked.pk, by=checker, now=NOW)
    assert (gone.get().state, gone.get().destruction_id) == ("destroyed", asked.pk)
    assert bytes(gone.get().sealed) == b""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nfc_topup_key_destruction_fingerprint(k) FROM nfc_topup_cardkey k"
            " WHERE id = %s",
            [two.pk],
        )
        assert bytes(cursor.fetchone()[0]) == destruction.fingerprint_of(two)


def test_a_key_waits_for_the_loads_at_its_own_index_only(new_talk):
    new_talk().sealed()
    for index, waits in ((1, True), (2, False)):
        for purpose in (Purpose.LOAD, Purpose.TAC):
            [key] = CardKey.objects.filter(purpose=purpose, index=index, state="active")
            assert destruction.waiting_for(key) == int(waits)
            trail.advance(key, to="retired", actor=SYSTEM, because="try", now=NOW)
            row = CardKey.objects.filter(pk=key.pk)
            if waits:
                with refused("nfc_topup_key_waits_for_its_loads"):
                    row.update(state="destroyed", sealed=b"")
            else:
                row.update(state="destroyed", sealed=b"")
                assert row.get().state == "destroyed"
