"""JSON as the house accepts it from outside: one meaning for every document, or none at all."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_DIGITS_LIMIT = 18
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class NotStrict(ValueError):
    """The bytes are not JSON with one meaning, or a field is not what it must be."""


def read_object(body: bytes) -> Mapping[str, Any]:
    """The object in UTF-8 `body`.

    NotStrict for other encodings, a byte order mark, duplicate keys, NaN and Infinity, numbers of
    more than 18 digits, nesting beyond the interpreter's depth, or anything but one object.
    Numbers with a fraction or exponent become `InexactNumber` that no field reader accepts.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=InexactNumber,
        )
    except NotStrict:
        raise
    except (ValueError, RecursionError):
        raise NotStrict("not a JSON document in UTF-8") from None
    if type(value) is not dict:
        raise NotStrict("not a JSON object")
    return value


class InexactNumber:
    """A number written with a fraction or an exponent; kept so that its field can refuse it."""

    def __init__(self, text: str) -> None:
        self.text = text


def unquoted(literal: str) -> str:
    """The text that a JSON string literal, quotes and all, stands for."""
    value = json.loads(literal)
    if type(value) is not str:
        raise NotStrict("not a string")
    return value


def text(holder: Mapping[str, Any], name: str, *, most: int = 256) -> str:
    """A present, non-empty text without control characters and of at most `most` characters."""
    value = optional_text(holder, name, most=most)
    if not value:
        raise NotStrict(f"{name} is missing or empty")
    return value


def optional_text(holder: Mapping[str, Any], name: str, *, most: int = 256) -> str | None:
    """The text or None when absent or null; same rules as `text`, but it may be empty."""
    value = holder.get(name)
    if value is None:
        return None
    if type(value) is not str or len(value) > most or _CONTROL.search(value):
        raise NotStrict(f"{name} is not a plain text of at most {most} characters")
    return value


def fen(holder: Mapping[str, Any], name: str) -> int:
    """A present whole number of fen, not negative, no bool, no fraction, within 12 digits."""
    value = holder.get(name)
    if type(value) is not int or not 0 <= value < 10**12:
        raise NotStrict(f"{name} is not a whole number of fen")
    return value


def optional_fen(holder: Mapping[str, Any], name: str) -> int | None:
    """The fen or None when absent or null."""
    return None if holder.get(name) is None else fen(holder, name)


def part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A present object inside the object."""
    value = holder.get(name)
    if type(value) is not dict:
        raise NotStrict(f"{name} is not an object")
    return value


def moment(holder: Mapping[str, Any], name: str) -> datetime:
    """A present RFC 3339 moment with its offset, as aware UTC."""
    value = text(holder, name, most=40)
    if not _RFC3339.fullmatch(value):
        raise NotStrict(f"{name} is not a moment of RFC 3339")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotStrict(f"{name} is not a moment of RFC 3339") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a key is given twice")
    return found


def _refuse_constant(word: str) -> Any:
    raise NotStrict(f"{word} is not a number")


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS_LIMIT:
        raise NotStrict("a number of more than 18 digits")
    return int(digits)
