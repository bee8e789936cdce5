"""Takes what came back after CREDIT: a TAC that verifies ends the load, anything else is doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import WORKER, Actor
from nfc_topup import explaining, keyring, queries
from nfc_topup.card import purse, scripts, status_words
from nfc_topup.card.apdu import Answer
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.scripts import Act
from nfc_topup.errors import LoadNotSealed
from nfc_topup.lifecycle import SILENCE_TTL
from nfc_topup.loading.locks import lock_load
from nfc_topup.loading.opening import SWEEP_LIMIT
from nfc_topup.loading.proofs import end_as_loaded, tac_verifies, verdict_of
from nfc_topup.loading.values import Verdict
from nfc_topup.models import Load, LoadSeal, ProofAttempt

MOST_ATTEMPTS_KEPT = 50
LONGEST_SAID = 600
LEFT = (
    "卡片没有回答就离开了,结果未知。",
    "The card left before it answered, so the result is unknown.",
)
NO_TAC = (
    "卡片回答成功但没有给出交易凭证(TAC),结果未知。",
    "The card answered 9000 without a TAC, so the result is unknown.",
)
WRONG_TAC = (
    "收到的交易凭证(TAC)没有通过验证,不能作为依据,结果未知。",
    "The TAC that was sent does not verify and is no evidence, so the result is unknown.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedProof:
    """What the card said to CREDIT, checked by the vault. `tac` is hex, empty without one."""

    load_id: UUID
    tac: str
    verifies: bool
    why: tuple[str, str]
    said: str


def take_proof(load_id: UUID, answers: list[str], actor: Actor, now: datetime) -> Verdict:
    """prepare_proof and commit_proof in a row."""
    return commit_proof(prepare_proof(load_id, answers), actor, now)


def prepare_proof(load_id: UUID, answers: list[str]) -> PreparedProof:
    """Read the answer to the CREDIT script and ask the vault about its TAC; nothing is written.

    LoadUnknown, LoadNotSealed, and CardAnswerUnreadable for text that is no answer at all.
    """
    load = queries.get(load_id)
    seal = _seal_of(load)
    profile = keyring.profile_named(load.profile_name)
    script = scripts.credit_script(seal.digits, bytes.fromhex(seal.mac2))
    lines = scripts.read_transcript(script, answers)
    given = scripts.answers_of(lines, Act.CREDIT)
    tac, why = _tac_in(given[0] if given else None)
    verifies = tac is not None and tac_verifies(load, seal, profile, tac)
    if tac is not None:
        why = explaining.CREDIT_TAC if verifies else WRONG_TAC
    return PreparedProof(
        load_id=load_id,
        tac=tac.hex().upper() if tac else "",
        verifies=verifies,
        why=why,
        said=answers[0].strip().upper()[:LONGEST_SAID],
    )


def commit_proof(prepared: PreparedProof, actor: Actor, now: datetime) -> Verdict:
    """Write what the proof says, in the caller's transaction. Twice is once; days late is in time.

    Verdict `loaded` for a TAC that verifies; `in_doubt` for everything else, never failed; what
    was decided before stays decided (`loaded`, `not_loaded`), except `loaded_after_refusal`.
    """
    with transaction.atomic():
        load = lock_load(prepared.load_id)
        seal = _seal_of(load)
        _keep_attempt(load, prepared, actor, now)
        if prepared.verifies:
            profile = keyring.profile_named(load.profile_name)
            end_as_loaded(
                load,
                seal,
                profile,
                tac=prepared.tac,
                ended_by="credit",
                reason="tac_of_credit",
                why=prepared.why,
                source_id=load.id,
                actor=actor,
                now=now,
            )
            return verdict_of(load)
        if prepared.tac and not compare_digest(load.tac, prepared.tac):
            trail.alarm("card_tac_wrong", actor=actor, now=now, subject=f"load:{load.id}")
        if load.state == "sealed":
            trail.advance(load, to="in_doubt", actor=actor, because=prepared.why[1], now=now)
            explaining.keep(
                load, "in_doubt", "no_proof", prepared.why, source_id=load.id, actor=actor, now=now
            )
        return verdict_of(load)


def mark_silent(now: datetime) -> list[UUID]:
    """Put loads whose seal got no proof in time into doubt, and say which: no terminal needed."""
    with transaction.atomic():
        silent = Load.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state="sealed", sealed_at__lt=now - SILENCE_TTL
        )[:SWEEP_LIMIT]
        loads = list(silent)
        for load in loads:
            trail.advance(
                load, to="in_doubt", actor=WORKER, because="no proof came in time", now=now
            )
        explaining.keep_all(
            ((load, "in_doubt", "silence", explaining.SILENT, load.id) for load in loads),
            actor=WORKER,
            now=now,
        )
    return [load.id for load in loads]


def _seal_of(load: Load) -> LoadSeal:
    seal = queries.seal_of(load.id)
    if seal is None:
        raise LoadNotSealed(load_id=load.id, state=load.state)
    return seal


def _keep_attempt(load: Load, prepared: PreparedProof, actor: Actor, now: datetime) -> None:
    """Keep what was sent as it came, each answer once; a flood of wrong ones is kept in part."""
    kept = ProofAttempt.objects.filter(load=load)
    if not prepared.verifies and kept.count() >= MOST_ATTEMPTS_KEPT:
        return
    attempt = ProofAttempt(
        load=load,
        said=prepared.said,
        tac=prepared.tac,
        verifies=prepared.verifies,
        why_zh=prepared.why[0],
        why_en=prepared.why[1],
        actor_kind=actor.kind,
        actor_id=actor.id,
        sent_at=now,
    )
    ProofAttempt.objects.bulk_create([attempt], ignore_conflicts=True)


def _tac_in(answer: Answer | None) -> tuple[bytes | None, tuple[str, str]]:
    """The TAC, or why there is none, in both languages."""
    if answer is None:
        return None, LEFT
    if not answer.ok:
        word = status_words.meaning(answer.sw, status_words.CREDIT)
        return None, (
            f"卡片回答 {word.text}({word.zh}),状态字不是凭证,结果未知。",
            f"The card answered {word.text} ({word.en}); a status word is no proof.",
        )
    try:
        return purse.parse_tac(answer.data), NO_TAC
    except CardAnswerUnreadable:
        return None, NO_TAC
