"""Finds in the code whatever lets somebody approve: every function that leads to the one door.

A function leads there when it names one that does, called or only handed on (a table of verdicts).
Everything is read from the source, so that nobody has to remember to tell of a new one. The
sandbox is left out: it plays both officers, goes through the same doors, and is never installed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "gateway", "nfc_topup", "reserve_funds")
THE_DOOR = "accounts.approvals.approve"


def deciders() -> set[str]:
    """Dotted names of all functions (and tables of functions) that lead to an approval."""
    uses = dict(_uses())
    known = {THE_DOOR}
    while True:
        more = {name for name, named in uses.items() if named & known} - known
        if not more:
            return known - {THE_DOOR}
        known |= more


def addresses() -> set[str]:
    """Addresses of the service whose view leads to an approval."""
    known = deciders()
    return {address for address, within in _views(get_resolver().url_patterns) if within & known}


def commands() -> set[str]:
    """Management commands that lead to an approval."""
    return {
        name.split(".management.commands.")[1].split(".")[0]
        for name in deciders()
        if ".management.commands." in name
    }


def purposes() -> set[str]:
    """What approvals are asked for, as `approvals.ask(purpose=…)` names it in the source."""
    found = set()
    for module, tree in _modules():
        words = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "approvals.ask":
                value = next(each.value for each in node.keywords if each.arg == "purpose")
                found.add(_said(value, words) or f"{module}:{ast.unparse(value)}")
    return found


def _said(value: ast.expr, words: dict[str, object]) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.Name):
        return str(words.get(value.id, ""))
    return ""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts or "sandbox" in path.parts:
                continue
            dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield dotted.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def _uses() -> Iterator[tuple[str, set[str]]]:
    """Of every function, method and table of a module: the dotted names it speaks of."""
    for module, tree in _modules():
        imported = _imported(tree)
        own = {name for name, _ in _parts(tree)}
        for name, node in _parts(tree):
            yield f"{module}.{name}", set(_named(node, module, imported, own))


def _parts(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _imported(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                found[each.asname or each.name] = f"{node.module}.{each.name}"
        elif isinstance(node, ast.Import):
            for each in node.names:
                found[each.asname or each.name] = each.name
    return found


def _named(node: ast.AST, module: str, imported: dict[str, str], own: set[str]) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            first, _, rest = ast.unparse(each).partition(".")
            if first in imported:
                yield f"{imported[first]}.{rest}"
            if first == "self":
                yield from (f"{module}.{name}" for name in own if name.endswith(f".{rest}"))
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            if each.id in imported:
                yield imported[each.id]
            elif each.id in own:
                yield f"{module}.{each.id}"


def _views(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, set[str]]]:
    """Every address, with the dotted names of whatever is wrapped in its view."""
    for each in patterns:
        address = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns, address)
        else:
            yield address, set(_within(each.callback, depth=5))


def _within(view: Any, depth: int) -> Iterator[str]:
    """A view, what it was made of, and what its decorators hold."""
    owner = getattr(view, "view_class", getattr(view, "cls", None))
    if owner is not None:
        yield from (f"{owner.__module__}.{owner.__qualname__}.{name}" for name in vars(owner))
    if not isinstance(view, FunctionType) or not depth:
        return
    yield f"{view.__module__}.{view.__qualname__}"
    for cell in view.__closure__ or ():
        yield from _within(cell.cell_contents, depth - 1)
