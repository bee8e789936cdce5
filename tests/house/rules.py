"""The rules of the house that no linter knows, each a function from a module to its findings."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Module

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
AUTHENTICATORS = {"mac", "mac1", "mac2", "tac", "sign", "signature", "digest", "token", "hmac"}
MEASURES = {"id", "kind", "name", "length", "size", "limit", "count"}
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("timezone", "now"), ("timezone", "localdate"), ("time", "time"), ("time", "time_ns"),
}  # fmt: skip


def swallowed_errors(module: Module) -> Iterator[str]:
    """No bare `except`, no `except Exception`: say which error is meant, or end in a bare raise."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            named = _names(node.type) if node.type else {""}
            last = node.body[-1]
            goes_on = isinstance(last, ast.Raise) and last.exc is None
            if named & {"", "Exception", "BaseException"} and not goes_on:
                yield module.at(node)


def saves(module: Module) -> Iterator[str]:
    """No `.save(`: rows are made by create and change by the trail or one UPDATE with a WHERE."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "save" and not node.args:
            yield module.at(node)


def overridden_saves(module: Module) -> Iterator[str]:
    """No model with a save of its own, and no signals: what happens is said where it happens."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and any("Model" in _last(base) for base in node.bases):
            yield from (
                module.at(inner)
                for inner in node.body
                if isinstance(inner, ast.FunctionDef) and inner.name in {"save", "delete"}
            )
        if {"django.dispatch", "django.db.models.signals"} & _imported(node):
            yield module.at(node)


def floats(module: Module) -> Iterator[str]:
    """No float near money: neither the word nor a literal."""
    for node in ast.walk(module.tree):
        is_word = isinstance(node, ast.Name) and node.id == "float"
        if is_word or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
            yield module.at(node)


def compared_authenticators(module: Module) -> Iterator[str]:
    """No `==` between authenticators: hmac.compare_digest takes the same time for every answer."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        equal = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        constant = any(isinstance(side, ast.Constant) for side in sides)
        if equal and not constant and any(_is_authenticator(side) for side in sides):
            yield module.at(node)


def queue_bells(module: Module) -> Iterator[str]:
    """Nobody but accounts talks to the queue: work is rows, the queue is a bell."""
    for node in ast.walk(module.tree):
        if any(name.split(".")[0] == "django_q" for name in _imported(node)):
            yield module.at(node)


def pickles(module: Module) -> Iterator[str]:
    """No pickle and its kin: what is kept or sent is rows, JSON or bytes with a format."""
    for node in ast.walk(module.tree):
        if {"pickle", "marshal", "shelve", "dill", "cloudpickle"} & _imported(node):
            yield module.at(node)


def read_clocks(module: Module) -> Iterator[str]:
    """Time is an argument; only accounts/clock.py reads the clock."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if (_last(node.func.value), node.func.attr) in CLOCKS:
            yield module.at(node)


def cascades(module: Module) -> Iterator[str]:
    """No CASCADE: what money, cards and their trail hang on is never deleted along."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "CASCADE":
            yield module.at(node)


def lengths(module: Module) -> Iterator[str]:
    """Files of at most 300 lines, functions of at most 60."""
    lines = len(module.text.splitlines())
    if lines > LONGEST_FILE:
        yield f"{module.path} has {lines} lines"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{module.at(node)} {node.name} has {length} lines"


def missing_openings(module: Module) -> Iterator[str]:
    """A module that says anything opens with a sentence about what it is to the house."""
    if module.tree.body:
        opening = (ast.get_docstring(module.tree) or "").split("\n\n")[0].strip()
        if len(opening) < 20:
            yield module.path


def nameless_modules(module: Module) -> Iterator[str]:
    """No module named after nothing."""
    words = module.path.removesuffix(".py").split("/")
    if FORBIDDEN_NAMES & set(words):
        yield module.path


def _names(node: ast.expr) -> set[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {_last(part) for part in parts}


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "?"


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def _is_authenticator(node: ast.expr) -> bool:
    words = re.split(r"_+", _last(node).lower())
    return bool(AUTHENTICATORS & set(words)) and not MEASURES & set(words)
