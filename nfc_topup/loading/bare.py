"""What a party reports that drives the card itself: the bare challenge, and the bare TAC.

A wallet provider speaks to the secure element in words of its own and hands over values instead of
a transcript. Whose card it was, MAC1 says: only the order's card has the key that makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nfc_topup import keyring, queries
from nfc_topup.card import purse
from nfc_topup.card.apdu import TORN, parse_hex
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.purse import Challenge

_OK = "9000"


def challenge_of(
    *, balance: str, counter: str, key_version: str, algorithm: str, random: str, mac1: str
) -> Challenge:
    """The answer to INITIALIZE FOR LOAD from its parts in hex, each as the card sent it.

    `balance` 4 bytes with every bit as sent, since MAC1 covers all 32; `counter` 2, `key_version`
    and `algorithm` 1 each, `random` and `mac1` 4. CardAnswerUnreadable and its kin.
    """
    parts = ((balance, 4), (counter, 2), (key_version, 1), (algorithm, 1), (random, 4), (mac1, 4))
    read = [(parse_hex(text), length) for text, length in parts]
    if any(len(part) != length for part, length in read):
        raise CardAnswerUnreadable("a part of the challenge has another length")
    return purse.parse_challenge(b"".join(part for part, _ in read))


def credit_answers(tac: str | None) -> list[str]:
    """The transcript of CREDIT when only its TAC is told, or that there is none: in doubt, then."""
    return [TORN] if tac is None else [tac + _OK]


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializeWish:
    """What INITIALIZE FOR LOAD must carry for one load, for a party that builds it itself.

    `aid` and `terminal` (6 bytes, random for this load: it makes MAC1 fresh) are hex.
    """

    aid: str
    key_index: int
    amount_fen: int
    terminal: str
    expires_at: datetime


def initialize_wish(load_id: UUID) -> InitializeWish:
    """The parts of the INITIALIZE that ends the load's opening script; LoadUnknown."""
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    return InitializeWish(
        aid=profile.aid.hex().upper(),
        key_index=profile.key_index,
        amount_fen=load.amount_fen,
        terminal=load.terminal,
        expires_at=load.expires_at,
    )
