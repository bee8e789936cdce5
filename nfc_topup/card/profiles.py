"""Everything that varies per card issuer, as values: no card's quirk is coded anywhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from nfc_topup.card.errors import FactorUnavailable, ProfileUnknown
from nfc_topup.card.files import File15Parser, parse_city_file15, parse_tunion_file15
from nfc_topup.card.purse import COUNTER_MAX, Purse

TUNION_AID = bytes.fromhex("A000000632010105")
CITY_AID = bytes.fromhex("A00000000386980701")

LITERAL_FACTOR = re.compile(r"[0-9A-Fa-f]{16}")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProfile:
    """One issuer's cards. Money in fen; `pin_secret` is the NAME of a secret, None for no PIN.

    `levels` are the diversification steps in order: a factor name (asn8, city2x4, issuer4x2) or
    16 hex digits; the imported key version may name others. `proof_offsets` are added to the
    load's counter N for GET TRANSACTION PROVE, in the order to be asked; empty when the card has
    no proofs. `mac_terminal_width` counts the last bytes of the terminal number that go under
    MAC1, MAC2 and TAC, and `mac_city_code` follows them. `only_issuer` says that this gateway
    alone gives out MAC2 for the cards' key, so that counter N+1 proves our load.
    """

    name: str
    aid: bytes
    parse_file15: File15Parser
    purse: Purse = Purse.EP
    algorithms: Mapping[int, Algorithm] = field(
        default_factory=lambda: {0x00: Algorithm.TRIPLE_DES}
    )
    key_index: int = 1
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
    sandbox_only: bool = False

    @property
    def supports_proofs(self) -> bool:
        """Whether GET TRANSACTION PROVE is worth asking."""
        return bool(self.proof_offsets)

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


def by_name(name: str) -> CardProfile:
    """A built-in profile, or in the form `sandbox:index=2,proofs=no,pin=NAME` a sandbox one.

    Options of sandbox profiles: index=N, proofs=both|n+1|n|no, pin=SECRET NAME or none,
    file15=no; levels are the imported keys' own. ProfileUnknown for anything else.
    """
    base, _, options = name.partition(":")
    profile = PROFILES.get(base)
    if profile is None or (options and not profile.sandbox_only):
        raise ProfileUnknown("no such card profile", profile=name)
    return _with_options(replace(profile, name=name), options) if options else profile


def by_aid(aid: bytes) -> CardProfile | None:
    """The live profile that answers to this AID, None when there is none."""
    return next((p for p in PROFILES.values() if p.aid == aid and not p.sandbox_only), None)


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


_PROOF_ORDERS: dict[str, tuple[int, ...]] = {
    "both": (1, 0),
    "yes": (1, 0),
    "n+1": (1,),
    "n": (0,),
    "no": (),
}


def _with_options(profile: CardProfile, options: str) -> CardProfile:
    for option in options.split(","):
        key, _, value = option.partition("=")
        if key == "index" and value.isdecimal() and int(value) <= 0xFF:
            profile = replace(profile, key_index=int(value))
        elif key == "proofs" and value in _PROOF_ORDERS:
            profile = replace(profile, proof_offsets=_PROOF_ORDERS[value])
        elif (key, value) == ("file15", "no"):
            profile = replace(profile, reads_file15=False)
        elif key == "pin" and value:
            profile = replace(profile, pin_secret=None if value == "none" else value)
        else:
            raise ProfileUnknown("unknown option of a sandbox profile", option=key)
    return profile


_TUNION = CardProfile(
    name="tunion",
    aid=TUNION_AID,
    parse_file15=parse_tunion_file15,
    pin_secret="card-pin-tunion",  # noqa: S106 the name of a secret
    card_kinds={"01": "普通卡", "02": "学生卡", "03": "老人卡", "04": "测试卡", "05": "军人卡"},
)
_CITY = CardProfile(
    name="city",
    aid=CITY_AID,
    parse_file15=parse_city_file15,
    pin_secret="card-pin-city",  # noqa: S106 the name of a secret
)

PROFILES: dict[str, CardProfile] = {
    profile.name: profile
    for profile in (
        _TUNION,
        _CITY,
        replace(_TUNION, name="sandbox", sandbox_only=True),
        replace(_TUNION, name="sandbox-no-pin", pin_secret=None, sandbox_only=True),
        replace(_TUNION, name="sandbox-no-proof", proof_offsets=(), sandbox_only=True),
        replace(_TUNION, name="sandbox-shared-key", only_issuer=False, sandbox_only=True),
    )
}
