"""How long every table of the house is kept (R24, R25), and from when on which rows may go."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from django.db import connection
from psycopg import sql

from accounts.clock import business_day
from reserve_funds.custody.rules import book

_DATA = Path(__file__).with_suffix(".toml")
_TABLES = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('public', 'ledger') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """One class of record. `rule` and `parameter` name its years in a profile, None: no time."""

    name: str
    zh: str
    en: str
    rule: str | None
    parameter: str | None
    patterns: tuple[str, ...]

    @property
    def years(self) -> int | None:
        """The longest that any profile asks, so that no change of profile comes too late."""
        if self.rule is None or self.parameter is None:
            return None
        rules = (book.by_name(name).rule(self.rule) for name in book.NAMES)
        return max(rule.number(self.parameter) for rule in rules if rule is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One table: its class, its oldest row where that is known, and the first day it may go.

    `may_go_on` counts from the row; a relation that still goes on keeps its records longer.
    """

    table: str
    keeping: Keeping
    oldest: date | None
    may_go_on: date | None


@cache
def classes() -> tuple[Keeping, ...]:
    """Every class in order: the first whose pattern fits a table is that table's."""
    told = tomllib.loads(_DATA.read_text(encoding="utf-8"))["classes"]
    return tuple(
        Keeping(
            name=name,
            zh=one["zh"],
            en=one["en"],
            rule=one.get("rule"),
            parameter=one.get("years"),
            patterns=tuple(one["tables"]),
        )
        for name, one in told.items()
    )


def class_of(table: str) -> Keeping | None:
    """The class of a table (`ledger.` before those of the book); None when nobody has named it."""
    fitting = (
        one for one in classes() if any(fnmatchcase(table, pattern) for pattern in one.patterns)
    )
    return next(fitting, None)


def tables() -> list[str]:
    """Every table of the house as it stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [name for (name,) in cursor.fetchall()]


def report() -> list[Kept]:
    """Every table with its class, and what of it may go when; tables without a class are left out.

    Nothing is deleted here, and nothing that has years is ever deleted by the service itself.
    """
    since = tomllib.loads(_DATA.read_text(encoding="utf-8"))["since"]
    found = []
    for table in tables():
        keeping = class_of(table)
        if keeping is not None:
            oldest = _oldest(table, since[table]) if table in since else None
            found.append(
                Kept(table=table, keeping=keeping, oldest=oldest, may_go_on=_ends(oldest, keeping))
            )
    return found


def _oldest(table: str, column: str) -> date | None:
    parts: Sequence[str] = table.split(".")
    question = sql.SQL("SELECT min({}) FROM {}").format(
        sql.Identifier(column), sql.Identifier(*parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(question.as_string(cursor.connection))
        value = cursor.fetchone()[0]
    return business_day(value) if isinstance(value, datetime) else value


def _ends(oldest: date | None, keeping: Keeping) -> date | None:
    """The first of January after that many whole years: files are kept by year."""
    if oldest is None or keeping.years is None:
        return None
    return date(oldest.year + keeping.years + 1, 1, 1)
