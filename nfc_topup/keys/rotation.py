"""The end of a key: outgoing ones retire, retired ones are destroyed, in the token too."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import trail
from accounts.database_errors import constraint_of
from accounts.models import Person
from nfc_topup.keys.custodians import OFFICER, custody_vault, may
from nfc_topup.keys.errors import (
    CardKeyUnknown,
    KeyInUse,
    KeyNotExported,
    KeyStillNeeded,
)
from nfc_topup.lifecycle import LIVE
from nfc_topup.models import CardKey, KeyCeremony, Load
from nfc_topup.vault.port import Purpose

_NEEDED = "nfc_topup_key_waits_for_its_loads"


def retire(
    key_id: UUID, *, because: str, by: Person, now: datetime, compromised: bool = False
) -> CardKey:
    """An outgoing key only judges what it began from now on.

    With `compromised` an active key retires at once, without a successor: loads stop, and an
    alarm is raised. NotAllowed, CardKeyUnknown, KeyInUse.
    """
    actor = may(by, OFFICER, "retire", now)
    key = _key(key_id)
    if key.state != "outgoing" and not (compromised and key.state == "active"):
        raise KeyInUse(id=key_id, state=key.state)
    if compromised:
        trail.alarm(
            "card_key_compromised",
            actor=actor,
            now=now,
            subject=f"card_key:{key.id}",
            purpose=key.purpose,
            index=key.index,
            version=key.version,
        )
    trail.advance(key, to="retired", actor=actor, because=because, now=now)
    return key


def destroy(key_id: UUID, *, because: str, by: Person, now: datetime) -> CardKey:
    """Destroy a retired key: its row first, where the law decides, then its value in the vault.

    Destroying a destroyed key again makes sure that the vault has none. NotAllowed,
    CardKeyUnknown, KeyInUse, KeyStillNeeded (loads without result need it), CeremonyElsewhere.
    """
    actor = may(by, OFFICER, "destroy", now)
    key = _key(key_id)
    if key.state not in ("retired", "destroyed"):
        raise KeyInUse(id=key_id, state=key.state)
    with custody_vault(key.home) as vault:
        if key.state == "retired":
            if needed := waiting_for(key):
                raise KeyStillNeeded(id=key_id, loads=needed)
            try:
                with transaction.atomic():
                    trail.advance(
                        key, to="destroyed", actor=actor, because=because, now=now, sealed=b""
                    )
            except IntegrityError as error:
                if constraint_of(error) == _NEEDED:
                    raise KeyStillNeeded(id=key_id) from error
                raise
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


def export_block(ceremony_id: UUID, *, by: Person, now: datetime) -> str:
    """The key block that a ceremony planned, once its key is approved; each release is recorded.

    NotAllowed, KeyNotExported.
    """
    actor = may(by, OFFICER, "export_block", now)
    found = KeyCeremony.objects.filter(pk=ceremony_id, state="activated").first()
    if found is None or not found.block_out:
        raise KeyNotExported(ceremony=ceremony_id)
    trail.record(
        "key_block_released",
        actor=actor,
        now=now,
        subject=f"key_ceremony:{found.id}",
        under=found.export_under_id,
    )
    return found.block_out


def _key(key_id: UUID) -> CardKey:
    found = CardKey.objects.filter(pk=key_id).exclude(origin="house").first()
    if found is None:
        raise CardKeyUnknown(id=key_id)
    return found
