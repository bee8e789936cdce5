"""Ends ceremonies that lead nowhere: pair, components and prepared key are destroyed first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import WORKER, Actor
from accounts.models import Person
from nfc_topup.keys.custodians import OFFICER, alone_at, custody_vault, may
from nfc_topup.keys.errors import CeremonyBusy, CeremonyEnded
from nfc_topup.lifecycle import CEREMONY_OPEN
from nfc_topup.models import KeyCeremony
from nfc_topup.vault.custody_port import CustodyVault
from nfc_topup.vault.errors import VaultError


def abort(ceremony_id: UUID, *, because: str, by: Person, now: datetime) -> KeyCeremony:
    """A security officer ends a ceremony; nothing of it stays. NotAllowed, CeremonyEnded."""
    actor = may(by, OFFICER, "abort", now)
    with alone_at(ceremony_id) as ceremony:
        _unless_over(ceremony)
        with custody_vault(ceremony.home) as vault:
            end(ceremony, "aborted", vault, actor=actor, because=because, now=now)
    return ceremony


def expire_late(now: datetime) -> int:
    """End every open ceremony of this vault that is past its time; how many there were.

    Pairs in the token that no open ceremony has (a planning died half way) are destroyed too. One
    that cannot be ended now (busy, the token silent) is met again by the next run.
    """
    ended = 0
    with custody_vault() as vault:
        late = KeyCeremony.objects.filter(
            state__in=CEREMONY_OPEN, home=vault.home, closes_at__lte=now
        )
        for ceremony_id in list(late.order_by("id").values_list("id", flat=True)):
            try:
                with alone_at(ceremony_id) as ceremony:
                    if ceremony.state in CEREMONY_OPEN:
                        end(ceremony, "expired", vault, actor=WORKER, because="late", now=now)
                        ended += 1
            except CeremonyBusy:
                continue
        open_ones = KeyCeremony.objects.filter(state="gathering", home=vault.home)
        gathering = set(open_ones.values_list("id", flat=True))
        for orphan in set(vault.open_pairs()) - gathering:
            vault.close_pair(orphan)
    return ended


def end(
    ceremony: KeyCeremony,
    to: str,
    vault: CustodyVault,
    *,
    actor: Actor,
    because: str,
    now: datetime,
) -> None:
    """End an open ceremony: first in the vault, then in the rows; again after a failure is safe."""
    vault.destroy(ceremony.ref)
    vault.close_pair(ceremony.id)
    with transaction.atomic():
        ceremony.components.exclude(sealed=b"").update(sealed=b"")
        trail.advance(
            ceremony,
            to=to,
            actor=actor,
            because=because,
            now=now,
            pair_public=b"",
            pair_sealed=b"",
            block_out="",
            ended_at=now,
        )
        if ceremony.key is not None and ceremony.key.state == "prepared":
            trail.advance(
                ceremony.key,
                to="destroyed",
                actor=actor,
                because=f"its ceremony was {to}",
                now=now,
                sealed=b"",
            )


def unless_late(ceremony: KeyCeremony, now: datetime) -> None:
    """CeremonyEnded when its time is over; it is ended on the spot where the vault allows."""
    if ceremony.state in CEREMONY_OPEN and now >= ceremony.closes_at:
        _end_late(ceremony, now)
        raise CeremonyEnded("past its time", id=ceremony.id, state=ceremony.state)


def _end_late(ceremony: KeyCeremony, now: datetime) -> None:
    try:
        with custody_vault(ceremony.home) as vault:
            end(ceremony, "expired", vault, actor=WORKER, because="late", now=now)
    except VaultError:
        return  # the sweep meets it again; nothing was given meanwhile


def _unless_over(ceremony: KeyCeremony) -> None:
    if ceremony.state not in CEREMONY_OPEN:
        raise CeremonyEnded(id=ceremony.id, state=ceremony.state)
