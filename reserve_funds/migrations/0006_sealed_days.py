"""Days are checked, sealed and closed for ever; what they came to is read as it was known."""

from django.db import migrations

from reserve_funds.ledger.lawbook import SQL, add_law

_READING = (SQL / "0005_reading.sql").read_text(encoding="utf-8")
_TOTALS_AT = _READING[_READING.index("CREATE FUNCTION ledger.totals_at") :]
_TOTALS_AT = _TOTALS_AT[: _TOTALS_AT.index("$law$;") + len("$law$;")]

_UNDO = {
    "0001_sealed_days.sql": """
        DROP TRIGGER ledger_day_moves_as_allowed ON ledger.business_day;
        DROP FUNCTION ledger.day_moves;
        DROP TABLE ledger.seal_signature, ledger.seal, ledger.adjustment, ledger.day_balance,
            ledger.voucher;
        ALTER TABLE ledger.business_day DROP CONSTRAINT ledger_day_is_closed_at_a_moment,
            DROP COLUMN cut_place, DROP COLUMN checks, DROP COLUMN closed_at;
        """,
    "0002_adjusting.sql": _TOTALS_AT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    + "\nDROP FUNCTION ledger.adjust, ledger.hold_days;",
    "0003_sealing.sql": """
        DROP FUNCTION ledger.sign_seal, ledger.seal_day, ledger.refuse_unsound, ledger.block_day,
            ledger.own_check, ledger.check_day, ledger.seal_text, ledger.day_root,
            ledger.merkle_root, ledger.balance_text, ledger.voucher_text, ledger.day_floor;
        """,
    "0004_as_known.sql": """
        DROP FUNCTION ledger.unresolved, ledger.holdings, ledger.late_events, ledger.movements,
            ledger.known_trial, ledger.floor_after;
        """,
}


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0005_profiles"), ("accounts", "0003_approvals_law")]
    operations = [add_law("sql_closing", name, undo=undo) for name, undo in _UNDO.items()]
