"""Two people decide: one proposes a voucher, an act, a match by hand or its undoing; one allows it.

asked = deciding.ask(difference_id, choice, maker=..., reason=..., now=now)
deciding.accept(asked.id, checker=..., now=now)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.errors import ApprovalDecided, NotAllowed
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.errors import (
    DifferenceOver,
    MatchingProposalOpen,
    MatchingProposalOver,
    ProposalNotOffered,
    ReasonWanted,
    VoucherNoLongerFits,
)
from reserve_funds.custody.matching import acts, ending, hands
from reserve_funds.custody.matching.models import Decision, Difference
from reserve_funds.custody.matching.proposing import Choice, Voucher, lines_of, propose
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200
_ONE_OPEN = "custody_matching_difference_has_one_open_proposal"
_FINGERPRINT = "SELECT custody_matching_fingerprint(%s, %s, %s::jsonb)"
_CARRY_OUT = "SELECT custody_matching_carry_out(%s)"


def ask(
    difference_id: UUID, choice: Choice, *, maker: Person, reason: str, seen: str, now: datetime
) -> Decision:
    """One officer proposes what `propose` showed (`seen`); nothing moves until another allows it.

    What `propose` raises; VoucherNoLongerFits, ReasonWanted, MatchingProposalOpen, NotAllowed.
    """
    with transaction.atomic():
        Difference.objects.select_for_update().filter(pk=difference_id).first()
        voucher = propose(difference_id, now=now, choice=choice)
        if voucher.seen != seen:
            raise VoucherNoLongerFits(id=difference_id)
        kind = "voucher" if voucher.postings else "act"
        if kind == "act" and not acts.is_taken_on(choice):
            raise acts.nobody(choice)(choice=str(choice), id=difference_id)
        return _propose(
            kind,
            voucher.pool,
            maker=maker,
            reason=reason,
            content={"choice": choice.value, "postings": [_told(p) for p in voucher.postings]},
            seen=seen,
            now=now,
            voucher=voucher,
        )


def match(
    lines: list[UUID], *, relation: str, maker: Person, reason: str, now: datetime
) -> Decision:
    """One officer proposes to match these facts by hand. HandsDoNotAdd; as `ask` otherwise."""
    with transaction.atomic():
        pool, content, seen = hands.together(lines, relation)
        return _propose(
            "match", pool, maker=maker, reason=reason, content=content, seen=seen, now=now
        )


def unmatch(decision_id: UUID, *, maker: Person, reason: str, now: datetime) -> Decision:
    """One officer proposes to undo a match by hand. MatchingProposalOver when there is none."""
    with transaction.atomic():
        pool, content, seen = hands.apart(decision_id)
        return _propose(
            "unmatch", pool, maker=maker, reason=reason, content=content, seen=seen, now=now
        )


def accept(decision_id: UUID, *, checker: Person, now: datetime) -> Decision:
    """A second officer allows it and it is done in the same transaction; again changes nothing.

    What accounts.approvals.approve raises (MakerIsChecker, NotAllowed, ApprovalExpired);
    MatchingProposalOver; VoucherNoLongerFits, after which it is stale and nothing has moved.
    """
    with transaction.atomic():
        decision = _locked(decision_id)
        if decision.state == "done" and approvals.get(decision_id).checker_id == checker.pk:
            return decision
        if decision.state != "proposed":
            raise MatchingProposalOver(id=decision_id, state=decision.state)
        voucher = _still_fits(decision, now=now)
        if voucher is None:
            _end(decision, "stale", checker, "facts or balances have moved", now=now)
        else:
            approvals.approve(decision_id, checker=checker, now=now)
            _carry_out(decision, voucher, checker=checker, now=now)
    if voucher is None:
        raise VoucherNoLongerFits(id=decision_id)
    return decision


def refuse(decision_id: UUID, *, checker: Person, now: datetime) -> Decision:
    """A second officer says no; everything stays as it is. Raises as `accept`."""
    with transaction.atomic():
        decision = _locked(decision_id)
        if decision.state != "proposed":
            raise MatchingProposalOver(id=decision_id, state=decision.state)
        approvals.refuse(decision_id, checker=checker, now=now)
        _end(decision, "refused", checker, "refused by the second officer", now=now)
    return decision


def _propose(
    kind: str,
    pool: int,
    *,
    maker: Person,
    reason: str,
    content: Mapping[str, Any],
    seen: str,
    now: datetime,
    voucher: Voucher | None = None,
) -> Decision:
    if not reason.strip():
        raise ReasonWanted(kind=kind)
    if not people.has_role(maker, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    told = {**content, "difference": str(voucher.difference_id) if voucher else None}
    approval = approvals.ask(
        maker=maker,
        purpose=f"matching.{kind}",
        pool=pool,
        content={"reason": reason.strip(), "seen": seen, **told},
        fingerprint=_fingerprint(kind, pool, told, voucher),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    try:
        with transaction.atomic():
            return Decision.objects.create(
                id=approval.pk,
                pool=pool,
                kind=kind,
                difference_id=voucher.difference_id if voucher else None,
                choice=voucher.choice.value if voucher else kind,
                maker=maker,
                reason=reason.strip()[:_LONGEST_REASON],
                content=told,
                seen=seen,
                proposed_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) != _ONE_OPEN:
            raise
        raise MatchingProposalOpen(id=voucher.difference_id if voucher else None) from error


def _fingerprint(
    kind: str, pool: int, content: Mapping[str, Any], voucher: Voucher | None
) -> bytes:
    """The book spends a voucher's approval over its postings, the law all others over content."""
    if kind == "voucher" and voucher is not None:
        return book.fingerprint(voucher.postings)
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, [kind, pool, json.dumps(content)])
        return bytes(cursor.fetchone()[0])


def _still_fits(decision: Decision, *, now: datetime) -> Voucher | bool | None:
    """The voucher as it is now, True for what has none, None when it rests on what is no more."""
    if decision.kind in ("match", "unmatch"):
        return True if hands.still_fits(decision) else None
    assert decision.difference_id is not None
    try:
        now_is = propose(decision.difference_id, now=now, choice=Choice(decision.choice))
    except (DifferenceOver, ProposalNotOffered):
        return None
    return now_is if now_is.seen == decision.seen else None


def _carry_out(
    decision: Decision, voucher: Voucher | bool, *, checker: Person, now: datetime
) -> None:
    if decision.kind == "voucher" and isinstance(voucher, Voucher):
        book.post([replace(each, approval_id=decision.id) for each in voucher.postings])
        _end(decision, "done", checker, decision.reason, now=now)
        _settle(decision, checker, now=now)
        return
    with connection.cursor() as cursor:
        cursor.execute(_CARRY_OUT, [decision.id])
        said = cursor.fetchone()[0]
    if said != "spent":
        raise ApprovalDecided(id=decision.id, because=said)
    _end(decision, "done", checker, decision.reason, now=now)
    if decision.kind == "act":
        difference = Difference.objects.get(decisions=decision)
        acts.do(Choice(decision.choice), lines_of(difference), now=now)
    else:
        hands.take_up(decision)


def _settle(decision: Decision, checker: Person, *, now: datetime) -> None:
    difference = Difference.objects.get(decisions=decision)
    actor = Actor(kind="officer", id=str(checker.pk))
    because = f"voucher {decision.id}: {decision.reason}"
    trail.advance(difference, to="settled", actor=actor, because=because, now=now,
                  ended_at=now, ended_because=because[:200])  # fmt: skip
    ending.close_case(difference, actor=actor, because=because, now=now)


def _locked(decision_id: UUID) -> Decision:
    decision = Decision.objects.select_for_update().filter(pk=decision_id).first()
    if decision is None:
        raise MatchingProposalOver(id=decision_id, state="unknown")
    if decision.difference_id is not None:
        Difference.objects.select_for_update().get(pk=decision.difference_id)
    return decision


def _end(decision: Decision, to: str, checker: Person, because: str, *, now: datetime) -> None:
    actor = Actor(kind="officer", id=str(checker.pk))
    trail.advance(decision, to=to, actor=actor, because=because, now=now)


def _told(posting: Posting) -> dict[str, Any]:
    return {
        "id": str(posting.id),
        "code": posting.code,
        "debit": [posting.debit.kind, posting.debit.owner],
        "credit": [posting.credit.kind, posting.credit.owner],
        "amount_fen": posting.amount_fen,
    }


__all__ = ["TIME_TO_DECIDE", "accept", "ask", "match", "refuse", "unmatch"]
