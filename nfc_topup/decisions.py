"""Unclear loads before two officers: the list, the dossier, a proposal, and its carrying out.

Money follows in the roof (`gateway.topup.decisions`), which alone calls `carry_out`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, people, roles, trail
from accounts.actors import Actor
from accounts.errors import ApprovalExpired, NotAllowed
from accounts.identifiers import new_id
from accounts.masking import mask_card_no
from accounts.models import Person
from nfc_topup import explaining, keyring, queries
from nfc_topup.dossier import Proposal
from nfc_topup.doubts import digest, dossier, fingerprint, proposal, waiting
from nfc_topup.lifecycle import DECIDABLE
from nfc_topup.loading.locks import lock_load
from nfc_topup.loading.proofs import new_balance_fen, verdict_of
from nfc_topup.loading.values import Verdict
from nfc_topup.models import Decision, Load
from nfc_topup.officer_errors import (
    DecisionNotApproved,
    DecisionUnknown,
    EvidenceChanged,
    NothingUndecided,
    ReasonMissing,
    VerdictUnknown,
)

MAKER_ROLE = CHECKER_ROLE = roles.FINANCE_OFFICER
PURPOSE = "load_decision"
VALID_FOR = timedelta(hours=24)
VERDICTS = ("loaded", "not_loaded")
LONGEST_REASON = 200

__all__ = ["carry_out", "dossier", "get", "propose", "refuse", "waiting"]


def propose(
    load_id: UUID,
    *,
    verdict: str,
    reason: str,
    seen: str,
    maker: Person,
    now: datetime,
    expires_at: datetime | None = None,
) -> Proposal:
    """One officer proposes `loaded` or `not_loaded`; nothing moves before a second one approves.

    `seen` is the dossier's. NotAllowed unless the maker is a finance officer of the card's pool,
    LoadUnknown, NothingUndecided, EvidenceChanged, VerdictUnknown, ReasonMissing (also for one
    above 200 characters). Expires after 24 hours where nothing else is said.
    """
    if verdict not in VERDICTS:
        raise VerdictUnknown(verdict=verdict)
    told = reason.strip()
    if not told or len(told) > LONGEST_REASON:
        raise ReasonMissing(length=len(told))
    with transaction.atomic():
        load = lock_load(load_id)
        pool = queries.pool_of(load.application.asn)
        if not people.has_role(maker, MAKER_ROLE, pool, now):
            raise NotAllowed("a finance officer of the pool proposes", person=maker.pk, pool=pool)
        if load.state != DECIDABLE:
            raise NothingUndecided(load_id=load.id, state=load.state)
        if digest(load.id).hex() != seen:
            raise EvidenceChanged(load_id=load.id)
        decision_id, until = new_id(now), expires_at or now + VALID_FOR
        print_ = fingerprint(load.id, verdict, told)
        approval = approvals.ask(
            maker=maker,
            purpose=PURPOSE,
            pool=pool,
            content=_content(load, decision_id, verdict, told, seen),
            fingerprint=print_,
            now=now,
            expires_at=until,
            checker_role=CHECKER_ROLE,
        )
        decision = Decision.objects.create(
            id=decision_id,
            load=load,
            pool=pool,
            verdict=verdict,
            reason=told,
            fingerprint=print_,
            approval_id=approval.id,
            proposed_by=maker.pk,
            proposed_at=now,
            expires_at=until,
        )
    return proposal(decision, approval.state, stale=False)


def refuse(decision_id: UUID, *, checker: Person, now: datetime) -> Proposal:
    """The second officer refuses, for good; another proposal may follow. Errors as `carry_out`."""
    decision = get(decision_id)
    approvals.refuse(decision.approval_id, checker=checker, now=now)
    return proposal(decision, "refused", stale=False)


def carry_out(decision_id: UUID, *, checker: Person, now: datetime) -> Verdict:
    """The second officer approves, the approval is spent and the load ends, in the caller's
    transaction: all of it or nothing.

    DecisionUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, NothingUndecided
    (the card was faster, or it was carried out before), EvidenceChanged: then propose anew.
    """
    officer = Actor(kind="officer", id=str(checker.pk))
    with transaction.atomic():
        decision = get(decision_id)
        load = lock_load(decision.load_id)
        if load.state != DECIDABLE:
            raise NothingUndecided(load_id=load.id, state=load.state)
        approvals.approve(decision.approval_id, checker=checker, now=now)
        _spend(decision)
        profile = keyring.profile_named(load.profile_name)
        seal = queries.seal_of(load.id)
        assert seal is not None, "an unresolved load has its seal"
        loaded = decision.verdict == "loaded"
        why = explaining.decided(decision.verdict, decision.reason)
        trail.advance(
            load,
            to=decision.verdict,
            actor=officer,
            because=why[1],
            now=now,
            ended_at=now,
            ended_by="officers",
            new_balance_fen=new_balance_fen(load, seal, profile) if loaded else None,
        )
        explaining.keep(
            load,
            decision.verdict,
            "two_officers",
            why,
            source_id=decision.id,
            actor=officer,
            now=now,
        )
        trail.record(
            "load_decided",
            actor=officer,
            now=now,
            subject=f"load:{load.id}",
            verdict=decision.verdict,
            proposed_by=decision.proposed_by,
            amount_fen=load.amount_fen,
        )
        return verdict_of(load, why=why)


def get(decision_id: UUID) -> Decision:
    """The proposal's row; DecisionUnknown."""
    found = Decision.objects.filter(pk=decision_id).first()
    if found is None:
        raise DecisionUnknown(id=decision_id)
    return found


def _spend(decision: Decision) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.nfc_topup_carry_out(%s)", [decision.id])
        said = cursor.fetchone()[0]
    if said in ("other_evidence", "other_content"):
        raise EvidenceChanged(load_id=decision.load_id)
    if said in ("resolved", "already_spent"):
        raise NothingUndecided(load_id=decision.load_id)
    if said == "expired":
        raise ApprovalExpired(id=decision.approval_id)
    if said != "spent":
        raise DecisionNotApproved(id=decision.id, said=said)


def _content(load: Load, decision_id: UUID, verdict: str, reason: str, seen: str) -> dict[str, str]:
    return {
        "decision_id": str(decision_id),
        "load_id": str(load.id),
        "verdict": verdict,
        "reason": reason,
        "amount_fen": str(load.amount_fen),
        "card": mask_card_no(load.application.asn),
        "evidence": seen,
    }
