"""Four eyes on a key's activation: one officer asks, another approves, the database spends it once.

Neither may have given a component. A newer key that becomes active makes the one before outgoing;
an outgoing one returns to work the same way, by an approval of its own.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import approvals, trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.models import Approval, Person
from nfc_topup.keys.custodians import OFFICER, alone_at, is_custodian_of, may
from nfc_topup.keys.ending import unless_late
from nfc_topup.keys.errors import (
    ActivationNotApproved,
    CardKeyUnknown,
    CeremonyEnded,
    CustodianActivates,
    KeyInUse,
    KeyNotYetValid,
    TooManyServe,
)
from nfc_topup.lifecycle import MOST_SERVING, SERVING
from nfc_topup.models import CardKey, KeyCeremony

PURPOSE = "card_key_activation"
PROVINCE = 0
"""Approvals belong to a pool; keys are the province's, so only grants for the province count."""
DECIDED_WITHIN = timedelta(days=3)

_TOO_MANY = "nfc_topup_few_versions_serve_at_once"
_NOT_APPROVED = {
    "nfc_topup_active_key_is_approved_by_two",
    "nfc_topup_active_key_has_its_ceremony",
    "nfc_topup_activation_names_its_real_officers",
}


def ask(ceremony_id: UUID, *, by: Person, now: datetime) -> Approval:
    """Ask for the activation of the key a ceremony brought in; a second officer approves it.

    NotAllowed, CeremonyEnded, CustodianActivates. Asking again replaces an older request.
    """
    actor = may(by, OFFICER, "ask_activation", now)
    with alone_at(ceremony_id) as ceremony:
        unless_late(ceremony, now)
        key = _brought(ceremony)
        _unless_custodian(by, ceremony, actor, now)
        with transaction.atomic():
            approval = _ask(key, by, now)
            KeyCeremony.objects.filter(pk=ceremony.pk, state="brought").update(
                approval_id=approval.pk, asked_by=by
            )
    return approval


def approve(ceremony_id: UUID, *, by: Person, now: datetime) -> CardKey:
    """Approve the activation and put the key to work; the one before becomes outgoing.

    An approval that `by` gave elsewhere is used as it is. NotAllowed, CeremonyEnded,
    CustodianActivates, KeyNotYetValid, TooManyServe, ActivationNotApproved, and what approvals
    refuse (MakerIsChecker and its kin): then nothing has moved, the approval neither.
    """
    actor = may(by, OFFICER, "approve_activation", now)
    with alone_at(ceremony_id) as ceremony:
        unless_late(ceremony, now)
        key = _brought(ceremony)
        if ceremony.approval_id is None:
            raise ActivationNotApproved("nobody asked for it", said="unknown")
        _unless_custodian(by, ceremony, actor, now)
        _unless_outside(key, now)
        with transaction.atomic():
            _decide(ceremony.approval_id, by, now)
            trail.advance(
                ceremony,
                to="activated",
                actor=actor,
                because="approved by a second officer",
                now=now,
                approved_by=by,
                ended_at=now,
            )
            _put_to_work(key, ceremony.approval_id, actor, now)
    return key


def ask_return(key_id: UUID, *, by: Person, now: datetime) -> Approval:
    """Ask that an outgoing key become the active one again. NotAllowed, KeyInUse, CardKeyUnknown.

    CustodianActivates.
    """
    actor = may(by, OFFICER, "ask_return", now)
    key, ceremony = _outgoing(key_id)
    _unless_custodian(by, ceremony, actor, now)
    return _ask(key, by, now)


def approve_return(key_id: UUID, approval_id: UUID, *, by: Person, now: datetime) -> CardKey:
    """Approve a return; errors as for `approve`."""
    actor = may(by, OFFICER, "approve_return", now)
    key, ceremony = _outgoing(key_id)
    _unless_custodian(by, ceremony, actor, now)
    _unless_outside(key, now)
    with transaction.atomic():
        approval = _decide(approval_id, by, now)
        if is_custodian_of(approval.maker_id, ceremony.id):
            raise CustodianActivates(ceremony=ceremony.id)
        _put_to_work(key, approval_id, actor, now)
    return key


def fingerprint_of(key: CardKey) -> bytes:
    """SHA-256 of what an activation puts to work; the database computes the same of the row."""
    told = [
        PURPOSE, key.id, key.purpose, key.index, key.version, key.algorithm, key.check_rule,
        key.check_value, key.fingerprint or "", json.dumps(list(key.levels)), key.home,
        int(key.valid_from.timestamp()),
    ]  # fmt: skip
    if key.expires_at is not None:
        told.append(int(key.expires_at.timestamp()))
    if key.card_byte is not None:
        told.append(f"card_byte:{key.card_byte}")
    return hashlib.sha256("|".join(map(str, told)).encode()).digest()


def _ask(key: CardKey, by: Person, now: datetime) -> Approval:
    content = {
        "key": key.id,
        "purpose": key.purpose,
        "index": key.index,
        "version": key.version,
        "algorithm": key.algorithm,
        "check_rule": key.check_rule,
        "check_value": key.check_value,
        "levels": list(key.levels),
        "card_byte": key.card_byte,
        "home": key.home,
        "valid_from": key.valid_from,
        "expires_at": key.expires_at,
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


def _decide(approval_id: UUID, by: Person, now: datetime) -> Approval:
    """Approve, or use what `by` approved elsewhere; another's approval is not this one's."""
    approval = approvals.get(approval_id)
    if approval.state == "approved" and approval.checker_id != by.pk:
        raise ActivationNotApproved("another officer approved it", said="other_checker")
    return approvals.approve(approval_id, checker=by, now=now)


def _put_to_work(key: CardKey, approval_id: UUID, actor: Actor, now: datetime) -> None:
    """The key before goes on serving. Locks what serves in the order that seals lock it in."""
    same = CardKey.objects.select_for_update().filter(
        Q(state__in=SERVING) | Q(pk=key.pk), purpose=key.purpose, index=key.index
    )
    before = next((row for row in same.order_by("version") if row.state == "active"), None)
    because = f"version {key.version} takes over"
    if before is not None:
        trail.advance(before, to="outgoing", actor=actor, because=because, now=now)
    try:
        trail.advance(
            key, to="active", actor=actor, because="approved", now=now, approval_id=approval_id
        )
    except IntegrityError as error:
        if constraint_of(error) == _TOO_MANY:
            raise TooManyServe(key=key.id, most=MOST_SERVING) from error
        if constraint_of(error) in _NOT_APPROVED:
            raise ActivationNotApproved(key=key.id, said=constraint_of(error)) from error
        raise


def _brought(ceremony: KeyCeremony) -> CardKey:
    if ceremony.state != "brought" or ceremony.key is None:
        raise CeremonyEnded(id=ceremony.id, state=ceremony.state)
    return ceremony.key


def _outgoing(key_id: UUID) -> tuple[CardKey, KeyCeremony]:
    key = CardKey.objects.select_related("ceremony").filter(pk=key_id, origin="ceremony").first()
    if key is None:
        raise CardKeyUnknown(id=key_id)
    if key.state != "outgoing":
        raise KeyInUse(id=key_id, state=key.state)
    ceremony: KeyCeremony = key.ceremony  # type: ignore[attr-defined]  # one-to-one, backwards
    return key, ceremony


def _unless_custodian(person: Person, ceremony: KeyCeremony, actor: Actor, now: datetime) -> None:
    if is_custodian_of(person.pk, ceremony.id):
        trail.alarm(
            "key_custodian_would_activate",
            actor=actor,
            now=now,
            subject=f"key_ceremony:{ceremony.id}",
        )
        raise CustodianActivates(ceremony=ceremony.id)


def _unless_outside(key: CardKey, now: datetime) -> None:
    if now < key.valid_from or (key.expires_at is not None and now >= key.expires_at):
        raise KeyNotYetValid(valid_from=key.valid_from, expires_at=key.expires_at)
