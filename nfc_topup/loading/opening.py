"""Opens a load: repair first, one at a time per card, with a terminal number nobody foresees."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import new_id
from accounts.models import TransitCard
from nfc_topup import guarding, keyring
from nfc_topup.card import scripts
from nfc_topup.card.profiles import CardProfile
from nfc_topup.errors import AmountRefused, LoadUnresolved
from nfc_topup.lifecycle import LIVE, SESSION_TTL, UNRESOLVED
from nfc_topup.loading.permits import refuse_loaded_order, refuse_unless_in_use
from nfc_topup.loading.values import Conversation
from nfc_topup.models import CardApplication, Load
from nfc_topup.vault.port import Purpose

TERMINAL_LENGTH = 6
SWEEP_LIMIT = 500


def open_load(
    card: TransitCard, order_id: UUID, amount_fen: int, actor: Actor, now: datetime
) -> Conversation:
    """Begin a load and give the script that ends with INITIALIZE over our amount and terminal.

    The same order and amount while its session lives gives the same load and script again; any
    other load that was opened and never sealed is abandoned. LoadUnresolved while a seal of this
    card is out, whoever asks and whichever of its applications it was for; OrderAlreadyLoaded,
    CardNotInUse, LoadLocked, AmountRefused, KeyUnknown, ProfileUnknown.
    """
    profile = keyring.profile_of(card)
    refuse_unless_in_use(card)
    refuse_loaded_order(order_id)
    if not 0 < amount_fen <= profile.load_cap_fen:
        raise AmountRefused(amount_fen=amount_fen, cap_fen=profile.load_cap_fen)
    with transaction.atomic():
        application = _application(card, profile, now)
        guarding.refuse_new(application, actor, now)
        live = _live_load(application)
        if live is not None and _goes_on(live, order_id, amount_fen, profile, now):
            return _conversation(live, profile)
        if live is not None:
            trail.advance(
                live,
                to="abandoned",
                actor=actor,
                because="another load of the card was opened",
                now=now,
                ended_at=now,
            )
        load = _new_load(application, profile, order_id, amount_fen, actor, now)
    return _conversation(load, profile)


def load_cap_fen(card: TransitCard) -> int:
    """The most that one load may put onto this card; ProfileUnknown."""
    return keyring.profile_of(card).load_cap_fen


def abandon_stale(now: datetime) -> int:
    """Abandon loads that were opened and never sealed within their session; how many."""
    with transaction.atomic():
        stale = Load.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state="opened", expires_at__lt=now
        )[:SWEEP_LIMIT]
        loads = list(stale)
        for load in loads:
            trail.advance(
                load,
                to="abandoned",
                actor=WORKER,
                because="no challenge came within the session",
                now=now,
                ended_at=now,
            )
    return len(loads)


def new_terminal(profile: CardProfile) -> bytes:
    """A terminal number of 6 bytes, random after the profile's prefix: it makes MAC1 fresh."""
    prefix = profile.terminal_prefix
    return prefix + secrets.token_bytes(TERMINAL_LENGTH - len(prefix))


def _application(card: TransitCard, profile: CardProfile, now: datetime) -> CardApplication:
    """The application in use, locked; one that is retired while we wait for it gives way."""
    in_use = {"asn": card.asn, "aid": profile.aid.hex().upper(), "retired_at": None}
    locked = None
    while locked is None:
        CardApplication.objects.get_or_create(**in_use, defaults={"id": new_id(now)})
        locked = CardApplication.objects.select_for_update().filter(**in_use).first()
    return locked


def _live_load(application: CardApplication) -> Load | None:
    """The load that is opened for this application; LoadUnresolved while a seal of the card is
    out, for whichever of its applications."""
    live = list(Load.objects.filter(application__asn=application.asn, state__in=LIVE))
    for load in live:
        if load.state in UNRESOLVED:
            raise LoadUnresolved(load_id=load.id)
    return next((load for load in live if load.application_id == application.pk), None)


def _goes_on(
    live: Load, order_id: UUID, amount_fen: int, profile: CardProfile, now: datetime
) -> bool:
    """Whether the opened load is the one that is asked for again."""
    asked = (order_id, amount_fen, profile.name)
    same = (live.order_id, live.amount_fen, live.profile_name) == asked
    return same and now <= live.expires_at and live.mac1_refusals == 0


def _new_load(
    application: CardApplication,
    profile: CardProfile,
    order_id: UUID,
    amount_fen: int,
    actor: Actor,
    now: datetime,
) -> Load:
    return Load.objects.create(
        id=new_id(now),
        order_id=order_id,
        application=application,
        amount_fen=amount_fen,
        terminal=new_terminal(profile).hex().upper(),
        profile_name=profile.name,
        key_index=profile.vault_index,
        load_key_version=keyring.active_key(Purpose.LOAD, profile.vault_index, now).version,
        tac_key_version=keyring.active_key(Purpose.TAC, profile.vault_index, now).version,
        opened_at=now,
        expires_at=now + SESSION_TTL,
        opened_by_kind=actor.kind,
        opened_by_id=actor.id,
    )


def _conversation(load: Load, profile: CardProfile) -> Conversation:
    script = scripts.opening_script(
        profile,
        amount_fen=load.amount_fen,
        terminal=bytes.fromhex(load.terminal),
        pin=keyring.pin_of(profile),
    )
    return Conversation(load_id=load.id, script=script)
