"""A SoftHSM2 token of a test's own, vaults over it that leave nothing behind, askers at once."""

import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from nfc_topup.vault import sandbox_token
from nfc_topup.vault.errors import VaultBusy, VaultSilent
from nfc_topup.vault.pkcs11 import Pkcs11Vault
from nfc_topup.vault.pkcs11_pool import Pool, PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
from nfc_topup.vault.port import KeyRef, Purpose

LOAD = KeyRef(purpose=Purpose.LOAD, index=1, version=1)
DLK = bytes.fromhex("EB9BC6DCDF74FF4E4B43F2E34A6727B6")
MAC2 = "B55E9298"
"""The card's own load key and the MAC2 of the recorded exchange A01."""

LEGACY_PROVIDER = """openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
"""


def new_token(directory: Path) -> TokenSettings:
    """A fresh token under `directory`, whose session keys are DES2 keys with equal halves."""
    sandbox_token.make_token(directory)
    return sandbox_token.token_settings(directory)


def with_single_des(settings: TokenSettings, directory: Path) -> TokenSettings:
    """The same token with session keys of single DES, which OpenSSL 3 has as a legacy only."""
    conf = directory / "openssl.cnf"
    conf.write_text(LEGACY_PROVIDER, encoding="utf-8")
    return TokenSettings(
        module=settings.module,
        token=settings.token,
        session_key="des",
        environment={**settings.environment, "OPENSSL_CONF": str(conf)},
    )


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
