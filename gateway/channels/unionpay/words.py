"""银联's messages as words: names with texts, read strictly, so that each has one meaning.

An answer is `k=v&k=v` unescaped, where `{…}` and `[…]` may hold further `=` and `&`. A push is a
web form. What is signed is the sorted join of the decoded words; it says one thing only because a
value may hold `&` nowhere but inside brackets that close again, in either form.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_to_bytes

SIGNATURE = "signature"
_NAME = re.compile(r"[0-9A-Za-z_]{1,64}")
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CLOSERS = {"{": "}", "[": "]"}
_MARK = re.compile(r"[&{}\[\]]")
_MOST_WORDS = 200


class NotWords(ValueError):
    """The bytes are not a message with one meaning, or a word is not what it must be."""


def of_answer(body: bytes) -> dict[str, str]:
    """The words of an answer. NotWords for another encoding, a name twice, brackets left open."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotWords("not UTF-8") from None
    return _named(part.partition("=") for part in _parts(text.strip("\r\n")))


def of_form(body: bytes) -> dict[str, str]:
    """The words of a push. NotWords as above, and for what is not escaped as a form must be."""
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise NotWords("a form holds ASCII only") from None
    found = _named(part.partition("=") for part in text.split("&"))
    return {name: _checked(name, _unescaped(name, value)) for name, value in found.items()}


def form_of(words: Mapping[str, str]) -> bytes:
    """The words as the body of a request."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in words.items()).encode("ascii")


def signed_text(words: Mapping[str, str]) -> str:
    """What is signed: every word that is not empty and not the signature, by name, joined."""
    names = sorted(name for name in words.keys() - {SIGNATURE} if words[name])
    return "&".join(f"{name}={words[name]}" for name in names)


def text(words: Mapping[str, str], name: str, *, most: int = 256) -> str:
    """A present, non-empty word without control characters, of at most `most` characters."""
    value = words.get(name, "")
    if not value or len(value) > most or _CONTROL.search(value):
        raise NotWords(f"{name} is missing or not a plain text of at most {most} characters")
    return value


def digits(words: Mapping[str, str], name: str, *, least: int, most: int) -> str:
    """A present word of ASCII digits."""
    value = words.get(name, "")
    if not least <= len(value) <= most or not (value.isascii() and value.isdecimal()):
        raise NotWords(f"{name} is not {least} to {most} digits")
    return value


def fen(words: Mapping[str, str], name: str) -> int:
    """A present whole number of fen, no sign, no point, at most twelve digits."""
    return int(digits(words, name, least=1, most=12))


def optional_fen(words: Mapping[str, str], name: str) -> int | None:
    """The fen, or None when absent or empty."""
    return fen(words, name) if words.get(name) else None


def _parts(text_: str) -> list[str]:
    """The text cut at each `&` that stands in no brackets."""
    parts, start, awaited = [], 0, list[str]()
    for found in _MARK.finditer(text_):
        if found[0] != "&":
            _follow(found[0], awaited)
        elif not awaited:
            parts.append(text_[start : found.start()])
            start = found.end()
    if awaited:
        raise NotWords("a bracket is left open")
    return [*parts, text_[start:]]


def _follow(mark: str, awaited: list[str]) -> None:
    """Keep the list of closing brackets that are waited for."""
    if mark in _CLOSERS:
        awaited.append(_CLOSERS[mark])
    elif not awaited or awaited.pop() != mark:
        raise NotWords("a bracket closes that was not opened")


def _named(pairs: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, equals, value in pairs:  # type: ignore[attr-defined]
        if not equals or not _NAME.fullmatch(name):
            raise NotWords("a part is not name=value")
        if name in found:
            raise NotWords(f"{name} is given twice")
        found[name] = value
    if len(found) > _MOST_WORDS:
        raise NotWords("more words than a message has")
    return found


def _unescaped(name: str, value: str) -> str:
    if "=" in value or not _ESCAPED.fullmatch(value):
        raise NotWords(f"{name} is not escaped as a form must be")
    try:
        return unquote_to_bytes(value.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise NotWords(f"{name} is not UTF-8") from None


def _checked(name: str, value: str) -> str:
    if len(_parts(value)) != 1:
        raise NotWords(f"{name} holds & outside of brackets")
    return value
