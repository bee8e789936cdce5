"""Keeps what a refused challenge shows before it is refused: alarms, incidents, contradictions."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from django.db import transaction
from django.db.models import F

from accounts import trail
from accounts.actors import SYSTEM, Actor
from nfc_topup import incidents
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import (
    ChallengeRefused,
    ChallengeReplayed,
    CounterRolledBack,
    DecisionContradicted,
    KeyVersionUnknown,
    Mac1Wrong,
)
from nfc_topup.incidents import IncidentKind
from nfc_topup.loading.contradicting import contradict, expected_counter, in_question
from nfc_topup.loading.locks import lock_load, raise_watermark
from nfc_topup.models import Load

SMELLS = (Mac1Wrong, ChallengeReplayed, CounterRolledBack, KeyVersionUnknown)


def refuse(
    load: Load, challenge: Challenge, refusal: ChallengeRefused, actor: Actor, now: datetime
) -> NoReturn:
    """Keep what smells, count wrong MACs, let a contradiction be known, and raise."""
    with transaction.atomic():
        if isinstance(refusal, (Mac1Wrong, KeyVersionUnknown)):  # so many to a load, no more
            Load.objects.filter(pk=load.pk).update(mac1_refusals=F("mac1_refusals") + 1)
        if isinstance(refusal, SMELLS):
            trail.alarm(
                refusal.code,
                actor=SYSTEM,
                now=now,
                subject=f"load:{load.id}",
                **{key: value for key, value in refusal.facts.items() if key != "load_id"},
            )
        if isinstance(refusal, CounterRolledBack):
            _notice_rollback(load, challenge, actor, now)
        if isinstance(refusal, DecisionContradicted):
            _contradict(load, challenge, actor, now)
    raise refusal


def notice_jump(
    load: Load,
    challenge: Challenge,
    profile: CardProfile,
    decided: Load | None,
    actor: Actor,
    now: datetime,
) -> None:
    """A counter further on than our loads explain: somebody else loads the card, or we lost one.

    Where the profile says that others load these cards too, that is an alarm and no incident.
    """
    known = expected_counter(load.application, decided)
    if known is None or challenge.counter <= known:
        return
    trail.alarm(
        "card_counter_jump",
        actor=actor,
        now=now,
        subject=f"load:{load.id}",
        expected=known,
        counter=challenge.counter,
    )
    if profile.only_issuer:
        incidents.notice(
            IncidentKind.JUMPED,
            load.application,
            known=known,
            seen=challenge.counter,
            source_id=load.id,
            actor=actor,
            now=now,
        )


def _notice_rollback(load: Load, challenge: Challenge, actor: Actor, now: datetime) -> None:
    known = load.application.counter_watermark
    assert known is not None, "only a known counter can go back"
    incidents.notice(
        IncidentKind.ROLLED_BACK,
        load.application,
        known=known,
        seen=challenge.counter,
        source_id=load.id,
        actor=actor,
        now=now,
    )


def _contradict(load: Load, challenge: Challenge, actor: Actor, now: datetime) -> None:
    """Hold the challenge against the decision, unless somebody was faster."""
    lock_load(load.id)
    decided = in_question(load.application)
    if decided is None:
        return
    contradict(lock_load(decided.id), challenge.counter, source_id=load.id, actor=actor, now=now)
    raise_watermark(load.application_id, challenge.counter)
