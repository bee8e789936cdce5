"""Keeps what a card showed when it was asked: answers, sights, alarms, and what it disproves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts import trail
from accounts.actors import Actor
from nfc_topup import incidents, keyring
from nfc_topup.card.purse import Challenge
from nfc_topup.evidence import Findings, Outcome, Ruling
from nfc_topup.incidents import IncidentKind
from nfc_topup.loading.contradicting import contradict, disproves, in_question
from nfc_topup.loading.locks import raise_watermark
from nfc_topup.models import Challenge as ChallengeRow
from nfc_topup.models import Inquiry, Load, Sighting

COUNTER_INCIDENTS = {
    "counter_back": IncidentKind.ROLLED_BACK,
    "counter_jumped": IncidentKind.JUMPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEvidence:
    """What a card showed, checked by the vault. `tac` is a proof's that verifies, hex or empty."""

    inquiry_id: UUID
    findings: Findings
    challenge: Challenge | None
    tac: str
    answers: list[str] = field(repr=False)


def keep_answer(
    inquiry: Inquiry, prepared: PreparedEvidence, ruling: Ruling, actor: Actor, now: datetime
) -> None:
    """The question is answered once: what came back, and how it was ruled."""
    trail.advance(
        inquiry,
        to="answered",
        actor=actor,
        because=ruling.why_en,
        now=now,
        answered_at=now,
        answers=prepared.answers,
        outcome=ruling.outcome.value,
        reason=ruling.reason,
    )


def keep_sight(load: Load, inquiry: Inquiry, prepared: PreparedEvidence, now: datetime) -> None:
    """Keep the balance and counter that MAC1 over our nonce proved."""
    challenge, found = prepared.challenge, prepared.findings
    if challenge is None or not found.mac1_verifies or found.nonce_seen_before:
        return
    ChallengeRow.objects.create(
        application=load.application,
        counter=challenge.counter,
        card_random=challenge.card_random.hex().upper(),
        answer=challenge.to_bytes().hex().upper(),
        asked_by=inquiry.id,
        seen_at=now,
    )
    profile = keyring.profile_named(load.profile_name)
    Sighting.objects.create(
        application=load.application,
        counter=challenge.counter,
        balance_fen=profile.balance_fen(challenge.balance_raw),
        proof="mac1",
        source_id=inquiry.id,
        seen_at=now,
    )
    raise_watermark(load.application_id, challenge.counter)


def notice(
    load: Load,
    inquiry: Inquiry,
    prepared: PreparedEvidence,
    ruling: Ruling,
    actor: Actor,
    now: datetime,
) -> None:
    """Raise the ruling's alarm, and an incident where no load of ours explains the counter.

    Where others load these cards too, a jump is an alarm and no incident.
    """
    if not ruling.alarm:
        return
    kind = COUNTER_INCIDENTS.get(ruling.reason)
    assert load.counter is not None, "a question is asked about a sealed load only"
    known, seen = load.application.counter_watermark or load.counter, prepared.findings.counter
    if kind is IncidentKind.JUMPED:
        known = max(known, load.counter + 1)
        if seen is not None and seen <= known:
            return  # later loads of ours explain it
    trail.alarm(ruling.alarm, actor=actor, now=now, subject=f"load:{load.id}")
    profile = keyring.profile_named(load.profile_name)
    if kind is None or seen is None or (kind is IncidentKind.JUMPED and not profile.only_issuer):
        return
    incidents.notice(
        kind,
        load.application,
        known=known,
        seen=seen,
        source_id=inquiry.id,
        actor=actor,
        now=now,
        load=load,
    )


def hold_against(
    load: Load,
    inquiry: Inquiry,
    prepared: PreparedEvidence,
    ruling: Ruling,
    actor: Actor,
    now: datetime,
) -> None:
    """Hold what the card proved against a decision of two officers that is still in question."""
    if ruling.outcome is Outcome.UNCLEAR or in_question(load.application) != load:
        return
    assert prepared.challenge is not None, "without a TAC a ruling rests on a counter"
    profile = keyring.profile_named(load.profile_name)
    counter = prepared.challenge.counter
    if disproves(load, counter, only_issuer=profile.only_issuer):
        contradict(load, counter, source_id=inquiry.id, actor=actor, now=now)
