"""The signed order that a citizen's app hands to its phone's wallet: canonical text, signature."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.server_fetch.order_profiles import Form, OrderProfile
from gateway.signatures import Algorithm, SigningKey, sm2


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWords:
    """What an order says, before a wallet's own names are put on it."""

    order_no: str
    card_no: str
    amount_fen: int
    at: datetime


def app_call(profile: OrderProfile, key: SigningKey, words: OrderWords) -> Mapping[str, str]:
    """The fields of the wallet's app call, the signature among them; all values are text."""
    said = dict(_said(profile, words))
    signature = key.sign(canonical(profile, said).encode())
    return {**said, profile.sign_field: _encoded(profile, signature)}


def canonical(profile: OrderProfile, said: Mapping[str, str]) -> str:
    """The text that is signed, from the fields as they are sent."""
    names = sorted(profile.signed) if profile.form is Form.SORTED_PAIRS else profile.signed
    if profile.form is Form.VALUES:
        return profile.joiner.join(said[name] for name in names)
    return profile.joiner.join(f"{name}={said[name]}" for name in names)


def _said(profile: OrderProfile, words: OrderWords) -> list[tuple[str, str]]:
    seconds = words.at.timestamp()
    stamp = int(seconds) if profile.timestamp_unit == "s" else int(seconds * 1000)
    known = {
        "order_no": words.order_no,
        "issuer_id": profile.issuer_id,
        "operation": profile.operation,
        "timestamp": str(stamp),
        "card_no": words.card_no,
        "amount_fen": str(words.amount_fen),
        "key_id": profile.key_id,
    }
    return [(name, known[meaning]) for name, meaning in profile.fields]


def _encoded(profile: OrderProfile, signature: bytes) -> str:
    if profile.der and profile.algorithm in (Algorithm.SM2, Algorithm.ECDSA_P256):
        signature = sm2.to_der(signature)
    if profile.encoding == "hex":
        return signature.hex()
    if profile.encoding == "base64url":
        return base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return base64.b64encode(signature).decode()
