"""A late trip paid from its card's claim, refunds between pools either way, coupons taken back."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0008_holders_as_they_lie")]
    operations = [add_handbook()]
