"""Re-derives the whole book from its transfers and compares the law with what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from reserve_funds.ledger import catalogue
from reserve_funds.ledger.check_figures import BookRule
from reserve_funds.ledger.check_pairs import PAIRS, told_apart
from reserve_funds.ledger.check_rules import RULES
from reserve_funds.ledger.lawbook import kind_rows, rule_rows

_MANNER_ZH = {"missing": "缺失", "altered": "已被改动", "foreign": "不应存在"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be: the rule, the pool (None: all), what, and a sentence."""

    rule: str
    pool: int | None
    subject: str
    detail: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check of the book found; sound when there are no findings.

    `on_their_way` are pairs of two pools with one leg booked, whose other leg an outbox carries.
    """

    pool: int | None
    findings: list[Finding]
    on_their_way: list[Finding]
    rules: int

    @property
    def sound(self) -> bool:
        return not self.findings


def check(pool: int | None = None) -> Report:
    """Every named invariant of one pool (None: of all), and the law in the database itself."""
    found, on_their_way = _book(pool)
    return Report(
        pool=pool,
        findings=[*found, *_handbook(), *_law()],
        on_their_way=on_their_way,
        rules=len(RULES) + 2,
    )


def check_figures(pool: int) -> Report:
    """The figures of one pool only, without the law: for tests that check after every line."""
    found, on_their_way = _book(pool)
    return Report(pool=pool, findings=found, on_their_way=on_their_way, rules=len(RULES))


def _book(pool: int | None) -> tuple[list[Finding], list[Finding]]:
    found, on_their_way = list[Finding](), list[Finding]()
    for rule in RULES:
        rows = _rows(rule, pool)
        if rows and rule is PAIRS:
            rows, waiting = told_apart(rows, lambda: _rows(PAIRS, pool))
            on_their_way += [_finding(rule, row) for row in waiting]
        found += [_finding(rule, row) for row in rows]
    return found, on_their_way


def _rows(rule: BookRule, pool: int | None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(rule.sql, {"pool": pool})
        found: list[Any] = cursor.fetchall()
    return found


def _finding(rule: BookRule, row: Sequence[Any]) -> Finding:
    return Finding(
        rule=rule.name,
        pool=row[0],
        subject=row[1],
        detail=row[2] or "",
        zh=f"{rule.zh}:{row[1]}({row[2]})。",
        en=f"{rule.en}: {row[1]} ({row[2]}).",
    )


def _handbook() -> list[Finding]:
    """Kinds and rules of the database against chart.py and handbook.py."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, name, zh, book, side, guarded FROM ledger.account_kind")
        kinds = set(cursor.fetchall())
        cursor.execute(
            "SELECT profile, code, debit_kind, credit_kind, book, needs_approval, purpose,"
            " debit_guarded, debit_side, credit_guarded, credit_side FROM ledger.posting_rule"
        )
        rules = set(cursor.fetchall())
    pairs = (("kind", kinds, set(kind_rows())), ("rule", rules, set(rule_rows())))
    return [
        _drift("handbook_is_the_code", f"{what} {row[:4]}", manner)
        for what, stored, coded in pairs
        for manner, rows in (("foreign", stored - coded), ("missing", coded - stored))
        for row in sorted(rows, key=str)
    ]


def _law() -> list[Finding]:
    return [
        _drift("law_is_as_written", subject, manner)
        for subject, manner in catalogue.differences(catalogue.live())
    ]


def _drift(rule: str, subject: str, manner: str) -> Finding:
    return Finding(
        rule=rule,
        pool=None,
        subject=subject,
        detail=manner,
        zh=f"账簿规则{_MANNER_ZH[manner]}:{subject}。",
        en=f"the book's law is {manner}: {subject}.",
    )
