"""What every operation of the OpenAPI document shares: how a refusal looks."""

from __future__ import annotations

from typing import Any

PROBLEM = "application/problem+json"

_SENTENCES = {
    "type": "object",
    "description": "One plain sentence for people, in both languages.",
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    "required": ["zh", "en"],
}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why something was refused (RFC 9457). Go by `code`: it never changes.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The sentence in the asker's language."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "say": _SENTENCES,
        "trace_id": {"type": "string", "format": "uuid"},
        "detail": {"type": "string"},
        "facts": {"type": "object", "description": "Ids, amounts and states that explain it."},
        "fields": {
            "type": "object",
            "description": "What is wrong with which field, for `fields_not_valid`.",
        },
    },
    "required": ["type", "title", "status", "code", "say", "trace_id"],
}
_RESPONSES: dict[str, str] = {
    "400": "Not understood: the body, a field or the Idempotency-Key.",
    "401": "No token, or none that is valid.",
    "403": "Not for this kind of token.",
    "404": "No such thing among yours.",
    "default": "Refused; `code` says why, and nothing happened unless it says so.",
}


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Name the problem of every operation: a post-processing hook of drf-spectacular."""
    result["components"]["schemas"]["Problem"] = _SCHEMA
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, words in _RESPONSES.items():
                answer = {"description": words, "content": content}
                operation["responses"].setdefault(status, answer)
    return result
