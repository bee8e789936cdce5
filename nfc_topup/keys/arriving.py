"""What a key that came in leaves in rows, and what the vault is told of the key that is wanted."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from accounts.models import Person
from nfc_topup.keys.ending import end
from nfc_topup.keys.errors import (
    CeremonyEnded,
    ComponentTaken,
    CustodianTwice,
    KeyCameAlready,
    KeyHasOtherPurpose,
)
from nfc_topup.keys.hierarchy import note_kek
from nfc_topup.keys.purposes import RULES
from nfc_topup.models import CardKey, KeyCeremony, KeyComponent
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault.custody import Arrived, Wanted
from nfc_topup.vault.custody_port import CustodyVault, Export, Pair, Under
from nfc_topup.vault.key_block_header import Header
from nfc_topup.vault.key_blocks import LETTER_OF, VERSION_OF
from nfc_topup.vault.port import Purpose

_OF_CONSTRAINT = {
    "nfc_topup_component_custodians_are_different_people": CustodianTwice,
    "nfc_topup_component_is_given_once": ComponentTaken,
    "nfc_topup_components_come_while_they_are_gathered": CeremonyEnded,
}
_ONE_PURPOSE = "nfc_topup_one_key_one_purpose"


def arrive(
    ceremony: KeyCeremony,
    arrived: Arrived,
    vault: CustodyVault,
    actor: Actor,
    now: datetime,
    *,
    bearer: Person | None = None,
) -> None:
    """The rows of a key that is home, with who bore its block in; a known value ends it all."""
    if ceremony.home == SOFTWARE:
        note_kek(arrived.kek_name, now)
    try:
        _unless_known(ceremony, arrived.fingerprint)
        with transaction.atomic():
            if bearer is not None:
                write_component(ceremony, 1, bearer, ceremony.check_value, b"", actor, now)
            key = CardKey.objects.create(
                id=new_id(now),
                purpose=ceremony.purpose,
                index=ceremony.index,
                version=ceremony.version,
                algorithm=ceremony.algorithm,
                levels=ceremony.levels,
                card_byte=ceremony.card_byte,
                home=ceremony.home,
                kek_name=arrived.kek_name,
                sealed=arrived.sealed,
                check_rule=ceremony.check_rule,
                check_value=ceremony.check_value,
                fingerprint=arrived.fingerprint,
                origin="ceremony",
                valid_from=ceremony.valid_from,
                expires_at=ceremony.expires_at,
            )
            ceremony.components.update(sealed=b"")
            trail.advance(
                ceremony,
                to="brought",
                actor=actor,
                because="the key is in",
                now=now,
                key=key,
                pair_public=b"",
                pair_sealed=b"",
                block_out=arrived.block,
            )
    except IntegrityError as error:
        end(ceremony, "refused", vault, actor=actor, because="known value", now=now)
        if constraint_of(error) == _ONE_PURPOSE:
            raise KeyHasOtherPurpose(purpose=ceremony.purpose) from error
        raise
    except (KeyHasOtherPurpose, KeyCameAlready):
        end(ceremony, "refused", vault, actor=actor, because="known value", now=now)
        raise


def write_component(
    ceremony: KeyCeremony,
    number: int,
    by: Person,
    check_value: str,
    sealed: bytes,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down who gave which component; CustodianTwice, ComponentTaken, CeremonyEnded."""
    try:
        with transaction.atomic():
            KeyComponent.objects.create(
                id=new_id(now),
                ceremony=ceremony,
                number=number,
                custodian=by,
                check_value=check_value,
                sealed=sealed,
                given_at=now,
            )
            trail.record(
                "key_component_given",
                actor=actor,
                now=now,
                subject=f"key_ceremony:{ceremony.id}",
                number=number,
                check_value=check_value,
            )
    except IntegrityError as error:
        refusal = _OF_CONSTRAINT.get(constraint_of(error))
        if refusal is None:
            raise
        raise refusal(ceremony=ceremony.id, number=number) from error


def pair_of(ceremony: KeyCeremony) -> Pair:
    """The ceremony's pair as its row keeps it."""
    return Pair(
        ceremony=ceremony.id,
        public=bytes(ceremony.pair_public),
        sealed=bytes(ceremony.pair_sealed),
    )


def wanted_of(ceremony: KeyCeremony) -> Wanted:
    """The key that was planned."""
    return Wanted(
        ref=ceremony.ref,
        algorithm=ceremony.algorithm,
        check_rule=ceremony.check_rule,
        check_value=ceremony.check_value,
        own=not ceremony.levels,
    )


def export_of(ceremony: KeyCeremony) -> Export | None:
    """The key block that was planned with it, never to be exported further; None without one."""
    under = ceremony.export_under
    if under is None:
        return None
    rules = RULES[Purpose(ceremony.purpose)]
    header = Header(
        version=VERSION_OF[under.algorithm],
        usage=rules.usage,
        algorithm=LETTER_OF[ceremony.algorithm],
        mode=rules.modes[0],
        exportability="N",
    )
    return Export(under=Under(ref=under.ref, algorithm=under.algorithm), header=header)


def _unless_known(ceremony: KeyCeremony, fingerprint: str) -> None:
    """KeyHasOtherPurpose by check value in any home, KeyCameAlready by fingerprint in this one."""
    like = CardKey.objects.filter(
        algorithm=ceremony.algorithm,
        check_rule=ceremony.check_rule,
        check_value=ceremony.check_value,
    )
    other = like.exclude(purpose=ceremony.purpose).first()
    if other is not None:
        raise KeyHasOtherPurpose(purpose=other.purpose)
    same = CardKey.objects.filter(
        purpose=ceremony.purpose, index=ceremony.index, fingerprint=fingerprint
    ).first()
    if same is not None:
        raise KeyCameAlready(version=same.version)
