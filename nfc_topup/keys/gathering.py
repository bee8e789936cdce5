"""Gathers a ceremony's parts and brings its key in; what fails leaves nothing of them behind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from accounts.models import Person
from nfc_topup.keys.custodians import CUSTODIAN, alone_at, custody_vault, may
from nfc_topup.keys.ending import end, unless_late
from nfc_topup.keys.errors import (
    CeremonyEnded,
    ComponentsMissing,
    ComponentTaken,
    CustodianTwice,
    KeyCameAlready,
    KeyHasOtherPurpose,
)
from nfc_topup.keys.hierarchy import note_kek
from nfc_topup.keys.purposes import RULES, demand
from nfc_topup.models import CardKey, KeyCeremony, KeyComponent
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault import algorithms
from nfc_topup.vault.custody import Arrived, Wanted
from nfc_topup.vault.custody_port import CustodyVault, Export, Pair, Under
from nfc_topup.vault.errors import ComponentWrong, KeyBlockWrong
from nfc_topup.vault.key_block_header import Header
from nfc_topup.vault.key_blocks import LETTER_OF, VERSION_OF
from nfc_topup.vault.port import Purpose

_OF_CONSTRAINT = {
    "nfc_topup_component_custodians_are_different_people": CustodianTwice,
    "nfc_topup_component_is_given_once": ComponentTaken,
    "nfc_topup_components_come_while_they_are_gathered": CeremonyEnded,
}
_ONE_PURPOSE = "nfc_topup_one_key_one_purpose"


def public_half(ceremony_id: UUID) -> bytes:
    """What components of this ceremony are sealed to (DER), where they are typed in.

    CeremonyUnknown, CeremonyEnded.
    """
    with alone_at(ceremony_id) as ceremony:
        _gathers(ceremony, "components")
        return bytes(ceremony.pair_public)


def contribute(
    ceremony_id: UUID, *, number: int, sealed: bytes, check_value: str, by: Person, now: datetime
) -> KeyCeremony:
    """Give component `number`, sealed to the ceremony's pair; the last one brings the key in.

    `check_value` is the component's own, from its sheet. NotAllowed, CeremonyEnded,
    CeremonyBusy, CustodianTwice, ComponentTaken, ComponentWrong (nothing is kept, try again),
    and of the last one what `combine` refuses.
    """
    actor = may(by, CUSTODIAN, "contribute", now)
    with alone_at(ceremony_id) as ceremony:
        unless_late(ceremony, now)
        _gathers(ceremony, "components")
        _may_still_give(ceremony, number, by)
        subject = f"key_ceremony:{ceremony.id}"
        with custody_vault(ceremony.home) as vault:
            told = vault.weigh(
                _pair(ceremony), number, sealed, ceremony.algorithm, ceremony.check_rule
            )
            if not algorithms.same(told.encode(), check_value.upper().encode()):
                trail.record(
                    "key_component_refused", actor=actor, now=now, subject=subject, number=number
                )
                raise ComponentWrong("its check value is not the sheet's", number=number)
            _write_component(ceremony, number, by, told, sealed, actor, now)
            if ceremony.components.count() == ceremony.needed:
                _combine(ceremony, vault, actor, now)
    return ceremony


def combine(ceremony_id: UUID, *, by: Person, now: datetime) -> KeyCeremony:
    """Bring the key of a full ceremony in, when the vault failed as the last component came.

    NotAllowed, CeremonyEnded, ComponentsMissing; KeyWeak, ComponentWrong, KeyCheckWrong,
    KeyHasOtherPurpose, KeyCameAlready end the ceremony and leave nothing.
    """
    actor = may(by, CUSTODIAN, "combine", now)
    with alone_at(ceremony_id) as ceremony:
        unless_late(ceremony, now)
        _gathers(ceremony, "components")
        given = ceremony.components.count()
        if given != ceremony.needed:
            raise ComponentsMissing(needed=ceremony.needed, given=given)
        with custody_vault(ceremony.home) as vault:
            _combine(ceremony, vault, actor, now)
    return ceremony


def import_block(ceremony_id: UUID, *, text: str, by: Person, now: datetime) -> KeyCeremony:
    """Bring the key in as a key block under the planned transport key.

    NotAllowed, CeremonyEnded, CeremonyBusy; KeyBlockWrong and KeyBlockMismatch keep nothing and
    may be tried again; what ends the ceremony is as for `combine`.
    """
    actor = may(by, CUSTODIAN, "import_block", now)
    with alone_at(ceremony_id) as ceremony:
        unless_late(ceremony, now)
        _gathers(ceremony, "key_block")
        transport = ceremony.transport
        assert transport is not None
        with custody_vault(ceremony.home) as vault:
            try:
                arrived = vault.bring_block(
                    text,
                    Under(ref=transport.ref, algorithm=transport.algorithm),
                    demand(Purpose(ceremony.purpose), ceremony.algorithm, ceremony.block_usage),
                    _wanted(ceremony),
                )
            except KeyBlockWrong as wrong:
                _refused(ceremony, wrong, actor, now)
                raise
            except ComponentWrong:
                end(ceremony, "refused", vault, actor=actor, because="wrong key", now=now)
                raise
            _arrive(ceremony, arrived, vault, actor, now, bearer=by)
    return ceremony


def _refused(ceremony: KeyCeremony, wrong: KeyBlockWrong, actor: Actor, now: datetime) -> None:
    trail.record(
        "key_block_refused",
        actor=actor,
        now=now,
        subject=f"key_ceremony:{ceremony.id}",
        part=wrong.facts.get("part", ""),
        code=wrong.code,
    )


def _combine(ceremony: KeyCeremony, vault: CustodyVault, actor: Actor, now: datetime) -> None:
    parts = [bytes(part.sealed) for part in ceremony.components.order_by("number")]
    try:
        arrived = vault.bring(_pair(ceremony), parts, _wanted(ceremony), _export(ceremony))
    except ComponentWrong:
        end(ceremony, "refused", vault, actor=actor, because="another or a weak key", now=now)
        raise
    _arrive(ceremony, arrived, vault, actor, now)
    vault.close_pair(ceremony.id)


def _arrive(
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
                _write_component(ceremony, 1, bearer, ceremony.check_value, b"", actor, now)
            key = CardKey.objects.create(
                id=new_id(now),
                purpose=ceremony.purpose,
                index=ceremony.index,
                version=ceremony.version,
                algorithm=ceremony.algorithm,
                levels=ceremony.levels,
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


def _write_component(
    ceremony: KeyCeremony,
    number: int,
    by: Person,
    check_value: str,
    sealed: bytes,
    actor: Actor,
    now: datetime,
) -> None:
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


def _may_still_give(ceremony: KeyCeremony, number: int, by: Person) -> None:
    if not 1 <= number <= ceremony.needed:
        raise ComponentWrong("there is no such component", number=number, needed=ceremony.needed)
    if ceremony.components.filter(custodian=by).exists():
        raise CustodianTwice(ceremony=ceremony.id)
    if ceremony.components.filter(number=number).exists():
        raise ComponentTaken(ceremony=ceremony.id, number=number)


def _gathers(ceremony: KeyCeremony, way: str) -> None:
    if ceremony.state != "gathering" or ceremony.way != way:
        raise CeremonyEnded(id=ceremony.id, state=ceremony.state, way=ceremony.way)


def _pair(ceremony: KeyCeremony) -> Pair:
    return Pair(
        ceremony=ceremony.id,
        public=bytes(ceremony.pair_public),
        sealed=bytes(ceremony.pair_sealed),
    )


def _wanted(ceremony: KeyCeremony) -> Wanted:
    return Wanted(
        ref=ceremony.ref,
        algorithm=ceremony.algorithm,
        check_rule=ceremony.check_rule,
        check_value=ceremony.check_value,
        own=not ceremony.levels,
    )


def _export(ceremony: KeyCeremony) -> Export | None:
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
