"""What a key is in a token: what it may do, how one is derived from another, what it must not be.

Only vault processes import this module, with pkcs11_token.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag
from pkcs11.constants import DEFAULT

from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import AlgorithmUnsupported, KeyUnusable, MessageRefused

KEPT = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_SHOWN = {Attribute.PRIVATE: True, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
_USES = (
    Attribute.DERIVE, Attribute.ENCRYPT, Attribute.DECRYPT, Attribute.SIGN, Attribute.VERIFY,
    Attribute.WRAP, Attribute.UNWRAP,
)  # fmt: skip
NO_USE = MechanismFlag(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """The form of session keys: their type, how often 8 bytes are repeated, and what MACs."""

    kind: KeyType
    times: int
    mechanism: Mechanism


FORMS = {
    "des2": SessionForm(kind=KeyType.DES2, times=2, mechanism=Mechanism.DES3_CBC),
    "des": SessionForm(kind=KeyType._DES, times=1, mechanism=Mechanism._DES_CBC),
}


@contextmanager
def derived(
    base: Any, data: bytes, kind: KeyType, use: MechanismFlag, *, shown: bool = False
) -> Iterator[Any]:
    """A session key made of `data` encrypted under `base`, destroyed on the way out.

    The bindings do not pack this mechanism's parameter, so it is given as the raw C structure;
    `buffer` must live until the call returns.
    """
    buffer = ctypes.create_string_buffer(data, len(data))
    template = {**(_SHOWN if shown else KEPT), Attribute.VALUE_LEN: DEFAULT}
    if kind is KeyType.GENERIC_SECRET:
        template[Attribute.VALUE_LEN] = len(data)
    made = base.derive_key(
        kind,
        len(data) * 8,
        capabilities=use,
        mechanism=Mechanism.DES3_ECB_ENCRYPT_DATA,
        mechanism_param=struct.pack("@PL", ctypes.addressof(buffer), len(data)),
        template=template,
    )
    try:
        yield made
    finally:
        made.destroy()


def unless_loose(key: Any, label: str) -> bool:
    """KeyUnusable for a key that may leave or does several things; else whether it encrypts."""
    encrypts = key[Attribute.ENCRYPT] is True
    if key[Attribute.KEY_TYPE] not in (KeyType.DES2, KeyType._DES):
        raise AlgorithmUnsupported("this vault works 3DES keys", key=label)
    wanted = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, **uses(encrypts)}
    loose = [name.name for name, value in wanted.items() if key[name] is not value]
    if loose:
        raise KeyUnusable("a key of ours is kept and does one thing", key=label, wrong=loose)
    return encrypts


def uses(encrypts: bool) -> dict[Attribute, bool]:
    """What a key may do: one card's TAC key encrypts, every other derives, and nothing else."""
    return dict.fromkeys(_USES, False) | {
        Attribute.ENCRYPT: encrypts,
        Attribute.DERIVE: not encrypts,
    }


def only(use: Attribute) -> dict[Attribute, bool]:
    """That a key does one thing."""
    return dict.fromkeys(_USES, False) | {use: True}


def unless_loose_transport(key: Any, label: str) -> None:
    """KeyUnusable for a transport key that may leave or does more than CMACs."""
    wanted = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, **only(Attribute.SIGN)}
    loose = [name.name for name, value in wanted.items() if key[name] is not value]
    if loose:
        raise KeyUnusable("a transport key is kept and makes CMACs", key=label, wrong=loose)


def both_halves(factor: bytes) -> bytes:
    """What makes the two halves of a diversified key: the factor, and the factor inverted."""
    if len(factor) != algorithms.BLOCK:
        raise MessageRefused("a diversification factor has 8 bytes", length=len(factor))
    return factor + bytes(byte ^ 0xFF for byte in factor)


def asked_check_value(key: Any) -> bytes:
    """What a key that came in by a ceremony makes of zeros, 3 bytes; empty where it cannot say."""
    kind = key[Attribute.KEY_TYPE]
    if key[Attribute.DERIVE] and kind is KeyType.DES2:
        zeros = bytes(2 * algorithms.BLOCK)
        with derived(key, zeros, KeyType.GENERIC_SECRET, NO_USE, shown=True) as shown:
            return bytes(shown[Attribute.VALUE])[:3]
    if key[Attribute.SIGN] and kind in (KeyType.DES2, KeyType.DES3):
        return bytes(key.sign(bytes(8), mechanism=Mechanism.DES3_CMAC))[:3]
    if key[Attribute.SIGN] and kind is KeyType.AES:
        return bytes(key.sign(bytes(16), mechanism=Mechanism.AES_CMAC))[:3]
    return b""


def check_value(key: Any) -> bytes:
    """What the token itself keeps as the key's check value; empty where it keeps none."""
    try:
        return bytes(key[Attribute.CHECK_VALUE])
    except pkcs11.AttributeTypeInvalid:
        return b""
