"""The questions a vault answers. It is no MAC oracle, and keys never cross it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


class Vault(Protocol):
    """One contract over software and hardware.

    `diversifiers` are 8-byte factors applied in order, none for a key that is already the card's.
    Errors: KeyUnknown, KeyUnusable, MessageRefused (nfc_topup.vault.errors).
    """

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
