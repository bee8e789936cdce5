"""Cash found in a box beyond what was booked lies in suspense (长款待查)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0011_coupons_that_come_back")]
    operations = [add_handbook()]
