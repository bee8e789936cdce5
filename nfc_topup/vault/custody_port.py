"""How keys enter and leave a vault: one contract over software and PKCS#11. Values never cross it.

Every act may be done again: what a first try left behind is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from nfc_topup.vault.custody import Arrived, Wanted
from nfc_topup.vault.key_block_header import Demand, Header
from nfc_topup.vault.port import KeyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A ceremony's key pair: its public half, and for the software vault the sealed private one."""

    ceremony: UUID
    public: bytes
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A transport key of this vault; a token does not always tell how long an AES key is."""

    ref: KeyRef
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A key block to be made in the moment a key comes in: under which key, with what head."""

    under: Under
    header: Header


class CustodyVault(Protocol):
    """Takes keys in by ceremonies. Errors: ComponentWrong and its kin, KeyBlockWrong, VaultError.

    `home` is what rows of its keys say: `software`, or the token's name.
    """

    home: str

    def open_pair(self, ceremony: UUID) -> Pair:
        """A new pair of 3072 bits; its private half never leaves the vault."""
        ...

    def weigh(self, pair: Pair, number: int, sealed: bytes, algorithm: str, rule: str) -> str:
        """The check value of a sealed component."""
        ...

    def bring(
        self, pair: Pair, sealed: Sequence[bytes], wanted: Wanted, export: Export | None
    ) -> Arrived:
        """Combine components (in order, from number 1) and keep the key under its reference.

        KeyCheckWrong, with nothing kept, when another key than `wanted` came out.
        """
        ...

    def bring_block(self, text: str, under: Under, demand: Demand, wanted: Wanted) -> Arrived:
        """Open a key block under a transport key of this vault and keep its key."""
        ...

    def close_pair(self, ceremony: UUID) -> None:
        """Destroy a pair, if there is one: what was sealed to it never opens again."""
        ...

    def open_pairs(self) -> list[UUID]:
        """The ceremonies whose pairs are inside; the software vault keeps none."""
        ...

    def destroy(self, ref: KeyRef) -> None:
        """Destroy a key, if it is there."""
        ...

    def newest(self, ref: KeyRef) -> int:
        """The newest version of this purpose and index that the vault itself holds, 0 for none."""
        ...
