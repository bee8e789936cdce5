"""Finds the exact text of a node in 支付宝's answer: what is signed is that text, not its meaning.

Parsed and printed again it would differ (escaped slashes, order, spaces), so the text is cut out.
"""

import re
from dataclasses import dataclass

from gateway.channels import strict_json
from gateway.channels.strict_json import NotStrict

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,}\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNode:
    """One answer taken apart: the node's name and text, and what stands beside it."""

    name: str
    text: bytes
    sign: str
    certificate_no: str | None


def signed_node(body: bytes, names: tuple[str, ...]) -> SignedNode:
    """The one node of these names. NotStrict unless the body is one strict JSON object with it.

    Duplicate keys at any depth, a node that is no object, and two of the names are refused.
    """
    whole = strict_json.read_object(body)
    present = [name for name in names if name in whole]
    if len(present) != 1:
        raise NotStrict(f"not exactly one of {', '.join(names)}")
    strict_json.part(whole, present[0])
    spans = _members(body.decode("utf-8"))
    return SignedNode(
        name=present[0],
        text=spans[present[0]].encode(),
        sign=strict_json.optional_text(whole, "sign", most=1024) or "",
        certificate_no=strict_json.optional_text(whole, "alipay_cert_sn", most=64) or None,
    )


def _members(text: str) -> dict[str, str]:
    """Each member of the outermost object with its value's text; `text` is valid JSON."""
    found: dict[str, str] = {}
    at = _skip(text, 0) + 1
    while text[at := _skip(text, at)] != "}":
        if text[at] == ",":
            at = _skip(text, at + 1)
        end = _string_end(text, at)
        name = strict_json.unquoted(text[at:end])
        start = _skip(text, _skip(text, end) + 1)
        at = _value_end(text, start)
        found[name] = text[start:at]
    return found


def _value_end(text: str, at: int) -> int:
    if text[at] == '"':
        return _string_end(text, at)
    if text[at] not in "{[":
        scalar = _SCALAR.match(text, at)
        assert scalar is not None
        return scalar.end()
    depth = 0
    while True:
        sign = text[at]
        if sign == '"':
            at = _string_end(text, at)
            continue
        depth += (sign in "{[") - (sign in "}]")
        at += 1
        if depth == 0:
            return at


def _string_end(text: str, at: int) -> int:
    found = _STRING.match(text, at)
    assert found is not None
    return found.end()


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()
