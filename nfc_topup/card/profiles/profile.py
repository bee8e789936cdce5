"""One issuer's cards as a value: everything that varies, and no card's quirk anywhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nfc_topup.card.errors import FactorUnavailable
from nfc_topup.card.files import File15Parser
from nfc_topup.card.purse import COUNTER_MAX, Purse

LITERAL_FACTOR = re.compile(r"[0-9A-Fa-f]{16}")
KEY_INDICES = 256  # a card is told its key index in one byte
FACTOR_NAMES = ("asn8", "city2x4", "issuer4x2")


class Algorithm(StrEnum):
    """What the algorithm byte of INITIALIZE's answer may stand for."""

    TRIPLE_DES = "3des"
    SM4 = "sm4"


class LogCounter(StrEnum):
    """Which counter of a load the log record shows; disputed, so both may be accepted."""

    BEFORE = "before"
    AFTER = "after"
    EITHER = "either"


class KeyVersionByte(StrEnum):
    """What the key version byte of INITIALIZE's answer names, and whether we go by it."""

    IGNORED = "ignored"
    LOAD = "load"
    BOTH = "both"  # the TAC key too


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProfile:
    """One issuer's cards. Money in fen; `pin_secret` is the NAME of a secret, None for no PIN.

    `levels` are the diversification steps in order: a factor name (asn8, city2x4, issuer4x2) or
    16 hex digits; the imported key version may name others. `proof_offsets` are added to the
    load's counter N for GET TRANSACTION PROVE, in the order to be asked; empty when the card has
    no proofs. `mac_terminal_width` counts the last bytes of the terminal number that go under
    MAC1, MAC2 and TAC, and `mac_city_code` follows them. `only_issuer` says that this gateway
    alone gives out MAC2 for the cards' key, so that counter N+1 proves our load. `key_index` is
    what the card is told; `key_set` keeps issuers' keys apart in the vault, so that two sets live
    side by side. `key_version` says whether the byte in the card's answer chooses among our
    versions; which byte is which version, the keys themselves tell. `has_trips` and `has_rides`:
    files 1E and 1A are there in the layout we read.
    """

    name: str
    aid: bytes
    parse_file15: File15Parser
    purse: Purse = Purse.EP
    algorithms: Mapping[int, Algorithm] = field(
        default_factory=lambda: {0x00: Algorithm.TRIPLE_DES}
    )
    key_index: int = 1
    key_set: int = 0
    key_version: KeyVersionByte = KeyVersionByte.IGNORED
    levels: tuple[str, ...] = ("asn8",)
    pin_secret: str | None = None
    reads_file15: bool = True
    terminal_prefix: bytes = b""
    mac_terminal_width: int = 6
    mac_city_code: bytes = b""
    log_counter: LogCounter = LogCounter.EITHER
    proof_offsets: tuple[int, ...] = (1, 0)
    balance_mask: int = 0x7FFFFFFF
    balance_cap_fen: int = 100_000
    load_cap_fen: int = 100_000
    question_cap_fen: int = 100
    only_issuer: bool = True
    card_kinds: Mapping[str, str] = field(default_factory=dict)
    has_region: bool = True
    has_trips: bool = True
    has_rides: bool = True
    sandbox_only: bool = False

    @property
    def supports_proofs(self) -> bool:
        """Whether GET TRANSACTION PROVE is worth asking."""
        return bool(self.proof_offsets)

    @property
    def vault_index(self) -> int:
        """Under which index the vault keeps these cards' master keys."""
        return self.key_set * KEY_INDICES + self.key_index

    def kind_name(self, kind: int) -> str:
        """What the issuer calls this kind of card; empty when the table does not say."""
        return self.card_kinds.get(f"{kind:02X}", "")

    def balance_fen(self, raw: int) -> int:
        """The amount in a balance as sent; bit 31 is no money on some cards."""
        return raw & self.balance_mask

    def mac_terminal(self, terminal: bytes) -> bytes:
        """The terminal number as it goes under the MACs."""
        return terminal[6 - self.mac_terminal_width :] + self.mac_city_code

    def proof_counters(self, counter: int) -> tuple[int, ...]:
        """Counters to ask GET TRANSACTION PROVE with, for the load that had `counter`, in order."""
        asked = (counter + offset for offset in self.proof_offsets)
        return tuple(value for value in asked if value <= COUNTER_MAX)

    def log_counters(self, counter: int) -> tuple[int, ...]:
        """Counters a log record of the load with `counter` may show."""
        shown = {LogCounter.BEFORE: (0,), LogCounter.AFTER: (1,), LogCounter.EITHER: (0, 1)}
        return tuple(counter + offset for offset in shown[self.log_counter])


def diversifiers(levels: tuple[str, ...], *, asn: str, issuer_id: bytes | None) -> list[bytes]:
    """Factors of 8 bytes, in order, for the card with this ASN (20 digits).

    asn8: right 8 bytes of the ASN. city2x4: the ASN's city code (bytes 2 and 3) four times.
    issuer4x2: first 4 bytes of file 15 twice. 16 hex digits stand for themselves.
    """
    return [_factor(level, bytes.fromhex(asn), issuer_id) for level in levels]


def _factor(level: str, asn: bytes, issuer_id: bytes | None) -> bytes:
    if level == "asn8":
        return asn[-8:]
    if level == "city2x4":
        return asn[2:4] * 4
    if level == "issuer4x2":
        if issuer_id is None or len(issuer_id) != 4:
            raise FactorUnavailable("file 15 was not read", level=level)
        return issuer_id * 2
    if LITERAL_FACTOR.fullmatch(level):
        return bytes.fromhex(level)
    raise FactorUnavailable("unknown diversification level", level=level)
