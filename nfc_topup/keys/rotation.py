"""Takes an older version out of service, and releases a key block that was planned."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts import trail
from accounts.models import Person
from nfc_topup.keys.custodians import OFFICER, may
from nfc_topup.keys.destruction import key_named
from nfc_topup.keys.errors import KeyInUse, KeyNotExported
from nfc_topup.models import CardKey, KeyCeremony


def retire(
    key_id: UUID, *, because: str, by: Person, now: datetime, compromised: bool = False
) -> CardKey:
    """An outgoing key seals nothing from now on, and only judges what it sealed. One officer's act.

    With `compromised` an active key retires at once, without a successor: loads stop, and an
    alarm is raised. NotAllowed, CardKeyUnknown, KeyInUse.
    """
    actor = may(by, OFFICER, "retire", now)
    key = key_named(key_id)
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
