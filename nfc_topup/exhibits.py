"""Lays out the evidence of one load as exhibits: each with its strength and what it does not prove.

Reads rows only; what was verified was verified when it came in, and nothing is asked of the vault.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from accounts import trail
from nfc_topup import evidence
from nfc_topup.card.profiles import CardProfile
from nfc_topup.claims import claimed_records
from nfc_topup.dossier import Exhibit, Kind, Says, Strength
from nfc_topup.evidence import Outcome
from nfc_topup.models import (
    Challenge,
    Incident,
    Inquiry,
    Load,
    LoadSeal,
    ProofAttempt,
    Sighting,
)

Actors = dict[tuple[UUID, str], str]


def of(load: Load, seal: LoadSeal | None, profile: CardProfile) -> tuple[Exhibit, ...]:
    """Every exhibit about this load, oldest first."""
    inquiries = list(Inquiry.objects.filter(load=load).order_by("issued_at", "id"))
    actors = _actors(load, inquiries)
    found = [*_steps(load), *_seals(load, seal, profile, actors)]
    found += _challenges(load, inquiries, actors)
    found += _sightings(load, inquiries, profile, actors)
    found += _proofs(load)
    for inquiry in inquiries:
        found += [_inquiry(inquiry, actors), *_log_records(inquiry, load, seal, profile, actors)]
    found += _incidents(load)
    return tuple(sorted(found, key=lambda one: one.at))


def _actors(load: Load, inquiries: list[Inquiry]) -> Actors:
    """Who moved the load and its questions, by subject and state."""
    subjects = [("load", load.id), *(("inquiry", inquiry.id) for inquiry in inquiries)]
    return {
        (move.subject_id, move.to_state): f"{move.actor_kind}:{move.actor_id}"
        for move in trail.histories(subjects)
    }


def _steps(load: Load) -> Iterator[Exhibit]:
    opened_by = f"{load.opened_by_kind}:{load.opened_by_id}" if load.opened_by_id else ""
    yield Exhibit(
        at=load.opened_at,
        kind=Kind.STEP,
        source_id=str(load.id),
        actor=opened_by,
        terminal=load.terminal,
        facts={"to": "opened", "amount_fen": load.amount_fen},
        strength=Strength.NOTHING,
        says=Says.NEITHER,
        zh="写卡会话开始,尚未授权。",
        en="The load was opened; nothing was authorised yet.",
    )
    for move in trail.history(Load.TRAIL_KIND, load.id):
        yield Exhibit(
            at=move.moved_at,
            kind=Kind.STEP,
            source_id=str(load.id),
            actor=f"{move.actor_kind}:{move.actor_id}",
            terminal=load.terminal,
            facts={"from": move.from_state, "to": move.to_state, "because": move.because},
            strength=Strength.NOTHING,
            says=Says.NEITHER,
            zh="状态变更记录,本身不证明是否写入。",
            en="A recorded change of state; it proves nothing about the credit by itself.",
        )


def _seals(
    load: Load, seal: LoadSeal | None, profile: CardProfile, actors: Actors
) -> Iterator[Exhibit]:
    if seal is None:
        return
    yield Exhibit(
        at=seal.sealed_at,
        kind=Kind.SEAL,
        source_id=str(seal.id),
        actor=actors.get((load.id, "sealed"), ""),
        terminal=load.terminal,
        facts={
            "counter": seal.counter,
            "balance_fen": profile.balance_fen(seal.balance_raw),
            "amount_fen": load.amount_fen,
            "moment": seal.digits,
        },
        strength=Strength.NOTHING,
        says=Says.NEITHER,
        zh="本平台此时发出授权(MAC2):卡片从此可能写入,是否写入不能由此得知。",
        en="We gave out MAC2: from here on the card may have written, which this does not tell.",
    )


def _challenges(load: Load, inquiries: list[Inquiry], actors: Actors) -> Iterator[Exhibit]:
    asked = {load.id: (actors.get((load.id, "sealed"), ""), load.terminal)}
    asked |= {one.id: (actors.get((one.id, "answered"), ""), one.terminal) for one in inquiries}
    for row in Challenge.objects.filter(asked_by__in=list(asked)).order_by("id"):
        actor, terminal = asked[row.asked_by]
        yield Exhibit(
            at=row.seen_at,
            kind=Kind.CHALLENGE,
            source_id=str(row.pk),
            actor=actor,
            terminal=terminal,
            facts={"counter": row.counter, "card_random": row.card_random},
            strength=Strength.PROOF,
            says=Says.NEITHER,
            zh="MAC1 验证通过:真卡此时在场;至于此前是否写入,看计数器。",
            en="MAC1 verified: the real card was there; its counter tells what was written before.",
        )


def _sightings(
    load: Load, inquiries: list[Inquiry], profile: CardProfile, actors: Actors
) -> Iterator[Exhibit]:
    terminals = {one.id: one.terminal for one in inquiries} | {load.id: load.terminal}
    seen = Sighting.objects.filter(application=load.application, seen_at__gte=load.opened_at)
    for row in seen.order_by("seen_at", "id"):
        strength, says, zh, en = _sighted(row, load, profile)
        by = actors.get((row.source_id, "answered")) or actors.get((row.source_id, "sealed"), "")
        yield Exhibit(
            at=row.seen_at,
            kind=Kind.SIGHTING,
            source_id=str(row.pk),
            actor=by,
            terminal=terminals.get(row.source_id, ""),
            facts={"proof": row.proof, "counter": row.counter, "balance_fen": row.balance_fen},
            strength=strength,
            says=says,
            zh=zh,
            en=en,
        )


def _sighted(row: Sighting, load: Load, profile: CardProfile) -> tuple[Strength, Says, str, str]:
    if row.source_id == load.id and row.proof == "tac":
        ruling = evidence.RULINGS["tac_verifies"]
        return Strength.PROOF, Says.LOADED, ruling.why_zh, ruling.why_en
    if row.source_id == load.id or load.counter is None:
        return (
            Strength.PROOF,
            Says.NEITHER,
            "授权前的余额和计数器由 MAC1 证明;不说明之后是否写入。",
            "MAC1 proves balance and counter before the authorisation, not what came after.",
        )
    ahead = row.counter - load.counter
    if ahead == 0:
        ruling = evidence.RULINGS["counter_same"]
        return Strength.PROOF, Says.NOT_LOADED, ruling.why_zh, ruling.why_en
    if ahead == 1 and profile.only_issuer:
        ruling = evidence.RULINGS["counter_one_on"]
        return Strength.PROOF, Says.LOADED, ruling.why_zh, ruling.why_en
    return (
        Strength.HINT,
        Says.LOADED if ahead > 0 else Says.NEITHER,
        "计数器由 MAC1 证明,但不能说明是哪一笔充值使它变化。",
        "MAC1 proves the counter, but not which load moved it.",
    )


def _proofs(load: Load) -> Iterator[Exhibit]:
    for row in ProofAttempt.objects.filter(load=load).order_by("id"):
        yield Exhibit(
            at=row.sent_at,
            kind=Kind.PROOF_ATTEMPT,
            source_id=str(row.pk),
            actor=f"{row.actor_kind}:{row.actor_id}",
            terminal=load.terminal,
            facts={"said": row.said, "verifies": row.verifies},
            strength=Strength.PROOF if row.verifies else Strength.NOTHING,
            says=Says.LOADED if row.verifies else Says.NEITHER,
            zh=row.why_zh,
            en=row.why_en,
        )


def _inquiry(inquiry: Inquiry, actors: Actors) -> Exhibit:
    ruling = evidence.RULINGS.get(inquiry.reason)
    asked_by = f"{inquiry.asked_by_kind}:{inquiry.asked_by_id}" if inquiry.asked_by_id else ""
    strength, says = Strength.NOTHING, Says.NEITHER
    if ruling is not None and ruling.outcome is not Outcome.UNCLEAR:
        strength, says = Strength.PROOF, Says(ruling.outcome.value)
    return Exhibit(
        at=inquiry.answered_at or inquiry.issued_at,
        kind=Kind.INQUIRY,
        source_id=str(inquiry.id),
        actor=actors.get((inquiry.id, "answered"), asked_by),
        terminal=inquiry.terminal,
        facts={
            "asked_by": asked_by,
            "asked_fen": inquiry.amount_fen,
            "answers": len(inquiry.answers),
            "reason": inquiry.reason,
        },
        strength=strength,
        says=says,
        zh=ruling.why_zh if ruling else "向卡片提出了复核问题,没有收到回答。",
        en=ruling.why_en if ruling else "The card was asked and no answer came.",
    )


def _log_records(
    inquiry: Inquiry, load: Load, seal: LoadSeal | None, profile: CardProfile, actors: Actors
) -> Iterator[Exhibit]:
    if seal is None or inquiry.answered_at is None:
        return
    for record, is_ours in claimed_records(inquiry, load, seal, profile):
        yield Exhibit(
            at=inquiry.answered_at,
            kind=Kind.LOG_RECORD,
            source_id=str(inquiry.id),
            actor=actors.get((inquiry.id, "answered"), ""),
            terminal=record.terminal.hex().upper(),
            facts={
                "counter": record.counter,
                "amount_fen": record.amount_fen,
                "type": record.type,
                "moment": record.digits,
                "is_this_load": is_ours,
            },
            strength=Strength.HINT if is_ours else Strength.NOTHING,
            says=Says.LOADED if is_ours else Says.NEITHER,
            zh="卡内记录与这笔圈存一致,但记录可以伪造,不是凭证。"
            if is_ours
            else "卡内另一条记录,与这笔圈存不符。",
            en="A log record names this load, but a log can be invented: no proof."
            if is_ours
            else "Another record of the card's log; it does not name this load.",
        )


def _incidents(load: Load) -> Iterator[Exhibit]:
    for row in Incident.objects.filter(load=load).order_by("happened_at", "id"):
        yield Exhibit(
            at=row.happened_at,
            kind=Kind.INCIDENT,
            source_id=str(row.id),
            actor=f"{row.actor_kind}:{row.actor_id}",
            terminal="",
            facts={
                "kind": row.kind,
                "state": row.state,
                "known_counter": row.known_counter,
                "seen_counter": row.seen_counter,
            },
            strength=Strength.NOTHING,
            says=Says.NEITHER,
            zh="异常事件:提示卡片或终端可疑,本身不说明是否写入。",
            en="An incident: card or terminal is suspicious; whether it was loaded is not told.",
        )
