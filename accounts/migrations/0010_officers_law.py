"""Officers' sign-ins move only as allowed; sign-ins, recovery codes and sessions are kept."""

from django.db import migrations

from accounts.moves import lifecycle_operations

OFFICER = {
    "invited": {"invited", "active", "suspended"},
    "active": {"invited", "suspended"},
    "suspended": {"invited"},
}
KEPT = "accounts_officer, accounts_recoverycode, accounts_officersession"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_officers")]

    operations = [
        *lifecycle_operations("officer", "accounts_officer", OFFICER),
        migrations.RunSQL(
            f"REVOKE DELETE, TRUNCATE ON {KEPT} FROM gateway_app;",
            f"GRANT DELETE ON {KEPT} TO gateway_app;",
        ),
    ]
