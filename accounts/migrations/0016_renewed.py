"""A card in use may be renewed, which leaves it in use and is told in the trail."""

from django.db import migrations

from accounts.moves import lifecycle_operations

MOVES = {
    "in_use": {"in_use", "lost", "replaced", "closed"},
    "lost": {"in_use", "replaced", "closed"},
    "replaced": {"closed"},
    "closed": set[str](),
}


class Migration(migrations.Migration):
    """The lifecycle of a card, anew."""

    dependencies = [("accounts", "0015_when_spent")]
    operations = lifecycle_operations("transit_card", "accounts_transitcard", MOVES)
