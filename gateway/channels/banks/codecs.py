"""Bodies of banks' messages as flat words: a dotted path leads to a text or a whole number."""

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from gateway.channels import strict_json
from gateway.channels.banks.forms import NotInForm, Value
from gateway.channels.strict_json import NotStrict

Words = Mapping[str, Value]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 6
_MOST_WORDS = 400
_LONGEST_TEXT = 4096


class Codec(Protocol):
    """Words to bytes and back, with one meaning for every document or none."""

    @property
    def content_type(self) -> str:
        """What the body is announced as."""
        ...

    def write(self, words: Words) -> bytes:
        """The body; the order of the words is kept. NotInForm when it cannot be said."""
        ...

    def read(self, body: bytes) -> Words:
        """Every word of the body by its path; NotInForm."""
        ...


class FlatJson:
    """One JSON object in UTF-8, every value a text: {"orderNo": "..."}."""

    content_type = "application/json; charset=utf-8"

    def write(self, words: Words) -> bytes:
        """Compact, characters as they are."""
        return _dump({name: str(value) for name, value in words.items()})

    def read(self, body: bytes) -> Words:
        """Numbers, lists and objects are refused; empty texts are left out as if absent."""
        try:
            holder = strict_json.read_object(body)
        except NotStrict as wrong:
            raise NotInForm(str(wrong)) from None
        found: dict[str, Value] = {}
        for name, value in holder.items():
            if type(value) is not str:
                raise NotInForm(f"{name[:64]!r} is not a text")
            if value:
                found[_name(name)] = _text(name, value)
        return _counted(found)


class NestedJson:
    """JSON objects in UTF-8, values texts or whole numbers; a list's items are counted from 0."""

    content_type = "application/json"

    def write(self, words: Words) -> bytes:
        """Compact, nested by the dots of the paths."""
        tree: dict[str, Any] = {}
        for path, value in words.items():
            *parents, leaf = path.split(".")
            holder = tree
            for parent in parents:
                holder = holder.setdefault(parent, {})
            holder[leaf] = value
        return _dump(tree)

    def read(self, body: bytes) -> Words:
        """Fractions and booleans are refused; null counts as absent."""
        try:
            holder = strict_json.read_object(body)
        except NotStrict as wrong:
            raise NotInForm(str(wrong)) from None
        found: dict[str, Value] = {}
        _flatten(holder, (), found)
        return _counted(found)


def _flatten(value: Any, path: tuple[str, ...], found: dict[str, Value]) -> None:
    if len(path) > _DEEPEST:
        raise NotInForm("nested deeper than a message may be")
    if type(value) is dict:
        for name, inner in value.items():
            _flatten(inner, (*path, _name(name)), found)
    elif type(value) is list:
        for place, inner in enumerate(value[: _MOST_WORDS + 1]):
            _flatten(inner, (*path, str(place)), found)
    elif type(value) is str:
        found[".".join(path)] = _text(path[-1], value)
    elif type(value) is int:
        found[".".join(path)] = value
    elif value is not None:
        raise NotInForm(f"{'.'.join(path)} is neither text nor whole number")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NotInForm(f"a name is not letters and digits: {name[:64]!r}")
    return name


def _text(name: str, value: str) -> str:
    if len(value) > _LONGEST_TEXT or _CONTROL.search(value):
        raise NotInForm(f"{name[:64]!r} is not a plain text")
    return value


def _counted(found: dict[str, Value]) -> Words:
    if len(found) > _MOST_WORDS:
        raise NotInForm("more words than a message may have")
    return found


def _dump(tree: Mapping[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
