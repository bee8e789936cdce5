"""Vault processes die, hang, lose their token, are asked too much: the house says so, goes on."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from accounts import secrets
from accounts.errors import Sort
from gateway import problems
from nfc_topup.vault import algorithms, sandbox_token
from nfc_topup.vault.errors import (
    KeyUnknown,
    KeyUnusable,
    VaultBusy,
    VaultMisconfigured,
    VaultPinRefused,
    VaultSilent,
)
from nfc_topup.vault.pkcs11 import KeysIn, Pkcs11Vault, open_vault
from nfc_topup.vault.pkcs11_pool import PROGRAM, Pool, PoolLimits, VaultProcess
from nfc_topup.vault.pkcs11_wire import REPOSITORY, Line, LineEnded, TokenSettings, label_of, ref_of
from nfc_topup.vault.port import KeyRef, Purpose
from tests.nfc_topup.test_vault_contract import DLK, LOAD, authorise
from tests.nfc_topup.tokens import new_token

MAC2 = "B55E9298"


@pytest.fixture
def token(tmp_path):
    """A fresh token that holds one card's load key for good."""
    settings = new_token(tmp_path)
    with KeysIn(settings) as keys:
        told = keys.keep(LOAD, DLK, own=True, lasting=True)
        assert told == algorithms.check_value(DLK).hex().upper()
    return settings


@contextmanager
def working(settings, **limits):
    """A vault over processes of its own, none of which is left behind."""
    pool = Pool(settings, PoolLimits(**limits))
    try:
        yield Pkcs11Vault(pool)
    finally:
        pids = pool.pids()
        pool.close()
        assert not any(is_up(pid) for pid in pids)


def is_up(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def in_threads(number, ask):
    """What each of so many askers at once got: an answer or an error."""
    found = []

    def one():
        try:
            found.append(ask())
        except (VaultBusy, VaultSilent) as refused:
            found.append(refused)

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_killed_process_is_replaced_and_its_question_answered(token):
    with working(token, processes=1) as vault:
        assert authorise(vault).hex().upper() == MAC2
        [first] = vault.pool.pids()
        os.kill(first, signal.SIGKILL)
        assert authorise(vault).hex().upper() == MAC2
        [second] = vault.pool.pids()
        assert second != first


def test_a_process_killed_under_its_question_is_asked_anew(token):
    with working(token, processes=1, answer_ms=10_000) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        assert authorise(vault).hex().upper() == MAC2


def test_a_hanging_process_is_given_up_in_time_and_replaced(token):
    with working(token, processes=1, answer_ms=300) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(VaultSilent) as silent:
            authorise(vault)
        assert time.monotonic() - began < 2
        assert silent.value.sort is Sort.PARTNER
        assert problems.STATUS_OF_SORT[silent.value.sort] == 503
        assert not is_up(pid)
        assert authorise(vault).hex().upper() == MAC2


def test_whatever_dies_every_answer_is_right_or_a_plain_refusal(token):
    with working(token, processes=2, answer_ms=1_000) as vault:
        stop = threading.Event()

        def killing():
            while not stop.wait(0.2):
                for pid in vault.pool.pids()[:1]:
                    os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=killing)
        killer.start()
        try:
            found = in_threads(4, lambda: [authorise(vault).hex().upper() for _ in range(100)])
        finally:
            stop.set()
            killer.join()
        for answers in found:
            assert isinstance(answers, VaultSilent) or set(answers) == {MAC2}
        assert authorise(vault).hex().upper() == MAC2


def test_many_threads_share_the_processes_and_all_are_answered(token):
    with working(token, processes=2) as vault:
        found = in_threads(16, lambda: [authorise(vault).hex().upper() for _ in range(20)])
        assert found == [[MAC2] * 20] * 16
        assert len(vault.pool.pids()) <= 2


def test_too_many_questions_are_refused_at_once(token):
    with working(token, processes=1, waiting=2, wait_ms=1_000, answer_ms=3_000) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.4, os.kill, (pid, signal.SIGCONT)).start()
        found = in_threads(8, lambda: authorise(vault).hex().upper())
        busy = [one for one in found if isinstance(one, VaultBusy)]
        assert len(busy) == 5  # one is asked, two wait
        assert [one for one in found if one not in busy] == [MAC2] * 3
        assert problems.STATUS_OF_SORT[busy[0].sort] == 503


def test_who_waits_too_long_is_refused(token):
    with working(token, processes=1, wait_ms=100, answer_ms=1_000) as vault:
        authorise(vault)
        os.kill(vault.pool.pids()[0], signal.SIGSTOP)
        found = in_threads(2, lambda: authorise(vault))
        assert {type(one) for one in found} == {VaultBusy, VaultSilent}


def test_a_wrong_pin_is_tried_once_and_never_again(token, monkeypatch):
    monkeypatch.setenv("SECRET_HSM_PIN", "not the pin")
    with working(token, rest_ms=0) as vault:
        for _ in range(3):
            with pytest.raises(VaultPinRefused) as refused:
                authorise(vault)
            assert "not the pin" not in str(refused.value)
        monkeypatch.delenv("SECRET_HSM_PIN")
        with pytest.raises(VaultPinRefused):
            authorise(vault)
        assert vault.pool.pids() == []
    with working(token) as vault:
        assert authorise(vault).hex().upper() == MAC2


def test_a_missing_pin_module_or_token_is_told_and_cured(token, tmp_path, monkeypatch):
    missing = TokenSettings(module=str(tmp_path / "none.so"), token="cards")
    no_library = TokenSettings(module=str(tmp_path / "openssl.txt"), token="cards")
    (tmp_path / "openssl.txt").write_text("not a library")
    for settings in (missing, no_library):
        with working(settings) as vault, pytest.raises(VaultMisconfigured, match="module="):
            authorise(vault)
    other = TokenSettings(module=token.module, token="other", environment=token.environment)
    with working(other) as vault, pytest.raises(VaultSilent, match="no such token"):
        authorise(vault)
    unread = TokenSettings(module=token.module, token=token.token)
    with working(unread) as vault, pytest.raises((VaultMisconfigured, VaultSilent)):
        authorise(vault)
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "empty"))
    with working(token, rest_ms=0) as vault:
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
        assert time.monotonic() - began < 0.5


def test_where_the_token_allows_one_session_only_everybody_shares_it(token, monkeypatch):
    begin = VaultProcess.begin

    def only_one(self, *, within_ms):
        if vault.pool.pids():
            self.end()
            raise VaultBusy("the token has no session left")
        begin(self, within_ms=within_ms)

    monkeypatch.setattr(VaultProcess, "begin", only_one)
    with working(token, processes=3, rest_ms=100) as vault:
        found = in_threads(6, lambda: [authorise(vault).hex().upper() for _ in range(20)])
        assert found == [[MAC2] * 20] * 6
        assert len(vault.pool.pids()) == 1


def test_a_token_taken_away_is_missed_and_used_again_when_it_is_back(token, tmp_path):
    tokens = tmp_path / "softhsm" / "tokens"
    with working(token, processes=1, rest_ms=0) as vault:
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


def test_a_process_ends_with_the_house_that_started_it(token):
    program = f"""
import os, sys
from nfc_topup.vault.pkcs11_pool import Pool
from nfc_topup.vault.pkcs11_wire import TokenSettings
pool = Pool(TokenSettings(module={token.module!r}, token={token.token!r},
    environment={dict(token.environment)!r}))
pool.ask({{"ask": "about"}})
print(pool.pids()[0], flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    until(lambda: not is_up(pid))


def test_a_forked_process_has_a_vault_of_its_own(token):
    program = f"""
import os
from nfc_topup.vault.pkcs11 import open_vault
from nfc_topup.vault.pkcs11_pool import PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
settings = TokenSettings(module={token.module!r}, token={token.token!r},
    environment={dict(token.environment)!r})
def told():
    vault = open_vault(settings, PoolLimits(processes=1))
    vault.about()
    return vault.pool.pids()
first = told()
child = os.fork()
print(first != told() if child == 0 else first == told(), flush=True)
if child:
    os.waitpid(child, 0)
    print(first == told(), flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"] * 3


def test_a_vault_process_knows_no_django_no_database_and_no_foreign_secret(token, monkeypatch):
    monkeypatch.setenv("SECRET_WECHATPAY_KEY", "theirs")
    monkeypatch.setenv("SECRET_KEY", "django's")
    with working(token, processes=1) as vault:
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


def test_the_house_itself_never_loads_the_bindings(token):
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


def test_keys_enter_by_the_process_for_it_alone_once_and_for_good(token, monkeypatch):
    tac = KeyRef(purpose=Purpose.TAC, index=1, version=7)
    question = {"ask": "keep", "purpose": "tac", "index": 1, "version": 7, "clear": DLK.hex()}
    with working(token) as vault:
        with pytest.raises(VaultMisconfigured):
            vault.pool.ask(question | {"own": False, "lasting": False})
        assert set(vault.held()) == {"load-1-v1"}
    with KeysIn(token) as keys:
        with pytest.raises(KeyUnusable):
            keys.keep(LOAD, DLK, own=True, lasting=True)
        with pytest.raises(KeyUnusable):
            keys.keep(tac, DLK[:8], own=True, lasting=True)
        keys.keep(tac, DLK, own=False, lasting=False)
        assert set(keys.held()) == {"load-1-v1"}
        with pytest.raises(KeyUnusable):
            keys.verify_tac(tac, [], b"1", bytes(4))
    with working(token) as vault, pytest.raises(KeyUnknown):
        vault.verify_tac(tac, [bytes(8)], b"1", bytes(4))
    monkeypatch.setenv("SECRET_HSM_PIN", secrets.read("hsm-pin").decode())
    monkeypatch.setenv("GATEWAY_ENV", "production")
    with KeysIn(token) as keys:
        with pytest.raises(VaultMisconfigured):
            keys.keep(tac, DLK, own=False, lasting=True)
        assert set(keys.held()) == {"load-1-v1"}


def test_a_name_in_a_token_and_a_reference_are_one_to_one():
    ref = KeyRef(purpose=Purpose.TAC, index=65, version=12)
    assert label_of(ref) == "tac-65-v12"
    assert ref_of("tac-65-v12") == ref
    for foreign in ("", "tac-65", "pin-1-v1", "load-1-v1 ", "load--1-v1"):
        assert ref_of(foreign) is None


def test_one_process_of_the_house_has_one_vault(token):
    first = open_vault(token, PoolLimits())
    assert open_vault(token, PoolLimits()) is first
    assert open_vault(token, PoolLimits(processes=1)) is not first
    first.pool.close()
    with pytest.raises(VaultSilent):
        authorise(first)


@pytest.mark.parametrize("said", [b"", b"{}", b"{\n", b"[]\n", b"\xff\n", b"x" * 70_000])
def test_a_garbled_line_is_an_ended_line(said):
    ours, theirs = socket.socketpair()
    line = Line(ours)
    threading.Thread(target=lambda: (theirs.sendall(said), theirs.close())).start()
    with pytest.raises(LineEnded):
        line.receive(within_ms=2_000)
    line.close()


def test_without_softhsm_the_sandbox_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox_token, "SEARCHED", ("nowhere",))
    with pytest.raises(VaultMisconfigured, match="script/softhsm"):
        sandbox_token.make_token(tmp_path)
