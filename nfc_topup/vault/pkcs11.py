"""The vault over PKCS#11: puts the port's questions to vault processes and holds no key."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from nfc_topup.vault.errors import KeyUnusable
from nfc_topup.vault.pkcs11_pool import Pool, PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
from nfc_topup.vault.port import (
    Authorised,
    Candidate,
    KeyRef,
    Mac1Refused,
    unless_too_many,
)

_opened: dict[tuple[int, str], Pkcs11Vault] = {}
_opening = threading.Lock()


class Pkcs11Vault:
    """See port.Vault; VaultSilent and VaultBusy when the token does not answer or has no time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @property
    def pool(self) -> Pool:
        """The processes behind it."""
        return self._pool

    def authorise_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> Authorised | None:
        """See port.Vault."""
        question = _under_mac1(session_input, mac1_message, mac1)
        question |= {"ask": "authorise", "mac2_message": mac2_message.hex()}
        found = self._first(candidates, question)
        if found is None:
            return None
        return Authorised(by=found[0], mac2=bytes.fromhex(found[1]))

    def verify_mac1_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> Candidate | None:
        """See port.Vault."""
        question = _under_mac1(session_input, mac1_message, mac1)
        found = self._first(candidates, question | {"ask": "verify_mac1"})
        return None if found is None else found[0]

    def verify_tac_any(
        self, candidates: Sequence[Candidate], message: bytes, tac: bytes
    ) -> Candidate | None:
        """See port.Vault."""
        question = {"ask": "verify_tac", "message": message.hex(), "tac": tac.hex()}
        found = self._first(candidates, question)
        return None if found is None else found[0]

    def _first(
        self, candidates: Sequence[Candidate], question: dict[str, Any]
    ) -> tuple[Candidate, Any] | None:
        """The first candidate that the question is answered for, and the answer: one round trip."""
        abouts = [_about(one.key, one.diversifiers) for one in unless_too_many(candidates)]
        told = self._pool.ask({"ask": "first", "candidates": abouts, "question": question})
        return None if told is None else (candidates[told["at"]], told["value"])

    def authorise(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> bytes | Mac1Refused:
        """See port.Vault."""
        question = _about(key, diversifiers) | _under_mac1(session_input, mac1_message, mac1)
        mac2 = self._pool.ask(question | {"ask": "authorise", "mac2_message": mac2_message.hex()})
        return Mac1Refused(key=key) if mac2 is None else bytes.fromhex(mac2)

    def verify_mac1(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> bool:
        """See port.Vault."""
        question = _about(key, diversifiers) | _under_mac1(session_input, mac1_message, mac1)
        return self._pool.ask(question | {"ask": "verify_mac1"}) is True

    def verify_tac(
        self, key: KeyRef, diversifiers: Sequence[bytes], message: bytes, tac: bytes
    ) -> bool:
        """See port.Vault."""
        question = _about(key, diversifiers) | {"message": message.hex(), "tac": tac.hex()}
        return self._pool.ask(question | {"ask": "verify_tac"}) is True

    def about(self) -> dict[str, str]:
        """What the token says of itself: token, model, maker, firmware."""
        told: dict[str, str] = self._pool.ask({"ask": "about"})
        return told

    def held(self) -> dict[str, str]:
        """The names of the keys in the token and their check values, never a key."""
        told: dict[str, str] = self._pool.ask({"ask": "held"})
        return told


class KeysIn(Pkcs11Vault):
    """A vault that also takes keys in, by one process of its own that ends with the `with`."""

    def __init__(self, settings: TokenSettings) -> None:
        super().__init__(Pool(settings, PoolLimits(processes=1), may_write=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    def keep(self, ref: KeyRef, clear: bytes, *, own: bool, lasting: bool) -> str:
        """Bring a 16-byte key in, never to come out; its check value.

        `own` says that it is one card's key with no level below. A key that is not `lasting` is a
        session object: it is gone with this vault, and replaces its namesake in it. Lasting ones
        enter so in the sandbox only. KeyUnusable when the name is taken.
        """
        if len(clear) != 16:
            raise KeyUnusable("a 3DES card key has 16 bytes", length=len(clear))
        question: dict[str, Any] = _key(ref) | {"own": own, "lasting": lasting}
        told: str = self._pool.ask(question | {"ask": "keep", "clear": clear.hex()})
        return told


def _forget_the_lock() -> None:
    """A forked process may have been made while another thread held the lock."""
    global _opening  # noqa: PLW0603 the process is new, and so is its lock
    _opening = threading.Lock()


os.register_at_fork(after_in_child=_forget_the_lock)


def open_vault(settings: TokenSettings, limits: PoolLimits) -> Pkcs11Vault:
    """This process's vault for these settings, opened once; a forked process opens its own."""
    name = (os.getpid(), repr((settings, limits)))
    with _opening:
        vault = _opened.get(name)
        if vault is None:
            vault = _opened[name] = Pkcs11Vault(Pool(settings, limits))
            atexit.register(_close, name)
        return vault


def _close(name: tuple[int, str]) -> None:
    if name[0] == os.getpid():
        _opened.pop(name).pool.close()


def _key(ref: KeyRef) -> dict[str, Any]:
    return {"purpose": ref.purpose.value, "index": ref.index, "version": ref.version}


def _about(ref: KeyRef, diversifiers: Sequence[bytes]) -> dict[str, Any]:
    return _key(ref) | {"diversifiers": [factor.hex() for factor in diversifiers]}


def _under_mac1(session_input: bytes, message: bytes, mac1: bytes) -> dict[str, Any]:
    return {"session": session_input.hex(), "message": message.hex(), "mac1": mac1.hex()}
