"""A sandbox fills its own seats: here the house grants roles, as nowhere else."""

from django.db import migrations

from accounts.moves import house_grants_operations


class Migration(migrations.Migration):
    """Run by the migrating role, in a sandbox alone; the running system may not write that row."""

    initial = True
    dependencies = [("accounts", "0018_two_for_a_role")]

    operations = [*house_grants_operations()]
