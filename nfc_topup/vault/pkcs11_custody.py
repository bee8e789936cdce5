"""Keys enter a token by ceremonies: the part that vault processes run beside the session.

Components open under a pair whose private half is the token's, are combined in this process's
memory (no token can XOR two keys of its own), and the key goes in by unwrapping under that pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pkcs11
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import MGF, Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.util.rsa import encode_rsa_public_key

from nfc_topup.vault import algorithms, key_blocks
from nfc_topup.vault.component_seal import OAEP, PAIR_BITS, public_key, told
from nfc_topup.vault.custody import (
    FINGERPRINT_KEY_LENGTH,
    LENGTHS,
    Wanted,
    check_value,
    cipher_of,
    cmac_under,
    combine,
    fingerprint,
    unframe,
    unless_weak,
)
from nfc_topup.vault.custody_port import Export, Under
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    ComponentWrong,
    KeyCheckWrong,
    KeyUnknown,
    KeyUnusable,
)
from nfc_topup.vault.key_block_header import Demand
from nfc_topup.vault.key_blocks import TransportKey
from nfc_topup.vault.pkcs11_keys import KEPT, NO_USE, derived, only, unless_loose_transport, uses
from nfc_topup.vault.pkcs11_token import TokenSession
from nfc_topup.vault.pkcs11_wire import FINGERPRINT_KEY, label_of
from nfc_topup.vault.port import KeyRef, Purpose

PAIR = "ceremony-"

_OAEP = (Mechanism.SHA_1, MGF.SHA1, None)
_NOT_OURS = (
    pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange, pkcs11.GeneralError,
)  # fmt: skip
_KINDS = {("3des", 16): KeyType.DES2, ("3des", 24): KeyType.DES3}


class CustodySession(TokenSession):
    """A session that also takes keys in; see custody_port.CustodyVault for each act."""

    def open_pair(self, ceremony: UUID) -> bytes:
        """The public half of a new pair (DER); an older one of this ceremony is destroyed."""
        self._fingerprint_key()
        self.close_pair(ceremony)
        name = PAIR + str(ceremony)
        public, _ = self._session.generate_keypair(
            KeyType.RSA,
            PAIR_BITS,
            store=True,
            id=name.encode(),
            label=name,
            private_template={
                **KEPT,
                Attribute.SIGN: False,
                Attribute.DECRYPT: True,
                Attribute.UNWRAP: True,
            },
            public_template={
                Attribute.VERIFY: False,
                Attribute.ENCRYPT: True,
                Attribute.WRAP: False,
            },
        )
        key = load_der_public_key(encode_rsa_public_key(public))
        return told(key)  # type: ignore[arg-type]  # the token was asked for an RSA pair

    def weigh(self, ceremony: UUID, number: int, sealed: bytes, algorithm: str, rule: str) -> str:
        """See custody_port.CustodyVault."""
        return check_value(algorithm, rule, self._opened(ceremony, number, sealed))

    def bring(
        self,
        ceremony: UUID,
        sealed: Sequence[bytes],
        wanted: Wanted,
        export: Export | None,
    ) -> dict[str, str]:
        """See custody_port.CustodyVault: what the house is told of the key that came in."""
        parts = [
            self._opened(ceremony, number, part) for number, part in enumerate(sealed, start=1)
        ]
        key = combine(parts, wanted.algorithm)
        return self._take_in(ceremony, key, wanted, export)

    def bring_block(
        self, text: str, under: Under, demand: Demand, wanted: Wanted
    ) -> dict[str, str]:
        """See custody_port.CustodyVault; the pair that the key enters under lives for this act."""
        _, key = key_blocks.unwrap(self._transport(under), text, demand)
        unless_weak(key, wanted.algorithm)
        passing = uuid4()
        self.open_pair(passing)
        try:
            return self._take_in(passing, key, wanted, None)
        finally:
            self.close_pair(passing)

    def close_pair(self, ceremony: UUID) -> None:
        """See custody_port.CustodyVault."""
        for half in self._halves(PAIR + str(ceremony)):
            half.destroy()

    def open_pairs(self) -> list[str]:
        """See custody_port.CustodyVault."""
        found = self._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        names = [str(key[Attribute.LABEL]) for key in found]
        return sorted(name.removeprefix(PAIR) for name in names if name.startswith(PAIR))

    def destroy(self, ref: KeyRef) -> None:
        """See custody_port.CustodyVault."""
        label = label_of(ref)
        for key in self._search(label):
            key.destroy()
        self._found.pop(label, None)
        self._own.pop(label, None)

    def _take_in(
        self,
        ceremony: UUID,
        key: bytes,
        wanted: Wanted,
        export: Export | None,
    ) -> dict[str, str]:
        if check_value(wanted.algorithm, wanted.check_rule, key) != wanted.check_value:
            raise KeyCheckWrong("another key came out")
        block = ""
        if export is not None:
            block = key_blocks.wrap(self._transport(export.under), export.header, key)
        self.destroy(wanted.ref)
        self._unwrapped(ceremony, key, wanted)
        return {"fingerprint": fingerprint(self._fingerprint_key(), key), "block": block}

    def _unwrapped(self, ceremony: UUID, key: bytes, wanted: Wanted) -> None:
        """Have the key in the token by C_UnwrapKey, and make sure that it is that key."""
        private, public = self._pair(ceremony)
        kind, value, may = self._form_of(key, wanted)
        label = label_of(wanted.ref)
        made = private.unwrap_key(
            ObjectClass.SECRET_KEY,
            kind,
            public.encrypt(value, OAEP),
            mechanism=Mechanism.RSA_PKCS_OAEP,
            mechanism_param=_OAEP,
            label=label,
            id=label.encode(),
            store=True,
            capabilities=NO_USE,
            template={**KEPT, **may, Attribute.MODIFIABLE: False},
        )
        if not algorithms.same(self._answer(made, wanted), _expected(value, wanted)):
            made.destroy()
            raise KeyUnusable("the token holds another key than was put in", key=label)

    def _form_of(self, key: bytes, wanted: Wanted) -> tuple[Any, bytes, Mapping[Any, bool]]:
        if wanted.ref.purpose is Purpose.TRANSPORT:
            if wanted.algorithm not in key_blocks.VERSION_OF:
                raise AlgorithmUnsupported("no transport key", algorithm=wanted.algorithm)
            kind = _KINDS.get((wanted.algorithm, len(key)), KeyType.AES)
            return kind, key, only(Attribute.SIGN)
        if wanted.algorithm != "3des" or len(key) != algorithms.KEY_LENGTH:
            raise AlgorithmUnsupported("this vault works 3DES keys", algorithm=wanted.algorithm)
        if wanted.own and wanted.ref.purpose is Purpose.TAC:
            return self._form.kind, algorithms.tac_key(key) * self._form.times, uses(encrypts=True)
        return KeyType.DES2, key, uses(encrypts=False)

    def _answer(self, made: Any, wanted: Wanted) -> bytes:
        """What the token's key makes of zeros, by the one thing that it may do."""
        zeros = bytes(algorithms.BLOCK)
        if wanted.ref.purpose is Purpose.TRANSPORT:
            return bytes(made.sign(zeros, mechanism=_cmac_of(made)))
        if made[Attribute.ENCRYPT]:
            return bytes(made.encrypt(zeros, mechanism=self._form.mechanism, mechanism_param=zeros))
        with derived(made, zeros * 2, KeyType.GENERIC_SECRET, NO_USE, shown=True) as shown:
            return bytes(shown[Attribute.VALUE])[: algorithms.BLOCK]

    def _transport(self, under: Under) -> TransportKey:
        label = label_of(under.ref)
        if under.ref.purpose is not Purpose.TRANSPORT:
            raise KeyUnknown("a key works for its own purpose only", purpose=under.ref.purpose)
        found = self._search(label)
        if len(found) != 1:
            raise KeyUnknown("the token holds no such key, or two", key=label)
        [key] = found
        unless_loose_transport(key, label)
        mechanism = _cmac_of(key)
        kind = key[Attribute.KEY_TYPE]
        if (kind is KeyType.AES) is (under.algorithm == "3des"):
            raise KeyUnusable("the transport key is of another algorithm", key=label)
        return TransportKey(
            algorithm=under.algorithm,
            length=24 if kind is KeyType.DES3 else LENGTHS[under.algorithm][0],
            cmac=lambda message: bytes(key.sign(message, mechanism=mechanism)),
        )

    def _opened(self, ceremony: UUID, number: int, sealed: bytes) -> bytes:
        private, _ = self._pair(ceremony)
        try:
            framed = private.decrypt(
                sealed, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=_OAEP
            )
        except _NOT_OURS as wrong:
            raise ComponentWrong("it was sealed to another pair", number=number) from wrong
        return unframe(ceremony, number, bytes(framed))

    def _pair(self, ceremony: UUID) -> tuple[Any, Any]:
        """The token's private half and, for our own sealing, the public one."""
        halves = {half.object_class: half for half in self._halves(PAIR + str(ceremony))}
        if set(halves) != {ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY}:
            raise KeyUnknown("the token has no pair of this ceremony", ceremony=str(ceremony))
        der = encode_rsa_public_key(halves[ObjectClass.PUBLIC_KEY])
        return halves[ObjectClass.PRIVATE_KEY], public_key(der)

    def _halves(self, name: str) -> list[Any]:
        return list(self._session.get_objects({Attribute.LABEL: name, Attribute.ID: name.encode()}))

    def _fingerprint_key(self) -> Callable[[bytes], bytes]:
        """The token's own key for fingerprints, made inside it when there is none yet."""
        found = self._search(FINGERPRINT_KEY)
        if len(found) > 1:
            raise KeyUnusable("the token holds two keys of one name", key=FINGERPRINT_KEY)
        key: Any = found[0] if found else None
        if key is None:
            key = self._session.generate_key(
                KeyType.AES,
                FINGERPRINT_KEY_LENGTH * 8,
                store=True,
                label=FINGERPRINT_KEY,
                id=FINGERPRINT_KEY.encode(),
                capabilities=MechanismFlag.SIGN,
                template={**KEPT, **only(Attribute.SIGN), Attribute.MODIFIABLE: False},
            )
        return lambda message: bytes(key.sign(message, mechanism=Mechanism.AES_CMAC))


def _cmac_of(key: Any) -> Mechanism:
    return Mechanism.AES_CMAC if key[Attribute.KEY_TYPE] is KeyType.AES else Mechanism.DES3_CMAC


def _expected(value: bytes, wanted: Wanted) -> bytes:
    """What the key we put in makes of zeros, worked out here."""
    zeros = bytes(algorithms.BLOCK)
    if wanted.ref.purpose is Purpose.TRANSPORT:
        return cmac_under(wanted.algorithm, value)(zeros)
    cipher = cipher_of("3des", value if len(value) == algorithms.KEY_LENGTH else value * 2)
    encryptor = Cipher(cipher, modes.ECB()).encryptor()  # noqa: S305 one block of zeros
    return encryptor.update(zeros) + encryptor.finalize()
