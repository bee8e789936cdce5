"""What a profile may set: each setting's words for people, and how its value is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nfc_topup.card.files import FILE15_PARSERS
from nfc_topup.card.profiles.profile import (
    FACTOR_NAMES,
    LITERAL_FACTOR,
    Algorithm,
    KeyVersionByte,
    LogCounter,
)
from nfc_topup.card.purse import Purse

NO_PIN = "none"
HIGHEST_KEY_SET = 126  # key sets and key indices share a small integer of the database
LONGEST_PREFIX = 3  # the rest of a terminal number stays random, so that MAC1 is fresh
MOST_LEVELS = 8

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_SECRET_NAME = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
_KIND = re.compile(r"[0-9A-F]{2}")

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: `read` gives the typed value or raises ValueError with what is wrong."""

    name: str
    zh: str
    en: str
    read: Reader
    field: str = ""

    @property
    def attribute(self) -> str:
        """The attribute of CardProfile it becomes."""
        return self.field or self.name


def _hex(least: int, most: int) -> Reader:
    def read(value: Any) -> bytes:
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise ValueError("wants pairs of hex digits")
        if not least <= len(value) // 2 <= most:
            width = f"{least}" if least == most else f"{least} to {most}"
            raise ValueError(f"wants {width} bytes, has {len(value) // 2}")
        return bytes.fromhex(value)

    return read


def _whole(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"wants a whole number from {least} to {most}")
        return int(value)

    return read


def _one_of(choices: Mapping[str, Any]) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"wants one of {', '.join(sorted(choices))}")
        return choices[value]

    return read


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("wants true or false")
    return value


def _width(value: Any) -> int:
    if type(value) is not int or value not in (4, 6):
        raise ValueError("a terminal number is 4 or 6 bytes wide under the MACs")
    return int(value)


def _city_code(value: Any) -> bytes:
    if value not in ("", None) and (not isinstance(value, str) or len(value) != 4):
        raise ValueError("wants a city code of 2 bytes, or nothing")
    read: bytes = _hex(0, 2)(value)
    return read


def _mask(value: Any) -> int:
    raw: bytes = _hex(4, 4)(value)
    if not raw[-1] & 1:
        raise ValueError("a mask that loses the last fen")
    return int.from_bytes(raw, "big")


def _algorithms(value: Any) -> dict[int, Algorithm]:
    if not isinstance(value, dict) or not value:
        raise ValueError('wants a table like { "00" = "3des" }')
    known = {algorithm.value: algorithm for algorithm in Algorithm}
    found = {}
    for byte, name in value.items():
        (number,) = _hex(1, 1)(byte)
        found[number] = _one_of(known)(name)
    return found


def _levels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_LEVELS:
        raise ValueError(f"wants a list of 1 to {MOST_LEVELS} steps")
    for level in value:
        literal = isinstance(level, str) and LITERAL_FACTOR.fullmatch(level)
        if level not in FACTOR_NAMES and not literal:
            raise ValueError(f"a step is one of {', '.join(FACTOR_NAMES)} or 16 hex digits")
    return tuple(value)


def _secret_name(value: Any) -> str | None:
    if value == NO_PIN:
        return None
    if not isinstance(value, str) or not _SECRET_NAME.fullmatch(value):
        raise ValueError(
            "wants the NAME of a secret, like card-pin-tunion, or none: a PIN itself never stands"
            " in a profile"
        )
    return value


def _offsets(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or any(type(one) is not int for one in value):
        raise ValueError("wants a list like [1, 0]; empty for cards without proofs")
    if len(set(value)) != len(value) or not set(value) <= {0, 1}:
        raise ValueError("an offset is 0 (N) or 1 (N+1), each at most once")
    return tuple(value)


def _kinds(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError('wants a table like { "01" = "普通卡" }')
    for kind, name in value.items():
        if not _KIND.fullmatch(kind) or not isinstance(name, str) or not name:
            raise ValueError("a kind is two upper-case hex digits with a name")
    return dict(value)


_FEN = _whole(1, 10_000_000)

SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(name="aid", zh="应用标识", en="AID the card answers to", read=_hex(5, 16)),
        Setting(
            name="file15",
            zh="0015 文件布局",
            en="layout of file 15",
            read=_one_of(FILE15_PARSERS),
            field="parse_file15",
        ),
        Setting(
            name="purse",
            zh="钱包类型",
            en="which purse",
            read=_one_of({one.name.lower(): one for one in Purse}),
        ),
        Setting(
            name="algorithms", zh="算法标识", en="algorithm byte to algorithm", read=_algorithms
        ),
        Setting(name="key_index", zh="圈存密钥索引", en="key index told", read=_whole(0, 0xFF)),
        Setting(
            name="key_set",
            zh="密钥组",
            en="key set in our vault",
            read=_whole(0, HIGHEST_KEY_SET),
        ),
        Setting(
            name="key_version",
            zh="密钥版本字节",
            en="what the key version byte names",
            read=_one_of({one.value: one for one in KeyVersionByte}),
        ),
        Setting(name="levels", zh="分散级数与因子", en="diversification steps", read=_levels),
        Setting(
            name="pin_secret",
            zh="圈存密码(密钥名)",
            en="PIN, by its secret's name",
            read=_secret_name,
        ),
        Setting(name="reads_file15", zh="圈存前读卡号", en="file 15 before a load", read=_truth),
        Setting(
            name="terminal_prefix",
            zh="终端号前缀",
            en="prefix of terminal numbers",
            read=_hex(0, LONGEST_PREFIX),
        ),
        Setting(
            name="mac_terminal_width",
            zh="MAC 中终端号字节",
            en="terminal bytes in MACs",
            read=_width,
        ),
        Setting(
            name="mac_city_code", zh="MAC 中城市代码", en="city code after them", read=_city_code
        ),
        Setting(
            name="log_counter",
            zh="记录中的序号",
            en="counter in a load's log record",
            read=_one_of({one.value: one for one in LogCounter}),
        ),
        Setting(
            name="proof_offsets", zh="取凭证序号次序", en="counters to ask proofs by", read=_offsets
        ),
        Setting(name="balance_mask", zh="余额掩码", en="bits that are money", read=_mask),
        Setting(name="balance_cap_fen", zh="卡内余额上限", en="most on a card, fen", read=_FEN),
        Setting(name="load_cap_fen", zh="单笔圈存上限", en="most in one load, fen", read=_FEN),
        Setting(
            name="question_cap_fen", zh="核实提问金额上限", en="most in a question, fen", read=_FEN
        ),
        Setting(name="only_issuer", zh="唯一授权方", en="only we give out MAC2", read=_truth),
        Setting(name="card_kinds", zh="卡种", en="kinds of card", read=_kinds),
        Setting(name="has_region", zh="有 0017 文件", en="file 17 is there", read=_truth),
        Setting(name="has_trips", zh="有 001E 行程", en="file 1E is there", read=_truth),
        Setting(name="has_rides", zh="有 001A 记录", en="file 1A, record 2 is there", read=_truth),
    )
}
