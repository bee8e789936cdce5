"""Money that left without an instruction of ours turns out to be of an account of the book."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0013_bulk_shares")]
    operations = [add_handbook()]
