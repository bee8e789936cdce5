"""Transit cards: recognised by the longest prefix, held by one person, reported lost and found."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Length

from accounts import trail
from accounts.actors import Actor
from accounts.errors import (
    CardHeldByAnother,
    CardNotFound,
    CardNumberNotUnderstood,
    IssuerUnknown,
)
from accounts.identifiers import new_id
from accounts.models import IssuerPrefix, Operator, Person, TransitCard

_CARD_NO = re.compile(r"0?([0-9]{19})")
_SHORTEST_PREFIX = 6
_LONGEST_PREFIX = 18


def understand(card_no: str) -> str:
    """The 19 digits of a card number, from them or from the 20 of an ASN; blanks are forgiven.

    No check digit is asked for: there is no evidence of one. CardNumberNotUnderstood.
    """
    match = _CARD_NO.fullmatch(re.sub(r"[ \-]", "", card_no.strip()))
    if match is None:
        raise CardNumberNotUnderstood(length=len(card_no))
    return match[1]


def recognise(card_no: str) -> Operator:
    """The operator whose issuer gave out this number, by the longest known prefix, in one query.

    IssuerUnknown when no prefix fits: cards of other provinces, and issuers nobody has told us.
    """
    number = understand(card_no)
    beginnings = [number[:size] for size in range(_SHORTEST_PREFIX, _LONGEST_PREFIX + 1)]
    fitting = IssuerPrefix.objects.filter(prefix__in=beginnings).select_related("operator")
    longest = fitting.order_by(Length("prefix").desc()).first()
    if longest is None:
        raise IssuerUnknown(prefix=number[:_SHORTEST_PREFIX])
    return longest.operator


def add(
    person: Person,
    card_no: str,
    now: datetime,
    named: bool = False,
    *,
    profile_name: str = "tunion",
) -> TransitCard:
    """The card of this number in the hand of this person; adding it twice is adding it once.

    `named` makes it a named card (实名), which can be reported lost. A card that nobody holds is
    taken over. CardHeldByAnother, CardNumberNotUnderstood, IssuerUnknown.
    """
    number = understand(card_no)
    operator = recognise(number)
    card = TransitCard(
        id=new_id(now),
        asn=f"0{number}",
        operator=operator,
        holder=person,
        named=named,
        profile_name=profile_name,
        added_at=now,
    )
    with transaction.atomic():
        TransitCard.objects.bulk_create([card], ignore_conflicts=True)
        kept = TransitCard.objects.select_for_update(of=("self",)).get(asn=card.asn)
        if kept.holder_id is None:
            kept.holder, kept.named = person, named
            TransitCard.objects.filter(pk=kept.pk).update(holder=person, named=named)
    if kept.holder_id != person.pk:
        raise CardHeldByAnother(card=kept.masked)
    return kept


def meet(card_no: str, now: datetime, *, profile_name: str = "tunion") -> TransitCard:
    """The card of this number, whoever holds it; one never seen becomes known and is nobody's.

    CardNumberNotUnderstood, IssuerUnknown.
    """
    number = understand(card_no)
    card = TransitCard(
        id=new_id(now),
        asn=f"0{number}",
        operator=recognise(number),
        profile_name=profile_name,
        added_at=now,
    )
    TransitCard.objects.bulk_create([card], ignore_conflicts=True)
    return by_asn(number)


def meet_all(asns: Collection[str], operator: Operator, now: datetime) -> list[TransitCard]:
    """As `meet`, of many cards (20 digits) that all are this operator's, in two questions."""
    TransitCard.objects.bulk_create(
        [TransitCard(id=new_id(now), asn=asn, operator=operator, added_at=now) for asn in asns],
        ignore_conflicts=True,
    )
    return list(TransitCard.objects.filter(asn__in=asns))


def of(person: Person) -> list[TransitCard]:
    """The cards this person holds, the first added first."""
    return list(person.cards.select_related("operator").order_by("added_at", "id"))


def get(person: Person, card_id: UUID) -> TransitCard:
    """This person's card; CardNotFound also when somebody else holds it: nobody asks around."""
    card = person.cards.select_related("operator").filter(pk=card_id).first()
    if card is None:
        raise CardNotFound(id=card_id)
    return card


def by_asn(asn: str) -> TransitCard:
    """The card of this number (19 or 20 digits), whoever holds it; CardNotFound."""
    found = TransitCard.objects.select_related("operator").filter(asn=f"0{understand(asn)}").first()
    if found is None:
        raise CardNotFound
    return found


def let_go(person: Person, card_id: UUID) -> None:
    """This person no longer holds the card, which becomes anonymous; CardNotFound."""
    card = get(person, card_id)
    rows = TransitCard.objects.filter(pk=card.pk, holder=person)
    if not rows.update(holder=None, named=False):
        raise CardNotFound(id=card_id)


def make_named(person: Person, card_id: UUID) -> TransitCard:
    """实名: this person's card carries their name from now on, twice is once; CardNotFound.

    Whoever calls has had the name confirmed and the card shown.
    """
    if not TransitCard.objects.filter(pk=card_id, holder=person).update(named=True):
        raise CardNotFound(id=card_id)
    return get(person, card_id)


def leave_service(card: TransitCard, *, to: str, because: str, actor: Actor, now: datetime) -> None:
    """换下 (`replaced`) or 退卡 (`closed`), for good; IllegalTransition for a card that is out."""
    trail.advance(card, to=to, actor=actor, because=because, now=now)


def renew(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """延期: an expired card is good again; IllegalTransition unless it is in use."""
    trail.advance(card, to="in_use", actor=actor, because="renewed", now=now)


def report_lost(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """挂失: the card is lost; IllegalTransition unless it is in use."""
    trail.advance(card, to="lost", actor=actor, because="reported lost", now=now)


def report_found(card: TransitCard, *, actor: Actor, now: datetime) -> None:
    """解挂: a lost card is in use again; IllegalTransition for any other."""
    trail.advance(card, to="in_use", actor=actor, because="found again", now=now)
