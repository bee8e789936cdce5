"""A day is checked from its last seal on, sealed only by gates that were told, read set-based."""

from django.db import migrations

from reserve_funds.ledger.lawbook import SQL, add_law

_OLD = {
    name: (SQL.parent / "sql_closing" / name).read_text(encoding="utf-8")
    for name in ("0003_sealing.sql", "0004_as_known.sql")
}


def _as_before(name: str, function: str) -> str:
    text = _OLD[name]
    text = text[text.index(f"CREATE FUNCTION ledger.{function}(") :]
    text = text[: text.index("\n$law$;") + len("\n$law$;")]
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


_UNDO = {
    "0005_day_faults.sql": "DROP FUNCTION ledger.day_faults(integer, date);",
    "0006_gates.sql": _as_before("0003_sealing.sql", "seal_day")
    + """
        DROP FUNCTION ledger.refuse_ungated, ledger.tell_gates, ledger.check_day_book;
        DROP TABLE ledger.gate_result, ledger.close_gate;
        ALTER TABLE ledger.business_day DROP COLUMN sound_check;
        """,
    "0007_holdings.sql": _as_before("0004_as_known.sql", "holdings")
    + "\nDROP FUNCTION ledger.dormant, ledger.overdrawn, ledger.balances;",
}


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0009_between_pools")]
    operations = [add_law("sql_closing", name, undo=undo) for name, undo in _UNDO.items()]
