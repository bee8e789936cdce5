"""Structured fields (RFC 8941) read strictly: no name twice, no type but the one that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import http_sf

from gateway.signatures.errors import SignatureUnreadable

LONGEST_FIELD = 16 * 1024
MOST_LABELS = 8
MOST_COMPONENTS = 64

BareItem = Any  # str, int, bool, bytes, Decimal, Token … as http_sf reads them
Parameters = Mapping[str, BareItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerList:
    """What Signature-Input says under one label: items with parameters, and its own."""

    items: tuple[tuple[BareItem, Parameters], ...]
    parameters: Parameters

    @property
    def text(self) -> str:
        """As a structured field writes it: the value of @signature-params."""
        return http_sf.ser([([*self.items], dict(self.parameters))])  # type: ignore[list-item]


def dictionary(lines: list[str], name: str) -> dict[str, tuple[Any, Parameters]]:
    """The members of a dictionary field; SignatureUnreadable tells what is amiss."""
    text = ", ".join(lines)
    if len(text) > LONGEST_FIELD:
        raise SignatureUnreadable("the field is too long", field=name)
    try:
        parsed = http_sf.parse(
            text.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse_second
        )
    except (http_sf.StructuredFieldError, UnicodeEncodeError, ValueError, OverflowError) as wrong:
        raise SignatureUnreadable("not a dictionary of structured fields", field=name) from wrong
    assert isinstance(parsed, dict)
    if len(parsed) > MOST_LABELS:
        raise SignatureUnreadable("too many members", field=name)
    return parsed  # type: ignore[return-value]


def inner_lists(lines: list[str], name: str) -> dict[str, InnerList]:
    """The members of a dictionary whose members are all inner lists."""
    found = {}
    for label, (member, parameters) in dictionary(lines, name).items():
        if not isinstance(member, list) or len(member) > MOST_COMPONENTS:
            raise SignatureUnreadable("not a list of components", field=name)
        found[label] = InnerList(items=tuple(member), parameters=parameters)
    return found


def byte_sequences(lines: list[str], name: str) -> dict[str, bytes]:
    """The members of a dictionary whose members are all byte sequences."""
    found = {}
    for label, (member, _) in dictionary(lines, name).items():
        if not isinstance(member, bytes):
            raise SignatureUnreadable("not a byte sequence", field=name)
        found[label] = member
    return found


def write_item(value: BareItem, parameters: Parameters) -> str:
    """One item as a structured field writes it."""
    return http_sf.ser((value, dict(parameters)))


def write_member(label: str, value: Any) -> str:
    """A dictionary of one member as a structured field writes it."""
    return http_sf.ser({label: value})


def _refuse_second(name: str, where: str) -> None:
    raise SignatureUnreadable(f"a {where} name stands twice", name=name)
