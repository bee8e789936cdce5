"""What own money covered and nobody owes any more becomes the operator's own (多补款项转为自有)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0016_legacy_arrived")]
    operations = [add_handbook()]
