"""What MACs cost in each vault, as a ratio to the bare primitive of the same run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from nfc_topup.vault import algorithms
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.pkcs11_pool import Pool, PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
from nfc_topup.vault.port import KeyRef, Purpose, Vault
from nfc_topup.vault.software import TRIPLE_DES, SealedKey, SoftwareVault, seal_key

LOAD = KeyRef(purpose=Purpose.LOAD, index=1, version=1)
TAC = KeyRef(purpose=Purpose.TAC, index=1, version=1)
YARDSTICK = "one MAC by the bare primitive"
ASKERS = 4
SLICES = 5

_MESSAGES = {"mac1": bytes(15), "mac2": bytes(18), "tac": bytes(24)}
_FACTORS = [bytes.fromhex("5170010000000001")]
_SESSION = bytes.fromhex("1F5D56E600008000")
_BILLION = 1_000_000_000


def run(quick: bool = False, token: TokenSettings | None = None) -> dict[str, dict[str, Any]]:
    """Per way of working: answers a second, and how many MACs of the yardstick one answer costs.

    An answer of `authorise` is the whole chain: diversification, session key, MAC1, MAC2. The
    yardstick is measured anew beside each slice and the median of their ratios is told, since the
    machine may be busy. Without `token` the hardware's rows are missing; the token gains session
    objects only, and loses them.
    """
    span_ns = _BILLION // 10 if quick else _BILLION
    master, key = os.urandom(16), os.urandom(8)

    def beside(rate: Callable[[], int]) -> dict[str, Any]:
        slices = []
        for _ in range(SLICES):
            bare = _rate(lambda: algorithms.mac(key, _MESSAGES["mac2"]), span_ns)
            slices.append((bare / rate(), bare))
        ratio, bare = sorted(slices)[SLICES // 2]
        return {"answers_per_second": round(bare / ratio), "times_bare_primitive": round(ratio, 1)}

    def rows(name: str, vault: Vault) -> dict[str, dict[str, Any]]:
        ways = _ways(vault, master)
        return {
            f"{name}: {what}": beside(lambda ask=ask: _rate(ask, span_ns))  # type: ignore[misc]
            for what, ask in ways.items()
        }

    found = {
        YARDSTICK: beside(lambda: _rate(lambda: algorithms.mac(key, _MESSAGES["mac2"]), span_ns)),
        "bare chain: diversify, session key, two MACs": beside(
            lambda: _rate(lambda: _chain(master), span_ns)
        ),
    } | rows("software", _software(master))
    if token is not None:
        with KeysIn(token) as keys:
            for ref in (LOAD, TAC):
                keys.keep(ref, master, own=False, lasting=False)
            found |= rows("pkcs11, one process", keys)
        with closing(Pool(token, PoolLimits(processes=2))) as pool:
            found["pkcs11: to two processes and back"] = beside(lambda: _there(pool, span_ns))
    return found


def _ways(vault: Vault, master: bytes) -> dict[str, Callable[[], object]]:
    """The vault's two questions about a card that answers rightly."""
    load_key = algorithms.diversify(master, _FACTORS)
    session = algorithms.session_key(load_key, _SESSION)
    mac1 = algorithms.mac(session, _MESSAGES["mac1"])
    tac = algorithms.mac(algorithms.tac_key(load_key), _MESSAGES["tac"])

    def authorise() -> object:
        return vault.authorise(LOAD, _FACTORS, _SESSION, _MESSAGES["mac1"], mac1, _MESSAGES["mac2"])

    def verify_tac() -> object:
        return vault.verify_tac(TAC, _FACTORS, _MESSAGES["tac"], tac)

    return {"authorise": authorise, "verify_tac": verify_tac}


def _there(pool: Pool, span_ns: int) -> int:
    """Questions a second that several threads put to the pool and that cost the token nothing."""
    counts: list[int] = []

    def asking() -> None:
        counts.append(_rate(lambda: pool.ask({"ask": "about"}), span_ns))

    threads = [threading.Thread(target=asking) for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _chain(master: bytes) -> tuple[bytes, bytes]:
    session = algorithms.session_key(algorithms.diversify(master, _FACTORS), _SESSION)
    return (
        algorithms.mac(session, _MESSAGES["mac1"]),
        algorithms.mac(session, _MESSAGES["mac2"]),
    )


def _rate(work: Callable[[], object], span_ns: int) -> int:
    """How often a second, over at least `span_ns`, after one round that does not count."""
    work()
    done, began = 0, time.perf_counter_ns()
    while (spent := time.perf_counter_ns() - began) < span_ns:
        for _ in range(20):
            work()
        done += 20
    return done * _BILLION // spent


def _software(master: bytes) -> Vault:
    kek = os.urandom(32)
    box = {
        ref: seal_key(ref, master, algorithm=TRIPLE_DES, kek_name="bench", kek=kek)
        for ref in (LOAD, TAC)
    }
    return SoftwareVault(store=_Box(box), read_secret=lambda _: kek, environment="sandbox")


class _Box:
    def __init__(self, box: Mapping[KeyRef, SealedKey]) -> None:
        self._box = box

    def find(self, ref: KeyRef) -> SealedKey | None:
        return self._box.get(ref)
