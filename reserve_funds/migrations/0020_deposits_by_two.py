"""押金 leaves the reserve under two people's word alone, and its room's law looks into the book."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0019_kiosk_facts")]
    operations = [
        add_law(
            "sql_deposits",
            "0001_deposits.sql",
            undo="DROP FUNCTION ledger.deposit_of(integer, text);",
        ),
    ]
