"""A channel that refunds an order whole gives the coupon's part back to us."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0010_close_at_size")]
    operations = [add_handbook()]
