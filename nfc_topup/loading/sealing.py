"""Seals a load: the vault answers first, then the row is written, and only then MAC2 may leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.clock import SHANGHAI
from accounts.identifiers import new_id
from nfc_topup import guarding, keyring, queries
from nfc_topup.card import scripts
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import (
    CardAlgorithmUnsupported,
    LoadNotOpen,
    LoadUnresolved,
    Mac1Wrong,
    SessionExpired,
)
from nfc_topup.lifecycle import MAC1_STRIKES, UNRESOLVED
from nfc_topup.loading.authorising import ask_vault, unless_forged
from nfc_topup.loading.challenges import Presented, present, read_opening, refusal_of
from nfc_topup.loading.contradicting import in_question
from nfc_topup.loading.locks import lock_with_its_card, raise_watermark
from nfc_topup.loading.permits import refuse_loaded_order
from nfc_topup.loading.refusing import notice_jump, refuse
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


def prepare_seal(load_id: UUID, answers: list[str], actor: Actor, now: datetime) -> PreparedSeal:
    """Read the card's answers to the opening script and have the vault answer its challenge.

    Call it outside any transaction: refusals that smell are kept as alarms before they are
    raised, and a wrong MAC1 is counted against `actor`. The challenge that was sealed before is
    prepared again with the same MAC2 and digits.
    LoadUnknown, LoadNotOpen, SessionExpired, LoadUnresolved (another challenge while the seal is
    out), LoadLocked, OtherCard, ChallengeRefused and its kin, CardAnswerUnreadable and its kin.
    """
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    return _prepare(load, profile, read_opening(load, profile, answers), actor, now)


def prepare_bare_seal(
    load_id: UUID, challenge: Challenge, actor: Actor, now: datetime
) -> PreparedSeal:
    """As prepare_seal, for a party that drives the card itself and hands over the challenge alone.

    FactorUnavailable for cards whose key needs more than their number.
    """
    load = queries.get(load_id)
    profile = keyring.profile_named(load.profile_name)
    return _prepare(load, profile, present(challenge, load, profile), actor, now)


def commit_seal(prepared: PreparedSeal, actor: Actor, now: datetime) -> Seal:
    """Write the seal inside the caller's transaction; its script may leave once that commits.

    The same challenge again gives the row's MAC2 and digits, `is_new` False, whoever came first.
    LoadUnresolved, LoadNotOpen, ChallengeReplayed, CounterRolledBack when another was faster;
    CardNotInUse when the card was reported lost meanwhile (the report waits for us, or we for it),
    OrderAlreadyLoaded, LoadLocked. Locks: card, application, load.
    """
    with transaction.atomic():
        load = lock_with_its_card(prepared.load_id)
        given = queries.seal_of(load.id)
        if given is not None:
            _refuse_other_challenge(load, given, prepared.challenge)
            return _seal(load, given, is_new=False)
        _refuse_unless_open(load, now)
        profile = keyring.profile_named(load.profile_name)
        decided = in_question(load.application)
        refusal = refusal_of(prepared.challenge, load, profile, load.application, decided)
        if refusal is not None:
            raise refusal
        guarding.refuse_new(load.application, actor, now)
        refuse_loaded_order(load.order_id)
        notice_jump(load, prepared.challenge, profile, decided, actor, now)
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


def _prepare(
    load: Load, profile: CardProfile, presented: Presented, actor: Actor, now: datetime
) -> PreparedSeal:
    given = queries.seal_of(load.id)
    if given is not None:
        return _again(load, given, presented)
    _refuse_unless_open(load, now)
    decided = in_question(load.application)
    refusal = refusal_of(presented.challenge, load, profile, load.application, decided)
    if refusal is not None:
        given = queries.seal_of(load.id)
        if given is not None:  # a twin was sealed between our looks: its seal is ours too
            return _again(queries.get(load.id), given, presented)
    if isinstance(refusal, CardAlgorithmUnsupported):  # no MAC1 that we could compare
        refuse(load, presented.challenge, refusal, actor, now)
    digits = now.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
    with guarding.comparison(load.application, actor, now) as compared:
        if refusal is not None:
            refusal = unless_forged(presented, load, profile, refusal)
        else:
            mac2 = ask_vault(presented, load, profile, digits)
            refusal = Mac1Wrong(load_id=load.id) if isinstance(mac2, Mac1Refused) else None
        compared.verifies = not isinstance(refusal, Mac1Wrong)
    if refusal is not None:
        refuse(load, presented.challenge, refusal, actor, now)
    assert isinstance(mac2, bytes), "a challenge that is not refused is sealed"
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
