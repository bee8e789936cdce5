"""Finds every sentence of the house that people read: in templates and in Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_SAID = re.compile(r"gettext\(u?((?:'(?:[^'\\]|\\.)*')|(?:\"(?:[^\"\\]|\\.)*\"))\)")
_BARE = re.compile(r"\b_\(((?:'(?:[^'\\]|\\.)*')|(?:\"(?:[^\"\\]|\\.)*\"))\)")


def of_room(room: Path) -> dict[str, str]:
    """Every sentence under a folder to where it stands first, by file and in order."""
    found: dict[str, str] = {}
    for path in sorted([*room.rglob("*.html"), *room.rglob("*.py")]):
        text = path.read_text(encoding="utf-8")
        said = _of_template(text) if path.suffix == ".html" else _of_module(text)
        for sentence in said:
            found.setdefault(sentence, path.relative_to(room).as_posix())
    return found


def _of_template(text: str) -> Iterator[str]:
    plain = templatize(text)
    for quoted in [*_SAID.findall(plain), *_BARE.findall(plain)]:
        yield ast.literal_eval(quoted)


def _of_module(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or len(node.args) != 1:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        said = node.args[0]
        if name in _CALLS and isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value
