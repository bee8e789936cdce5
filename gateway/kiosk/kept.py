"""Cash that was kept and is no order (no quota, a pool being wound down): its claim to come back.

Whoever brings card and slip gets it back by two officers, as any claim (gateway.kiosk.claims); from
the first day on, and for as long as it is no order. A shop's notes are its own: the shop gives
them back, and two officers take note. Locks: the intake, then its claim.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from gateway.kiosk import matters, shops
from gateway.kiosk.errors import ClaimNotOpen
from gateway.kiosk.models import Claim, Intake
from reserve_funds import postings
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger.values import Posting


def hold(intake_id: UUID, *, because: str, actor: Actor, now: datetime) -> None:
    """The cash stays the intake's: it may be claimed from now on, and people are told."""
    with transaction.atomic():
        rows = Intake.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
        intake = rows.get(pk=intake_id)
        if intake.state == "open":
            trail.advance(intake, to="kept", actor=actor, because=because, now=now)
        if intake.state != "kept":
            return
        claim = _claim_of(intake, now)
        cases.open_case(
            matters.CASH_KEPT, pool=claim.pool, subject=claim.subject, now=now,
            amount_fen=intake.taken_fen, because=because, kiosk=intake.kiosk.code,
        )  # fmt: skip


def grew(intake: Intake) -> None:
    """One more note fell into it: the claim is of all of them. The caller holds the intake."""
    rows = Claim.objects.select_for_update(of=("self",))
    claim = rows.filter(pk=intake.id, state="waiting").first()
    if claim is not None:
        Claim.objects.filter(pk=claim.pk).update(amount_fen=intake.taken_fen)


def became_order(intake: Intake, *, actor: Actor, now: datetime) -> None:
    """It is an order after all, and claims as that. The caller holds the intake."""
    claim = Claim.objects.select_for_update(of=("self",)).filter(pk=intake.id).first()
    if claim is not None:
        trail.advance(claim, to="ordered", actor=actor, because="it became an order", now=now)


def locked(claim_id: UUID) -> Claim | None:
    """The claim of kept cash that may be given back now; None where the id is no intake's.

    ClaimNotOpen once it is an order, or was given back.
    """
    rows = Intake.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
    intake = rows.filter(pk=claim_id).first()
    if intake is None:
        return None
    claim = Claim.objects.select_for_update(of=("self",)).filter(pk=claim_id).first()
    if claim is None or claim.state != "waiting" or intake.state != "kept":
        raise ClaimNotOpen(claim=claim_id, state=claim.state if claim else intake.state)
    claim.intake = intake
    return claim


def ways_of(claim: Claim) -> tuple[str, ...]:
    """How it may be given back: by whom the notes belong to."""
    if not claim.is_kept:
        return ("cash", "bank")
    return ("shop",) if shops.is_prepaid(claim.intake.kiosk) else ("cash", "bank")


def returned(claim: Claim, *, actor: Actor, because: str, now: datetime) -> None:
    """It is no card's any more; nobody has to look after it. After its pay-out was agreed."""
    trail.advance(claim.intake, to="returned", actor=actor, because=because, now=now)
    cases.close_case(
        matters.CASH_KEPT, pool=claim.pool, subject=claim.subject, actor=actor, because=because,
        now=now,
    )  # fmt: skip


def given_in_cash(
    claim: Claim, box: str, now: datetime, approval_id: UUID | None = None
) -> Posting:
    """Out of a box, to whom it fell from: the book lets nothing else be paid like this."""
    return postings.of(
        "cash_given_back", claim.pool, claim.id, debit=postings.received(claim.id),
        credit=postings.account("cash_in_transit", box), amount_fen=claim.amount_fen,
        event_at=now, approval_id=approval_id,
    )  # fmt: skip


def _claim_of(intake: Intake, now: datetime) -> Claim:
    """By its intake's id; the same while it is kept."""
    known = Claim.objects.select_for_update(of=("self",)).filter(pk=intake.id).first()
    if known is not None:
        return known
    pool = intake.kiosk.operator.pool
    return Claim.objects.create(
        id=intake.id,
        intake=intake,
        pool=pool,
        collected_by=pool,
        amount_fen=intake.taken_fen,
        deadline=now,
        made_at=now,
    )
