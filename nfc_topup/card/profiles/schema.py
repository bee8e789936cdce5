"""Reads profiles from TOML: every setting with its source and confidence, every error named."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from nfc_topup.card.errors import ProfileWrong
from nfc_topup.card.profiles.profile import CardProfile
from nfc_topup.card.profiles.settings import SETTINGS

HEADS = frozenset(
    {"name", "title_zh", "title_en", "extends", "sandbox_only", "experimental", "settings"}
)
PARTS = frozenset({"value", "confidence", "source", "alternatives"})


class Confidence(StrEnum):
    """How sure a value is."""

    SEEN = "seen"  # on a running card
    AGREED = "agreed"  # two or more independent public sources
    ONE_SOURCE = "one source"
    DISPUTED = "disputed"  # sources differ: ask the issuer
    INFERRED = "inferred"
    OURS = "ours"  # a decision of this house


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A setting as the file tells it; `alternatives` are what others say, in words."""

    value: Any
    confidence: Confidence
    source: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One profile with the grounds of each setting. `inherited` names settings of `extends`."""

    profile: CardProfile
    title_zh: str
    title_en: str
    told: Mapping[str, Told]
    extends: str = ""
    experimental: bool = False
    inherited: frozenset[str] = frozenset()


def read_directory(directory: Path) -> dict[str, Sheet]:
    """Every *.toml of the directory as name -> sheet, live profiles first; ProfileWrong."""
    return read_texts(
        (path.name, path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.toml"))
    )


def read_texts(files: Iterable[tuple[str, str]]) -> dict[str, Sheet]:
    """Profiles out of (file name, TOML text) pairs; one may extend one that extends none."""
    raw = [(name, _toml(name, text)) for name, text in files]
    sheets: dict[str, Sheet] = {}
    for name, content in sorted(raw, key=lambda one: ("extends" in one[1], one[0])):
        sheet = _sheet(name, content, sheets)
        if sheet.profile.name in sheets:
            raise ProfileWrong("two files have one name", file=name, profile=sheet.profile.name)
        sheets[sheet.profile.name] = sheet
    _one_live_profile_per_aid(sheets)
    return dict(sorted(sheets.items(), key=lambda one: (one[1].profile.sandbox_only, one[0])))


def _toml(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ProfileWrong(f"not TOML: {wrong}", file=file) from wrong


def _sheet(file: str, content: dict[str, Any], known: Mapping[str, Sheet]) -> Sheet:
    _no_others(content, HEADS, file, "unknown field")
    name = _text(content, "name", file)
    base = _base(content, known, file)
    told = {
        key: _told(key, value, file) for key, value in _table(content, "settings", file).items()
    }
    missing = SETTINGS.keys() - told.keys() - (base.told.keys() if base else set())
    if missing:
        raise ProfileWrong(f"settings are missing: {', '.join(sorted(missing))}", file=file)
    values = {SETTINGS[key].attribute: _value(key, one, file) for key, one in told.items()}
    values |= {"name": name, "sandbox_only": _flag(content, "sandbox_only", file)}
    profile = replace(base.profile, **values) if base else CardProfile(**values)
    _hangs_together(profile, file)
    experimental = _flag(content, "experimental", file)
    if experimental and not profile.sandbox_only:
        raise ProfileWrong("an experimental profile is for the sandbox only", file=file)
    return Sheet(
        profile=profile,
        experimental=experimental,
        title_zh=_text(content, "title_zh", file),
        title_en=_text(content, "title_en", file),
        told={key: told.get(key) or base.told[key] for key in SETTINGS} if base else told,
        extends=base.profile.name if base else "",
        inherited=frozenset(SETTINGS.keys() - told.keys()),
    )


def _base(content: Mapping[str, Any], known: Mapping[str, Sheet], file: str) -> Sheet | None:
    if "extends" not in content:
        return None
    name = _text(content, "extends", file)
    if name not in known or known[name].extends:
        raise ProfileWrong("extends no profile that stands by itself", file=file, extends=name)
    return known[name]


def _told(key: str, content: Any, file: str) -> Told:
    if key not in SETTINGS:
        raise ProfileWrong(f"unknown setting {key}", file=file, setting=key)
    if not isinstance(content, dict):
        raise ProfileWrong(f"{key} wants value, confidence and source", file=file, setting=key)
    _no_others(content, PARTS, file, f"{key}: unknown field")
    if "value" not in content:
        raise ProfileWrong(f"{key} has no value", file=file, setting=key)
    try:
        confidence = Confidence(content.get("confidence", ""))
    except ValueError as wrong:
        words = ", ".join(Confidence)
        raise ProfileWrong(f"{key}: confidence is one of {words}", file=file) from wrong
    alternatives = content.get("alternatives", [])
    if not isinstance(alternatives, list) or any(not isinstance(one, str) for one in alternatives):
        raise ProfileWrong(f"{key}: alternatives are a list of texts", file=file)
    if confidence is Confidence.DISPUTED and not alternatives:
        raise ProfileWrong(f"{key} is disputed: say in alternatives what others say", file=file)
    return Told(
        value=content["value"],
        confidence=confidence,
        source=_text(content, "source", f"{file}, {key}"),
        alternatives=tuple(alternatives),
    )


def _value(key: str, told: Told, file: str) -> Any:
    try:
        return SETTINGS[key].read(told.value)
    except ValueError as wrong:
        raise ProfileWrong(f"{key} {wrong}", file=file, setting=key) from wrong


def _hangs_together(profile: CardProfile, file: str) -> None:
    if profile.load_cap_fen > profile.balance_cap_fen:
        raise ProfileWrong("load_cap_fen is above balance_cap_fen", file=file)
    if profile.question_cap_fen > profile.load_cap_fen:
        raise ProfileWrong("question_cap_fen is above load_cap_fen", file=file)
    if profile.balance_cap_fen & ~profile.balance_mask:
        raise ProfileWrong("balance_cap_fen does not fit balance_mask", file=file)
    if "issuer4x2" in profile.levels and not profile.reads_file15:
        raise ProfileWrong("level issuer4x2 needs reads_file15", file=file)


def _one_live_profile_per_aid(sheets: Mapping[str, Sheet]) -> None:
    seen: dict[bytes, str] = {}
    for sheet in sheets.values():
        profile = sheet.profile
        if profile.sandbox_only:
            continue
        if profile.aid in seen:
            other = seen[profile.aid]
            raise ProfileWrong("two live profiles have one AID", one=other, other=profile.name)
        seen[profile.aid] = profile.name


def _no_others(content: Mapping[str, Any], known: frozenset[str], file: str, what: str) -> None:
    others = sorted(content.keys() - known)
    if others:
        raise ProfileWrong(f"{what} {', '.join(others)}", file=file)


def _text(content: Mapping[str, Any], key: str, file: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ProfileWrong(f"{key} is missing or no text", file=file)
    return value


def _flag(content: Mapping[str, Any], key: str, file: str) -> bool:
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise ProfileWrong(f"{key} is true or false", file=file)
    return value


def _table(content: Mapping[str, Any], key: str, file: str) -> Mapping[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise ProfileWrong(f"{key} is a table", file=file)
    return value
