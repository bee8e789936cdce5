"""Cash found in a box beyond what was booked lies in suspense (长款待查)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0009_between_pools")]
    operations = [add_handbook()]
