"""One's own data: everything the house keeps of one person, given out or let go.

Rooms that keep something of people make themselves known with `welcome`, as payments' patrons do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet

from accounts import people, real_names, roles, sign_ins, tokens, trail
from accounts.citizen_errors import CardReportedLost, HasDuties, NameBeingChecked
from accounts.errors import DomainError
from accounts.masking import mask_card_no
from accounts.models import (
    AuditEntry,
    BearerToken,
    Officer,
    Person,
    RealNameCheck,
    RoleGrant,
    SignIn,
    TransitCard,
)

Row = Mapping[str, object]


class Keeper(Protocol):
    """A room that keeps something of people."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """What it keeps of this person, by name of the section; numbers masked unless `whole`."""

    def subjects(self, person: Person) -> Iterator[str]:
        """What the trail calls the things it keeps of this person: a look at one is a look at
        the person."""

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """What must be ended before this person may leave: money or cards under way."""

    def forget(self, person: Person, now: datetime) -> None:
        """Let go what the law lets go, in the transaction of the deletion."""


_SUBJECT_KINDS = (
    "person", "card", "topup", "payment", "refund", "load", "loss_report", "departure",
)  # fmt: skip
"""How the trail names what an act or a look was about, where it does not give the bare id."""

_keepers: dict[str, Keeper] = {}


def welcome(name: str, keeper: Keeper) -> None:
    """Make a room known; saying it again replaces what was said under this name."""
    _keepers[name] = keeper


def export(person: Person, *, whole: bool, now: datetime) -> Iterator[bytes]:
    """Everything of this person as one JSON object, piece by piece; kept in the trail.

    `whole` tells phone and card numbers in clear; masked otherwise. Nobody else's data is in it.
    """
    trail.record(
        "own_data_exported",
        actor=sign_ins.citizen(person.pk),
        now=now,
        subject=f"person:{person.pk}",
        whole=whole,
    )
    return _pieces(person, whole, now)


def objections(person: Person, now: datetime) -> list[DomainError]:
    """Everything that stands in the way of deleting this person's data; none is none."""
    found: list[DomainError] = []
    if _has_post(person, now):
        found.append(HasDuties())
    if TransitCard.objects.filter(holder=person, state="lost").exists():
        found.append(CardReportedLost())
    if RealNameCheck.objects.filter(person=person, state__in=("asked", "unclear")).exists():
        found.append(NameBeingChecked())
    for name in sorted(_keepers):
        found += _keepers[name].objections(person, now)
    return found


def delete(person: Person, now: datetime) -> None:
    """Let this person go: number, name, cards and devices; the bare id stays under what the law
    makes us keep, and leads to nobody. The number may enrol anew, as a new person.

    Raises the first of `objections`; then nothing has changed. Once is for ever.
    """
    with transaction.atomic():
        # FOR UPDATE: nothing that refers to this person can be written until we are done.
        locked = Person.objects.select_for_update().get(pk=person.pk)
        if locked.deleted_at is not None:
            return
        for objection in objections(locked, now):
            raise objection
        for name in sorted(_keepers):
            _keepers[name].forget(locked, now)
        _let_go(locked, now)
        trail.record(
            "own_data_deleted",
            actor=sign_ins.citizen(person.pk),
            now=now,
            subject=f"person:{person.pk}",
        )
    person.refresh_from_db()


def _let_go(person: Person, now: datetime) -> None:
    real_names.withdraw_all(person, now)
    sign_ins.end_others(person, but=None, because="own_data_deleted", now=now)
    tokens.revoke_all(person, now)
    SignIn.objects.filter(person=person).update(label="")
    BearerToken.objects.filter(person=person).update(label="")
    TransitCard.objects.filter(holder=person).update(holder=None, named=False)
    RoleGrant.objects.filter(person=person, valid_until__isnull=True).update(valid_until=now)
    people.end_sessions(person)
    Person.objects.filter(pk=person.pk).update(
        is_active=False,
        deleted_at=now,
        phone_sealed=b"",
        phone_key="",
        phone_index=os.urandom(32),
    )


def _has_post(person: Person, now: datetime) -> bool:
    posts = any(grant.role != roles.CITIZEN for grant in people.roles_of(person, now))
    return posts or Officer.objects.filter(person=person).exclude(state="suspended").exists()


def _pieces(person: Person, whole: bool, now: datetime) -> Iterator[bytes]:
    head = {
        "made_at": now,
        "numbers": "whole" if whole else "masked",
        "person": {
            "id": person.pk,
            "phone": person.phone if whole else person.masked_phone,
            "enrolled_at": person.enrolled_at,
            "tier": real_names.tier_of(person),
        },
    }
    yield _text(head).rstrip(b"}") + b'},"sections":{'
    for number, (name, rows) in enumerate(_sections(person, whole)):
        yield (b"," if number else b"") + _text(name) + b":["
        for at, row in enumerate(rows):
            yield (b"," if at else b"") + _text(row)
        yield b"]"
    yield b"}}\n"


def _sections(person: Person, whole: bool) -> Iterator[tuple[str, Iterator[Row]]]:
    yield "cards", (_card(card, whole) for card in _cards(person))
    yield (
        "devices",
        _plain(
            SignIn.objects.filter(person=person).order_by("id"),
            ("kind", "label", "began_at", "seen_at", "ended_at", "ended_because"),
        ),
    )
    yield (
        "real_name_checks",
        _plain(
            RealNameCheck.objects.filter(person=person).order_by("id"),
            ("id", "state", "name_masked", "id_masked", "asked_at", "decided_at"),
        ),
    )
    yield "acts_and_views", _acts_and_views(person)
    for name in sorted(_keepers):
        yield from _keepers[name].sections(person, whole=whole).items()


def _acts_and_views(person: Person) -> Iterator[Row]:
    """Every act and look that names this person or something of theirs, as one page each."""
    cards = TransitCard.objects.filter(holder=person).values_list("pk", flat=True)
    told = [str(one) for one in (person.pk, *cards)]
    for name in sorted(_keepers):
        told += _keepers[name].subjects(person)
    named = [f"{kind}:{one}" for one in told for kind in _SUBJECT_KINDS]
    about = AuditEntry.objects.filter(subject__in=[*told, *named])
    return _plain(about.order_by("id"), ("act", "actor_kind", "acted_at"))


def _cards(person: Person) -> Iterator[TransitCard]:
    return iter(TransitCard.objects.filter(holder=person).select_related("operator").order_by("id"))


def _card(card: TransitCard, whole: bool) -> Row:
    return {
        "id": card.pk,
        "card_no": card.card_no if whole else mask_card_no(card.asn),
        "operator": card.operator.name_zh,
        "named": card.named,
        "state": card.state,
        "added_at": card.added_at,
    }


def _plain(rows: QuerySet[Any], columns: tuple[str, ...]) -> Iterator[Row]:
    return iter(rows.values(*columns).iterator(chunk_size=500))


def _text(value: object) -> bytes:
    return json.dumps(
        value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")
    ).encode()
