"""Quota comes back on a bank's line alone, and a box's surplus is explained by a late note alone."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook, add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0018_no_new_deposits")]
    operations = [
        add_handbook(),
        add_law(
            "sql_kiosks",
            "0001_facts_behind.sql",
            undo="""
            DROP TRIGGER ledger_kiosk_rests_on_its_fact ON ledger.transfer;
            DROP FUNCTION ledger.kiosk_rests_on_its_fact();
            """,
        ),
    ]
