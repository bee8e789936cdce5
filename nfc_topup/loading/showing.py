"""A card is shown: MAC1 over a fresh question proves that it is here and what it holds.

It is a load that is opened and never sealed: the vault verifies MAC1 over our random amount and
terminal, and the MAC2 that it makes along the way is thrown away, so nothing can be written.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.models import TransitCard
from nfc_topup import keyring, queries
from nfc_topup.card.purse import Challenge
from nfc_topup.errors import ChallengeReplayed, LoadNotOpen
from nfc_topup.loading.challenges import keep_seen, was_seen
from nfc_topup.loading.locks import lock_with_its_card
from nfc_topup.loading.opening import open_load
from nfc_topup.loading.sealing import prepare_seal
from nfc_topup.loading.values import Conversation
from nfc_topup.models import Load, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedShowing:
    """A challenge whose MAC1 verified, not yet written down."""

    load_id: UUID
    challenge: Challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the card proved: its balance and its counter."""

    load_id: UUID
    balance_fen: int
    counter: int
    seen_at: datetime


def open_showing(card: TransitCard, cause: UUID, actor: Actor, now: datetime) -> Conversation:
    """The script that asks the card for MAC1 over an amount nobody foresees. Errors of open_load.

    `cause` is what the showing is for; the same while its session lives gives the same script.
    """
    open_now = Load.objects.filter(order_id=cause, state="opened", expires_at__gte=now).first()
    most = keyring.profile_of(card).question_cap_fen
    amount_fen = open_now.amount_fen if open_now else 1 + secrets.randbelow(most)
    return open_load(card, cause, amount_fen, actor, now)


def prepare_showing(
    load_id: UUID, answers: list[str], actor: Actor, now: datetime
) -> PreparedShowing:
    """Has the vault verify MAC1, outside any transaction. Errors of prepare_seal."""
    prepared = prepare_seal(load_id, answers, actor, now)
    return PreparedShowing(load_id=load_id, challenge=prepared.challenge)


def commit_showing(prepared: PreparedShowing, actor: Actor, now: datetime) -> Shown:
    """Writes the sighting and ends the load, in the caller's transaction; twice is once.

    CardNotInUse, LoadNotOpen, ChallengeReplayed.
    """
    with transaction.atomic():
        load = lock_with_its_card(prepared.load_id)
        known = Sighting.objects.filter(source_id=load.id, proof="mac1").first()
        if known is not None:
            return _shown(load, known)
        if load.state != "opened" or queries.seal_of(load.id) is not None:
            raise LoadNotOpen(load_id=load.id, state=load.state)
        if was_seen(load.application, prepared.challenge):
            raise ChallengeReplayed(counter=prepared.challenge.counter)
        sighting = keep_seen(load, prepared.challenge, now)
        trail.advance(
            load,
            to="abandoned",
            actor=actor,
            because="the card was shown; nothing was to be written",
            now=now,
            ended_at=now,
        )
    return _shown(load, sighting)


def _shown(load: Load, sighting: Sighting) -> Shown:
    return Shown(
        load_id=load.id,
        balance_fen=sighting.balance_fen,
        counter=sighting.counter,
        seen_at=sighting.seen_at,
    )
