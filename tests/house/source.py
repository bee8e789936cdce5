"""Reads the house's own source for the tests of its rules."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "reserve_funds", "nfc_topup", "gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file: where it is, from the root with slashes, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.path.split("/")[0]

    @property
    def is_migration(self) -> bool:
        """Written once and then kept as it is."""
        return "/migrations/" in self.path

    def at(self, node: ast.AST) -> str:
        """Where a finding is, as an editor likes it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the four packages."""
    return _for_good(PACKAGES)


@cache
def test_modules() -> tuple[Module, ...]:
    """Every Python file of the tests."""
    return _for_good(("tests",))


def within(*starts: str) -> list[Module]:
    """The modules whose path begins with one of `starts`."""
    return [module for module in modules() if module.path.startswith(starts)]


def parse(text: str, path: str = "gateway/example.py") -> Module:
    """A module of text, for testing the rules themselves."""
    return Module(path=path, text=text, tree=ast.parse(text))


def sql_files() -> list[tuple[str, str]]:
    """Every .sql file inside the four packages: path and text."""
    found = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.sql")))
    return [(path.relative_to(ROOT).as_posix(), path.read_text()) for path in found]


def _for_good(folders: tuple[str, ...]) -> tuple[Module, ...]:
    """Their modules, a million objects and more that no search for garbage need look at again."""
    was_on = gc.isenabled()
    gc.disable()
    found = tuple(_modules(folders))
    gc.freeze()
    if was_on:
        gc.enable()
    return found


def _modules(packages: tuple[str, ...]) -> Iterator[Module]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text()
            yield parse(text, path.relative_to(ROOT).as_posix())
