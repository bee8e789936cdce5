"""Money of a cut-over that was in suspense before its opening is the opening's (移交款项已到账)."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0015_winding_down")]
    operations = [add_handbook()]
