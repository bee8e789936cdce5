"""A vault in this process, for the sandbox: sealed at rest, opened for one answer at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    KeyUnknown,
    KeyUnusable,
    MessageRefused,
    SoftwareVaultForbidden,
)
from nfc_topup.vault.port import KeyRef, Mac1Refused, Purpose

TRIPLE_DES = "3des"
KEK_LENGTH = 32
LONGEST_MESSAGE = 64

_NONCE_LENGTH = 12


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
        session = self._session(key, diversifiers, session_input)
        if not _verifies(session, mac1_message, mac1):
            return Mac1Refused(key=key)
        return algorithms.mac(session, mac2_message)

    def verify_mac1(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> bool:
        """See port.Vault."""
        return _verifies(self._session(key, diversifiers, session_input), mac1_message, mac1)

    def verify_tac(
        self, key: KeyRef, diversifiers: Sequence[bytes], message: bytes, tac: bytes
    ) -> bool:
        """See port.Vault."""
        card_key = self._card_key(key, Purpose.TAC, diversifiers)
        return _verifies(algorithms.tac_key(card_key), message, tac)

    def _session(self, key: KeyRef, diversifiers: Sequence[bytes], session_input: bytes) -> bytes:
        return algorithms.session_key(
            self._card_key(key, Purpose.LOAD, diversifiers), session_input
        )

    def _card_key(self, ref: KeyRef, purpose: Purpose, diversifiers: Sequence[bytes]) -> bytes:
        if ref.purpose is not purpose:
            raise KeyUnknown("a key works for its own purpose only", purpose=ref.purpose)
        sealed = self._store.find(ref)
        if sealed is None:
            raise KeyUnknown("no such key in use", index=ref.index, version=ref.version)
        if sealed.algorithm != TRIPLE_DES:
            raise AlgorithmUnsupported("this vault works 3DES keys", algorithm=sealed.algorithm)
        master = open_key(sealed, self._read_secret(sealed.kek_name))
        return algorithms.diversify(master, diversifiers)


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


def _verifies(key: bytes, message: bytes, given: bytes) -> bool:
    _refuse_shape(message)
    if len(given) != algorithms.MAC_LENGTH:
        return False
    return algorithms.same(algorithms.mac(key, message), given)


def _refuse_shape(message: bytes) -> None:
    if not 1 <= len(message) <= LONGEST_MESSAGE:
        raise MessageRefused("a MAC covers 1 to 64 bytes", length=len(message))
