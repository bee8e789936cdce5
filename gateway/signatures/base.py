"""The signature base (RFC 9421, 2): one line for each covered part, and the parameters last."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

import http_sf

from gateway.signatures.errors import ComponentUnusable, SignatureUnreadable
from gateway.signatures.fields import BareItem, InnerList, Parameters, write_item
from gateway.signatures.messages import Message

PARAMS = "@signature-params"
_FIELD_PARAMETERS = frozenset({"key", "bs"})
_MOST_QUERY_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Component:
    """What is signed: a field name in small letters or a derived @name, with its parameters."""

    name: str
    parameters: tuple[tuple[str, BareItem], ...] = ()

    @property
    def text(self) -> str:
        """The identifier as it stands in the base."""
        return write_item(self.name, dict(self.parameters))

    @property
    def identity(self) -> tuple[str, frozenset[tuple[str, BareItem]]]:
        """What makes it the same component: the order of parameters does not matter."""
        return self.name, frozenset(self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the base."""

    component: str
    value: str

    @property
    def text(self) -> str:
        """The line without its line feed."""
        return f"{self.component}: {self.value}"


def components_of(covered: InnerList) -> list[Component]:
    """The covered components; SignatureUnreadable for one that is none or stands twice."""
    found, seen = [], set()
    for name, parameters in covered.items:
        if not isinstance(name, str) or not name.isascii() or name != name.lower() or not name:
            raise SignatureUnreadable("a component's name is small ASCII text")
        component = Component(name, tuple(parameters.items()))
        if name == PARAMS or component.identity in seen:
            raise SignatureUnreadable("a component stands twice", component=component.text)
        seen.add(component.identity)
        found.append(component)
    return found


def lines_of(message: Message, covered: InnerList) -> list[Line]:
    """The base line by line; ComponentUnusable, SignatureUnreadable."""
    lines = [line_of(message, component) for component in components_of(covered)]
    return [*lines, Line(component=f'"{PARAMS}"', value=covered.text)]


def signature_base(message: Message, covered: InnerList) -> bytes:
    """The bytes that are signed: lines joined by a line feed, none after the last."""
    return "\n".join(line.text for line in lines_of(message, covered)).encode("ascii")


def line_of(message: Message, component: Component) -> Line:
    """One part of the message as it is signed; ComponentUnusable."""
    value = _value(message, component)
    if not value.isascii() or any(ord(letter) < 32 and letter != "\t" for letter in value):
        raise ComponentUnusable("not plain ASCII on one line", component=component.text)
    return Line(component=component.text, value=value)


def _value(message: Message, component: Component) -> str:
    parameters = dict(component.parameters)
    if parameters.pop("req", False) is True:
        if message.status is None or message.request is None:
            raise ComponentUnusable("no request is answered", component=component.text)
        message = message.request
    if component.name.startswith("@"):
        return _derived(message, component, parameters)
    return _field(message, component, parameters)


def _derived(message: Message, component: Component, parameters: Parameters) -> str:
    if component.name == "@query-param":
        return _query_param(message, component, parameters)
    if (component.name == "@status") != (message.status is not None) or parameters:
        raise ComponentUnusable("does not exist in this message", component=component.text)
    query = "" if message.query is None else f"?{message.query}"
    values = {
        "@status": str(message.status),
        "@method": message.method,
        "@authority": message.plain_authority,
        "@scheme": message.scheme.lower(),
        "@path": message.path or "/",
        "@query": query or "?",
        "@request-target": (message.path or "/") + query,
        "@target-uri": f"{message.scheme}://{message.plain_authority}{message.path}{query}",
    }
    if component.name not in values:
        raise ComponentUnusable("unknown derived component", component=component.text)
    return values[component.name]


def _query_param(message: Message, component: Component, parameters: Parameters) -> str:
    name = parameters.get("name")
    if not isinstance(name, str) or set(parameters) != {"name"} or message.status is not None:
        raise ComponentUnusable("@query-param wants a name", component=component.text)
    try:
        pairs = parse_qsl(
            message.query or "",
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_QUERY_FIELDS,
        )
    except ValueError as wrong:
        raise ComponentUnusable("the query cannot be read", component=component.text) from wrong
    values = [value for key, value in pairs if _encoded(key) == name]
    if len(values) != 1:
        raise ComponentUnusable(f"stands {len(values)} times", component=component.text)
    return _encoded(values[0])


def _encoded(text: str) -> str:
    """Percent-encoded as for application/x-www-form-urlencoded, a space being %20."""
    return quote(text, safe="*").replace("~", "%7E")


def _field(message: Message, component: Component, parameters: Parameters) -> str:
    lines = message.lines(component.name)
    if not lines:
        raise ComponentUnusable("no such field in the message", component=component.text)
    if set(parameters) - _FIELD_PARAMETERS or len(parameters) > 1:
        raise ComponentUnusable("a parameter that is not served", component=component.text)
    if parameters.get("bs") is True:
        coded = (base64.b64encode(line.encode("latin-1")).decode() for line in lines)
        return ", ".join(f":{one}:" for one in coded)
    if "key" in parameters:
        return _member(lines, component, parameters["key"])
    if parameters or (component.name == "set-cookie" and len(lines) > 1):
        raise ComponentUnusable("has no single meaning", component=component.text)
    return ", ".join(lines)


def _member(lines: list[str], component: Component, key: BareItem) -> str:
    try:
        members = http_sf.parse(", ".join(lines).encode("ascii"), tltype="dictionary")
        assert isinstance(members, dict)
        member = members[key]
        return http_sf.ser([member])  # type: ignore[list-item]
    except (http_sf.StructuredFieldError, ValueError, KeyError, OverflowError) as wrong:
        raise ComponentUnusable("no such member", component=component.text) from wrong
