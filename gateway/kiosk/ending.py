"""Ends a day's differences that no record will heal: two officers take note, and nothing moves.

What the differences are worth shows where the money is counted: at the box, at the card.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, trail
from accounts.errors import ApprovalUnknown, MakerIsChecker
from accounts.models import Approval, Person
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk import matters
from gateway.kiosk.creating import fingerprint, officer, refuse_without
from gateway.kiosk.errors import SettlementNotFound, SettlementNotInOrder
from gateway.kiosk.models import Settlement
from reserve_funds.custody.cases import services as cases

PURPOSE = "kiosk_day_end"
TIME_TO_DECIDE = timedelta(days=7)


def get(settlement_id: UUID) -> Settlement:
    """One day's settlement with its kiosk; SettlementNotFound."""
    rows = Settlement.objects.select_related("kiosk__operator")
    found = rows.filter(pk=settlement_id).first()
    if found is None:
        raise SettlementNotFound(settlement=settlement_id)
    return found


def ask(settlement_id: UUID, *, because: str, maker: Person, now: datetime) -> Approval:
    """The first officer says why the differences stay. NotAllowed, SettlementNotInOrder."""
    settlement = get(settlement_id)
    pool = settlement.kiosk.operator.pool
    refuse_without(maker, KIOSK_OPERATOR, pool, now)
    if settlement.state != "differs":
        raise SettlementNotInOrder(state=settlement.state)
    open_ones = settlement.differences.filter(healed_at__isnull=True).order_by("number")
    content = {
        "settlement": str(settlement.id),
        "kiosk": settlement.kiosk.code,
        "day": str(settlement.day),
        "differences": [f"{one.number} {one.kind}" for one in open_ones[:50]],
        "because": because[:200],
    }
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content=content,
        fingerprint=fingerprint(content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=KIOSK_OPERATOR,
    )


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> Settlement:
    """The second officer agrees: the day is ended and its case closed. MakerIsChecker, NotAllowed,
    ApprovalUnknown, and SettlementNotInOrder where both sides agreed since."""
    asked = approvals.get(approval_id)
    if asked.purpose != PURPOSE:
        raise ApprovalUnknown(id=approval_id)
    if asked.maker_id == checker.pk:
        raise MakerIsChecker(id=approval_id, checker=checker.pk)
    with transaction.atomic():
        rows = Settlement.objects.select_for_update(of=("self",))
        settlement = rows.get(pk=UUID(asked.content["settlement"]))
        if settlement.state != "differs":
            raise SettlementNotInOrder(state=settlement.state)
        approvals.approve(approval_id, checker=checker, now=now)
        trail.advance(
            settlement, to="ended", actor=officer(checker), because=asked.content["because"],
            now=now, ended_by=approval_id,
        )  # fmt: skip
        cases.close_case(
            matters.DAY_DIFFERS, pool=asked.pool, subject=f"settlement:{settlement.id}",
            actor=officer(checker), because="two officers ended it", now=now,
        )  # fmt: skip
    return settlement
