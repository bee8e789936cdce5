"""Ends a doubt by what the card itself proves when it is seen again."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import TransitCard
from nfc_topup import evidence, explaining, guarding, keyring, queries
from nfc_topup.card import scripts
from nfc_topup.errors import NothingUnresolved
from nfc_topup.evidence import Findings, Outcome, Ruling
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.loading.challenges import read_whose_card, was_seen
from nfc_topup.loading.contradicting import in_question
from nfc_topup.loading.keeping import (
    PreparedEvidence,
    hold_against,
    keep_answer,
    keep_sight,
    notice,
)
from nfc_topup.loading.locks import lock_load
from nfc_topup.loading.opening import new_terminal
from nfc_topup.loading.proofs import end_as_loaded, verdict_of
from nfc_topup.loading.sights import (
    evidence_script_of,
    fresh_challenge,
    fresh_mac1_verifies,
    log_shows,
    proved_tac,
)
from nfc_topup.loading.values import Conversation, Verdict
from nfc_topup.models import CardApplication, Inquiry, Load


def open_evidence(card: TransitCard, actor: Actor, now: datetime) -> Conversation:
    """A single-use question to a card whose load is unresolved, or was ended by two officers and
    not confirmed by any card since; NothingUnresolved without one. Anybody may ask.

    Asks for the proof first, then for MAC1 over a random small amount and terminal, which no
    recorded answer can have and which ends the session of the MAC2 that is out.
    """
    with transaction.atomic():
        load = _load_to_ask_about(card)
        profile = keyring.profile_named(load.profile_name)
        inquiry = Inquiry.objects.create(
            id=new_id(now),
            load=load,
            amount_fen=1 + secrets.randbelow(profile.question_cap_fen),
            terminal=new_terminal(profile).hex().upper(),
            issued_at=now,
            asked_by_kind=actor.kind,
            asked_by_id=actor.id,
        )
    script = evidence_script_of(inquiry, load, profile)
    return Conversation(load_id=load.id, script=script, inquiry_id=inquiry.id)


def take_evidence(inquiry_id: UUID, answers: list[str], actor: Actor, now: datetime) -> Verdict:
    """prepare_evidence and commit_evidence in a row."""
    return commit_evidence(prepare_evidence(inquiry_id, answers, actor, now), actor, now)


def prepare_evidence(
    inquiry_id: UUID, answers: list[str], actor: Actor, now: datetime
) -> PreparedEvidence:
    """Read the answers to the evidence script and ask the vault. Call it outside any transaction.

    A wrong MAC1 is counted against `actor`; an answered question is not asked of the vault again.
    InquiryUnknown, OtherCard, CardAnswerUnreadable and its kin for text that is no transcript,
    LoadLocked while this actor is shut out.
    """
    inquiry = queries.inquiry(inquiry_id)
    load = inquiry.load
    seal = queries.seal_of(load.id)
    assert seal is not None, "a question is asked about a sealed load only"
    profile = keyring.profile_named(load.profile_name)
    lines = scripts.read_transcript(evidence_script_of(inquiry, load, profile), answers)
    read_whose_card(lines, profile, load.application.asn)
    tac = proved_tac(lines, load, seal, profile)
    challenge = fresh_challenge(lines)
    verifies = None
    if challenge is not None and inquiry.state == "asked":
        with guarding.comparison(load.application, actor, now) as compared:
            verifies = fresh_mac1_verifies(challenge, inquiry, seal, profile)
            compared.verifies = verifies
    return PreparedEvidence(
        inquiry_id=inquiry_id,
        findings=Findings(
            load_counter=seal.counter,
            proof_tac_verifies=bool(tac),
            mac1_verifies=verifies,
            counter=challenge.counter if challenge else None,
            only_issuer=profile.only_issuer,
            log_shows_it=log_shows(lines, load, seal, profile),
            nonce_seen_before=challenge is not None and was_seen(load.application, challenge),
        ),
        challenge=challenge,
        tac=tac,
        answers=list(answers),
    )


def commit_evidence(prepared: PreparedEvidence, actor: Actor, now: datetime) -> Verdict:
    """Rule, and write what was ruled, in the caller's transaction.

    A question answered before gives its first verdict again; a load decided meanwhile stays as it
    is, except that a TAC against a decided refusal is reported (`loaded_after_refusal`).
    """
    with transaction.atomic():
        load = lock_load(queries.inquiry(prepared.inquiry_id).load_id)
        inquiry = Inquiry.objects.select_for_update(of=("self",)).get(pk=prepared.inquiry_id)
        if inquiry.state == "answered":
            return _first_verdict(load, inquiry)
        known = load.application.counter_watermark
        ruling = evidence.judge(replace(prepared.findings, watermark=known))
        keep_answer(inquiry, prepared, ruling, actor, now)
        keep_sight(load, inquiry, prepared, now)
        notice(load, inquiry, prepared, ruling, actor, now)
        return _follow(load, inquiry, prepared, ruling, actor, now)


def _load_to_ask_about(card: TransitCard) -> Load:
    """The locked load that this card is asked about."""
    waiting = queries.unresolved_load_of(card)
    if waiting is not None:
        load = lock_load(waiting.id)
        if load.state in UNRESOLVED:
            return load
    for application in CardApplication.objects.filter(asn=card.asn).order_by("-created_at"):
        decided = in_question(application)
        if decided is not None:
            load = lock_load(decided.id)
            if in_question(load.application) == load:
                return load
    raise NothingUnresolved(card_id=card.id)


def _follow(
    load: Load,
    inquiry: Inquiry,
    prepared: PreparedEvidence,
    ruling: Ruling,
    actor: Actor,
    now: datetime,
) -> Verdict:
    """Move the locked load to where the ruling puts it."""
    why = (ruling.why_zh, ruling.why_en)
    seal = queries.seal_of(load.id)
    assert seal is not None, "a question is asked about a sealed load only"
    if ruling.outcome is Outcome.LOADED and (load.state in UNRESOLVED or prepared.tac):
        end_as_loaded(
            load,
            seal,
            keyring.profile_named(load.profile_name),
            tac=prepared.tac,
            ended_by="prove" if prepared.tac else "counter",
            reason=ruling.reason,
            why=why,
            source_id=inquiry.id,
            actor=actor,
            now=now,
        )
        return verdict_of(load, why=None if load.contradicted_at else why)
    if load.state not in UNRESOLVED:
        hold_against(load, inquiry, prepared, ruling, actor, now)
        return verdict_of(load)
    explaining.keep(
        load,
        ruling.outcome.value,
        ruling.reason,
        why,
        source_id=inquiry.id,
        actor=actor,
        now=now,
    )
    if ruling.outcome is Outcome.NOT_LOADED:
        trail.advance(
            load,
            to="not_loaded",
            actor=actor,
            because=ruling.why_en,
            now=now,
            ended_at=now,
            ended_by="fresh_mac1",
        )
        return verdict_of(load, why=why)
    return verdict_of(load, ruling.outcome.value, why)


def _first_verdict(load: Load, inquiry: Inquiry) -> Verdict:
    ruling = evidence.RULINGS[inquiry.reason]
    if load.state in UNRESOLVED:
        return verdict_of(load, ruling.outcome.value, (ruling.why_zh, ruling.why_en))
    same = load.state == ruling.outcome.value and not load.contradicted_at
    return verdict_of(load, why=(ruling.why_zh, ruling.why_en) if same else None)
