"""The check of a day holds its own beside a transaction that is older than the day's cut."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_law


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0020_deposits_by_two")]
    operations = [add_law("sql_closing", "0005_day_faults.sql", undo="")]
