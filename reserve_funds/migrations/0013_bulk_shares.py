"""An enterprise's paid order is shared out to its people's claims, and what nobody took comes back."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0012_cash_over")]
    operations = [add_handbook()]
