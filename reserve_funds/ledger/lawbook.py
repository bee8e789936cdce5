"""The SQL files of the law, in order, and how a migration puts them into a database."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from reserve_funds.chart import BY_NAME, KINDS
from reserve_funds.handbook import RULES

SQL = Path(__file__).resolve().parent / "sql"

_AS_OWNER = """
DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO ledger_owner', current_database());
END $$;
SET LOCAL ROLE ledger_owner;
"""
_FIRST_EPOCH = """
ALTER TABLE ledger.epoch DISABLE TRIGGER ledger_written_only_by_its_functions;
INSERT INTO ledger.epoch (number, is_current, horizon, opened_at)
SELECT 1, true, ledger.place_of(1, pg_current_xact_id()), clock_timestamp();
ALTER TABLE ledger.epoch ENABLE ALWAYS TRIGGER ledger_written_only_by_its_functions;
SELECT ledger.make_partitions(3);
"""
_DROP = """
SET LOCAL ROLE ledger_owner;
DROP SCHEMA ledger CASCADE;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
RESET ROLE;
DO $$ BEGIN
    EXECUTE format('REVOKE CREATE ON DATABASE %I FROM ledger_owner', current_database());
END $$;
"""


def create_book() -> migrations.RunSQL:
    """Everything under sql/, owned by ledger_owner, with its first epoch and months."""
    files = sorted(SQL.glob("*.sql"))
    law = "\n".join(each.read_text(encoding="utf-8") for each in files)
    return migrations.RunSQL(sql=f"{_AS_OWNER}{law}{_FIRST_EPOCH}RESET ROLE;", reverse_sql=_DROP)


def add_law(folder: str, name: str, *, undo: str) -> migrations.RunSQL:
    """One more file of law beside sql/, owned by ledger_owner; `undo` takes it back."""
    law = (SQL.parent / folder / name).read_text(encoding="utf-8")
    return migrations.RunSQL(
        sql=f"SET LOCAL ROLE ledger_owner;\n{law}\nRESET ROLE;",
        reverse_sql=f"SET LOCAL ROLE ledger_owner;\n{undo}\nRESET ROLE;",
    )


def add_handbook() -> migrations.RunPython:
    """Adds the kinds and rules of chart.py and handbook.py that the database lacks.

    Only ever adds: what the code no longer names stays, and check_book says so. Each change of
    the handbook comes with a migration that calls this again.
    """
    return migrations.RunPython(_add_handbook, migrations.RunPython.noop)


def _add_handbook(_apps: object, schema_editor: object) -> None:
    connection = schema_editor.connection  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE ledger_owner")
        for table in ("account_kind", "posting_rule"):
            cursor.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ledger_never_rewritten")
        cursor.executemany(
            "INSERT INTO ledger.account_kind (number, name, zh, book, side, guarded)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (number) DO NOTHING",
            kind_rows(),
        )
        cursor.executemany(
            "INSERT INTO ledger.posting_rule (profile, code, debit_kind, credit_kind, book,"
            " needs_approval, purpose, debit_guarded, debit_side, credit_guarded, credit_side)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            rule_rows(),
        )
        for table in ("account_kind", "posting_rule"):
            cursor.execute(
                f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER ledger_never_rewritten"
            )
        cursor.execute("RESET ROLE")


def kind_rows() -> list[tuple[object, ...]]:
    """The rows of ledger.account_kind as the code has them."""
    return [
        (kind.number, kind.name, kind.zh, str(kind.book), str(kind.side), kind.guarded)
        for kind in KINDS
    ]


def rule_rows() -> list[tuple[object, ...]]:
    """The rows of ledger.posting_rule as the code has them."""
    return [
        (
            rule.profile,
            rule.code,
            BY_NAME[rule.debit].number,
            BY_NAME[rule.credit].number,
            rule.book,
            rule.needs_approval,
            str(rule.purpose) if rule.purpose else None,
            BY_NAME[rule.debit].guarded,
            str(BY_NAME[rule.debit].side),
            BY_NAME[rule.credit].guarded,
            str(BY_NAME[rule.credit].side),
        )
        for rule in RULES
    ]
