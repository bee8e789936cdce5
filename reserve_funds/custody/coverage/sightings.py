"""Proved balances of cards against the book: trips not yet received, and value nobody explains.

`what the book says the purse held when it was seen` + loads sealed by then - `what it proved` =
trips that have not arrived yet. Never below zero: that would be value from outside our book (I13).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from accounts import trail
from accounts.actors import SYSTEM
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import open_case
from reserve_funds.custody.coverage.models import ProvedBalance

MORE_THAN_BOOKED = kinds.register(
    "card_holds_more_than_booked",
    zh="卡内金额超出账面:来源不明",
    en="A card holds more than the book explains",
)
_CHUNK = 1_000

# of each card the newest proved balance, and what its first one showed beyond the book: value that
# was in the card before its pool's opening balances were taken over
_GAPS = """
WITH last AS (
    SELECT DISTINCT ON (s.pool, s.card) s.pool, s.card, s.balance_fen, s.seen_at
      FROM custody_coverage_provedbalance s
     WHERE s.pool = %(pool)s AND (%(cards)s::text[] IS NULL OR s.card = ANY(%(cards)s::text[]))
     ORDER BY s.pool, s.card, s.seen_at DESC, s.counter DESC, s.id DESC
), first AS (
    SELECT DISTINCT ON (s.pool, s.card) s.pool, s.card, s.balance_fen, s.seen_at
      FROM custody_coverage_provedbalance s
     WHERE s.pool = %(pool)s AND (%(cards)s::text[] IS NULL OR s.card = ANY(%(cards)s::text[]))
     ORDER BY s.pool, s.card, s.seen_at, s.counter, s.id
)
SELECT l.card, l.balance_fen, l.seen_at, ledger.purse_at(l.pool, l.card, l.seen_at),
       greatest(0, f.balance_fen - ledger.purse_at(f.pool, f.card, f.seen_at)),
       ledger.account_id(l.pool, 2121::smallint, l.card)
  FROM last l JOIN first f ON f.pool = l.pool AND f.card = l.card
 ORDER BY l.card
"""
_TOTALS = f"""
SELECT count(*), coalesce(sum(greatest(0, g.booked + g.before - g.proved)), 0)::bigint,
       coalesce(sum(greatest(0, g.proved - g.booked - g.before)), 0)::bigint,
       coalesce(sum(g.before), 0)::bigint
  FROM ({_GAPS}) AS g(card, proved, seen_at, booked, before, account)
"""  # noqa: S608 (constants of this file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """One balance under MAC1 or TAC. `card` is the 20-digit number, `source_id` who asked."""

    pool: int
    card: str
    counter: int
    balance_fen: int
    proof: str
    source_id: UUID
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One card: what it proved last, what the book says it held then, and what is between them.

    `before_fen`: what its first sighting showed beyond the book, held before the book knew it.
    """

    card: str
    account: UUID
    seen_at: datetime
    proved_fen: int
    booked_fen: int
    before_fen: int

    @property
    def fen(self) -> int:
        """Trips not yet received; below zero is value that nobody explains."""
        return self.booked_fen + self.before_fen - self.proved_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreceived:
    """All cards of a pool that were ever seen. Nothing is netted between cards."""

    cards: int
    trips_fen: int
    unexplained_fen: int
    before_fen: int


def deliver(proved: Iterable[Proved], *, now: datetime) -> int:
    """Keep what cards have proved and look at each of these cards; how many were new to us.

    The same again is nothing. A card that holds more than the book explains is an alarm and a case.
    """
    told = list(proved)
    with transaction.atomic():
        before = _kept(told)
        new = [one for one in told if (one.source_id, one.proof) not in before]
        ProvedBalance.objects.bulk_create(
            [_row(one, now) for one in new], ignore_conflicts=True, batch_size=_CHUNK
        )
        for pool in sorted({one.pool for one in new}):
            cards = sorted({one.card for one in new if one.pool == pool})
            for gap in gaps(pool, cards):
                if gap.fen < 0:
                    _tell(pool, gap, now)
    return len(new)


def newest() -> datetime | None:
    """The moment of the newest balance kept here; the roof goes on from a little before it."""
    found: datetime | None = ProvedBalance.objects.aggregate(newest=Max("seen_at"))["newest"]
    return found


def gaps(pool: int, cards: list[str] | None = None) -> list[Gap]:
    """Of these cards (None: of every card of the pool that was ever seen) the gap, by card."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, {"pool": pool, "cards": cards})
        return [
            Gap(
                card=row[0],
                proved_fen=row[1],
                seen_at=row[2],
                booked_fen=row[3],
                before_fen=row[4],
                account=row[5],
            )
            for row in cursor.fetchall()
        ]


def unreceived(pool: int) -> Unreceived:
    """What is still on its way for the cards of a pool, summed in the database."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"pool": pool, "cards": None})
        row = cursor.fetchone()
    return Unreceived(cards=row[0], trips_fen=row[1], unexplained_fen=row[2], before_fen=row[3])


def _kept(told: list[Proved]) -> set[tuple[UUID, str]]:
    rows = ProvedBalance.objects.filter(source_id__in={one.source_id for one in told})
    return set(rows.values_list("source_id", "proof"))


def _row(one: Proved, now: datetime) -> ProvedBalance:
    return ProvedBalance(
        pool=one.pool,
        card=one.card,
        counter=one.counter,
        balance_fen=one.balance_fen,
        proof=one.proof,
        source_id=one.source_id,
        seen_at=one.seen_at,
        kept_at=now,
    )


def _tell(pool: int, gap: Gap, now: datetime) -> None:
    """The case names the account of the book, for no card number belongs into a list of cases."""
    case = open_case(
        MORE_THAN_BOOKED,
        pool=pool,
        subject=f"purse:{gap.account}",
        now=now,
        amount_fen=-gap.fen,
        proved_fen=gap.proved_fen,
        booked_fen=gap.booked_fen,
    )
    if case.opened_at == now:
        trail.alarm("card_holds_more_than_booked", actor=SYSTEM, now=now,
                    subject=f"case:{case.id}", pool=pool, unexplained_fen=-gap.fen)  # fmt: skip
