"""Reads the loose JSON of recorded exchanges: a value is there and right, absent, or unreadable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nfc_topup.card.purse import AMOUNT_MAX_FEN, COUNTER_MAX

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")


class Unreadable(ValueError):
    """A recorded value that is not what its name promises; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKeys:
    """Keys to replay with: a card's own (no levels), or an issuer's and the levels from them."""

    load: bytes
    tac: bytes
    levels: tuple[bytes, ...] = ()


def octets(given: Mapping[str, object], name: str, length: int | None = None) -> bytes | None:
    """The bytes written in hex under `name`, None when absent or null."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise Unreadable(f"{name} is not hex")
    raw = bytes.fromhex(value)
    if length is not None and len(raw) != length:
        raise Unreadable(f"{name} has {len(raw)} bytes, not {length}")
    return raw


def number(given: Mapping[str, object], name: str, most: int = AMOUNT_MAX_FEN) -> int | None:
    """The whole number under `name`, None when absent or null."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Unreadable(f"{name} is not a number from 0 to {most}")
    return value


def counter(given: Mapping[str, object]) -> int | None:
    """The online counter before +1."""
    return number(given, "online_counter", COUNTER_MAX)


def digits(given: Mapping[str, object]) -> str | None:
    """The fourteen digits of the host's date and time."""
    value = given.get("datetime")
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{14}", value):
        raise Unreadable("datetime is not 14 digits")
    return value


def entries(values: object) -> list[Mapping[str, object]]:
    """Recorded values as a list: one, several or none; entries that say nothing are left out."""
    if values is None:
        return []
    listed: list[Mapping[str, object]] = values if isinstance(values, list) else [values]  # type: ignore[list-item]
    if not all(isinstance(entry, dict) for entry in listed):
        raise Unreadable("values are neither an object nor a list of objects")
    return [entry for entry in listed if set(entry) - {"note", "notes", "comment"}]


def keys_of(
    exchange: Mapping[str, object], default: object
) -> tuple[IssuerKeys | None, IssuerKeys | None]:
    """(the card's own keys, the issuer's keys with levels), each None when not recorded."""
    own = None
    for given in (exchange.get("keys"), default):
        if own is None and isinstance(given, dict):
            own = _pair(given, ("DLK", "DTK"))
    spread = exchange.get("diversification")
    if not isinstance(spread, dict):
        return own, None
    if own is None:
        own = _pair(spread, ("DLK", "DTK"))
    names = ("master_load_key", "master_tac_key")
    issuer = _pair(spread, names) or _pair(spread, ("MLK", "MTK"))
    if issuer is None:
        return own, None
    listed = spread.get("levels", spread.get("factor", []))
    levels = listed if isinstance(listed, list) else [listed]
    factors = [factor for level in levels for factor in _factors(level)]
    return own, IssuerKeys(load=issuer.load, tac=issuer.tac, levels=tuple(factors))


def _factors(level: object) -> list[bytes]:
    """A level's factors of 8 bytes; 16 and 24 bytes are two and three levels in one."""
    written = level.get("factor") if isinstance(level, dict) else level
    raw = octets({"level": written}, "level") or b""
    if not raw or len(raw) % 8:
        raise Unreadable("a level is not 8, 16 or 24 bytes")
    return [raw[start : start + 8] for start in range(0, len(raw), 8)]


def _pair(given: Mapping[str, object], names: tuple[str, str]) -> IssuerKeys | None:
    load, tac = octets(given, names[0], 16), octets(given, names[1], 16)
    if load is None or tac is None:
        return None
    return IssuerKeys(load=load, tac=tac)
