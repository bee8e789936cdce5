"""Orders and reports are written once."""

from django.db import migrations

from accounts.moves import append_only_operations


class Migration(migrations.Migration):
    """The database refuses to change or forget them, whoever asks."""

    dependencies = [("server_fetch", "0001_initial"), ("accounts", "0008_wallet_providers_law")]
    operations = [
        *append_only_operations("server_fetch_order"),
        *append_only_operations("server_fetch_report"),
    ]
