"""A new version takes over while the older serves on, retires, and is destroyed in the end."""

from datetime import timedelta

import pytest

from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.models import SecurityEvent
from nfc_topup import keyring
from nfc_topup.errors import KeyExpired
from nfc_topup.keys import activation, destruction, expiry, inventory, rotation
from nfc_topup.keys.custodians import custody_vault
from nfc_topup.keys.errors import (
    CardKeyUnknown,
    KeyInUse,
    KeyNotExported,
    KeyStillNeeded,
)
from nfc_topup.models import CardKey, ExpiryWarning, KeyCeremony, Load
from nfc_topup.vault.errors import KeyUnknown
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import brought, custodian, in_use, later, officer, person
from tests.nfc_topup.keys.field import NEW, OLD, card_of, issue


def test_loads_begun_before_a_rotation_end_after_it_and_the_old_key_goes_in_steps(
    vault_at_work, operator
):
    old = issue(OLD)
    begun, sealed, torn = (card_of(OLD, number, operator) for number in (1, 2, 3))
    opening = begun.open()
    load_id, seal = sealed.sealed()
    torn_id, torn_seal = torn.sealed()
    new = issue(NEW)
    for key in old:
        key.refresh_from_db()
        assert key.state == "outgoing"
    assert keyring.active_key(Purpose.LOAD, 1, NOW) == new[0]
    late_seal = begun.seal(opening.load_id, begun.pipe(opening.script))
    assert begun.prove(opening.load_id, begun.pipe(late_seal.script)).outcome == "loaded"
    assert sealed.prove(load_id, sealed.pipe(seal.script)).outcome == "loaded"
    assert card_of(NEW, 4, operator).load()[1].outcome == "loaded"
    torn.chip.line("!tear-after")
    torn.prove(torn_id, torn.pipe(torn_seal.script))
    security = officer()
    for key in old:
        with pytest.raises(KeyInUse):
            destruction.ask(key.id, because="too early", by=security, now=NOW)
        rotation.retire(key.id, because="all cards moved", by=security, now=NOW)
        with pytest.raises(KeyStillNeeded):
            destruction.ask(key.id, because="too early", by=security, now=NOW)
        key.refresh_from_db()
        assert key.state == "retired"
    assert torn.evidence().outcome == "loaded"
    assert {load.state for load in Load.objects.all()} == {"loaded"}
    for key in old:
        asked = destruction.ask(key.id, because="nobody needs it", by=security, now=NOW)
        with pytest.raises(MakerIsChecker):
            destruction.approve(key.id, asked.pk, by=security, now=NOW)
        other = officer()
        destruction.approve(key.id, asked.pk, by=other, now=NOW)
        destruction.approve(key.id, asked.pk, by=other, now=NOW)  # to be sure of the vault
        gone = CardKey.objects.get(pk=key.id)
        assert (gone.state, bytes(gone.sealed)) == ("destroyed", b"")
        with pytest.raises(KeyUnknown):
            keyring.vault().verify_tac(gone.ref, [bytes(8)], b"x", bytes(4))
    told = {row.id: row for row in inventory.rows(NOW)}
    assert (told[old[0].id].use.sealed, told[new[0].id].use.sealed) == (3, 1)
    assert [move.to for move in told[old[0].id].moves] == [
        "active", "outgoing", "retired", "destroyed",
    ]  # fmt: skip
    with custody_vault() as vault:
        assert vault.newest(old[0].ref) in (0, new[0].version)


def test_an_outgoing_key_returns_by_an_approval_of_its_own(software):
    first = in_use(bytes.fromhex(OLD["MLK"]))
    second = in_use(bytes.fromhex(NEW["MLK"]))
    maker, checker = officer(), officer()
    with pytest.raises(KeyInUse):
        activation.ask_return(second.id, by=maker, now=NOW)
    with pytest.raises(CardKeyUnknown):
        activation.ask_return(new_id(NOW), by=maker, now=NOW)
    asked = activation.ask_return(first.id, by=maker, now=NOW)
    with pytest.raises(MakerIsChecker):
        activation.approve_return(first.id, asked.pk, by=maker, now=NOW)
    activation.approve_return(first.id, asked.pk, by=checker, now=NOW)
    second.refresh_from_db()
    assert (keyring.active_key(Purpose.LOAD, 1), second.state) == (first, "outgoing")
    with pytest.raises(ApprovalDecided):  # spent on the other key
        activation.approve_return(second.id, asked.pk, by=checker, now=NOW)
    second.refresh_from_db()
    assert second.state == "outgoing"


def test_a_compromised_key_retires_at_once_with_an_alarm_and_loads_stop(software, operator):
    key, _ = issue(OLD)
    with pytest.raises(KeyInUse):
        rotation.retire(key.id, because="rumour", by=officer(), now=NOW)
    with pytest.raises(NotAllowed):
        rotation.retire(key.id, because="me", by=custodian(), now=NOW, compromised=True)
    rotation.retire(key.id, because="a sheet was lost", by=officer(), now=NOW, compromised=True)
    assert SecurityEvent.objects.filter(code="card_key_compromised").count() == 1
    with pytest.raises(KeyUnknown):
        card_of(OLD, 5, operator).open()


def test_an_expired_key_begins_nothing_and_still_verifies(vault_at_work, operator):
    issue(OLD)
    talk = card_of(OLD, 6, operator)
    load_id, seal = talk.sealed()
    talk.now = later(366)
    other = card_of(OLD, 7, operator)
    other.now = talk.now
    with pytest.raises(KeyExpired):
        other.open()
    assert Load.objects.count() == 1
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "loaded"


def test_each_warning_is_raised_once_at_90_30_and_7_days_and_on_the_day(software):
    key = in_use(bytes.fromhex(OLD["MLK"]))
    brought(bytes.fromhex(OLD["MTK"]), purpose=Purpose.TAC)  # not in use: nobody is warned
    for day, raised in ((200, 0), (276, 1), (280, 0), (336, 1), (358, 1), (359, 0), (366, 1)):
        assert expiry.warn(later(day)) == raised, day
        assert expiry.warn(later(day, hours=1)) == 0
    told = SecurityEvent.objects.filter(subject=f"card_key:{key.id}").order_by("id")
    assert [event.code for event in told] == [*["card_key_expires_soon"] * 3, "card_key_expired"]
    assert ExpiryWarning.objects.filter(key=key).count() == 4


def test_a_key_met_late_is_warned_of_once(software):
    in_use(bytes.fromhex(OLD["MLK"]))
    assert expiry.warn(later(362)) == 1
    assert SecurityEvent.objects.filter(code="card_key_expires_soon").count() == 1
    assert ExpiryWarning.objects.count() == 3


def test_the_schedules_are_registered():
    from accounts.schedules import registered

    names = {schedule.name for schedule in registered()}
    assert {"card_keys.expiry", "key_ceremonies.late"} <= names


def test_a_planned_export_leaves_as_a_block_only_once_approved(vault_at_work):
    kbpk = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
    transport = in_use(kbpk, purpose=Purpose.TRANSPORT, index=0)
    key = bytes.fromhex(OLD["MLK"])
    ceremony = brought(key, export_under=transport.id)
    with pytest.raises(KeyNotExported):
        rotation.export_block(ceremony.id, by=officer(), now=NOW)
    activation.ask(ceremony.id, by=officer(), now=NOW)
    activation.approve(ceremony.id, by=officer(), now=NOW)
    with pytest.raises(NotAllowed):
        rotation.export_block(ceremony.id, by=person(), now=NOW)
    block = rotation.export_block(ceremony.id, by=officer(), now=NOW)
    from nfc_topup.vault.key_blocks import in_memory, unwrap

    header, value = unwrap(in_memory("3des", kbpk), block)
    assert (value, header.usage, header.mode, header.exportability) == (key, "10", "X", "N")
    other = in_use(bytes.fromhex(NEW["MLK"]))
    with pytest.raises(KeyNotExported):
        rotation.export_block(
            KeyCeremony.objects.get(key=other).id, by=officer(), now=NOW + timedelta(days=1)
        )
