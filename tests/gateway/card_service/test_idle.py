"""Balances of cards past their end are listed, as known at a moment, and never forfeited."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock
from gateway.card_service import idle, listing
from reserve_funds.ledger import pools, queries
from reserve_funds.refs import card_purse
from tests.reserve_funds.by_two import legacy_opened
from tests.reserve_funds.conftest import DAY, NOW, pool
from tests.reserve_funds.custody.reports.test_reports import BANK, booked, cells
from tests.reserve_funds.stories import a_card

__all__ = ["pool"]

YEARS = timedelta(days=1200)


def held(number: int, fen: int, moved: timedelta = timedelta(0)) -> str:
    card = a_card()
    legacy_opened(number, fen, bank=BANK, issuer="city")
    booked(
        number, "legacy_card_seen", ("legacy_float", "city"), ("card_purse", card), fen, NOW - moved
    )
    return card


def renewed(number: int, card: str, days: int | None) -> None:
    until = None if days is None else DAY + timedelta(days=days)
    now = clock.now()
    listing.put(
        card, number, listing.RENEWED, because="expired", since=NOW - YEARS, now=now, until=until
    )


def test_expired_and_dormant_balances_are_listed_and_stay_owed(
    pool: int,
) -> None:
    old, older, good, named, again, bare = (held(pool, fen) for fen in (300, 400, 5, 6, 7, 8))
    asleep = held(pool, 50, YEARS)
    gone = a_card()
    for card, days in (
        (old, -1), (older, -900), (good, 0), (named, -5), (named, None), (again, -5), (again, 9),
        (gone, -5),
    ):  # fmt: skip
        renewed(pool, card, days)
    renewed(pool + 1, bare, -5)
    assert [(one.asn, one.amount_fen) for one in idle.expired(pool, DAY)] == [
        (older, 400), (old, 300),
    ]  # fmt: skip
    before_anybody_said_so = clock.now() - timedelta(hours=1)
    assert idle.expired(pool, DAY, known_at=before_anybody_said_so) == []
    told = idle.report(pool, DAY)
    assert [row[:3] for row in cells(told, "sum")] == [
        ("已过期 expired", 2, 700),
        ("1 年以上未用 more than 1 years", 1, 50),
        ("3 年以上未用 more than 3 years", 1, 50),
    ]
    assert cells(told, "expired") == [
        (f"…{older[-4:]}", 400, DAY - timedelta(days=900)),
        (f"…{old[-4:]}", 300, DAY - timedelta(days=1)),
    ]
    assert [row[0] for row in cells(told, "dormant-3")] == [f"…{asleep[-4:]}"]
    pools.cut(pool, DAY + timedelta(days=1))
    assert [one.asn for one in idle.expired(pool, DAY)] == [older, old], "the day stays as it is"
    assert good in [one.asn for one in idle.expired(pool, DAY + timedelta(days=1))]
    assert sum(queries.balance_fen(pool, card_purse(one)) for one in (old, older)) == 700
