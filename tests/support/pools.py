"""The number of a pool for an operator of a test, small enough for a card number's prefix."""

from django.db.models import Max

from accounts.models import Operator

_FIRST_OF_BARE_POOLS = 1_000_000


def next_pool() -> int:
    """One more than the last; pools that tests open at random stand above and do not count."""
    small = Operator.objects.filter(pool__lt=_FIRST_OF_BARE_POOLS)
    return 1 + (small.aggregate(last=Max("pool"))["last"] or 0)
