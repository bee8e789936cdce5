"""What became of a file is written once."""

from django.db import migrations

from accounts.moves import append_only_operations


class Migration(migrations.Migration):
    """The database refuses to change what was seen in a bank's folder."""

    dependencies = [("bank_line", "0001_line"), ("accounts", "0002_law")]
    operations = [*append_only_operations("bank_line_seenfile")]
