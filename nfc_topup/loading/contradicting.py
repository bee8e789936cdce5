"""A card disproves what had been decided: the load keeps both, people hear of it, the book follows.

A decision of two officers is in question until the card is next proved to be as it says. One made
by evidence is only ever met by a TAC, the one thing that no copy of a counter can make.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts import duties, trail
from accounts.actors import Actor
from nfc_topup import explaining, incidents
from nfc_topup.explaining import Why
from nfc_topup.incidents import IncidentKind
from nfc_topup.models import CardApplication, Load

FOLLOW = "load.follow"
"""The duty of the roof: the money of a load goes where the card has put it after all."""


def in_question(application: CardApplication) -> Load | None:
    """The load that two officers decided and no card has confirmed: nothing was sealed since."""
    sealed = Load.objects.filter(application=application, sealed_at__isnull=False)
    last = sealed.order_by("-sealed_at", "-id").first()
    if last is None or last.ended_by != "officers" or last.contradicted_at is not None:
        return None
    return last if not last.tac else None


def expected_counter(application: CardApplication, decided: Load | None) -> int | None:
    """The highest counter that what we know explains, None before the first proved sight."""
    watermark = application.counter_watermark
    if watermark is None or decided is None or decided.state != "loaded":
        return watermark
    assert decided.counter is not None, "a decided load was sealed"
    return max(watermark, decided.counter + 1)


def disproves(decided: Load, counter: int, *, only_issuer: bool) -> bool:
    """Whether this counter, under MAC1 of a question of ours, is the opposite of the decision."""
    assert decided.counter is not None, "a decided load was sealed"
    if decided.state == "loaded":
        return counter == decided.counter
    return only_issuer and counter == decided.counter + 1


def contradict(
    decided: Load, counter: int, *, source_id: UUID, actor: Actor, now: datetime
) -> None:
    """Write down that MAC1 over a fresh question disproves two officers; the load is locked."""
    after_all = decided.state == "not_loaded"
    decided.contradicted_at = now
    Load.objects.filter(pk=decided.pk).update(contradicted_at=now)
    if after_all:
        _tell(decided, counter, "counter_after_all", explaining.COUNTER_AFTER_ALL,
              source_id=source_id, actor=actor, now=now)  # fmt: skip
        return
    _tell(decided, counter, "counter_never_moved", explaining.COUNTER_NEVER_MOVED,
          source_id=source_id, actor=actor, now=now)  # fmt: skip


def keep_late_tac(load: Load, tac: str, *, source_id: UUID, actor: Actor, now: datetime) -> None:
    """Keep a TAC that verified after the load had ended; against the decision, it contradicts."""
    assert load.counter is not None, "a load with a TAC was sealed"
    against = load.state == "not_loaded" or load.contradicted_at is not None
    load.tac = tac
    if against:
        load.contradicted_at = now
    Load.objects.filter(pk=load.pk).update(tac=tac, contradicted_at=load.contradicted_at)
    if against:
        _tell(load, load.counter + 1, "tac_after_all", explaining.LATE_TAC,
              source_id=source_id, actor=actor, now=now)  # fmt: skip


def _tell(
    load: Load,
    counter: int,
    reason: str,
    why: Why,
    *,
    source_id: UUID,
    actor: Actor,
    now: datetime,
) -> None:
    assert load.counter is not None, "a decided load was sealed"
    credited = reason != "counter_never_moved"
    outcome = "loaded_after_refusal" if credited else "not_loaded_after_all"
    kind = IncidentKind.CREDITED_AFTER_ALL if credited else IncidentKind.NOT_CREDITED_AFTER_ALL
    alarm = "card_credited_after_refusal" if credited else "card_not_credited_after_decision"
    explaining.keep(load, outcome, reason, why, source_id=source_id, actor=actor, now=now)
    incidents.notice(
        kind,
        load.application,
        known=load.counter if credited else load.counter + 1,
        seen=counter,
        source_id=source_id,
        actor=actor,
        now=now,
        load=load,
    )
    trail.alarm(alarm, actor=actor, now=now, subject=f"load:{load.id}")
    duties.owe(FOLLOW, load.id, now=now)
