"""Seals a load: the vault answers first, then the row is written, and only then MAC2 may leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.clock import SHANGHAI
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from nfc_topup import guarding, keyring, queries
from nfc_topup.card import scripts
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import (
    ChallengeRefused,
    KeyVersionNotServing,
    LoadNotOpen,
    LoadUnresolved,
    Mac1Wrong,
    SessionExpired,
)
from nfc_topup.lifecycle import MAC1_STRIKES, UNRESOLVED
from nfc_topup.loading.authorising import ask_vault, unless_forged
from nfc_topup.loading.challenges import Presented, keep_seen, present, read_opening, refusal_of
from nfc_topup.loading.contradicting import in_question
from nfc_topup.loading.locks import lock_with_its_card
from nfc_topup.loading.permits import refuse_loaded_order
from nfc_topup.loading.refusing import notice_jump, refuse
from nfc_topup.loading.values import Seal
from nfc_topup.models import Load, LoadSeal
from nfc_topup.vault.port import Authorised, Candidate

_SERVING_KEYS = "nfc_topup_seal_is_made_by_serving_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSeal:
    """A seal that exists nowhere yet. MAC2 stays inside until commit_seal has written the row."""

    load_id: UUID
    challenge: Challenge
    by: Candidate
    tac: tuple[Candidate, ...]
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
    OrderAlreadyLoaded, LoadLocked; KeyVersionNotServing when its key retired meanwhile. Locks:
    card, application, load, its keys.
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
        row = _write(load, prepared, now)
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
        sealed_since = load.state == "opened"
        return _again(queries.get(load.id) if sealed_since else load, given, presented)
    _refuse_unless_open(load, now)
    decided = in_question(load.application)
    refusal = refusal_of(presented.challenge, load, profile, load.application, decided)
    if refusal is not None:
        given = queries.seal_of(load.id)
        if given is not None:  # a twin was sealed between our looks: its seal is ours too
            return _again(queries.get(load.id), given, presented)
    if presented.choice.refusal is not None:  # no key to compare a MAC1 with
        guarding.refuse_locked(load.application, actor, now)
        refuse(load, presented.challenge, presented.choice.refusal, actor, now)
    digits = now.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
    with guarding.comparison(load.application, actor, now) as compared:
        if refusal is not None:
            said: Authorised | ChallengeRefused = unless_forged(presented, load, profile, refusal)
        else:
            said = ask_vault(presented, load, profile, digits)
        if not isinstance(said, KeyVersionNotServing):  # neither a forger nor a card in use
            compared.verifies = not isinstance(said, Mac1Wrong)
    if not isinstance(said, Authorised):
        refuse(load, presented.challenge, said, actor, now)
    return PreparedSeal(
        load_id=load.id,
        challenge=presented.challenge,
        by=said.by,
        tac=presented.choice.tac_beside(said.by, load),
        digits=digits,
        mac2=said.mac2,
    )


def _again(load: Load, given: LoadSeal, presented: Presented) -> PreparedSeal:
    _refuse_other_challenge(load, given, presented.challenge)
    return PreparedSeal(
        load_id=load.id,
        challenge=presented.challenge,
        by=keyring.load_key_of(load, given),
        tac=keyring.tac_keys_of(load, given),
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


def _write(load: Load, prepared: PreparedSeal, now: datetime) -> LoadSeal:
    keep_seen(load, prepared.challenge, now)
    try:
        return _write_seal(load, prepared, now)
    except IntegrityError as error:
        if constraint_of(error) == _SERVING_KEYS:  # retired since it was prepared
            raise KeyVersionNotServing(load_id=load.id, version=prepared.by.key.version) from error
        raise


def _write_seal(load: Load, prepared: PreparedSeal, now: datetime) -> LoadSeal:
    challenge = prepared.challenge
    return LoadSeal.objects.create(
        id=new_id(now),
        load=load,
        application=load.application,
        counter=challenge.counter,
        card_random=challenge.card_random.hex().upper(),
        balance_raw=challenge.balance_raw,
        mac1=challenge.mac1.hex().upper(),
        key_version=challenge.key_version,
        load_key_version=prepared.by.key.version,
        tac_keys=[
            {"version": one.key.version, "factors": _hex(one.diversifiers)} for one in prepared.tac
        ],
        digits=prepared.digits,
        mac2=prepared.mac2.hex().upper(),
        diversifiers=_hex(prepared.by.diversifiers),
        sealed_at=now,
    )


def _hex(factors: tuple[bytes, ...]) -> list[str]:
    return [factor.hex().upper() for factor in factors]


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
