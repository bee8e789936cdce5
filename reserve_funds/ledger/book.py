"""The only caller of the posting functions: one round trip a call, in the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError

from accounts.errors import DomainError
from reserve_funds.chart import Side
from reserve_funds.errors import BookRefused, Overdrawn, PostingMalformed
from reserve_funds.ledger.faults import refusal, refusal_of
from reserve_funds.ledger.prepared import ask
from reserve_funds.ledger.values import Act, Outcome, Posting, Transfer

_POST = (
    "SELECT item, outcome, id, act, created_at, business_day, detail FROM ledger.post("
    "%s::integer, %s::smallint, %s::boolean, %s::uuid[], %s::text[], %s::smallint[], %s::text[], "
    "%s::smallint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::uuid[], %s::uuid[])"
)
_POST_ONE = (
    "SELECT item, outcome, id, act, created_at, business_day, detail FROM ledger.post_one("
    "%s::integer, %s::smallint, %s::uuid, %s::text, %s::smallint, %s::text, %s::smallint,"
    " %s::text, %s::bigint, %s::timestamptz, %s::uuid, %s::uuid)"
)
_RESOLVE = (
    "SELECT item, outcome, id, act, created_at, business_day, detail"
    " FROM ledger.resolve(%s::integer, %s::smallint, %s::uuid, %s::timestamptz)"
)
_REVERSE = (
    "SELECT item, outcome, id, act, created_at, business_day, detail"
    " FROM ledger.reverse(%s::integer, %s::uuid, %s::timestamptz, %s::uuid)"
)


def post(postings: Sequence[Posting]) -> list[Transfer]:
    """Books all postings (of one pool) or none; said again, answers the same transfers.

    Raises TransferDiffers, Overdrawn, NotInHandbook, ApprovalNotUsable, PoolNotOpen …; their
    facts name the `item`, and of Overdrawn the `kind` and `owner` too. Postings under one approval
    are covered by one fingerprint together.
    """
    return _all_or_none(postings, Act.POST)


def hold(posting: Posting) -> Transfer:
    """Sets the money aside (冻结): it counts against the debited account's limit until resolved."""
    return _all_or_none([posting], Act.HOLD)[0]


def hold_all(postings: Sequence[Posting]) -> list[Transfer]:
    """Sets aside all (of one pool) or none."""
    return _all_or_none(postings, Act.HOLD)


def post_each(postings: Sequence[Posting]) -> list[Outcome]:
    """Books what can be booked of one pool's batch, in order, with an outcome for each.

    Optimistic: the batch is booked as a whole; only when somebody is refused, item by item.
    An approval covers exactly one posting here.
    """
    if not postings:
        return []
    rows = _ask(_POST, _arrays(postings, Act.POST, each=True))
    return [_outcome(posting, row) for posting, row in zip(postings, sorted(rows), strict=True)]


def settle(pool: int, hold_id: UUID, *, event_at: datetime) -> Transfer:
    """Books what was set aside (入账). HoldAlreadyResolved when it was released."""
    return _resolve(pool, Act.SETTLE, hold_id, event_at)


def release(pool: int, hold_id: UUID, *, event_at: datetime) -> Transfer:
    """Gives back what was set aside (解冻). HoldAlreadyResolved when it was settled."""
    return _resolve(pool, Act.RELEASE, hold_id, event_at)


def reverse(pool: int, transfer_id: UUID, *, event_at: datetime, approval_id: UUID) -> Transfer:
    """Books the opposite of a transfer (冲正), once, under an approval of its fingerprint."""
    rows = _ask(_REVERSE, [pool, transfer_id, event_at, approval_id])
    return _transfer(pool, rows[0])


def fingerprint(postings: Sequence[Posting]) -> bytes:
    """What an approval of these postings is bound to; the posting function recomputes the same.

    event_at is not part of it: officers approve what moves, the world says when.
    """
    return hashlib.sha256(canonical_lines(postings).encode()).digest()


def canonical_lines(postings: Sequence[Posting]) -> str:
    """The postings as the database writes them before it takes a fingerprint, in id order."""
    return "\n".join(_canonical(each) for each in sorted(postings, key=lambda each: each.id))


def reversal_fingerprint(pool: int, transfer_id: UUID, *, amount_fen: int) -> bytes:
    """What an approval to reverse one transfer is bound to."""
    return hashlib.sha256(f"reverse|{pool}|{transfer_id}|{amount_fen}".encode()).digest()


def _canonical(posting: Posting) -> str:
    debit, credit = posting.debit, posting.credit
    return "|".join(
        str(part)
        for part in (
            posting.pool,
            posting.id,
            posting.code,
            debit.in_chart.number,
            len(debit.owner.encode()),
            debit.owner,
            credit.in_chart.number,
            len(credit.owner.encode()),
            credit.owner,
            posting.amount_fen,
            posting.cross_id or "-",
        )
    )


def _all_or_none(postings: Sequence[Posting], act: Act) -> list[Transfer]:
    if not postings:
        return []
    pool = postings[0].pool
    if len(postings) == 1:
        return [_transfer(pool, _ask(_POST_ONE, _scalars(postings[0], act), postings)[0])]
    rows = _ask(_POST, _arrays(postings, act, each=False), postings)
    return [_transfer(pool, row) for row in sorted(rows)]


def _resolve(pool: int, act: Act, hold_id: UUID, event_at: datetime) -> Transfer:
    rows = _ask(_RESOLVE, [pool, act.value, hold_id, event_at])
    return _transfer(pool, rows[0])


def _scalars(posting: Posting, act: Act) -> list[Any]:
    return [
        posting.pool,
        act.value,
        posting.id,
        posting.code,
        posting.debit.in_chart.number,
        posting.debit.owner,
        posting.credit.in_chart.number,
        posting.credit.owner,
        posting.amount_fen,
        posting.event_at,
        posting.approval_id,
        posting.cross_id,
    ]


def _arrays(postings: Sequence[Posting], act: Act, *, each: bool) -> list[Any]:
    pool = postings[0].pool
    if any(posting.pool != pool for posting in postings):
        raise PostingMalformed(because="one call books in one pool")
    return [
        pool,
        act.value,
        each,
        [posting.id for posting in postings],
        [posting.code for posting in postings],
        [posting.debit.in_chart.number for posting in postings],
        [posting.debit.owner for posting in postings],
        [posting.credit.in_chart.number for posting in postings],
        [posting.credit.owner for posting in postings],
        [posting.amount_fen for posting in postings],
        [posting.event_at for posting in postings],
        [posting.approval_id for posting in postings],
        [posting.cross_id for posting in postings],
    ]


def _ask(
    sql: str, parameters: list[Any], postings: Sequence[Posting] = ()
) -> list[tuple[Any, ...]]:
    try:
        return ask(sql, parameters)
    except DatabaseError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise _named(refused, postings) from error


def _named(refused: DomainError, postings: Sequence[Posting]) -> DomainError:
    """The same refusal saying which posting, and for Overdrawn which account has not enough."""
    facts = dict(refused.facts)
    item = facts.setdefault("item", 0) if len(postings) == 1 else facts.get("item")
    if not isinstance(item, int) or item >= len(postings):
        return refused
    posting = postings[item]
    facts["id"] = str(posting.id)
    if isinstance(refused, Overdrawn):
        kind = posting.debit.in_chart
        takes_debit = kind.guarded and kind.side == Side.CREDIT
        short = posting.debit if takes_debit else posting.credit
        whose = f"…{short.owner[-4:]}" if short.in_chart.owner == "card" else short.owner
        facts |= {"kind": short.kind, "owner": whose}
    return type(refused)("", **facts)


def _transfer(pool: int, row: tuple[Any, ...]) -> Transfer:
    _item, outcome, transfer_id, act, created_at, business_day, _detail = row
    return Transfer(
        pool=pool,
        id=transfer_id,
        act=Act(act),
        created_at=created_at,
        business_day=business_day,
        is_new=outcome == "new",
    )


def _outcome(posting: Posting, row: tuple[Any, ...]) -> Outcome:
    outcome, detail = row[1], row[6]
    if outcome in ("new", "same"):
        return Outcome(posting=posting, transfer=_transfer(posting.pool, row), refused=None)
    refused = refusal_of(outcome, detail) or BookRefused(state=outcome, detail=detail)
    return Outcome(posting=posting, transfer=None, refused=_named(refused, [posting]))
