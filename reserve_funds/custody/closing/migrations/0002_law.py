"""What a check found is never changed."""

from django.db import migrations

from accounts.moves import append_only_operations


class Migration(migrations.Migration):
    dependencies = [("custody_closing", "0001_initial"), ("accounts", "0002_law")]
    operations = append_only_operations("custody_closing_daycheck")
