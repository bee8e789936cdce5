"""Puts the lifecycle of top-ups into the database."""

from django.db import migrations

from accounts.moves import lifecycle_operations

TOPUP = {
    "placed": {"paid", "expired"},
    "paid": {"loading", "refunding"},
    "loading": {"loaded", "in_doubt", "paid"},
    "in_doubt": {"loaded", "paid"},
    "refunding": {"refunded"},
    "loaded": set[str](),
    "expired": set[str](),
    "refunded": set[str](),
}


class Migration(migrations.Migration):
    """The database refuses every other move, whoever makes it."""

    dependencies = [("topup", "0001_initial"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("topup", "topup_topup", TOPUP),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON topup_topup FROM gateway_app",
            "GRANT DELETE ON topup_topup TO gateway_app",
        ),
    ]
