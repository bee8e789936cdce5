"""Approved adjustments: booked into a day that is cut but not sealed, each by two people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import Error as DatabaseError

from reserve_funds.errors import PostingMalformed
from reserve_funds.ledger.book import canonical_lines
from reserve_funds.ledger.faults import refusal
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.values import Act, Posting, Transfer

_ADJUST = (
    "SELECT id, outcome, created_at, business_day FROM ledger.adjust(%s::integer, %s::date,"
    " %s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::smallint[], %s::text[],"
    " %s::bigint[], %s::timestamptz[], %s::uuid[], %s::uuid)"
)


def fingerprint(day: date, postings: Sequence[Posting]) -> bytes:
    """What an approval of these adjustments of this day is bound to."""
    return hashlib.sha256(f"adjust|{day}\n{canonical_lines(postings)}".encode()).digest()


def adjust(day: date, postings: Sequence[Posting], *, approval_id: UUID) -> list[Transfer]:
    """Books all postings (of one pool) into a cut or blocked day, or none; again is the same.

    One approval covers them together. DayNotInState when the day is open, under check or closed;
    ApprovalNotUsable, Overdrawn, NotInHandbook, TransferDiffers.
    """
    if not postings or any(posting.pool != postings[0].pool for posting in postings):
        raise PostingMalformed(because="an adjustment books in one pool")
    pool = postings[0].pool
    parameters = [
        pool,
        day,
        [posting.id for posting in postings],
        [posting.code for posting in postings],
        [posting.debit.in_chart.number for posting in postings],
        [posting.debit.owner for posting in postings],
        [posting.credit.in_chart.number for posting in postings],
        [posting.credit.owner for posting in postings],
        [posting.amount_fen for posting in postings],
        [posting.event_at for posting in postings],
        [posting.cross_id for posting in postings],
        approval_id,
    ]
    try:
        rows = ask(_ADJUST, parameters)
    except DatabaseError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
    return [
        Transfer(
            pool=pool,
            id=row[0],
            act=Act.POST,
            created_at=row[2],
            business_day=row[3],
            is_new=row[1] == "new",
        )
        for row in rows
    ]
