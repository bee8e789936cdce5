"""The bank's side of the five: entries that were read as channels' payouts, from the bank's room.

Which channel and which of its days a payout is of, an account's own rules have said when it was
booked, or two people later. Nothing is remembered of what was delivered: what is not a line yet is
found by looking, so an entry that was committed late is not missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.identifiers import derive
from reserve_funds.custody.matching.delivering import PATIENCE, deliver
from reserve_funds.custody.matching.values import Side, SideLine

MOST_AT_ONCE = 5_000

# read as a payout, or as a payout that the bank took back again: both name the receivable
_READ = """
SELECT r.pool, r.entry_id, CASE e.side WHEN 'in' THEN e.amount_fen ELSE -e.amount_fen END,
       e.booked_day, e.our_no, r.facts->'against'->>1, e.entry_no, r.read_at, e.account_id
  FROM custody_bank_reading r JOIN custody_bank_bankentry e ON e.id = r.entry_id
 WHERE r.kind IN ('channel_payout', 'undone')
   AND r.facts->'against'->>0 = 'channel_receivable'
   AND NOT EXISTS (SELECT FROM custody_matching_line l WHERE l.side = 'bank' AND l.is_current
                      AND l.source_id = r.entry_id)
 ORDER BY r.entry_id LIMIT %(most)s
"""
# understood later by two people: each word is a line of its own, the entry may be of several
_UNDERSTOOD = """
SELECT u.pool, e.id, u.amount_fen, e.booked_day, e.our_no, u.as_owner, e.entry_no, u.asked_at,
       e.account_id, u.id
  FROM custody_bank_understanding u JOIN custody_bank_bankentry e ON e.id = u.entry_id
 WHERE u.state = 'done' AND u.as_kind = 'channel_receivable'
 ORDER BY u.id
"""


def bring() -> int:
    """Delivers every payout that is not a line yet; how many lines are new."""
    kept = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            cursor.execute(_READ, {"most": MOST_AT_ONCE})
            rows = cursor.fetchall()
            kept += deliver(_line(*row) for row in rows)
        if len(rows) < MOST_AT_ONCE:
            break
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_UNDERSTOOD)
        return kept + deliver(list(_understood(cursor.fetchall())))


def _understood(rows: list[tuple[object, ...]]) -> Iterator[SideLine]:
    for *row, word in rows:
        assert isinstance(word, UUID)
        line = _line(*row)  # type: ignore[arg-type]
        yield SideLine(
            side=line.side,
            pool=line.pool,
            key=line.key,
            amount_fen=line.amount_fen,
            day=line.day,
            source_id=derive(word, "bank side"),
            known_at=line.known_at,
            batch=line.batch,
            facts={**line.facts, "entry": str(line.source_id)},
        )


def _line(
    pool: int,
    entry_id: UUID,
    fen: int,
    day: datetime,
    our_no: str,
    batch: str,
    entry_no: str,
    known_at: datetime,
    account_id: UUID,
) -> SideLine:
    return SideLine(
        side=Side.BANK,
        pool=pool,
        key="",
        amount_fen=fen,
        day=day,
        source_id=entry_id,
        known_at=known_at,
        number=our_no,
        batch=batch,
        facts={"account": str(account_id), "entry_no": entry_no},
    )
