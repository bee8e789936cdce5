"""Officers decide what machines set aside: one proposes, another allows, and it is done once.

list = deciding.set_aside(pool, now=now)
file = deciding.dossier(ref)
proposal = deciding.propose(ref, choice=..., maker=..., reason=..., seen=file.seen, now=now)
deciding.approve(proposal.id, checker=..., now=now)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.errors import NotAllowed
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.payments.decisions import dossiers, verdicts, waiting
from gateway.payments.decisions.matters import (
    Choice,
    Dossier,
    Matter,
    Proposal,
    SetAside,
    Wish,
)
from gateway.payments.errors import (
    ChoiceNotOffered,
    EvidenceChanged,
    ProposalOpen,
    ProposalOver,
    ReasonMissing,
)
from gateway.payments.models import Decision

TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200
_ONE_OPEN = "payments_matter_has_one_open_proposal"


def set_aside(pool: int | None, now: datetime) -> list[SetAside]:
    """What waits for people, of one pool or (None) of all, oldest first."""
    return waiting.listed(pool, now=now)


def dossier(ref: str) -> Dossier:
    """Everything about one matter, settled or not. Raises MatterUnknown."""
    return dossiers.dossier(ref)


def propose(
    ref: str,
    *,
    choice: Choice,
    maker: Person,
    reason: str,
    seen: str,
    now: datetime,
    wish: Wish | None = None,
) -> Proposal:
    """One officer says what should be done; nothing moves until another approves.

    `seen` is the dossier's fingerprint. Raises MatterUnknown, ChoiceNotOffered, ReasonMissing,
    EvidenceChanged, ProposalOpen, NotAllowed (no finance officer of the pool).
    """
    if not reason.strip():
        raise ReasonMissing(ref=ref)
    try:
        with transaction.atomic():
            given = wish or Wish()
            return _propose(ref, choice, maker, reason.strip(), seen, given, now=now)
    except IntegrityError as error:
        if constraint_of(error) != _ONE_OPEN:
            raise
        raise ProposalOpen(ref=ref) from error


def approve(proposal_id: UUID, *, checker: Person, now: datetime) -> Proposal:
    """A second officer allows it, and it is done in the same transaction; again changes nothing.

    Raises what `accounts.approvals.approve` raises (MakerIsChecker, NotAllowed, ApprovalExpired),
    ProposalOver, and EvidenceChanged, after which the proposal is stale and nothing has moved.
    """
    with transaction.atomic():
        case = dossiers.locked(verdicts.decision_of(proposal_id))
        decision = case.decision
        if decision.state == "done" and approvals.get(proposal_id).checker_id == checker.pk:
            return dossiers.proposal_of(decision)
        if decision.state != "proposed":
            raise ProposalOver(proposal_id=proposal_id, state=decision.state)
        stale = case.seen != decision.seen
        if stale:
            _end(decision, "stale", checker, "the evidence has changed", now=now)
        else:
            approvals.approve(proposal_id, checker=checker, now=now)
            verdicts.carry_out(case, checker=checker, now=now)
            _end(decision, "done", checker, decision.reason, now=now)
    if stale:
        raise EvidenceChanged(ref=decision.ref)
    return dossiers.proposal_of(decision)


def refuse(proposal_id: UUID, *, checker: Person, now: datetime) -> Proposal:
    """A second officer says no; the matter stays where it is. Raises as `approve` does."""
    with transaction.atomic():
        decision = dossiers.locked(verdicts.decision_of(proposal_id)).decision
        if decision.state != "proposed":
            raise ProposalOver(proposal_id=proposal_id, state=decision.state)
        approvals.refuse(proposal_id, checker=checker, now=now)
        _end(decision, "refused", checker, "refused by the second officer", now=now)
    return dossiers.proposal_of(decision)


def _propose(
    ref: str,
    choice: Choice,
    maker: Person,
    reason: str,
    seen: str,
    wish: Wish,
    *,
    now: datetime,
) -> Proposal:
    case = dossiers.opened(ref)
    if choice not in case.item.choices:
        raise ChoiceNotOffered(ref=ref, choice=str(choice))
    if not people.has_role(maker, FINANCE_OFFICER, case.item.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if case.seen != seen:
        raise EvidenceChanged(ref=ref)
    details = verdicts.details(case, choice, wish)
    approval = approvals.ask(
        maker=maker,
        purpose=f"payments.{choice}",
        pool=case.item.pool,
        content={"ref": ref, "choice": str(choice), "reason": reason, "seen": seen, **details},
        fingerprint=verdicts.fingerprint(case, choice, details, now=now),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    decision = Decision.objects.create(
        id=approval.pk,
        pool=case.item.pool,
        ref=ref,
        matter=str(case.item.matter),
        subject_id=case.item.subject_id,
        choice=str(choice),
        maker=maker,
        reason=reason[:_LONGEST_REASON],
        details=details,
        seen=seen,
        proposed_at=now,
    )
    return dossiers.proposal_of(decision)


def _end(decision: Decision, to: str, checker: Person, because: str, *, now: datetime) -> None:
    actor = Actor(kind="officer", id=str(checker.pk))
    trail.advance(decision, to=to, actor=actor, because=because, now=now)


__all__ = [
    "Choice",
    "Dossier",
    "Matter",
    "Proposal",
    "SetAside",
    "Wish",
    "approve",
    "dossier",
    "propose",
    "refuse",
    "set_aside",
]
