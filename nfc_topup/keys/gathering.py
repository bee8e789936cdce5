"""Gathers a ceremony's parts and brings its key in; what fails leaves nothing of them behind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts import trail
from accounts.actors import Actor
from accounts.models import Person
from nfc_topup.keys.arriving import arrive, export_of, pair_of, wanted_of, write_component
from nfc_topup.keys.custodians import CUSTODIAN, alone_at, custody_vault, may
from nfc_topup.keys.ending import end, unless_late
from nfc_topup.keys.errors import (
    CeremonyEnded,
    ComponentsMissing,
    ComponentTaken,
    CustodianTwice,
)
from nfc_topup.keys.purposes import demand
from nfc_topup.models import KeyCeremony
from nfc_topup.vault import algorithms
from nfc_topup.vault.custody_port import CustodyVault, Under
from nfc_topup.vault.errors import ComponentWrong, KeyBlockWrong
from nfc_topup.vault.port import Purpose


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
                pair_of(ceremony), number, sealed, ceremony.algorithm, ceremony.check_rule
            )
            if not algorithms.same(told.encode(), check_value.upper().encode()):
                trail.record(
                    "key_component_refused", actor=actor, now=now, subject=subject, number=number
                )
                raise ComponentWrong("its check value is not the sheet's", number=number)
            write_component(ceremony, number, by, told, sealed, actor, now)
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
                    wanted_of(ceremony),
                )
            except KeyBlockWrong as wrong:
                _refused(ceremony, wrong, actor, now)
                raise
            except ComponentWrong:
                end(ceremony, "refused", vault, actor=actor, because="wrong key", now=now)
                raise
            arrive(ceremony, arrived, vault, actor, now, bearer=by)
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
        arrived = vault.bring(pair_of(ceremony), parts, wanted_of(ceremony), export_of(ceremony))
    except ComponentWrong:
        end(ceremony, "refused", vault, actor=actor, because="another or a weak key", now=now)
        raise
    arrive(ceremony, arrived, vault, actor, now)
    vault.close_pair(ceremony.id)


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
