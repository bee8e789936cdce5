"""A sandbox fills its own seats: here the house grants roles, as nowhere else."""

from django.db import migrations

MAY = "INSERT INTO accounts_allowed_move VALUES ('role_by_the_house', '', 'granted');"
MAY_NOT = "DELETE FROM accounts_allowed_move WHERE kind = 'role_by_the_house';"


class Migration(migrations.Migration):
    """Run by the migrating role, in a sandbox alone; the running system may not write that row."""

    initial = True
    dependencies = [("accounts", "0018_two_for_a_role")]

    operations = [migrations.RunSQL(MAY, MAY_NOT)]
