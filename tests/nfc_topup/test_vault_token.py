"""A token is gone, refuses the PIN or was never there; what a vault process may know and do."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accounts import secrets
from nfc_topup.vault import sandbox_token
from nfc_topup.vault.errors import (
    KeyUnknown,
    KeyUnusable,
    VaultMisconfigured,
    VaultPinRefused,
    VaultSilent,
)
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.pkcs11_pool import PROGRAM
from nfc_topup.vault.pkcs11_wire import REPOSITORY, TokenSettings, label_of, ref_of
from nfc_topup.vault.port import KeyRef, Purpose
from tests.nfc_topup.test_vault_contract import authorise
from tests.nfc_topup.tokens import DLK, LOAD, MAC2, until, working


def test_a_wrong_pin_is_tried_once_and_never_again(loaded_token, monkeypatch):
    monkeypatch.setenv("SECRET_HSM_PIN", "not the pin")
    with working(loaded_token, rest_ms=0) as vault:
        for _ in range(3):
            with pytest.raises(VaultPinRefused) as refused:
                authorise(vault)
            assert "not the pin" not in str(refused.value)
        monkeypatch.delenv("SECRET_HSM_PIN")
        with pytest.raises(VaultPinRefused):
            authorise(vault)
        assert vault.pool.pids() == []
    with working(loaded_token) as vault:
        assert authorise(vault).hex().upper() == MAC2


def test_a_missing_pin_module_or_token_is_told_and_cured(loaded_token, tmp_path, monkeypatch):
    missing = TokenSettings(module=str(tmp_path / "none.so"), token="cards")
    no_library = TokenSettings(module=str(tmp_path / "openssl.txt"), token="cards")
    (tmp_path / "openssl.txt").write_text("not a library")
    for settings in (missing, no_library):
        with working(settings) as vault, pytest.raises(VaultMisconfigured, match="module="):
            authorise(vault)
    other = TokenSettings(
        module=loaded_token.module, token="other", environment=loaded_token.environment
    )
    with working(other) as vault, pytest.raises(VaultSilent, match="no such token"):
        authorise(vault)
    unread = TokenSettings(module=loaded_token.module, token=loaded_token.token)
    with working(unread) as vault, pytest.raises((VaultMisconfigured, VaultSilent)):
        authorise(vault)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "empty"))
    with working(loaded_token, rest_ms=0) as vault:
        with pytest.raises(VaultMisconfigured, match="hsm-pin"):
            authorise(vault)
        monkeypatch.undo()
        assert authorise(vault).hex().upper() == MAC2


def test_after_a_failed_start_the_token_is_left_in_peace_for_a_while(tmp_path):
    settings = TokenSettings(module=str(tmp_path / "none.so"), token="cards")
    with working(settings, rest_ms=60_000) as vault:
        with pytest.raises(VaultMisconfigured):
            authorise(vault)
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(VaultMisconfigured):
                authorise(vault)
        assert time.monotonic() - began < 3


def test_a_token_taken_away_is_missed_and_used_again_when_it_is_back(loaded_token, tmp_path):
    tokens = tmp_path / "softhsm" / "tokens"
    with working(loaded_token, processes=1, rest_ms=0) as vault:
        authorise(vault)
        tokens.rename(tmp_path / "away")
        with pytest.raises((VaultSilent, VaultMisconfigured)):
            authorise(vault)
        (tmp_path / "away").rename(tokens)
        until(lambda: _answers(vault))
        assert authorise(vault).hex().upper() == MAC2


def _answers(vault):
    try:
        return authorise(vault).hex().upper() == MAC2
    except (VaultSilent, VaultMisconfigured):
        return False


def test_a_vault_process_knows_no_django_no_database_and_no_foreign_secret(
    loaded_token, monkeypatch
):
    monkeypatch.setenv("SECRET_WECHATPAY_KEY", "theirs")
    monkeypatch.setenv("SECRET_KEY", "django's")
    with working(loaded_token, processes=1) as vault:
        vault.about()
        [pid] = vault.pool.pids()
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        names = {line.split(b"=")[0] for line in environment}
        assert not {b"SECRET_WECHATPAY_KEY", b"SECRET_KEY", b"DATABASE_URL"} & names
        assert DLK.hex().encode() not in b"".join(environment).lower()
    loaded = subprocess.run(
        [sys.executable, "-c", f"import {PROGRAM}, sys; print(*sorted(sys.modules))"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "pkcs11" in loaded
    assert not {"django", "psycopg", "requests"} & set(loaded)


def test_the_house_itself_never_loads_the_bindings(loaded_token):
    program = """
import sys
import django
django.setup()
from nfc_topup import keyring
from nfc_topup.loading import open_load
print("pkcs11" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "gateway.settings", "CARD_VAULT": "pkcs11"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False"]


def test_keys_enter_by_the_process_for_it_alone_once_and_for_good(loaded_token, monkeypatch):
    tac = KeyRef(purpose=Purpose.TAC, index=1, version=7)
    question = {"ask": "keep", "purpose": "tac", "index": 1, "version": 7, "clear": DLK.hex()}
    with working(loaded_token) as vault:
        with pytest.raises(VaultMisconfigured):
            vault.pool.ask(question | {"own": False, "lasting": False})
        assert set(vault.held()) == {"load-1-v1"}
    with KeysIn(loaded_token) as keys:
        with pytest.raises(KeyUnusable):
            keys.keep(LOAD, DLK, own=True, lasting=True)
        with pytest.raises(KeyUnusable):
            keys.keep(tac, DLK[:8], own=True, lasting=True)
        keys.keep(tac, DLK, own=False, lasting=False)
        assert set(keys.held()) == {"load-1-v1"}
        with pytest.raises(KeyUnusable):
            keys.verify_tac(tac, [], b"1", bytes(4))
    with working(loaded_token) as vault, pytest.raises(KeyUnknown):
        vault.verify_tac(tac, [bytes(8)], b"1", bytes(4))
    monkeypatch.setenv("SECRET_HSM_PIN", secrets.read("hsm-pin").decode())
    monkeypatch.setenv("GATEWAY_ENV", "production")
    with KeysIn(loaded_token) as keys:
        with pytest.raises(VaultMisconfigured):
            keys.keep(tac, DLK, own=False, lasting=True)
        assert set(keys.held()) == {"load-1-v1"}


def test_a_name_in_a_token_and_a_reference_are_one_to_one():
    ref = KeyRef(purpose=Purpose.TAC, index=65, version=12)
    assert label_of(ref) == "tac-65-v12"
    assert ref_of("tac-65-v12") == ref
    for foreign in ("", "tac-65", "pin-1-v1", "load-1-v1 ", "load--1-v1"):
        assert ref_of(foreign) is None


def test_without_softhsm_the_sandbox_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox_token, "SEARCHED", ("nowhere",))
    with pytest.raises(VaultMisconfigured, match="script/softhsm"):
        sandbox_token.make_token(tmp_path)


def test_only_a_card_s_questions_are_asked_of_several_keys(loaded_token):
    about = {"purpose": "load", "index": 1, "version": 1, "diversifiers": []}
    with KeysIn(loaded_token) as keys:
        for what in ("held", "about", "keep", "custody", "first"):
            with pytest.raises(VaultMisconfigured):
                keys.pool.ask({"ask": "first", "candidates": [about], "question": {"ask": what}})
