"""How an order is signed for each wallet's app call: read from TOML, every setting with grounds.

Published sources name the fields of such a call and leave open what its signature covers; what
they do not state is a setting, marked as disputed or ours, to be asked of the provider.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.server_fetch.errors import OrderProfileUnknown, OrderProfileWrong
from gateway.signatures import Algorithm

DIRECTORY = Path(__file__).resolve().parent / "profiles"
CONFIDENCES = frozenset({"agreed", "one source", "disputed", "ours"})
MEANINGS = frozenset(
    {"order_no", "issuer_id", "operation", "timestamp", "card_no", "amount_fen", "key_id"}
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_HEADS = frozenset({"name", "title_zh", "title_en", "sandbox_only", "settings"})
_PARTS = frozenset({"value", "confidence", "source", "alternatives"})


class Form(StrEnum):
    """The canonical text: name=value in the order given or sorted by name, or the bare values."""

    PAIRS = "pairs"
    SORTED_PAIRS = "sorted pairs"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProfile:
    """One wallet's app call. `fields` are (its name, our meaning); `signed` names of fields.

    `key_secret` and `key_id` name our signing key, `joiner` stands between the parts of the
    canonical text, `timestamp_unit` is ms or s, `der` says that r and s go out as DER.
    """

    name: str
    title_zh: str
    title_en: str
    sandbox_only: bool
    fields: tuple[tuple[str, str], ...]
    sign_field: str
    signed: tuple[str, ...]
    form: Form
    joiner: str
    algorithm: Algorithm
    encoding: str
    der: bool
    timestamp_unit: str
    operation: str
    issuer_id: str
    key_secret: str
    key_id: str
    grounds: Mapping[str, tuple[str, str]]


def by_name(name: str, *, sandbox: bool) -> OrderProfile:
    """The profile of this name; OrderProfileUnknown, also for a sandbox one in production."""
    profile = PROFILES.get(name)
    if profile is None or (profile.sandbox_only and not sandbox):
        raise OrderProfileUnknown(profile=name[:40])
    return profile


def read_directory(directory: Path) -> dict[str, OrderProfile]:
    """Every *.toml of the directory by name; OrderProfileWrong."""
    files = sorted(directory.glob("*.toml"))
    return {
        profile.name: profile
        for profile in (read(file.name, file.read_text(encoding="utf-8")) for file in files)
    }


def read(file: str, text: str) -> OrderProfile:
    """One profile out of TOML text; OrderProfileWrong names the file and what is amiss."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise OrderProfileWrong(f"not TOML: {wrong}", file=file) from wrong
    settings = content.get("settings")
    if set(content) - _HEADS or not isinstance(settings, dict):
        raise OrderProfileWrong("fields are not those of a profile", file=file)
    if set(settings) != set(_READERS):
        apart = ", ".join(sorted(set(settings) ^ set(_READERS)))
        raise OrderProfileWrong(f"settings missing or unknown: {apart}", file=file)
    values = {key: _setting(key, settings[key], file) for key in _READERS}
    name = _named(content.get("name"))
    profile = OrderProfile(
        name=name,
        title_zh=_text(content.get("title_zh")),
        title_en=_text(content.get("title_en")),
        sandbox_only=content.get("sandbox_only") is True,
        grounds={key: (one["confidence"], one["source"]) for key, one in settings.items()},
        **values,
    )
    names = [field for field, _ in profile.fields]
    if len(set(names)) != len(names) or profile.sign_field in names:
        raise OrderProfileWrong("a field stands twice", file=file)
    if set(profile.signed) - set(names) or "order_no" not in dict(profile.fields).values():
        raise OrderProfileWrong("signed names no field, or no field is the order number", file=file)
    return profile


def _setting(key: str, told: Any, file: str) -> Any:
    if not isinstance(told, dict) or set(told) - _PARTS or "value" not in told:
        raise OrderProfileWrong(f"{key} wants value, confidence and source", file=file)
    if told.get("confidence") not in CONFIDENCES or not told.get("source"):
        raise OrderProfileWrong(f"{key} wants value, confidence and source", file=file)
    if told["confidence"] == "disputed" and not told.get("alternatives"):
        raise OrderProfileWrong(f"{key} is disputed: say in alternatives what else", file=file)
    try:
        return _READERS[key](told["value"])
    except (ValueError, TypeError) as wrong:
        raise OrderProfileWrong(f"{key}: {wrong}", file=file) from wrong


def _fields(value: Any) -> tuple[tuple[str, str], ...]:
    read = tuple((_word(name), str(meaning)) for name, meaning in value)
    if not read or {meaning for _, meaning in read} - MEANINGS:
        raise ValueError(f"a field means one of {', '.join(sorted(MEANINGS))}")
    return read


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of names")
    return tuple(_word(one) for one in value)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError("a name is a letter and up to 39 letters, digits or _")
    return value


def _named(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise OrderProfileWrong("name is small letters, digits and hyphens")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 80:
        raise ValueError("a short text")
    return value


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return str(value)

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "fields": _fields,
    "sign_field": _word,
    "signed": _words,
    "form": Form,
    "joiner": _text,
    "algorithm": Algorithm,
    "encoding": _one_of("base64", "base64url", "hex"),
    "der": _flag,
    "timestamp_unit": _one_of("ms", "s"),
    "operation": _text,
    "issuer_id": _text,
    "key_secret": _named,
    "key_id": _text,
}

PROFILES = read_directory(DIRECTORY)
