"""Key blocks by services, live keys in production, people at once: each way in, and no other."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st

from accounts import clock, secrets
from accounts.errors import SandboxOnly
from accounts.models import AuditEntry
from nfc_topup.keys import activation, ending, gathering, planning
from nfc_topup.keys.custodians import custody_vault
from nfc_topup.keys.errors import (
    CeremonyBusy,
    CeremonyEnded,
    ComponentTaken,
    CustodianTwice,
    PlanWrong,
)
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import CardKey, KeyCeremony
from nfc_topup.vault import component_seal, key_blocks, software_custody
from nfc_topup.vault.custody import check_value, combine, frame, unframe
from nfc_topup.vault.errors import (
    ComponentWrong,
    KeyBlockMismatch,
    KeyBlockWrong,
    KeyCheckWrong,
    KeyWeak,
    SoftwareVaultForbidden,
    VaultMisconfigured,
)
from nfc_topup.vault.key_block_header import Header
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.port import KeyRef, Purpose
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.conftest import (
    FREE_INDEX,
    activated,
    custodian,
    give,
    in_use,
    officer,
    split,
    wish,
)
from tests.nfc_topup.keys.test_ceremonies import works

KBPK = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
KEY = bytes.fromhex("A7C3195B2E4F60D18B5A3C7E9F1D2B46")
OTHER = bytes.fromhex("5D0E9C3A7B1F4826E1D3C5B7A9F80244")
MINISTRY = key_blocks.in_memory("3des", KBPK)


def block(key=KEY, **words):
    told = {"version": "B", "usage": "10", "algorithm": "T", "mode": "X", "exportability": "N"}
    return key_blocks.wrap(MINISTRY, Header(**(told | words)), key)


def test_a_key_comes_in_as_a_block_of_the_ministry(vault_at_work):
    transport = in_use(KBPK, purpose=Purpose.TRANSPORT, index=0)
    ceremony = planning.plan(wish(KEY, transport=transport.id), by=officer(), now=NOW)
    assert (ceremony.way, ceremony.needed, bytes(ceremony.pair_public)) == ("key_block", 1, b"")
    keeper = custodian()
    for text, error in (
        (block(usage="11"), KeyBlockMismatch),
        (block(mode="E"), KeyBlockMismatch),
        (block(exportability="Q"), KeyBlockMismatch),
        (block()[:-1], KeyBlockWrong),
        ("", KeyBlockWrong),
    ):
        with pytest.raises(error):
            gathering.import_block(ceremony.id, text=text, by=keeper, now=NOW)
    assert AuditEntry.objects.filter(act="key_block_refused").count() == 5
    assert not ceremony.components.exists()
    with pytest.raises(CeremonyEnded):
        gathering.public_half(ceremony.id)
    gathering.import_block(ceremony.id, text=block(), by=keeper, now=NOW)
    ceremony.refresh_from_db()
    assert (ceremony.state, ceremony.components.get().custodian) == ("brought", keeper)
    key = activated(ceremony)
    assert works(key, KEY)
    with pytest.raises(CeremonyEnded):
        gathering.import_block(ceremony.id, text=block(), by=custodian(), now=NOW)


def test_a_block_with_another_key_ends_its_ceremony(vault_at_work):
    transport = in_use(KBPK, purpose=Purpose.TRANSPORT, index=0)
    plan = wish(KEY, transport=transport.id, block_usage="E6", index=FREE_INDEX)
    ceremony = planning.plan(plan, by=officer(), now=NOW)
    with pytest.raises(KeyCheckWrong):
        gathering.import_block(ceremony.id, text=block(OTHER, usage="E6"), by=custodian(), now=NOW)
    assert KeyCeremony.objects.get(pk=ceremony.id).state == "refused"
    assert not CardKey.objects.filter(purpose=Purpose.LOAD, index=FREE_INDEX).exists()


def test_only_an_active_transport_key_protects_a_block(software):
    key = in_use(KEY)
    with pytest.raises(PlanWrong):
        planning.plan(wish(OTHER, transport=key.id), by=officer(), now=NOW)
    transport = in_use(KBPK, purpose=Purpose.TRANSPORT, index=0)
    late = NOW + timedelta(days=400)
    with pytest.raises(PlanWrong) as refused:
        planning.plan(wish(OTHER, now=late, transport=transport.id), by=officer(), now=late)
    assert refused.value.facts["part"] == "transport"


def test_in_production_live_keys_enter_the_token_by_ceremony_and_no_other_way(
    token_at_work, settings, monkeypatch, tmp_path, keys_file
):
    people = [custodian() for _ in range(3)], officer(), officer()
    monkeypatch.setenv("SECRET_HSM_PIN", secrets.read("hsm-pin").decode())
    monkeypatch.setenv("SOFTHSM2_CONF", token_at_work.environment["SOFTHSM2_CONF"])
    monkeypatch.setenv("GATEWAY_ENV", "production")
    settings.GATEWAY_ENV = "production"
    settings.PKCS11_MODULE, settings.PKCS11_TOKEN = token_at_work.module, token_at_work.token
    custodians, maker, checker = people
    ceremony = planning.plan(wish(KEY), by=maker, now=NOW)
    for number, (part, by) in enumerate(zip(split(KEY), custodians, strict=True), start=1):
        ceremony = give(ceremony, number, part, by)
    activation.ask(ceremony.id, by=maker, now=NOW)
    key = activation.approve(ceremony.id, by=checker, now=NOW)
    assert (key.home, bytes(key.sealed), key.state) == (token_at_work.token, b"", "active")
    assert works(key, KEY)
    with pytest.raises(SandboxOnly):
        import_test_keys(keys_file)
    with KeysIn(token_at_work) as keys, pytest.raises(VaultMisconfigured):
        keys.keep(KeyRef(purpose=Purpose.TAC, index=9, version=1), OTHER, own=False, lasting=True)
    settings.CARD_VAULT = "software"
    with pytest.raises(SoftwareVaultForbidden):
        planning.plan(wish(OTHER, index=2), by=maker, now=NOW)
    assert KeyCeremony.objects.count() == 1


def test_two_custodians_at_once_give_two_components_or_one_is_asked_to_wait(
    lasting_db, settings, monkeypatch, owner_connection
):
    """Really at once, over connections of their own."""
    settings.CARD_VAULT = "software"
    for module in (component_seal, software_custody):
        monkeypatch.setattr(module, "PAIR_BITS", 1024)
    now = clock.now()
    index = int(now.timestamp()) % 20_000 + 10_000
    value = bytes(byte ^ index % 251 for byte in KEY)
    plan = wish(value, now=now, index=index, components=2)
    ceremony = planning.plan(plan, by=officer(), now=now)
    parts = split(value, 2)
    one, two = custodian(), custodian()
    tried = [(1, parts[0], one), (1, parts[0], two), (1, parts[0], one), (2, parts[1], one)]
    told = at_once(ceremony, tried, now)
    assert set(told) <= {"given", ComponentTaken, CustodianTwice, CeremonyBusy}
    assert told.count("given") == 1
    first = ceremony.components.get()
    other = two if first.custodian == one else one
    left = 2 if first.number == 1 else 1
    told = at_once(ceremony, [(left, parts[left - 1], other)] * 4, now)
    assert told.count("given") == 1
    ceremony.refresh_from_db()
    assert ceremony.state == "brought"
    assert ceremony.components.exclude(sealed=b"").count() == 0
    assert CardKey.objects.filter(purpose=Purpose.LOAD, index=index).count() == 1
    ending.abort(ceremony.id, because="a race", by=officer(), now=now)
    for statement in (  # as the owner: the service deletes none of these
        "DELETE FROM nfc_topup_keycomponent WHERE ceremony_id = %(id)s",
        "DELETE FROM nfc_topup_keyceremony WHERE id = %(id)s",
        "DELETE FROM nfc_topup_cardkey WHERE index = %(index)s",
    ):
        owner_connection.execute(statement, {"id": ceremony.id, "index": index})
    owner_connection.commit()


def at_once(ceremony, tried, now):
    """What each of so many was told, all let go at one moment."""
    told, gate = [], threading.Barrier(len(tried))

    def one(number, part, by):
        gate.wait()
        try:
            give(ceremony, number, part, by, now)
            told.append("given")
        except (ComponentTaken, CustodianTwice, CeremonyBusy, CeremonyEnded) as refused:
            told.append(type(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=args) for args in tried]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_a_ceremony_is_free_again_after_whoever_worked_on_it_died(software, owner_connection):
    ceremony = planning.plan(wish(KEY), by=officer(), now=NOW)
    number = int.from_bytes(ceremony.id.bytes[-8:], "big", signed=True)
    owner_connection.execute("SELECT pg_advisory_lock(%s)", [number])
    with pytest.raises(CeremonyBusy):
        give(ceremony, 1, KEY, custodian())
    owner_connection.execute("SELECT pg_advisory_unlock(%s)", [number])
    give(ceremony, 1, KEY, custodian())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND (classid::bigint << 32 | objid::bigint) = %s",
            [number],
        )
        assert cursor.fetchone()[0] == 0


@given(
    st.binary(min_size=16, max_size=16),
    st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=4),
)
def test_what_is_split_comes_together_or_is_refused(key, parts):
    last = key
    for part in parts:
        last = bytes(a ^ b for a, b in zip(last, part, strict=True))
    whole = [*parts, last]
    try:
        made = combine(whole, "sm4")
    except ComponentWrong:
        masked = bytes(byte & 0xFE for byte in key)
        assert not any(masked) or len({*whole, bytes(16)}) != len(whole) + 1
        return
    assert made == key
    assert check_value("sm4", "cmac-zeros", made) == check_value("sm4", "cmac-zeros", key)


@given(st.lists(st.binary(max_size=40), max_size=6), st.sampled_from(["3des", "aes-256", "sm4"]))
def test_any_components_make_a_sound_key_or_are_refused_with_a_code(parts, algorithm):
    try:
        made = combine(parts, algorithm)
    except (ComponentWrong, KeyWeak):
        return
    assert len(check_value(algorithm, "cmac-zeros", made)) == 6


@given(st.binary(max_size=80), st.integers(0, 255), st.uuids())
def test_any_frame_but_the_right_one_is_refused(data, number, ceremony):
    framed = frame(ceremony, number, data)
    assert unframe(ceremony, number, framed) == data
    for wrong in (data, framed[1:], framed[:10], frame(ceremony, (number + 1) % 256, data)):
        with pytest.raises(ComponentWrong):
            unframe(ceremony, number, wrong)


def test_the_vault_is_held_against_the_rows_by_what_its_keys_make_of_zeros(token_at_work, capsys):
    in_use(KBPK, purpose=Purpose.TRANSPORT, index=0, check_rule="cmac-zeros")
    in_use(OTHER, purpose=Purpose.TRANSPORT, index=1)
    load = in_use(KEY)
    call_command("check_vault")
    told = capsys.readouterr().out
    assert f"load-1-v1 (active), check value {load.check_value}: as recorded" in told
    assert told.count("as recorded") == 2
    assert "transport-1-v1" in told
    assert "no row names it" not in told
    with custody_vault() as vault:
        vault.destroy(load.ref)
    with pytest.raises(CommandError, match="1 of the token's keys"):
        call_command("check_vault")
