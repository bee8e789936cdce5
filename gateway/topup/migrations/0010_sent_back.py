"""A refund over a bank that the bank sends back (退汇) is under way again."""

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
    "refunded": {"refunding"},
}


class Migration(migrations.Migration):
    """The database refuses every other move, whoever makes it."""

    dependencies = [("topup", "0009_wound_down_by_the_clock"), ("accounts", "0002_law")]
    operations = lifecycle_operations("topup", "topup_topup", TOPUP)
