"""A vault with the keys of one recorded exchange, asked through the same port as every other."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from nfc_topup.card import purse
from nfc_topup.card.purse import Purse
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.port import KeyRef, Mac1Refused, Purpose, Vault
from nfc_topup.vault.software import TRIPLE_DES, SealedKey, SoftwareVault, seal_key
from nfc_topup.vectors.reading import IssuerKeys

LOAD_KEY = KeyRef(purpose=Purpose.LOAD, index=1, version=1)
TAC_KEY = KeyRef(purpose=Purpose.TAC, index=1, version=1)

VaultMaker = Callable[[IssuerKeys], Vault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One recorded load as the host knows it."""

    balance_raw: int
    counter: int
    card_random: bytes
    amount_fen: int
    purse: Purse
    terminal: bytes

    @property
    def session_input(self) -> bytes:
        """What makes the session key."""
        return purse.session_input(self.card_random, self.counter)

    @property
    def mac1_message(self) -> bytes:
        """What goes under MAC1."""
        return purse.mac1_message(self.balance_raw, self.amount_fen, self.purse, self.terminal)

    @property
    def new_balance_raw(self) -> int:
        """The balance after the load."""
        return (self.balance_raw + self.amount_fen) & purse.AMOUNT_MAX_FEN

    def mac2_message(self, digits: str) -> bytes:
        """What goes under MAC2."""
        return purse.mac2_message(self.amount_fen, self.purse, self.terminal, digits)

    def tac_message(self, digits: str) -> bytes:
        """What goes under TAC."""
        return purse.tac_message(
            self.new_balance_raw,
            self.counter,
            self.amount_fen,
            self.purse,
            self.terminal,
            digits,
        )


class Bench:
    """Answers about one exchange's card, by a vault that holds its keys."""

    def __init__(self, vault: Vault, levels: tuple[bytes, ...]) -> None:
        self._vault = vault
        self._levels = levels

    def mac1_verifies(self, load: Load, mac1: bytes) -> bool:
        """Whether the card made this MAC1."""
        return self._vault.verify_mac1(
            LOAD_KEY, self._levels, load.session_input, load.mac1_message, mac1
        )

    def mac2(self, load: Load, mac1: bytes, digits: str) -> bytes | None:
        """Our MAC2, None when the vault refuses MAC1."""
        answer = self._vault.authorise(
            LOAD_KEY,
            self._levels,
            load.session_input,
            load.mac1_message,
            mac1,
            load.mac2_message(digits),
        )
        return None if isinstance(answer, Mac1Refused) else answer

    def tac_verifies(self, load: Load, digits: str, tac: bytes) -> bool:
        """Whether the card made this TAC."""
        return self._vault.verify_tac(TAC_KEY, self._levels, load.tac_message(digits), tac)


def software(environment: str, algorithm: str = TRIPLE_DES) -> VaultMaker:
    """Makes software vaults for recorded keys; they refuse outside the sandbox as always."""

    def make(keys: IssuerKeys) -> Vault:
        kek = os.urandom(32)
        box = {
            ref: seal_key(ref, clear, algorithm=algorithm, kek_name="vectors", kek=kek)
            for ref, clear in ((LOAD_KEY, keys.load), (TAC_KEY, keys.tac))
        }
        return SoftwareVault(store=_Box(box), read_secret=lambda _: kek, environment=environment)

    return make


def hardware(keys_in: KeysIn) -> VaultMaker:
    """Puts recorded keys into a token as session objects; each exchange's replace the last's."""

    def make(keys: IssuerKeys) -> Vault:
        for ref, clear in ((LOAD_KEY, keys.load), (TAC_KEY, keys.tac)):
            keys_in.keep(ref, clear, own=not keys.levels, lasting=False)
        return keys_in

    return make


class _Box:
    def __init__(self, box: dict[KeyRef, SealedKey]) -> None:
        self._box = box

    def find(self, ref: KeyRef) -> SealedKey | None:
        return self._box.get(ref)
