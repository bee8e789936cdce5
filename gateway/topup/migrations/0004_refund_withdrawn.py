"""Lets a refund that officers withdrew give the top-up its money back."""

from django.db import migrations

from accounts.moves import lifecycle_operations

TOPUP = {
    "placed": {"paid", "expired"},
    "paid": {"loading", "refunding"},
    "loading": {"loaded", "in_doubt", "paid"},
    "in_doubt": {"loaded", "paid"},
    "refunding": {"refunded", "paid"},
    "loaded": set[str](),
    "expired": set[str](),
    "refunded": set[str](),
}


class Migration(migrations.Migration):
    dependencies = [("topup", "0003_loading_index"), ("accounts", "0002_law")]
    operations = [*lifecycle_operations("topup", "topup_topup", TOPUP)]
