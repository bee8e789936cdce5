"""Vault processes die, hang and are asked too much: the house says so and goes on."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from accounts.errors import Sort
from gateway import problems
from nfc_topup.vault.errors import VaultBusy, VaultSilent
from nfc_topup.vault.pkcs11 import open_vault
from nfc_topup.vault.pkcs11_pool import PoolLimits, VaultProcess
from nfc_topup.vault.pkcs11_wire import REPOSITORY, Line, LineEnded
from tests.nfc_topup.test_vault_contract import authorise
from tests.nfc_topup.tokens import MAC2, in_threads, is_up, until, working


def test_a_killed_process_is_replaced_and_its_question_answered(loaded_token):
    with working(loaded_token, processes=1) as vault:
        assert authorise(vault).hex().upper() == MAC2
        [first] = vault.pool.pids()
        os.kill(first, signal.SIGKILL)
        assert authorise(vault).hex().upper() == MAC2
        [second] = vault.pool.pids()
        assert second != first


def test_a_process_killed_under_its_question_is_asked_anew(loaded_token):
    with working(loaded_token, processes=1, answer_ms=10_000) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        assert authorise(vault).hex().upper() == MAC2


def test_a_hanging_process_is_given_up_in_time_and_replaced(loaded_token):
    with working(loaded_token, processes=1, answer_ms=1_500) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(VaultSilent) as silent:
            authorise(vault)
        assert time.monotonic() - began < 6
        assert silent.value.sort is Sort.PARTNER
        assert problems.STATUS_OF_SORT[silent.value.sort] == 503
        assert not is_up(pid)
        assert authorise(vault).hex().upper() == MAC2


def test_whatever_dies_every_answer_is_right_or_a_plain_refusal(loaded_token):
    with working(loaded_token, processes=2, wait_ms=10_000) as vault:
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


def test_many_threads_share_the_processes_and_all_are_answered(loaded_token):
    with working(loaded_token, processes=2) as vault:
        found = in_threads(16, lambda: [authorise(vault).hex().upper() for _ in range(20)])
        assert found == [[MAC2] * 20] * 16
        assert len(vault.pool.pids()) <= 2


def test_too_many_questions_are_refused_at_once(loaded_token):
    with working(loaded_token, processes=1, waiting=2, wait_ms=10_000, answer_ms=10_000) as vault:
        authorise(vault)
        [pid] = vault.pool.pids()
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(1.5, os.kill, (pid, signal.SIGCONT)).start()
        found = in_threads(8, lambda: authorise(vault).hex().upper())
        busy = [one for one in found if isinstance(one, VaultBusy)]
        assert len(busy) == 5  # one is asked, two wait
        assert [one for one in found if one not in busy] == [MAC2] * 3
        assert problems.STATUS_OF_SORT[busy[0].sort] == 503


def test_who_waits_too_long_is_refused(loaded_token):
    with working(loaded_token, processes=1, wait_ms=100, answer_ms=1_000) as vault:
        authorise(vault)
        os.kill(vault.pool.pids()[0], signal.SIGSTOP)
        found = in_threads(2, lambda: authorise(vault))
        assert {type(one) for one in found} == {VaultBusy, VaultSilent}


def test_where_the_token_allows_one_session_only_everybody_shares_it(loaded_token, monkeypatch):
    begin = VaultProcess.begin

    def only_one(self, *, within_ms):
        if vault.pool.pids():
            self.end()
            raise VaultBusy("the token has no session left")
        begin(self, within_ms=within_ms)

    monkeypatch.setattr(VaultProcess, "begin", only_one)
    with working(loaded_token, processes=3, rest_ms=100) as vault:
        found = in_threads(6, lambda: [authorise(vault).hex().upper() for _ in range(20)])
        assert found == [[MAC2] * 20] * 6
        assert len(vault.pool.pids()) == 1


def test_a_process_ends_with_the_house_that_started_it(loaded_token):
    program = f"""
import os, sys
from nfc_topup.vault.pkcs11_pool import Pool
from nfc_topup.vault.pkcs11_wire import TokenSettings
pool = Pool(TokenSettings(module={loaded_token.module!r}, token={loaded_token.token!r},
    environment={dict(loaded_token.environment)!r}))
pool.ask({{"ask": "about"}})
print(pool.pids()[0], flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    until(lambda: not is_up(pid))


def test_a_forked_process_has_a_vault_of_its_own(loaded_token):
    program = f"""
import os
from nfc_topup.vault.pkcs11 import open_vault
from nfc_topup.vault.pkcs11_pool import PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
settings = TokenSettings(module={loaded_token.module!r}, token={loaded_token.token!r},
    environment={dict(loaded_token.environment)!r})
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


def test_one_process_of_the_house_has_one_vault(loaded_token):
    first = open_vault(loaded_token, PoolLimits())
    assert open_vault(loaded_token, PoolLimits()) is first
    assert open_vault(loaded_token, PoolLimits(processes=1)) is not first
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
