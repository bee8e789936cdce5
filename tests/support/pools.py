"""Pools of tests' operators: numbers small enough for a card number's prefix, and their end."""

from django.db.models import Max

from accounts import clock
from accounts.models import Operator, Person
from reserve_funds.custody.rules import winding
from reserve_funds.ledger import pools

_FIRST_OF_BARE_POOLS = 1_000_000


def next_pool() -> int:
    """One more than the last; pools that tests open at random stand above and do not count."""
    small = Operator.objects.filter(pool__lt=_FIRST_OF_BARE_POOLS)
    return 1 + (small.aggregate(last=Max("pool"))["last"] or 0)


def wind_down(pool: int, maker: Person, checker: Person) -> None:
    """From its open day on it takes on nothing new, by these two officers' word."""
    now, day = clock.now(), pools.open_day(pool)
    asked = winding.ask(pool=pool, from_day=day, because="牌照到期", maker=maker, now=now)
    winding.approve(asked.id, checker=checker, now=now)
