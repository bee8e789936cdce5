"""A pool that is being wound down takes on nothing new from a day on (R23)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0014_gone_understood")]
    operations = [
        add_law(
            "sql_winding",
            "0001_winding_down.sql",
            undo="""
            DROP TRIGGER ledger_nothing_new_when_winding_down ON ledger.transfer;
            DROP FUNCTION ledger.nothing_new_when_winding_down();
            DROP FUNCTION ledger.refuse_when_winding_down(integer, date);
            DROP FUNCTION ledger.wind_down(integer, date, uuid);
            DROP FUNCTION ledger.winding_from(integer);
            DROP TABLE ledger.winding_down;
            """,
        ),
    ]
