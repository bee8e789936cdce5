"""Who signed a bank's message: what arrived, what is proven by it, and why it is not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.channels.banks.codecs import Words
from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import HttpRequest, Merchant
from gateway.signatures.errors import SigningKeyUnusable
from gateway.signatures.keys import Algorithm, SigningKey, VerifyingKey

WINDOW = timedelta(minutes=5)
_KEY_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_NONCE = re.compile(r"[!-~]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What arrived: a push at our door `url`, or an answer with its `status`."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What we are about to say; `words` is empty for a question without a body.

    `repeat_key` is the same for every repetition of the same wish.
    """

    method: str
    url: str
    words: Words
    repeat_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who signed, with which nonce, when."""

    key_id: str
    nonce: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Proven words."""

    proof: Proof
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a message says of its own signature, before anything of it is believed."""

    key_id: str
    at: str
    nonce: str
    algorithm: str
    signature: str = field(repr=False)
    moment: datetime | None = None


class Seal(Protocol):
    """How a bank signs, and wants to be signed to."""

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """Those a key record may hold a key of."""
        ...

    @property
    def dresses_bare_questions(self) -> bool:
        """Whether a request without words carries a signature too."""
        ...

    def dress(self, merchant: Merchant, draft: Draft, *, now: datetime, nonce: str) -> HttpRequest:
        """The signed request; NotInForm when its words cannot be said."""
        ...

    def open(self, merchant: Merchant, received: Received, *, now: datetime) -> Opened:
        """The words of proven bytes; Unproven or ChannelKeyUnknown."""
        ...

    def canonical(self, received: Received) -> bytes:
        """The bytes that are signed, whoever signed them; Unproven when there are none."""
        ...

    def claims(self, received: Received) -> Claims:
        """Whose signature it claims to be; Unproven when it claims nothing readable."""
        ...


def sign(merchant: Merchant, algorithm: Algorithm, message: bytes) -> bytes:
    """Our signature; ChannelMisconfigured when our key is not one of this algorithm."""
    key = SigningKey(
        key_id=merchant.signing_serial, algorithm=algorithm, material=merchant.signing_key_pem
    )
    try:
        return key.sign(message)
    except SigningKeyUnusable:
        raise ChannelMisconfigured(f"our signing key is not one of {algorithm.value}") from None


def check_signature(
    merchant: Merchant, algorithm: Algorithm, key_id: str, message: bytes, signature: bytes
) -> None:
    """Returns when the signature is this key's; Unproven, ChannelKeyUnknown otherwise.

    The algorithm is the profile's, never the message's. ChannelMisconfigured when a key record
    holds a key of another algorithm or curve.
    """
    key = VerifyingKey(key_id=key_id, algorithm=algorithm, material=platform_key(merchant, key_id))
    try:
        fits = key.verifies(message, signature)
    except SigningKeyUnusable:
        raise ChannelMisconfigured(
            f"a key record holds no key of {algorithm.value}", key_id=key_id
        ) from None
    if not fits:
        raise Unproven(Doubt.WRONG, "the signature is not this key's over these bytes")


def platform_key(merchant: Merchant, key_id: str) -> bytes:
    """The record of that key; ChannelKeyUnknown, or Unproven for what is no key id at all."""
    if not _KEY_ID.fullmatch(key_id):
        raise Unproven(Doubt.UNSIGNED, "the key id is not in its form")
    pem = merchant.platform_keys.get(key_id)
    if pem is None:
        raise ChannelKeyUnknown("signed under a key we do not hold", key_id=key_id)
    return pem


def check_fresh(signed_at: datetime, now: datetime) -> None:
    """Unproven, with the skew told, beyond five minutes either way."""
    if abs(signed_at - now) > WINDOW:
        skew = round((now - signed_at).total_seconds())
        raise Unproven(Doubt.STALE, f"signed at {signed_at.isoformat()}, {skew} s from our clock")


def check_nonce(nonce: str) -> None:
    """Unproven unless the nonce is 8 to 64 visible characters."""
    if not _NONCE.fullmatch(nonce):
        raise Unproven(Doubt.UNSIGNED, "the nonce is not 8 to 64 visible characters")
