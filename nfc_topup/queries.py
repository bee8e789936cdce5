"""Questions about loads and cards that other rooms may ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from accounts import cards
from accounts.models import TransitCard
from nfc_topup.errors import InquiryUnknown, LoadUnknown
from nfc_topup.lifecycle import UNRESOLVED
from nfc_topup.models import Inquiry, Load, LoadSeal, Sighting

ON_A_CARD = Q(state="loaded") & (Q(contradicted_at__isnull=True) | ~Q(tac=""))
ON_A_CARD |= Q(state="not_loaded", contradicted_at__isnull=False)


def get(load_id: UUID) -> Load:
    """The load with its card application; LoadUnknown."""
    load = Load.objects.select_related("application").filter(pk=load_id).first()
    if load is None:
        raise LoadUnknown(load_id=load_id)
    return load


def loads_of_order(order_id: UUID) -> list[Load]:
    """All loads under one order, oldest first."""
    return list(Load.objects.filter(order_id=order_id).order_by("opened_at", "id"))


def ids_of_orders(order_ids: list[UUID]) -> list[UUID]:
    """All loads under these orders."""
    return list(Load.objects.filter(order_id__in=order_ids).values_list("id", flat=True))


def unresolved_load_of(card: TransitCard) -> Load | None:
    """The load of this card whose MAC2 is out and whose end is unknown."""
    waiting = Load.objects.filter(application__asn=card.asn, state__in=UNRESOLVED)
    return waiting.order_by("opened_at").first()


def is_any_unresolved(cards_: Iterable[TransitCard]) -> bool:
    """Whether any of these cards has such a load, in one question."""
    asns = [card.asn for card in cards_]
    return Load.objects.filter(application__asn__in=asns, state__in=UNRESOLVED).exists()


def inquiry(inquiry_id: UUID) -> Inquiry:
    """The question to a card; InquiryUnknown."""
    found = Inquiry.objects.select_related("load__application").filter(pk=inquiry_id).first()
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    return found


def load_of_inquiry(inquiry_id: UUID) -> Load:
    """The load a question is about; InquiryUnknown."""
    return inquiry(inquiry_id).load


def seal_of(load_id: UUID) -> LoadSeal | None:
    """The seal given out for a load, None before there is one."""
    return LoadSeal.objects.filter(load_id=load_id).first()


def sightings(card: TransitCard) -> list[Sighting]:
    """Balances this card has proved, newest first (by moment, then by counter)."""
    seen = Sighting.objects.filter(application__asn=card.asn)
    return list(seen.order_by("-seen_at", "-counter", "-id"))


def last_sighting(card: TransitCard) -> Sighting | None:
    """The balance this card proved last; None for a card never seen."""
    seen = Sighting.objects.filter(application__asn=card.asn)
    return seen.order_by("-seen_at", "-counter", "-id").first()


def last_sightings(cards_: Iterable[TransitCard]) -> dict[str, Sighting]:
    """The balance each of these cards proved last, by ASN; a card never seen is not in it."""
    seen = Sighting.objects.filter(application__asn__in={card.asn for card in cards_})
    newest = seen.select_related("application").order_by(
        "application__asn", "-seen_at", "-counter", "-id"
    )
    return {each.application.asn: each for each in newest.distinct("application__asn")}


def last_balance_of(asn: OuterRef) -> QuerySet[Sighting, int]:
    """The balance in fen that the card beside which this is asked has proved last."""
    seen = Sighting.objects.filter(application__asn=asn)
    return seen.order_by("-seen_at", "-counter", "-id").values_list("balance_fen", flat=True)[:1]


def sightings_since(
    moment: datetime | None, *, after: tuple[datetime, int] | None, limit: int
) -> list[Sighting]:
    """Balances that any card has proved from `moment` on (None: ever), the oldest first.

    A page goes on `after` the last one's (seen_at, pk).
    """
    rows = Sighting.objects.select_related("application").order_by("seen_at", "pk")
    if moment is not None:
        rows = rows.filter(seen_at__gte=moment)
    if after is not None:
        rows = rows.filter(Q(seen_at__gt=after[0]) | Q(seen_at=after[0], pk__gt=after[1]))
    return list(rows[:limit])


def pool_of(asn: str) -> int:
    """The pool of the card of this number, by whose officers it is looked after; CardNotFound."""
    return cards.by_asn(asn).operator.pool


def pools_of(asns: Iterable[str]) -> dict[str, int]:
    """The pool of each of these cards, by number."""
    known = TransitCard.objects.filter(asn__in=set(asns))
    return dict(known.values_list("asn", "operator__pool"))


def credited_load_of(order_id: UUID) -> UUID | None:
    """The load that has put this order's value onto a card: as decided, or as a card has proved."""
    credited = Load.objects.filter(ON_A_CARD, order_id=order_id)
    return credited.values_list("id", flat=True).first()


def credited_among(order_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the given orders whose value a load has put onto a card, as `credited_load_of`."""
    rows = Load.objects.filter(ON_A_CARD, order_id__in=order_ids)
    return frozenset(rows.values_list("order_id", flat=True))


def in_doubt_among(order_ids: list[UUID]) -> list[UUID]:
    """Those of the given orders that have a load in doubt."""
    rows = Load.objects.filter(order_id__in=order_ids, state="in_doubt")
    return list(rows.values_list("order_id", flat=True))
