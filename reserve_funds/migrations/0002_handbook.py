"""科目表 and 会计分录手册 of profile MOT."""

from django.db import migrations

from reserve_funds.ledger.lawbook import add_handbook


class Migration(migrations.Migration):
    dependencies = [("reserve_funds", "0001_book")]
    operations = [add_handbook()]
