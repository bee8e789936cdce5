"""A key comes in by custodians who each know a part, and works when two officers say so."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from accounts import approvals, roles, trail
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import AuditEntry, SecurityEvent
from nfc_topup import keyring
from nfc_topup.keys import activation, ceremonies, ending, gathering, inventory, planning
from nfc_topup.keys.custodians import custody_vault
from nfc_topup.keys.errors import (
    ActivationNotApproved,
    CeremonyElsewhere,
    CeremonyEnded,
    CeremonyOpenAlready,
    CeremonyUnknown,
    ComponentsMissing,
    ComponentTaken,
    CustodianActivates,
    CustodianTwice,
    KeyCameAlready,
    KeyHasOtherPurpose,
    KeyNotYetValid,
    PlanWrong,
)
from nfc_topup.models import CardKey, KeyCeremony, KeyComponent
from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import ComponentWrong, KeyCheckWrong, KeyUnknown, KeyWeak
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import (
    FREE_INDEX,
    activated,
    brought,
    custodian,
    give,
    in_use,
    later,
    officer,
    person,
    split,
    wish,
)

KEY = bytes.fromhex("A7C3195B2E4F60D18B5A3C7E9F1D2B46")
OTHER = bytes.fromhex("5D0E9C3A7B1F4826E1D3C5B7A9F80244")


def works(key, value, factors=(bytes(range(8)),)):
    """Whether the vault does with the row's key what we do with this value."""
    card = algorithms.diversify(value, factors)
    if key.purpose == Purpose.TAC:
        tac = algorithms.mac(algorithms.tac_key(card), b"x")
        return keyring.vault().verify_tac(key.ref, factors, b"x", tac)
    mac1 = algorithms.mac(algorithms.session_key(card, bytes(8)), b"x")
    return keyring.vault().verify_mac1(key.ref, factors, bytes(8), b"x", mac1)


def nothing_left(ceremony):
    """No part, no pair, no key, in rows or in the vault."""
    row = KeyCeremony.objects.get(pk=ceremony.id)
    assert bytes(row.pair_public) == bytes(row.pair_sealed) == b""
    assert not row.components.exclude(sealed=b"").exists()
    assert row.block_out == ""
    with custody_vault() as vault:
        assert ceremony.id not in vault.open_pairs()
        assert vault.newest(ceremony.ref) < ceremony.version
    key = CardKey.objects.filter(
        purpose=ceremony.purpose, index=ceremony.index, version=ceremony.version
    ).first()
    assert key is None or (key.state, bytes(key.sealed)) == ("destroyed", b"")


def test_three_custodians_and_two_officers_put_a_key_to_work(vault_at_work, caplog):
    caplog.set_level(logging.DEBUG)
    ceremony = planning.plan(wish(KEY, index=FREE_INDEX), by=officer(), now=NOW)
    parts, givers = split(KEY), [custodian() for _ in range(3)]
    for number, (part, giver) in enumerate(zip(parts, givers, strict=True), start=1):
        assert ceremonies.get(ceremony.id, NOW).state == "gathering"
        ceremony = give(ceremony, number, part, giver)
    assert ceremony.state == "brought"
    key = ceremony.key
    assert (key.state, key.check_value) == ("prepared", ceremony.check_value)
    with pytest.raises(KeyUnknown):
        keyring.active_key(Purpose.LOAD, FREE_INDEX, NOW)
    assert activated(ceremony).state == "active"
    assert keyring.active_key(Purpose.LOAD, FREE_INDEX, NOW) == key
    assert works(key, KEY)
    row = ceremonies.get(ceremony.id, NOW)
    assert (row.state, row.open, row.next_zh) == ("activated", False, "")
    assert [move.to for move in row.moves] == ["brought", "activated"]
    assert tuple(part.custodian_id for part in row.given) == tuple(one.pk for one in givers)
    [listed] = [one for one in inventory.rows(NOW) if one.id == key.id]
    assert listed.came_by.custodian_ids == tuple(one.pk for one in givers)
    assert listed.days_left == 365
    nothing_of_them(parts, caplog)


def nothing_of_them(parts, caplog):
    """No part and no key, in either notation, in any row, log line or trail."""
    with connection.cursor() as cursor:
        told = caplog.text
        for table in (
            "nfc_topup_keyceremony", "nfc_topup_keycomponent", "nfc_topup_cardkey",
            "nfc_topup_keyvalue", "accounts_auditentry", "accounts_securityevent",
            "accounts_transition", "accounts_approval",
        ):  # fmt: skip
            cursor.execute(f"SELECT t::text FROM {table} AS t")
            told += "\n".join(row[0] for row in cursor.fetchall())
    for secret in (*parts, KEY):
        assert secret.hex() not in told.lower()
        assert repr(secret)[2:-1] not in told


@pytest.mark.parametrize("wrong", ["late", "aborted", "check_value", "weak"])
def test_a_ceremony_that_leads_nowhere_leaves_nothing(vault_at_work, wrong):
    value = KEY[:8] * 2 if wrong == "weak" else KEY
    other = wish(OTHER).check_value if wrong == "check_value" else wish(value).check_value
    ceremony = planning.plan(wish(value, check_value=other), by=officer(), now=NOW)
    parts = split(value)
    for number in (1, 2):
        ceremony = give(ceremony, number, parts[number - 1], custodian())
    if wrong == "late":
        with pytest.raises(CeremonyEnded):
            give(ceremony, 3, parts[2], custodian(), later(8))
        state = "expired"
    elif wrong == "aborted":
        ending.abort(ceremony.id, because="a sheet was seen", by=officer(), now=NOW)
        state = "aborted"
    else:
        with pytest.raises(KeyWeak if wrong == "weak" else KeyCheckWrong) as refused:
            give(ceremony, 3, parts[2], custodian())
        assert value.hex() not in repr(refused.value).lower()
        state = "refused"
    assert KeyCeremony.objects.get(pk=ceremony.id).state == state
    nothing_left(ceremony)
    for act in (
        lambda: give(ceremony, 3, parts[2], custodian()),
        lambda: ending.abort(ceremony.id, because="again", by=officer(), now=NOW),
        lambda: gathering.combine(ceremony.id, by=custodian(), now=NOW),
        lambda: activation.ask(ceremony.id, by=officer(), now=NOW),
        lambda: activation.approve(ceremony.id, by=officer(), now=NOW),
    ):
        with pytest.raises(CeremonyEnded):
            act()
    again = brought(KEY)
    assert again.version == ceremony.version + 1


def test_a_key_that_is_in_and_never_approved_is_destroyed_in_its_vault(vault_at_work):
    ceremony = brought(KEY)
    assert works(ceremony.key, KEY)
    assert ending.expire_late(later(6)) == 0
    assert ending.expire_late(later(7)) == 1
    nothing_left(ceremony)
    key = CardKey.objects.get(pk=ceremony.key_id)
    with pytest.raises(KeyUnknown):
        works(key, KEY)
    assert [move.to_state for move in trail.history("card_key", key.id)] == ["destroyed"]
    aborted = brought(OTHER)
    ending.abort(aborted.id, because="wrong year", by=officer(), now=NOW)
    nothing_left(aborted)


def test_a_planning_that_died_leaves_a_pair_that_the_sweep_destroys(token_at_work):
    orphan, kept = uuid4(), planning.plan(wish(KEY), by=officer(), now=NOW)
    with custody_vault() as vault:
        vault.open_pair(orphan)
        assert set(vault.open_pairs()) == {orphan, kept.id}
    assert ending.expire_late(NOW) == 0
    with custody_vault() as vault:
        assert vault.open_pairs() == [kept.id]


def test_who_may_not_is_refused_told_and_nothing_moves(software):
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    nobody, security, keeper = person(), officer(), custodian()
    before = SecurityEvent.objects.count()
    for act in (
        lambda: planning.plan(wish(KEY, index=2), by=keeper, now=NOW),
        lambda: give(ceremony, 1, KEY, security),
        lambda: give(ceremony, 1, KEY, nobody),
        lambda: ending.abort(ceremony.id, because="no", by=keeper, now=NOW),
        lambda: activation.ask(ceremony.id, by=keeper, now=NOW),
        lambda: activation.approve(ceremony.id, by=nobody, now=NOW),
        lambda: gathering.combine(ceremony.id, by=security, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert SecurityEvent.objects.count() == before + 7
    assert KeyComponent.objects.count() == 0
    assert [row.id for row in ceremonies.open_ones(NOW)] == [ceremony.id]


def test_one_custodian_gives_one_component_and_each_is_given_once(software):
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    parts, first = split(KEY), custodian()
    give(ceremony, 1, parts[0], first)
    with pytest.raises(CustodianTwice):
        give(ceremony, 2, parts[1], first)
    with pytest.raises(ComponentTaken):
        give(ceremony, 1, parts[1], custodian())
    for number in (0, 4, -1):
        with pytest.raises((ComponentWrong, ValueError)):
            give(ceremony, number, parts[1], custodian())
    with pytest.raises(ComponentsMissing):
        gathering.combine(ceremony.id, by=custodian(), now=NOW)
    assert KeyComponent.objects.filter(ceremony=ceremony).count() == 1


def test_a_mistyped_component_is_refused_by_its_own_check_value_and_may_be_tried_again(software):
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    parts, keeper = split(KEY), custodian()
    told = wish(parts[0]).check_value
    with pytest.raises(ComponentWrong):
        give(ceremony, 1, parts[1], keeper, told=told)
    assert KeyComponent.objects.count() == 0
    assert AuditEntry.objects.filter(act="key_component_refused").count() == 1
    give(ceremony, 1, parts[0], keeper, told=told.lower())


def test_a_custodian_activates_nothing_though_an_officer_too(software):
    both = person(roles.KEY_CUSTODIAN, roles.SECURITY_OFFICER)
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    for number, part in enumerate(split(KEY), start=1):
        ceremony = give(ceremony, number, part, both if number == 2 else custodian())
    with pytest.raises(CustodianActivates):
        activation.ask(ceremony.id, by=both, now=NOW)
    maker = officer()
    asked = activation.ask(ceremony.id, by=maker, now=NOW)
    with pytest.raises(CustodianActivates):
        activation.approve(ceremony.id, by=both, now=NOW)
    assert approvals.get(asked.pk).state == "asked"
    with pytest.raises(MakerIsChecker):
        activation.approve(ceremony.id, by=maker, now=NOW)
    assert CardKey.objects.get(pk=ceremony.key_id).state == "prepared"
    approvals.approve(asked.pk, checker=both, now=NOW)  # by another door
    for who in (officer(), both):
        with pytest.raises((ActivationNotApproved, CustodianActivates)):
            activation.approve(ceremony.id, by=who, now=NOW)
    assert CardKey.objects.get(pk=ceremony.key_id).state == "prepared"
    assert SecurityEvent.objects.filter(code="key_custodian_would_activate").count() == 3
    activation.ask(ceremony.id, by=maker, now=NOW)
    assert activation.approve(ceremony.id, by=officer(), now=NOW).state == "active"


def test_nothing_is_activated_outside_its_time_or_unasked(software):
    ceremony = brought(KEY, valid_from=later(2), closes_at=later(9))
    with pytest.raises(ActivationNotApproved):
        activation.approve(ceremony.id, by=officer(), now=NOW)
    activation.ask(ceremony.id, by=officer(), now=NOW)
    with pytest.raises(KeyNotYetValid):
        activation.approve(ceremony.id, by=officer(), now=later(1))
    assert activation.approve(ceremony.id, by=officer(), now=later(2)).state == "active"


def test_one_value_has_one_purpose_in_whatever_home_and_is_no_new_version_of_itself(
    vault_at_work, settings
):
    in_use(KEY)
    with pytest.raises(KeyHasOtherPurpose):
        brought(KEY, purpose=Purpose.TAC)
    masked = bytes(byte ^ 1 for byte in KEY)
    with pytest.raises(KeyHasOtherPurpose):
        brought(masked, purpose=Purpose.TAC)
    with pytest.raises(KeyCameAlready):
        brought(KEY)
    with pytest.raises(KeyHasOtherPurpose):  # other bytes to look at: another algorithm
        brought(KEY, purpose=Purpose.TRANSPORT, algorithm="aes-128", check_rule="cmac-zeros")
    for ended in KeyCeremony.objects.filter(state="refused"):
        nothing_left_but_the_first(ended)
    if vault_at_work is not None:
        settings.CARD_VAULT = "software"
        with pytest.raises(KeyHasOtherPurpose):
            brought(KEY, purpose=Purpose.TAC)


def nothing_left_but_the_first(ceremony):
    row = KeyCeremony.objects.get(pk=ceremony.id)
    assert not row.components.exclude(sealed=b"").exists()
    assert not CardKey.objects.filter(
        purpose=row.purpose, index=row.index, version=row.version
    ).exists()


def test_a_ceremony_belongs_to_its_vault(token_at_work, settings):
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    settings.CARD_VAULT = "software"
    with pytest.raises(CeremonyElsewhere):
        give(ceremony, 1, KEY, custodian())
    assert ending.expire_late(later(9)) == 0


def test_plans_are_sound_or_refused_by_the_part_that_is_not(software):
    for part, words in {
        "components": {"components": 1},
        "algorithm": {"algorithm": "aes-128", "check_rule": "cmac-zeros"},
        "index": {"index": -1},
        "check_rule": {"check_rule": "crc", "check_value": "000000"},
        "check_value": {"check_value": "abcdef"},
        "levels": {"levels": ("asn9",)},
        "validity": {"expires_at": NOW},
        "closes_at": {"closes_at": NOW + timedelta(days=31)},
        "export_under": {"export_under": officer().pk},
        "transport": {"transport": officer().pk},
        "block_usage": {"block_usage": "K1"},
    }.items():
        with pytest.raises(PlanWrong) as refused:
            planning.plan(wish(KEY, **words), by=officer(), now=NOW)
        assert refused.value.facts["part"] == part
    with pytest.raises(PlanWrong):
        planning.plan(wish(KEY, purpose=Purpose.KEK), by=officer(), now=NOW)
    planning.plan(wish(KEY), by=officer(), now=NOW)
    with pytest.raises(CeremonyOpenAlready):
        planning.plan(wish(OTHER), by=officer(), now=NOW)
    assert KeyCeremony.objects.count() == 1
    with pytest.raises(CeremonyUnknown):
        ceremonies.get(officer().pk, NOW)
