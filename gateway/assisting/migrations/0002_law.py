"""The database keeps the lifecycle of assisted sessions, and what was done in them never changes."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

SESSION = {"asked": {"open", "ended"}, "open": {"ended"}, "ended": set[str]()}


class Migration(migrations.Migration):
    """A lifecycle, rows that are never deleted, and an append-only table."""

    dependencies = [("assisting", "0001_initial"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("assist_session", "assisting_session", SESSION),
        *append_only_operations("assisting_act"),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON assisting_session FROM gateway_app",
            "GRANT DELETE ON assisting_session TO gateway_app",
        ),
    ]
