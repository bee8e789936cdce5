"""Who may import whom, and whose tables SQL may name: the contracts of the house."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.house.source import ROOT, Module, modules, parse, sql_files

OWNERS = {
    "accounts": re.compile(r"\baccounts_[a-z_]+\b"),
    "reserve_funds": re.compile(r"\bledger\.[a-z_]+\b|\b(?:reserve_funds|reserve)_[a-z_]+\b"),
    "nfc_topup": re.compile(r"\bnfc_topup_[a-z_]+\b"),
    "gateway": re.compile(r"\b(?:payments|topup|idempotency)_[a-z_]+\b"),
}
MAY_BE_NAMED_BY_ALL = {
    "accounts_bank_serves": "the function by which a law learns that a bank is not suspended",
    "accounts_bank_keeps_serving": "the same, and it stays so until the transaction is over",
    "accounts_parties_of_approval": "the function by which a law learns who asked and approved",
    "accounts_word_of_approval": "the function by which a law reads all of an approval",
    "accounts_when_spent": "the function by which a law looks on when an approval is spent",
    "ledger.refuse_when_winding_down": "the law by which a room takes on nothing new (R23)",
    "ledger.deposit_of": "the function by which the law of deposits looks into the book",
    "accounts_spend_approval": "the function by which the book spends an approval",
}
SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|CREATE|ALTER|GRANT|REVOKE|REFERENCES|JOIN"
    r"|DROP|LOCK TABLE)\b"
)


def foreign_tables(package: str, sql: str) -> list[str]:
    """Names in `sql` that belong to another package than `package`."""
    return [
        name
        for owner, pattern in OWNERS.items()
        if owner != package
        for name in pattern.findall(sql)
        if name not in MAY_BE_NAMED_BY_ALL
    ]


def sql_texts(module: Module) -> Iterator[tuple[str, str]]:
    """Every string of a module that reads like SQL, with its place; docstrings are prose."""
    prose = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in prose and SQL.search(node.value):
            yield module.at(node), node.value


def test_imports_keep_the_contracts() -> None:
    command = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports("
    done = subprocess.run(
        [sys.executable, "-c", f"{command}no_cache=True, no_logo=True))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_sql_in_code_names_no_other_package_s_tables() -> None:
    found = [
        f"{place}: {name}"
        for module in modules()
        for place, sql in sql_texts(module)
        for name in foreign_tables(module.package, sql)
    ]

    assert not found, "\n".join(found)


def test_sql_files_name_no_other_package_s_tables() -> None:
    found = [
        f"{path}: {name}"
        for path, sql in sql_files()
        for name in foreign_tables(path.split("/")[0], _without_comments(sql))
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("package", "sql"),
    [
        ("gateway", "SELECT * FROM ledger.transfer"),
        ("reserve_funds", "SELECT * FROM nfc_topup_load"),
        ("nfc_topup", "UPDATE payments_payment SET state = 'paid'"),
        ("accounts", "DELETE FROM topup_order"),
        ("gateway", "INSERT INTO accounts_transition VALUES (1)"),
    ],
)
def test_a_foreign_table_is_found(package: str, sql: str) -> None:
    module = parse(f"QUERY = {sql!r}", f"{package}/queries.py")

    assert [name for _, text in sql_texts(module) for name in foreign_tables(package, text)]


def test_the_one_shared_function_may_be_named() -> None:
    assert not foreign_tables("reserve_funds", "SELECT public.accounts_spend_approval($1, $2, $3)")


def test_only_the_book_calls_the_posting_function() -> None:
    callers = [
        module.path
        for module in modules()
        for _, sql in sql_texts(module)
        if re.search(r"\bledger\.post\s*\(", sql) and not module.is_migration
    ]

    assert set(callers) <= {"reserve_funds/ledger/book.py", "reserve_funds/ledger/bench.py"}


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)
