"""冲正 of what was booked wrongly: asked by one officer, allowed by another, once per transfer.

What banks have done is not ours to reverse, so transfers that touch a bank account or a payment
on its way are refused; a mirrored pair is reversed with both of its legs or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank.errors import OutflowMalformed, ReversalRefused, WordUnknown
from reserve_funds.handbook import REVERSED
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Act, Booked, Transfer

TIME_TO_DECIDE = timedelta(days=3)
PURPOSE = "custody.reversal"
MOST = 20
_LONGEST_REASON = 200
_THE_BANKS = frozenset({"bank_reserve", "bank_out_in_transit", "own_bank", "placement"})


def ask(
    pool: int, transfer_ids: Sequence[UUID], *, because: str, maker: Person, now: datetime
) -> list[Approval]:
    """One officer asks to book the opposite of these transfers; an approval for each, in order.

    NotAllowed, OutflowMalformed, ReversalRefused (unknown, a bank's fact, half of a pair).
    """
    if not people.has_role(maker, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not because.strip() or len(because) > _LONGEST_REASON:
        raise OutflowMalformed(field="because")
    found = {one.id: one for one in queries.transfers_of_event(pool, list(transfer_ids))}
    if not 1 <= len(transfer_ids) <= MOST or set(found) != set(transfer_ids):
        raise ReversalRefused(because="no such transfers", transfers=len(found))
    _check(list(found.values()))
    ids = [str(one) for one in transfer_ids]
    with transaction.atomic():
        return [
            approvals.ask(
                maker=maker,
                purpose=PURPOSE,
                pool=pool,
                content={"transfer": str(one), "with": ids, "because": because.strip()},
                fingerprint=book.reversal_fingerprint(pool, one, amount_fen=found[one].amount_fen),
                now=now,
                expires_at=now + TIME_TO_DECIDE,
                checker_role=FINANCE_OFFICER,
            )
            for one in transfer_ids
        ]


def approve(approval_ids: Sequence[UUID], *, checker: Person, now: datetime) -> list[Transfer]:
    """A second officer allows all that was asked together, and it is booked; again is once.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, WordUnknown (not the whole of
    what was asked), Overdrawn (the money has moved on since).
    """
    with transaction.atomic():
        words = [approvals.get(one) for one in approval_ids]
        _require_whole(words)
        made = []
        for word in words:
            if word.state != "spent" or word.checker_id != checker.pk:
                approvals.approve(word.id, checker=checker, now=now)
            transfer_id = UUID(word.content["transfer"])
            event_at = word.asked_at
            made.append(
                book.reverse(word.pool, transfer_id, event_at=event_at, approval_id=word.id)
            )
        if any(one.is_new for one in made):
            trail.record(
                "transfers_reversed",
                actor=Actor(kind="officer", id=str(checker.pk)),
                now=now,
                subject=f"approval:{words[0].id}",
                transfers=words[0].content["with"],
            )
    return made


def refuse(approval_ids: Sequence[UUID], *, checker: Person, now: datetime) -> None:
    """A second officer says no to all that was asked together."""
    with transaction.atomic():
        words = [approvals.get(one) for one in approval_ids]
        _require_whole(words)
        for word in words:
            approvals.refuse(word.id, checker=checker, now=now)


def _check(transfers: list[Booked]) -> None:
    legs = Counter(one.cross_id for one in transfers if one.cross_id is not None)
    for one in transfers:
        if one.act not in (Act.POST, Act.SETTLE) or one.code.endswith(REVERSED):
            raise ReversalRefused(because="nothing was posted by it", transfer=str(one.id))
        if {one.debit.kind, one.credit.kind} & _THE_BANKS:
            raise ReversalRefused(because="what a bank did", transfer=str(one.id))
        if one.cross_id is not None and legs[one.cross_id] < 2:
            raise ReversalRefused(because="half of a mirrored pair", transfer=str(one.id))


def _require_whole(words: list[Approval]) -> None:
    """All the words of one asking, and nothing else."""
    if not words or any(word.purpose != PURPOSE for word in words):
        raise WordUnknown(id=str(words[0].id) if words else "")
    told = sorted(word.content["transfer"] for word in words)
    if any(sorted(word.content["with"]) != told for word in words):
        raise WordUnknown(id=str(words[0].id))
