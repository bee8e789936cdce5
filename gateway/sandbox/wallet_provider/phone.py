"""The phone: a card in its secure element, and the order signature its wallet app checks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.sandbox.card_chip import PIN
from gateway.sandbox.card_files import AID
from gateway.sandbox.virtual_card import CardState, VirtualCard, card_keys

TORN = "TORN"
SIGNED = ("issuerID", "orderNo", "operation", "cardNo", "amount", "timestamp", "keyID")


class OrderForged(Exception):
    """The app was handed an order that the card company did not sign."""


class Phone:
    """One card, kept in a file; scripts run on it as a wallet runs them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.card: VirtualCard | None = None
        if file.exists():
            self._hold(CardState(**json.loads(file.read_text(encoding="utf-8"))))

    def issue(self, asn: str, keys: Mapping[str, object]) -> None:
        """Puts a new, empty card of this number into the secure element."""
        dlk, dtk = card_keys(keys, asn)
        self._hold(CardState(asn=asn, dlk=dlk, dtk=dtk))
        self.chip.keep()

    @property
    def chip(self) -> VirtualCard:
        """The card; ValueError when none was issued."""
        if self.card is None:
            raise ValueError("no card was issued into this phone")
        return self.card

    def run(self, script: Sequence[Mapping[str, Any]]) -> list[str]:
        """Carries a script to the card; stops where it must."""
        answers: list[str] = []
        for step in script:
            answers.append(self.chip.line(step["apdu"]))
            wrong = step["expect"] == "9000" and not answers[-1].endswith("9000")
            if answers[-1] == TORN or wrong:
                break
        return answers

    def initialize(self, wish: Mapping[str, Any]) -> dict[str, str]:
        """Drives the card by itself from the parts of INITIALIZE; the answer in parts."""
        for command in (_select(bytes.fromhex(wish["aid"])), _verify_pin()):
            self.chip.line(command)
        data = bytes((wish["key_index"],)) + int(wish["amount_fen"]).to_bytes(4, "big")
        data += bytes.fromhex(wish["terminal"])
        said = self.chip.line(f"805000020B{data.hex()}10")
        if len(said) != 36:
            raise ValueError(f"the card refuses INITIALIZE: {said}")
        return in_parts(said)

    def _hold(self, state: CardState) -> None:
        self.card = VirtualCard(state, file=self._file)


def in_parts(answer: str) -> dict[str, str]:
    """The answer to INITIALIZE cut into what a card company's server wants to know."""
    ends = (("balance", 8), ("counter", 12), ("key_version", 14), ("algorithm", 16))
    parts, start = {}, 0
    for name, end in (*ends, ("random", 24), ("mac1", 32)):
        parts[name], start = answer[start:end], end
    return parts


def check_order(call: Mapping[str, str], public_pem: str) -> None:
    """OrderForged unless the card company's key signed exactly this call."""
    text = "&".join(f"{name}={call.get(name, '')}" for name in SIGNED)
    key = load_pem_public_key(public_pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    try:
        key.verify(base64.b64decode(call.get("sign", ""), validate=True), text.encode())
    except (InvalidSignature, ValueError) as wrong:
        raise OrderForged(call.get("orderNo", "")) from wrong


def _select(aid: bytes) -> str:
    return f"00A40400{len(aid or AID):02X}{(aid or AID).hex()}"


def _verify_pin() -> str:
    return f"00200000{len(PIN):02X}{PIN.hex()}"
