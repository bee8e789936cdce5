"""Seals a load: the vault answers first, then the row is written, and only then MAC2 may leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import trail
from accounts.actors import SYSTEM, Actor
from accounts.clock import SHANGHAI
from accounts.identifiers import new_id
from nfc_topup import keyring, queries
from nfc_topup.card import scripts
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import (
    ChallengeRefused,
    ChallengeReplayed,
    CounterRolledBack,
    LoadNotOpen,
    LoadUnresolved,
    Mac1Wrong,
    SessionExpired,
)
from nfc_topup.lifecycle import MAC1_STRIKES, UNRESOLVED
from nfc_topup.loading.authorising import ask_vault, unless_forged
from nfc_topup.loading.challenges import Presented, present, read_opening, refusal_of
from nfc_topup.loading.locks import lock_load, raise_watermark
from nfc_topup.loading.values import Seal
from nfc_topup.models import Challenge as ChallengeRow
from nfc_topup.models import Load, LoadSeal, Sighting
from nfc_topup.vault.port import Mac1Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSeal:
    """A seal that exists nowhere yet. MAC2 stays inside until commit_seal has written the row."""

    load_id: UUID
    challenge: Challenge
    diversifiers: tuple[bytes, ...]
    digits: str
    mac2: bytes = field(repr=False)


def prepare_seal(load_id: UUID, answers: list[str], now: datetime) -> PreparedSeal:
    """Read the card's answers to the opening script and have the vault answer its challenge.

    Call it outside any transaction: refusals that smell are kept as alarms before they are
    raised. The challenge that was sealed before is prepared again with the same MAC2 and digits.
    LoadUnknown, LoadNotOpen, SessionExpired, LoadUnresolved (another challenge while the seal is
    out), OtherCard, ChallengeRefused and its kin, CardAnswerUnreadable and its kin.
    """
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    return _prepare(load, profile, read_opening(load, profile, answers), now)


def prepare_bare_seal(load_id: UUID, challenge: Challenge, now: datetime) -> PreparedSeal:
    """As prepare_seal, for a party that drives the card itself and hands over the challenge alone.

    FactorUnavailable for cards whose key needs more than their number.
    """
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    return _prepare(load, profile, present(challenge, load, profile), now)


def commit_seal(prepared: PreparedSeal, actor: Actor, now: datetime) -> Seal:
    """Write the seal inside the caller's transaction; its script may leave once that commits.

    The same challenge again gives the row's MAC2 and digits, `is_new` False, whoever came first.
    LoadUnresolved, LoadNotOpen, ChallengeReplayed, CounterRolledBack when another was faster.
    """
    with transaction.atomic():
        load = lock_load(prepared.load_id)
        given = queries.seal_of(load.id)
        if given is not None:
            _refuse_other_challenge(load, given, prepared.challenge)
            return _seal(load, given, is_new=False)
        _refuse_unless_open(load, now)
        profile = keyring.profile_named(load.profile_name)
        refusal = refusal_of(prepared.challenge, load, profile, load.application)
        if refusal is not None:
            raise refusal
        _notice_jump(load, prepared.challenge, actor, now)
        row = _write(load, prepared, profile, now)
        trail.advance(
            load,
            to="sealed",
            actor=actor,
            because="MAC1 verified, MAC2 given out",
            now=now,
            sealed_at=now,
            counter=row.counter,
        )
        return _seal(load, row, is_new=True)


def _prepare(load: Load, profile: CardProfile, presented: Presented, now: datetime) -> PreparedSeal:
    given = queries.seal_of(load.id)
    if given is not None:
        return _again(load, given, presented)
    _refuse_unless_open(load, now)
    refusal = refusal_of(presented.challenge, load, profile, load.application)
    if refusal is not None:
        given = queries.seal_of(load.id)
        if given is not None:  # a twin was sealed between our looks: its seal is ours too
            return _again(queries.get(load.id), given, presented)
        _refuse(load, unless_forged(presented, load, profile, refusal), now)
    digits = now.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
    mac2 = ask_vault(presented, load, profile, digits)
    if isinstance(mac2, Mac1Refused):
        _refuse(load, Mac1Wrong(load_id=load.id), now)
    return PreparedSeal(
        load_id=load.id,
        challenge=presented.challenge,
        diversifiers=presented.diversifiers,
        digits=digits,
        mac2=mac2,
    )


def _again(load: Load, given: LoadSeal, presented: Presented) -> PreparedSeal:
    _refuse_other_challenge(load, given, presented.challenge)
    return PreparedSeal(
        load_id=load.id,
        challenge=presented.challenge,
        diversifiers=presented.diversifiers,
        digits=given.digits,
        mac2=bytes.fromhex(given.mac2),
    )


def _refuse_other_challenge(load: Load, given: LoadSeal, challenge: Challenge) -> None:
    """Only the sealed challenge may come again, and only while its load is unresolved."""
    if load.state not in UNRESOLVED:
        raise LoadNotOpen(load_id=load.id, state=load.state)
    known = (given.counter, given.card_random, given.balance_raw, given.mac1)
    if known != (
        challenge.counter,
        challenge.card_random.hex().upper(),
        challenge.balance_raw,
        challenge.mac1.hex().upper(),
    ):
        raise LoadUnresolved("a seal for another challenge is out", load_id=load.id)


def _refuse_unless_open(load: Load, now: datetime) -> None:
    if load.state != "opened" or load.mac1_refusals >= MAC1_STRIKES:
        raise LoadNotOpen(load_id=load.id, state=load.state)
    if now > load.expires_at:
        raise SessionExpired(load_id=load.id, state=load.state)


def _refuse(load: Load, refusal: ChallengeRefused, now: datetime) -> NoReturn:
    """Keep what smells, count wrong MACs, and raise: nothing else moves."""
    if isinstance(refusal, Mac1Wrong | ChallengeReplayed | CounterRolledBack):
        with transaction.atomic():
            if isinstance(refusal, Mac1Wrong):
                Load.objects.filter(pk=load.pk).update(mac1_refusals=F("mac1_refusals") + 1)
            trail.alarm(
                refusal.code,
                actor=SYSTEM,
                now=now,
                subject=f"load:{load.id}",
                **{key: value for key, value in refusal.facts.items() if key != "load_id"},
            )
    raise refusal


def _notice_jump(load: Load, challenge: Challenge, actor: Actor, now: datetime) -> None:
    """A counter further on than our loads explain: somebody else loads the card, or we lost one."""
    watermark = load.application.counter_watermark
    if watermark is not None and challenge.counter > watermark:
        trail.alarm(
            "card_counter_jump",
            actor=actor,
            now=now,
            subject=f"load:{load.id}",
            expected=watermark,
            counter=challenge.counter,
        )


def _write(load: Load, prepared: PreparedSeal, profile: CardProfile, now: datetime) -> LoadSeal:
    challenge = prepared.challenge
    card_random = challenge.card_random.hex().upper()
    ChallengeRow.objects.create(
        application=load.application,
        counter=challenge.counter,
        card_random=card_random,
        answer=challenge.to_bytes().hex().upper(),
        asked_by=load.id,
        seen_at=now,
    )
    Sighting.objects.create(
        application=load.application,
        counter=challenge.counter,
        balance_fen=profile.balance_fen(challenge.balance_raw),
        proof="mac1",
        source_id=load.id,
        seen_at=now,
    )
    raise_watermark(load.application_id, challenge.counter)
    return LoadSeal.objects.create(
        id=new_id(now),
        load=load,
        application=load.application,
        counter=challenge.counter,
        card_random=card_random,
        balance_raw=challenge.balance_raw,
        mac1=challenge.mac1.hex().upper(),
        key_version=challenge.key_version,
        digits=prepared.digits,
        mac2=prepared.mac2.hex().upper(),
        diversifiers=[factor.hex().upper() for factor in prepared.diversifiers],
        sealed_at=now,
    )


def _seal(load: Load, row: LoadSeal, *, is_new: bool) -> Seal:
    profile = keyring.profile_named(load.profile_name)
    return Seal(
        load_id=load.id,
        script=scripts.credit_script(row.digits, bytes.fromhex(row.mac2)),
        is_new=is_new,
        counter=row.counter,
        digits=row.digits,
        balance_fen=profile.balance_fen(row.balance_raw),
    )
