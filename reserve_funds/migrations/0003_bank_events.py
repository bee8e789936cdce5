"""Instructions in transit for every purpose, what goes back when a bank refuses, 银行冲正."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0002_handbook")]
    operations = [add_handbook()]
