"""A vault in this process, for the sandbox: sealed at rest, opened for one answer at a time.

Which algorithm works is the key's own: its row says it and its seal is bound to it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nfc_topup.vault import algorithms, sm4
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    KeyUnknown,
    KeyUnusable,
    MessageRefused,
    SoftwareVaultForbidden,
)
from nfc_topup.vault.port import (
    Authorised,
    Candidate,
    KeyRef,
    Mac1Refused,
    Purpose,
    unless_too_many,
)

TRIPLE_DES, SM4 = "3des", "sm4"
KEK_LENGTH = 32
LONGEST_MESSAGE = 64

_NONCE_LENGTH = 12


class Suite(Protocol):
    """What an algorithm does for purses; `vault.algorithms` (3DES) and `vault.sm4` are two."""

    def diversify(self, master: bytes, diversifiers: Sequence[bytes]) -> bytes:
        """The card's key from the issuer's."""
        ...

    def session_key(self, card_key: bytes, session_input: bytes) -> bytes:
        """The key of one load."""
        ...

    def tac_key(self, card_key: bytes) -> bytes:
        """What TAC is made with."""
        ...

    def mac(self, key: bytes, message: bytes) -> bytes:
        """Four bytes."""
        ...


SUITES: Mapping[str, Suite] = {TRIPLE_DES: algorithms, SM4: sm4}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A key at rest: nonce and AES-256-GCM ciphertext under the key-encryption key `kek_name`."""

    ref: KeyRef
    algorithm: str
    kek_name: str
    sealed: bytes = field(repr=False)


class KeyStore(Protocol):
    """Where sealed keys rest."""

    def find(self, ref: KeyRef) -> SealedKey | None:
        """The sealed key, None when there is none in use."""
        ...


class SoftwareVault:
    """Keys never leave; nothing derived is kept between two answers."""

    def __init__(
        self, *, store: KeyStore, read_secret: Callable[[str], bytes], environment: str
    ) -> None:
        """`environment` is GATEWAY_ENV; SoftwareVaultForbidden for anything but `sandbox`."""
        if environment != "sandbox":
            raise SoftwareVaultForbidden(
                "the software vault holds keys in memory; production needs an HSM",
                environment=environment,
            )
        self._store = store
        self._read_secret = read_secret

    def authorise_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> Authorised | None:
        """See port.Vault."""
        under_mac1 = (session_input, mac1_message, mac1)
        for one in unless_too_many(candidates):
            mac2 = self.authorise(one.key, one.diversifiers, *under_mac1, mac2_message)
            if isinstance(mac2, bytes):
                return Authorised(by=one, mac2=mac2)
        return None

    def verify_mac1_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> Candidate | None:
        """See port.Vault."""
        under_mac1 = (session_input, mac1_message, mac1)
        for one in unless_too_many(candidates):
            if self.verify_mac1(one.key, one.diversifiers, *under_mac1):
                return one
        return None

    def verify_tac_any(
        self, candidates: Sequence[Candidate], message: bytes, tac: bytes
    ) -> Candidate | None:
        """See port.Vault."""
        for one in unless_too_many(candidates):
            if self.verify_tac(one.key, one.diversifiers, message, tac):
                return one
        return None

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
        _refuse_shape(mac2_message)
        suite, session = self._session(key, diversifiers, session_input)
        if not _verifies(suite, session, mac1_message, mac1):
            return Mac1Refused(key=key)
        return suite.mac(session, mac2_message)

    def verify_mac1(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> bool:
        """See port.Vault."""
        suite, session = self._session(key, diversifiers, session_input)
        return _verifies(suite, session, mac1_message, mac1)

    def verify_tac(
        self, key: KeyRef, diversifiers: Sequence[bytes], message: bytes, tac: bytes
    ) -> bool:
        """See port.Vault."""
        suite, card_key = self._card_key(key, Purpose.TAC, diversifiers)
        return _verifies(suite, suite.tac_key(card_key), message, tac)

    def _session(
        self, key: KeyRef, diversifiers: Sequence[bytes], session_input: bytes
    ) -> tuple[Suite, bytes]:
        suite, card_key = self._card_key(key, Purpose.LOAD, diversifiers)
        return suite, suite.session_key(card_key, session_input)

    def _card_key(
        self, ref: KeyRef, purpose: Purpose, diversifiers: Sequence[bytes]
    ) -> tuple[Suite, bytes]:
        if ref.purpose is not purpose:
            raise KeyUnknown("a key works for its own purpose only", purpose=ref.purpose)
        sealed = self._store.find(ref)
        if sealed is None:
            raise KeyUnknown("no such key in use", index=ref.index, version=ref.version)
        suite = SUITES.get(sealed.algorithm)
        if suite is None:
            raise AlgorithmUnsupported("no such algorithm", algorithm=sealed.algorithm)
        master = open_key(sealed, self._read_secret(sealed.kek_name))
        return suite, suite.diversify(master, diversifiers)


def seal_key(ref: KeyRef, clear: bytes, *, algorithm: str, kek_name: str, kek: bytes) -> SealedKey:
    """Seal a key for rest under a 32-byte key-encryption key, bound to its reference."""
    nonce = os.urandom(_NONCE_LENGTH)
    box = _cipher(kek).encrypt(nonce, clear, _bound(ref, algorithm))
    return SealedKey(ref=ref, algorithm=algorithm, kek_name=kek_name, sealed=nonce + box)


def open_key(sealed: SealedKey, kek: bytes) -> bytes:
    """The clear key; KeyUnusable when its reference or the key-encryption key is wrong."""
    nonce, box = sealed.sealed[:_NONCE_LENGTH], sealed.sealed[_NONCE_LENGTH:]
    try:
        return _cipher(kek).decrypt(nonce, box, _bound(sealed.ref, sealed.algorithm))
    except (InvalidTag, ValueError) as error:
        raise KeyUnusable("a sealed key does not open", kek=sealed.kek_name) from error


def _cipher(kek: bytes) -> AESGCM:
    if len(kek) != KEK_LENGTH:
        raise KeyUnusable("a key-encryption key has 32 bytes", length=len(kek))
    return AESGCM(kek)


def _bound(ref: KeyRef, algorithm: str) -> bytes:
    return f"card-key|{ref.purpose}|{ref.index}|{ref.version}|{algorithm}".encode()


def _verifies(suite: Suite, key: bytes, message: bytes, given: bytes) -> bool:
    _refuse_shape(message)
    if len(given) != algorithms.MAC_LENGTH:
        return False
    return algorithms.same(suite.mac(key, message), given)


def _refuse_shape(message: bytes) -> None:
    if not 1 <= len(message) <= LONGEST_MESSAGE:
        raise MessageRefused("a MAC covers 1 to 64 bytes", length=len(message))
