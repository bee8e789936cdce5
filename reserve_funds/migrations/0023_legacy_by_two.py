"""What a legacy system owed enters the book by two people's word alone, by raw SQL too."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0022_cash_given_back")]
    operations = [
        add_law(
            "sql_legacy",
            "0001_opened_by_two.sql",
            undo="""
            DROP TRIGGER ledger_legacy_opens_by_two ON ledger.transfer;
            DROP FUNCTION ledger.legacy_opens_by_two();
            """,
        ),
    ]
