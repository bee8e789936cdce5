"""Ends a doubt by what the card itself proves when it is seen again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import TransitCard
from nfc_topup import evidence, keyring, queries
from nfc_topup.card import scripts
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import NothingUnresolved
from nfc_topup.evidence import Findings, Outcome, Ruling
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.loading.challenges import read_whose_card, was_seen
from nfc_topup.loading.locks import lock_load, raise_watermark
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
from nfc_topup.models import Challenge as ChallengeRow
from nfc_topup.models import Inquiry, Load, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEvidence:
    """What a card showed, checked by the vault. `tac` is a proof's that verifies, hex or empty."""

    inquiry_id: UUID
    findings: Findings
    challenge: Challenge | None
    tac: str
    answers: list[str] = field(repr=False)


def open_evidence(card: TransitCard, actor: Actor, now: datetime) -> Conversation:
    """A single-use question to a card whose load is unresolved; NothingUnresolved without one.

    Asks for the proof first, then for MAC1 over a random small amount and terminal, which no
    recorded answer can have and which ends the session of the MAC2 that is out.
    """
    with transaction.atomic():
        waiting = queries.unresolved_load_of(card)
        load = lock_load(waiting.id) if waiting else None
        if load is None or load.state not in UNRESOLVED:
            raise NothingUnresolved(card_id=card.id)
        profile = keyring.profile_named(load.profile_name)
        inquiry = Inquiry.objects.create(
            id=new_id(now),
            load=load,
            amount_fen=1 + secrets.randbelow(profile.question_cap_fen),
            terminal=new_terminal(profile).hex().upper(),
            issued_at=now,
        )
    script = evidence_script_of(inquiry, load, profile)
    return Conversation(load_id=load.id, script=script, inquiry_id=inquiry.id)


def take_evidence(inquiry_id: UUID, answers: list[str], actor: Actor, now: datetime) -> Verdict:
    """prepare_evidence and commit_evidence in a row."""
    return commit_evidence(prepare_evidence(inquiry_id, answers), actor, now)


def prepare_evidence(inquiry_id: UUID, answers: list[str]) -> PreparedEvidence:
    """Read the answers to the evidence script and ask the vault; nothing is written.

    InquiryUnknown, OtherCard, CardAnswerUnreadable and its kin for text that is no transcript.
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
    return PreparedEvidence(
        inquiry_id=inquiry_id,
        findings=Findings(
            load_counter=seal.counter,
            proof_tac_verifies=bool(tac),
            mac1_verifies=fresh_mac1_verifies(challenge, inquiry, seal, profile),
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
        ruling = evidence.judge(prepared.findings)
        _keep_answer(inquiry, prepared, ruling, actor, now)
        _keep_sight(load, inquiry, prepared, now)
        if ruling.alarm:
            trail.alarm(ruling.alarm, actor=actor, now=now, subject=f"load:{load.id}")
        return _follow(load, prepared, ruling, actor, now)


def _follow(
    load: Load, prepared: PreparedEvidence, ruling: Ruling, actor: Actor, now: datetime
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
            because=ruling.why_en,
            actor=actor,
            now=now,
        )
        return verdict_of(load, why=None if load.contradicted_at else why)
    if load.state not in UNRESOLVED:
        return verdict_of(load)
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


def _keep_answer(
    inquiry: Inquiry, prepared: PreparedEvidence, ruling: Ruling, actor: Actor, now: datetime
) -> None:
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


def _keep_sight(load: Load, inquiry: Inquiry, prepared: PreparedEvidence, now: datetime) -> None:
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
