"""Four eyes on a key's end: one officer asks, another approves, and the value leaves the vault."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import approvals, trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.models import Approval, Person
from nfc_topup.keys.activation import DECIDED_WITHIN, PROVINCE
from nfc_topup.keys.custodians import OFFICER, custody_vault, may
from nfc_topup.keys.errors import (
    CardKeyUnknown,
    DestructionNotApproved,
    KeyInUse,
    KeyStillNeeded,
)
from nfc_topup.lifecycle import LIVE
from nfc_topup.models import CardKey, Load
from nfc_topup.vault.port import Purpose

PURPOSE = "card_key_destruction"

_NEEDED = "nfc_topup_key_waits_for_its_loads"
_NOT_APPROVED = "nfc_topup_destroyed_key_is_approved_by_two"


def ask(key_id: UUID, *, because: str, by: Person, now: datetime) -> Approval:
    """Ask that a retired key be destroyed; a second officer approves it within three days.

    NotAllowed, CardKeyUnknown, KeyInUse, KeyStillNeeded (loads without result need it).
    """
    may(by, OFFICER, "ask_destruction", now)
    key = key_named(key_id)
    _unless_needed(key, ("retired",))
    content = {
        "key": key.id,
        "purpose": key.purpose,
        "index": key.index,
        "version": key.version,
        "check_value": key.check_value,
        "home": key.home,
        "because": because,
    }
    return approvals.ask(
        maker=by,
        purpose=PURPOSE,
        pool=PROVINCE,
        content=content,
        fingerprint=fingerprint_of(key),
        now=now,
        expires_at=now + DECIDED_WITHIN,
        checker_role=OFFICER,
    )


def approve(key_id: UUID, approval_id: UUID, *, by: Person, now: datetime) -> CardKey:
    """Approve it and destroy the key: its row first, where the law decides, then in the vault.

    Approving again, once it is destroyed, makes sure that the vault has none: a silent token may
    have kept it. NotAllowed, CardKeyUnknown, KeyInUse, KeyStillNeeded, CeremonyElsewhere,
    DestructionNotApproved, and what approvals refuse (MakerIsChecker and its kin): then nothing
    has moved, the approval neither.
    """
    actor = may(by, OFFICER, "approve_destruction", now)
    key = key_named(key_id)
    _unless_needed(key, ("retired", "destroyed"))
    with custody_vault(key.home) as vault:
        if key.state == "retired":
            _destroy_row(key, approval_id, by, actor, now)
        vault.destroy(key.ref)
    return key


def waiting_for(key: CardKey) -> int:
    """How many loads without result need this key: by their seal, or the one they began with."""
    at_index = Q(key_index=key.index) | Q(key_index__isnull=True)
    if key.ref.purpose is Purpose.LOAD:
        needs = Q(seal__load_key_version=key.version)
        needs |= Q(seal__isnull=True, load_key_version=key.version)
    elif key.ref.purpose is Purpose.TAC:
        needs = Q(seal__tac_keys__contains=[{"version": key.version}])
        needs |= Q(seal__isnull=True, tac_key_version=key.version)
    else:
        return 0
    return Load.objects.filter(at_index & needs, state__in=LIVE).count()


def fingerprint_of(key: CardKey) -> bytes:
    """SHA-256 of what is destroyed; the database computes the same of the row."""
    told = [
        PURPOSE, key.id, key.purpose, key.index, key.version, key.algorithm, key.check_rule,
        key.check_value, key.fingerprint or "", key.home,
    ]  # fmt: skip
    return hashlib.sha256("|".join(map(str, told)).encode()).digest()


def key_named(key_id: UUID) -> CardKey:
    """A key that people look after, so none of the house's own; CardKeyUnknown."""
    found = CardKey.objects.filter(pk=key_id).exclude(origin="house").first()
    if found is None:
        raise CardKeyUnknown(id=key_id)
    return found


def _unless_needed(key: CardKey, states: tuple[str, ...]) -> None:
    if key.state not in states:
        raise KeyInUse(id=key.id, state=key.state)
    if key.state == "retired" and (needed := waiting_for(key)):
        raise KeyStillNeeded(id=key.id, loads=needed)


def _destroy_row(key: CardKey, approval_id: UUID, by: Person, actor: Actor, now: datetime) -> None:
    asked = approvals.get(approval_id)
    if asked.state == "approved" and asked.checker_id != by.pk:
        raise DestructionNotApproved("another officer approved it", said="other_checker")
    try:
        with transaction.atomic():
            approvals.approve(approval_id, checker=by, now=now)
            trail.advance(
                key,
                to="destroyed",
                actor=actor,
                because=str(asked.content.get("because", "")),
                now=now,
                sealed=b"",
                destruction_id=approval_id,
            )
    except IntegrityError as error:
        if constraint_of(error) == _NEEDED:
            raise KeyStillNeeded(id=key.id) from error
        if constraint_of(error) == _NOT_APPROVED:
            raise DestructionNotApproved(id=key.id) from error
        raise
