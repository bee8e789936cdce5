"""Changing a pool's rule profile: asked by one officer, replayed on history, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.errors import NotAProfileChange
from reserve_funds.custody.rules import replay
from reserve_funds.custody.rules.replay import Replay
from reserve_funds.errors import ProfileDayIsOpen
from reserve_funds.ledger import pools

PURPOSE = "rule_profile_change"
REPLAYED_DAYS = 90
TIME_TO_DECIDE = timedelta(days=3)


def ask(
    *,
    pool: int,
    profile: str,
    from_day: date,
    because: str,
    maker: Person,
    now: datetime,
    days: int = REPLAYED_DAYS,
) -> Approval:
    """One finance officer of the pool asks that its days from `from_day` on have this profile.

    The approval shows what the last `days` days would have been under it.
    NotAllowed, RuleProfileUnknown, PoolNotOpen, ProfileDayIsOpen.
    """
    if not people.has_role(maker, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    open_day = pools.open_day(pool)
    if from_day <= open_day:
        raise ProfileDayIsOpen(pool=pool, open=str(open_day), asked=str(from_day))
    seen = replay.replay(pool, profile, today=business_day(now), days=days)
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=pool,
        content={
            "profile": seen.profile,
            "from_day": str(from_day),
            "because": because[:200],
            "replay": told(seen),
        },
        fingerprint=pools.fingerprint_of_change(pool, seen.profile, from_day),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> None:
    """Another finance officer allows it, and the change is made, both or neither.

    ApprovalUnknown, NotAProfileChange, MakerIsChecker, NotAllowed, ApprovalExpired,
    ApprovalDecided (also when said again); ProfileDayIsOpen when the day has begun meanwhile.
    """
    with transaction.atomic():
        asked = approvals.get(approval_id)
        if asked.purpose != PURPOSE:
            raise NotAProfileChange(id=approval_id, purpose=asked.purpose)
        approvals.approve(approval_id, checker=checker, now=now)
        from_day = date.fromisoformat(asked.content["from_day"])
        pools.change_profile(asked.pool, asked.content["profile"], from_day, approval_id)
        trail.record(
            "rule_profile_changed",
            actor=Actor(kind="officer", id=str(checker.pk)),
            now=now,
            subject=f"approval:{approval_id}",
            pool=asked.pool,
            profile=asked.content["profile"],
            from_day=from_day,
        )


def told(seen: Replay) -> Mapping[str, Any]:
    """A replay as an approval shows it: names to numbers and words, no lists of rows."""
    return {
        "was": seen.was,
        "since": str(seen.since),
        "refused": seen.refused,
        "foreign": {
            each.code: {"count": each.count, "amount_fen": each.amount_fen} for each in seen.foreign
        },
        "loads": {
            each.rule: {
                "count": each.count,
                "amount_fen": each.amount_fen,
                "examples": list(each.examples),
            }
            for each in seen.loads
        },
        "placements": {owner: {"amount_fen": fen} for owner, fen in seen.placements},
        "new_rules": list(seen.new_rules),
        "lost_rules": list(seen.lost_rules),
        "other_rules": list(seen.other_rules),
        "unseen": list(seen.unseen),
    }
