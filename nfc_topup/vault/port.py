"""The questions a vault answers. It is no MAC oracle, and keys never cross it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from nfc_topup.vault.errors import MessageRefused


class Purpose(StrEnum):
    """What a key may be used for: one key, one purpose."""

    LOAD = "load"
    TAC = "tac"
    TRANSPORT = "transport"
    KEK = "kek"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRef:
    """Which key: its purpose, its index on the card, and our version of it."""

    purpose: Purpose
    index: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mac1Refused:
    """The card's MAC1 did not verify: no MAC2 was made."""

    key: KeyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A key that a card may have: the master's reference and the factors from it to the card's."""

    key: KeyRef
    diversifiers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """MAC2, and which of the candidates verified the card's MAC1 and made it."""

    by: Candidate
    mac2: bytes = field(repr=False)


MOST_CANDIDATES = 4


class Vault(Protocol):
    """One contract over software and hardware.

    `diversifiers` are 8-byte factors applied in order, none for a key that is already the card's.
    What takes candidates asks them in order, in one round trip, and at most MOST_CANDIDATES.
    Errors: KeyUnknown, KeyUnusable, MessageRefused (nfc_topup.vault.errors).
    """

    def authorise_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> Authorised | None:
        """As `authorise`, by the first candidate under which `mac1` verifies; None by none."""
        ...

    def verify_mac1_any(
        self,
        candidates: Sequence[Candidate],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> Candidate | None:
        """The first candidate under which the card's MAC1 verifies."""
        ...

    def verify_tac_any(
        self, candidates: Sequence[Candidate], message: bytes, tac: bytes
    ) -> Candidate | None:
        """The first candidate under which the card's TAC verifies."""
        ...

    def authorise(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> bytes | Mac1Refused:
        """MAC2 (4 bytes) over `mac2_message`, only when `mac1` verifies over `mac1_message`."""
        ...

    def verify_mac1(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> bool:
        """Whether the card made this MAC1: for questions that never lead to a MAC2."""
        ...

    def verify_tac(
        self, key: KeyRef, diversifiers: Sequence[bytes], message: bytes, tac: bytes
    ) -> bool:
        """Whether the card made this TAC."""
        ...


def unless_too_many(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """These candidates; MessageRefused when more are asked about than may serve at once."""
    if len(candidates) > MOST_CANDIDATES:
        raise MessageRefused("too many keys for one card", candidates=len(candidates))
    return candidates
