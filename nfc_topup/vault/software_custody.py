"""Keys enter the software vault: the sandbox's ceremonies, with every step a real one's."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nfc_topup.vault import key_blocks
from nfc_topup.vault.component_seal import OAEP, PAIR_BITS, told
from nfc_topup.vault.custody import (
    FINGERPRINT_KEY_LENGTH,
    Arrived,
    Wanted,
    check_value,
    cmac_under,
    combine,
    fingerprint,
    unframe,
    unless_weak,
)
from nfc_topup.vault.custody_port import Export, Pair, Under
from nfc_topup.vault.errors import (
    ComponentWrong,
    KeyCheckWrong,
    KeyUnknown,
    KeyUnusable,
    SoftwareVaultForbidden,
)
from nfc_topup.vault.key_block_header import Demand
from nfc_topup.vault.key_blocks import TransportKey
from nfc_topup.vault.port import KeyRef, Purpose
from nfc_topup.vault.software import KeyStore, open_key, seal_key

_NONCE_LENGTH = 12


class SoftwareCustody:
    """See custody_port.CustodyVault. Keys are sealed under the key-encryption key `kek_name`."""

    def __init__(
        self,
        *,
        home: str,
        store: KeyStore,
        kek_name: str,
        read_secret: Callable[[str], bytes],
        environment: str,
    ) -> None:
        """`environment` is GATEWAY_ENV; SoftwareVaultForbidden for anything but `sandbox`."""
        if environment != "sandbox":
            raise SoftwareVaultForbidden("live keys enter a token", environment=environment)
        self.home = home
        self._store = store
        self._kek_name = kek_name
        self._read_secret = read_secret

    def open_pair(self, ceremony: UUID) -> Pair:
        """See custody_port.CustodyVault."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=PAIR_BITS)
        clear = private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = nonce + self._box().encrypt(nonce, clear, _bound(ceremony))
        return Pair(ceremony=ceremony, public=told(private.public_key()), sealed=sealed)

    def weigh(self, pair: Pair, number: int, sealed: bytes, algorithm: str, rule: str) -> str:
        """See custody_port.CustodyVault."""
        return check_value(algorithm, rule, self._opened(pair, number, sealed))

    def bring(
        self, pair: Pair, sealed: Sequence[bytes], wanted: Wanted, export: Export | None
    ) -> Arrived:
        """See custody_port.CustodyVault."""
        parts = [self._opened(pair, number, part) for number, part in enumerate(sealed, start=1)]
        return self._keep(combine(parts, wanted.algorithm), wanted, export)

    def bring_block(self, text: str, under: Under, demand: Demand, wanted: Wanted) -> Arrived:
        """See custody_port.CustodyVault."""
        _, key = key_blocks.unwrap(self._transport(under), text, demand)
        return self._keep(unless_weak(key, wanted.algorithm), wanted, None)

    def close_pair(self, ceremony: UUID) -> None:
        """See custody_port.CustodyVault: the sealed half is erased with its row's."""

    def open_pairs(self) -> list[UUID]:
        """See custody_port.CustodyVault."""
        return []

    def destroy(self, ref: KeyRef) -> None:
        """See custody_port.CustodyVault: the sealed key is erased with its row's."""

    def newest(self, ref: KeyRef) -> int:
        """See custody_port.CustodyVault."""
        return 0

    def _keep(self, key: bytes, wanted: Wanted, export: Export | None) -> Arrived:
        if check_value(wanted.algorithm, wanted.check_rule, key) != wanted.check_value:
            raise KeyCheckWrong("another key came out")
        kek = self._read_secret(self._kek_name)
        sealed = seal_key(
            wanted.ref, key, algorithm=wanted.algorithm, kek_name=self._kek_name, kek=kek
        )
        block = ""
        if export is not None:
            block = key_blocks.wrap(self._transport(export.under), export.header, key)
        return Arrived(
            fingerprint=fingerprint(self._fingerprinting(kek), key),
            kek_name=self._kek_name,
            sealed=sealed.sealed,
            block=block,
        )

    def _transport(self, under: Under) -> TransportKey:
        ref = under.ref
        if ref.purpose is not Purpose.TRANSPORT:
            raise KeyUnknown("a key works for its own purpose only", purpose=ref.purpose)
        sealed = self._store.find(ref)
        if sealed is None:
            raise KeyUnknown("no such transport key", index=ref.index, version=ref.version)
        if sealed.algorithm != under.algorithm:
            raise KeyUnusable("the transport key is of another algorithm")
        value = open_key(sealed, self._read_secret(sealed.kek_name))
        return key_blocks.in_memory(sealed.algorithm, value)

    def _opened(self, pair: Pair, number: int, sealed: bytes) -> bytes:
        nonce, box = pair.sealed[:_NONCE_LENGTH], pair.sealed[_NONCE_LENGTH:]
        try:
            clear = self._box().decrypt(nonce, box, _bound(pair.ceremony))
        except (InvalidTag, ValueError) as wrong:
            raise KeyUnusable("the ceremony's pair does not open") from wrong
        private = serialization.load_der_private_key(clear, password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise KeyUnusable("the ceremony's pair is none of ours")
        try:
            framed = private.decrypt(sealed, OAEP)
        except ValueError as wrong:
            raise ComponentWrong("it was sealed to another pair", number=number) from wrong
        return unframe(pair.ceremony, number, framed)

    def _box(self) -> AESGCM:
        return AESGCM(self._read_secret(self._kek_name))

    def _fingerprinting(self, kek: bytes) -> Callable[[bytes], bytes]:
        made = HKDF(
            algorithm=hashes.SHA256(),
            length=FINGERPRINT_KEY_LENGTH,
            salt=None,
            info=b"card-key-fingerprint",
        ).derive(kek)
        return cmac_under("aes-256", made)


def _bound(ceremony: UUID) -> bytes:
    return f"key-ceremony|{ceremony}".encode()
