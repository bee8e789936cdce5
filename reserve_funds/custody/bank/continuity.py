"""Whether an account's statements follow one another: each opens with what the last one closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

_GAPS = """
SELECT account_id, id, first_day, number, opening_fen, closed_fen, closed_day
  FROM (SELECT s.account_id, s.id, s.first_day, s.number, s.opening_fen,
               lag(s.closing_fen) OVER told AS closed_fen,
               lag(s.last_day) OVER told AS closed_day
          FROM custody_bank_statement s
         WHERE s.account_id = ANY(%s)
           AND NOT EXISTS (SELECT FROM custody_bank_statement c WHERE c.corrects_id = s.id)
        WINDOW told AS (PARTITION BY s.account_id
                        ORDER BY s.last_day, s.first_day, length(s.number), s.number)) AS chain
 WHERE closed_fen IS NOT NULL AND closed_fen <> opening_fen
 ORDER BY account_id, first_day
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A statement that does not open with what the one before it closed: something is missing."""

    account_id: UUID
    statement_id: UUID
    number: str
    first_day: date
    opening_fen: int
    closed_fen: int
    closed_day: date


def gaps(account_ids: list[UUID]) -> list[Gap]:
    """Every gap in the statements of these accounts, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [account_ids])
        return [
            Gap(
                account_id=account_id,
                statement_id=statement_id,
                number=number,
                first_day=first_day,
                opening_fen=opening_fen,
                closed_fen=closed_fen,
                closed_day=closed_day,
            )
            for (
                account_id,
                statement_id,
                first_day,
                number,
                opening_fen,
                closed_fen,
                closed_day,
            ) in cursor.fetchall()
        ]
