"""Real-name checks move only as allowed; sign-ins and checks are kept."""

from django.db import migrations

from accounts.moves import lifecycle_operations

REAL_NAME = {
    "asked": {"confirmed", "refused", "unclear", "lapsed"},
    "unclear": {"confirmed", "refused", "lapsed"},
    "confirmed": {"withdrawn"},
    "lapsed": {"withdrawn"},
    "refused": {"withdrawn"},
    "withdrawn": set(),
}
KEPT = "accounts_signin, accounts_realnamecheck"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_citizens")]

    operations = [
        *lifecycle_operations("real_name", "accounts_realnamecheck", REAL_NAME),
        migrations.RunSQL(
            f"REVOKE DELETE, TRUNCATE ON {KEPT} FROM gateway_app;",
            f"GRANT DELETE ON {KEPT} TO gateway_app;",
        ),
    ]
