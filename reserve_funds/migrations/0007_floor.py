"""The floor that placements keep, and what a purse could hold at a moment."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0006_sealed_days")]
    operations = [
        add_law(
            "sql_coverage",
            "0002_floor.sql",
            undo="""
            DROP TRIGGER ledger_placement_keeps_its_floor ON ledger.transfer;
            DROP FUNCTION ledger.placement_keeps_its_floor();
            DROP FUNCTION ledger.placeable(integer, text);
            DROP FUNCTION ledger.purse_at(integer, text, timestamptz);
            DROP TABLE ledger.placement_rule;
            """,
        )
    ]
