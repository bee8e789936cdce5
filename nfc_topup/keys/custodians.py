"""Who may do what with keys, and the lock that lets one person at a time work on a ceremony."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts import people, roles, secrets, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Person
from nfc_topup import keyring
from nfc_topup.keyring import KEK_NAME, KeysAtRest
from nfc_topup.keys.errors import CeremonyBusy, CeremonyElsewhere, CeremonyUnknown
from nfc_topup.models import KeyCeremony, KeyComponent
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault import sandbox_token
from nfc_topup.vault.custody_port import CustodyVault
from nfc_topup.vault.errors import VaultNotBuilt
from nfc_topup.vault.pkcs11_custody_line import TokenCustody
from nfc_topup.vault.software_custody import SoftwareCustody

CUSTODIAN = roles.KEY_CUSTODIAN
OFFICER = roles.SECURITY_OFFICER


@contextmanager
def custody_vault(home: str | None = None) -> Iterator[CustodyVault]:
    """The vault that works here, open for custody; CeremonyElsewhere when `home` is another.

    The sandbox's token is made when it is not there yet. VaultNotBuilt, VaultMisconfigured.
    """
    if settings.CARD_VAULT == "software":
        _same_home(home, SOFTWARE)
        yield SoftwareCustody(
            home=SOFTWARE,
            store=KeysAtRest(),
            kek_name=KEK_NAME,
            read_secret=secrets.read_key,
            environment=settings.GATEWAY_ENV,
        )
    elif settings.CARD_VAULT == "pkcs11":
        if secrets.in_sandbox() and not settings.PKCS11_MODULE:
            sandbox_token.make_token(settings.DATA_DIR)
        wanted = keyring.token_settings()
        _same_home(home, wanted.token)
        with TokenCustody(wanted) as custody:
            yield custody
    else:
        raise VaultNotBuilt("the vaults are software and pkcs11", vault=settings.CARD_VAULT)


def may(person: Person, role: str, act: str, now: datetime) -> Actor:
    """The person as an actor; NotAllowed (and an alarm) without the role for the province."""
    actor = Actor(kind="officer", id=str(person.pk))
    if not people.has_role(person, role, None, now):
        trail.alarm("card_key_act_not_allowed", actor=actor, now=now, act=act, needs=role)
        raise NotAllowed("this needs a role for the province", role=role, act=act)
    return actor


def is_custodian_of(person_id: UUID, ceremony_id: UUID) -> bool:
    """Whether this person gave a component of this ceremony."""
    given = KeyComponent.objects.filter(ceremony_id=ceremony_id, custodian_id=person_id)
    return given.exists()


@contextmanager
def alone_at(ceremony_id: UUID) -> Iterator[KeyCeremony]:
    """The ceremony, with nobody else at work on it until the end; CeremonyBusy, CeremonyUnknown.

    The lock is the database session's, not a transaction's: the vault is asked under it.
    """
    number = int.from_bytes(ceremony_id.bytes[-8:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise CeremonyBusy(id=ceremony_id)
    try:
        found = KeyCeremony.objects.filter(pk=ceremony_id).first()
        if found is None:
            raise CeremonyUnknown(id=ceremony_id)
        yield found
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _same_home(wanted: str | None, here: str) -> None:
    if wanted is not None and wanted != here:
        raise CeremonyElsewhere(home=wanted, here=here)
