"""Cash that a kiosk kept goes back to whom it came from, over a counter, by two (留存现金退还本人)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook, add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0021_day_beside_a_long_transaction")]
    operations = [
        add_handbook(),
        add_law(
            "sql_kiosks",
            "0002_cash_given_back.sql",
            undo="""
            DROP TRIGGER ledger_cash_goes_back_as_it_came ON ledger.transfer;
            DROP FUNCTION ledger.cash_goes_back_as_it_came();
            """,
        ),
    ]
