"""Reads a card's challenge out of a transcript, and says why one may not be sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nfc_topup import keyring
from nfc_topup.card import purse, scripts, status_words
from nfc_topup.card.apdu import parse_command
from nfc_topup.card.files import PublicData
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import COUNTER_MAX, Challenge
from nfc_topup.card.scripts import Act, Line
from nfc_topup.errors import (
    CardLeft,
    CardRefusedStep,
    ChallengeRefused,
    ChallengeReplayed,
    CounterExhausted,
    CounterRolledBack,
    DecisionContradicted,
    OtherCard,
    PurseWouldOverflow,
)
from nfc_topup.loading.choosing import Choice, choose
from nfc_topup.loading.contradicting import disproves
from nfc_topup.loading.locks import raise_watermark
from nfc_topup.models import CardApplication, Load, Sighting
from nfc_topup.models import Challenge as ChallengeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A challenge and the keys that the card that gave it may have."""

    challenge: Challenge
    choice: Choice


def read_opening(load: Load, profile: CardProfile, answers: Sequence[str]) -> Presented:
    """The challenge at the end of the opening script.

    CardAnswerUnreadable and its kin, OtherCard, CardLeft, CardRefusedStep.
    """
    script = scripts.opening_script(
        profile,
        amount_fen=load.amount_fen,
        terminal=bytes.fromhex(load.terminal),
        pin=keyring.pin_of(profile),
    )
    lines = scripts.read_transcript(script, answers)
    public = read_whose_card(lines, profile, load.application.asn)
    _refuse_unfinished(lines)
    challenge = purse.parse_challenge(scripts.answers_of(lines, Act.INITIALIZE)[0].data)
    return present(challenge, load, profile, issuer_id=public.issuer_id if public else None)


def present(
    challenge: Challenge, load: Load, profile: CardProfile, *, issuer_id: bytes | None = None
) -> Presented:
    """A challenge with the keys that the load's own card may have, whoever gave it.

    FactorUnavailable where a level asks for `issuer_id` (file 15) and it is not known.
    """
    choice = choose(challenge, load, profile, issuer_id=issuer_id)
    return Presented(challenge=challenge, choice=choice)


def read_whose_card(lines: Sequence[Line], profile: CardProfile, asn: str) -> PublicData | None:
    """File 15 of the transcript, None when the card gave none; OtherCard when it is not `asn`'s."""
    given = [answer for answer in scripts.answers_of(lines, Act.FILE15) if answer.ok]
    if not given:
        return None
    public = profile.parse_file15(given[0].data)
    if public.asn != asn:
        raise OtherCard("another card than the order's")
    return public


def refusal_of(
    challenge: Challenge,
    load: Load,
    profile: CardProfile,
    application: CardApplication,
    decided: Load | None,
) -> ChallengeRefused | None:
    """Why a challenge with a right MAC1 may still not be sealed, None when it may.

    `decided` is what officers decided of this card and no card has confirmed.
    """
    counter, watermark = challenge.counter, application.counter_watermark
    if watermark is not None and counter < watermark:
        return CounterRolledBack(counter=counter, watermark=watermark)
    if was_seen(application, challenge):
        return ChallengeReplayed(counter=counter)
    if decided is not None and disproves(decided, counter, only_issuer=profile.only_issuer):
        return DecisionContradicted(load_id=decided.id)
    if counter >= COUNTER_MAX:
        return CounterExhausted(counter=counter)
    balance_fen = profile.balance_fen(challenge.balance_raw)
    if balance_fen + load.amount_fen > profile.balance_cap_fen:
        return PurseWouldOverflow(amount_fen=load.amount_fen, cap_fen=profile.balance_cap_fen)
    return None


def keep_seen(load: Load, challenge: Challenge, now: datetime) -> Sighting:
    """Write down a challenge whose MAC1 was true, and what the card held; its counter is used."""
    ChallengeRow.objects.create(
        application=load.application,
        counter=challenge.counter,
        card_random=challenge.card_random.hex().upper(),
        answer=challenge.to_bytes().hex().upper(),
        asked_by=load.id,
        seen_at=now,
    )
    raise_watermark(load.application_id, challenge.counter)
    return Sighting.objects.create(
        application=load.application,
        counter=challenge.counter,
        balance_fen=keyring.profile_named(load.profile_name).balance_fen(challenge.balance_raw),
        proof="mac1",
        source_id=load.id,
        seen_at=now,
    )


def was_seen(application: CardApplication, challenge: Challenge) -> bool:
    """Whether this answer (counter and card random) was taken before."""
    return ChallengeRow.objects.filter(
        application=application,
        counter=challenge.counter,
        card_random=challenge.card_random.hex().upper(),
    ).exists()


def _refuse_unfinished(lines: Sequence[Line]) -> None:
    """CardLeft or CardRefusedStep unless every step was answered with 9000."""
    for line in lines:
        if line.answer is None:
            raise CardLeft(step=line.step.act.value)
        if not line.answer.ok:
            ins = parse_command(bytes.fromhex(line.step.apdu_hex)).ins
            word = status_words.meaning(line.answer.sw, ins)
            raise CardRefusedStep(step=line.step.act.value, sw=word.text, meaning=word.en)
