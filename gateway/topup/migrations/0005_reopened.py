"""Lets a top-up that officers called loaded wait again, once its card has disproved them."""

from django.db import migrations

from accounts.moves import lifecycle_operations

TOPUP = {
    "placed": {"paid", "expired"},
    "paid": {"loading", "refunding"},
    "loading": {"loaded", "in_doubt", "paid"},
    "in_doubt": {"loaded", "paid"},
    "refunding": {"refunded", "paid"},
    "loaded": {"paid"},
    "expired": set[str](),
    "refunded": set[str](),
}


class Migration(migrations.Migration):
    """The database refuses every other move, whoever makes it."""

    dependencies = [("topup", "0004_refund_withdrawn"), ("accounts", "0002_law")]
    operations = lifecycle_operations("topup", "topup_topup", TOPUP)
