"""The talk of a load with its keys in a token: imported, sealed, proved, in doubt, resolved."""

import json
from itertools import chain

import pytest
from django.core.management import CommandError, call_command

from accounts import secrets
from accounts.identifiers import new_id
from gateway.sandbox.virtual_card import card_keys
from nfc_topup import keyring
from nfc_topup.errors import Mac1Wrong
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import CardKey, Load, LoadSeal
from nfc_topup.vault import bench, sandbox_token
from nfc_topup.vault.errors import KeyUnknown, KeyUnusable, VaultMisconfigured, VaultSilent
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.pkcs11_wire import TokenSettings, label_of
from nfc_topup.vault.port import KeyRef, Purpose
from tests.nfc_topup.conftest import MASTERS, NOW
from tests.nfc_topup.test_keys import OWN
from tests.nfc_topup.tokens import new_token

INDICES = (1, 2)


@pytest.fixture
def token(settings, tmp_path):
    """This house works with a token of its own, which is empty."""
    settings.DATA_DIR = tmp_path
    settings.CARD_VAULT = "pkcs11"
    yield new_token(tmp_path)
    keyring.hardware_vault().pool.close()


@pytest.fixture
def talk_by_token(token, new_talk):
    """A talk with an ordinary card, whose issuer's keys are in the token."""
    return new_talk(balance=1234, counter=7)


def test_a_card_is_loaded_and_the_rows_hold_no_key(talk_by_token):
    load_id, verdict = talk_by_token.load(5000)
    assert verdict.outcome == "loaded"
    assert talk_by_token.balance == 6234
    assert Load.objects.get(id=load_id).state == "loaded"
    for key in CardKey.objects.filter(state="active", origin="test_issuer"):
        assert bytes(key.sealed) == b""
        assert (key.home, key.kek_name) == ("card-sandbox", "")


def test_a_torn_card_is_resolved_by_its_evidence(talk_by_token):
    load_id, seal = talk_by_token.sealed()
    talk_by_token.chip.line("!tear-after")
    talk_by_token.prove(load_id, talk_by_token.pipe(seal.script))
    assert talk_by_token.evidence().outcome == "loaded"
    assert talk_by_token.balance == 2234


def test_a_forged_challenge_gets_no_seal(talk_by_token):
    opened = talk_by_token.open()
    answers = talk_by_token.pipe(opened.script)
    answers[-1] = answers[-1][:-12] + "00000000" + answers[-1][-4:]
    with pytest.raises(Mac1Wrong):
        talk_by_token.seal(opened.load_id, answers)
    assert not LoadSeal.objects.filter(load_id=opened.load_id).exists()


def test_a_silent_token_seals_nothing_and_the_same_challenge_is_sealed_later(
    talk_by_token, settings, tmp_path
):
    opened = talk_by_token.open()
    answers = talk_by_token.pipe(opened.script)
    (tmp_path / "softhsm" / "tokens").rename(tmp_path / "away")
    with pytest.raises((VaultSilent, VaultMisconfigured)):
        talk_by_token.seal(opened.load_id, answers)
    assert Load.objects.get(id=opened.load_id).state == "opened"
    (tmp_path / "away").rename(tmp_path / "softhsm" / "tokens")
    keyring.hardware_vault().pool.close()
    settings.PKCS11_WAITING = 31  # another pool, with no failed start to rest from
    seal = talk_by_token.seal(opened.load_id, answers)
    verdict = talk_by_token.prove(opened.load_id, talk_by_token.pipe(seal.script))
    assert verdict.outcome == "loaded"


@pytest.mark.django_db
def test_the_same_keys_twice_are_one_version_and_other_keys_the_next(token, keys_file, tmp_path):
    first = import_test_keys(keys_file, indices=INDICES, now=NOW)
    assert import_test_keys(keys_file, indices=INDICES, now=NOW) == first
    other = tmp_path / "own.json"
    other.write_text(json.dumps(OWN), encoding="utf-8")
    second = import_test_keys(other, indices=INDICES, now=NOW)
    assert [key.version for key in second] == [key.version + 1 for key in first]
    assert import_test_keys(other, indices=INDICES, now=NOW) == second
    held = keyring.hardware_vault().held()
    assert set(held) == {label_of(key.ref) for key in chain(first, second)}
    for key in first:
        assert held[label_of(key.ref)] == key.check_value


@pytest.mark.django_db
def test_a_version_in_the_token_is_never_used_again(token, keys_file):
    older = KeyRef(purpose=Purpose.LOAD, index=1, version=41)
    with KeysIn(token) as keys:
        keys.keep(older, bytes(16), own=False, lasting=True)
    load_key, tac_key = import_test_keys(keys_file, indices=(1,), now=NOW)
    assert (load_key.version, tac_key.version) == (42, 1)


@pytest.mark.django_db
def test_a_cards_own_keys_work_in_the_token_too(token, operator, tmp_path, new_talk):
    talk = new_talk(balance=100)
    asn = talk.card.asn
    dlk, dtk = card_keys(MASTERS, asn)
    other = tmp_path / "own.json"
    other.write_text(json.dumps({"DLK": dlk, "DTK": dtk}), encoding="utf-8")
    import_test_keys(other, indices=(1,), now=NOW)
    assert all(key.levels == [] for key in CardKey.objects.filter(state="active", index=1))
    assert talk.load()[1].outcome == "loaded"


@pytest.mark.django_db
def test_each_vault_says_plainly_that_a_key_is_not_its_own(token, settings, keys_file):
    [load_key, *_] = import_test_keys(keys_file, indices=(1,), now=NOW)
    question = ([bytes(8)], bytes(8), b"1", bytes(4))
    settings.CARD_VAULT = "software"
    with pytest.raises(KeyUnusable, match="lives in a token"):
        keyring.vault().verify_mac1(load_key.ref, *question)
    [load_key, *_] = import_test_keys(keys_file, indices=(1,), now=NOW)
    assert (load_key.home, load_key.kek_name) == ("software", "card-kek")
    settings.CARD_VAULT = "pkcs11"
    with pytest.raises(KeyUnknown):
        keyring.vault().verify_mac1(load_key.ref, *question)


@pytest.mark.django_db
def test_production_seals_with_the_token_its_settings_name(token, settings, keys_file, monkeypatch):
    [load_key, tac_key, *_] = import_test_keys(keys_file, indices=(1,), now=NOW)
    monkeypatch.setenv("SECRET_HSM_PIN", secrets.read("hsm-pin").decode())
    monkeypatch.setenv("SOFTHSM2_CONF", token.environment["SOFTHSM2_CONF"])
    monkeypatch.setenv("GATEWAY_ENV", "production")
    settings.GATEWAY_ENV = "production"
    settings.PKCS11_MODULE, settings.PKCS11_TOKEN = token.module, token.token
    vault = keyring.vault()
    assert vault.verify_mac1(load_key.ref, [bytes(8)], bytes(8), b"1", bytes(4)) is False
    assert vault.verify_tac(tac_key.ref, [bytes(8)], b"1", bytes(4)) is False
    vault.pool.close()


@pytest.mark.django_db
def test_the_commands_import_and_look_into_the_token(token, keys_file, capsys, settings):
    settings.CARD_VAULT = "software"
    call_command("import_test_keys", str(keys_file), "--vault", "pkcs11")
    assert "check value" in capsys.readouterr().out
    call_command("check_vault")
    told = capsys.readouterr().out
    assert "SoftHSM" in told
    assert "load-1-v1" in told
    assert MASTERS["MLK"].lower() not in told.lower()
    CardKey.objects.create(
        id=new_id(NOW), purpose=Purpose.LOAD, index=9, version=1, algorithm="3des",
        levels=["asn8"], home="card-sandbox", check_value="123456", origin="test_issuer",
        valid_from=NOW,
    )  # fmt: skip
    with pytest.raises(CommandError, match="1 of the token's keys"):
        call_command("check_vault")
    assert "load-9-v1 (prepared), check value 123456: missing" in capsys.readouterr().out


def test_without_a_token_the_check_says_so(settings, tmp_path):
    settings.PKCS11_MODULE, settings.PKCS11_TOKEN = str(tmp_path / "none.so"), "cards"
    with pytest.raises(CommandError, match="vault_misconfigured"):
        call_command("check_vault")


def test_a_token_setting_that_is_missing_or_unknown_is_named():
    for wrong, named in (
        (TokenSettings(module="", token="cards"), "PKCS11_MODULE"),
        (TokenSettings(module="a.so", token=""), "PKCS11_TOKEN"),
        (TokenSettings(module="a.so", token="cards", session_key="aes"), "PKCS11_SESSION_KEY"),
    ):
        with pytest.raises(VaultMisconfigured, match=named):
            wrong.unless_wrong()


def test_the_measurement_tells_a_ratio_for_both_vaults(tmp_path):
    sandbox_token.make_token(tmp_path)
    told = bench.run(quick=True, token=sandbox_token.token_settings(tmp_path))
    names = {"software: authorise", "pkcs11, one process: authorise"}
    assert names | {bench.YARDSTICK, "pkcs11, one process: verify_tac"} <= set(told)
    assert all(row["answers_per_second"] > 0 for row in told.values())
