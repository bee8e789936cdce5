"""A pool that is being wound down takes no prepayment, wallet money or deposit either (R23)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0017_cover_overpaid")]
    operations = [
        add_law(
            "sql_winding",
            "0002_no_new_deposits.sql",
            undo="DROP TRIGGER ledger_nothing_new_is_taken_on ON ledger.transfer;",
        ),
    ]
