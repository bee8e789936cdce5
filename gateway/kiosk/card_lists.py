"""Cards that a kiosk must not serve (挂失与停用名单), by version: what has changed since.

A small port: the list is read from the trail of cards, which is written whoever ends a card's
use. Numbers leave the house as digests only, so that a stolen kiosk holds no list of cards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import Max

from accounts.models import TransitCard, Transition

MOST = 5_000
_KIND = "transit_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One card: 32 hex digits of the SHA-256 of its number, and the state it is in."""

    card_digest: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """What changed from one version to another; `more` when it goes on from `version`."""

    version: int
    entries: tuple[Listed, ...]
    more: bool


def version() -> int:
    """The newest version; 0 before any card was ever lost."""
    return int(Transition.objects.filter(kind=_KIND).aggregate(last=Max("id"))["last"] or 0)


def since(known: int) -> CardList:
    """Every card whose state moved after version `known`, in its present state."""
    moves = Transition.objects.filter(kind=_KIND, pk__gt=known).order_by("id")
    page = list(moves.values_list("id", "subject_id")[: MOST + 1])
    taken = page[:MOST]
    rows = TransitCard.objects.filter(pk__in={subject for _, subject in taken}).order_by("id")
    return CardList(
        version=taken[-1][0] if taken else known,
        entries=tuple(
            Listed(card_digest=digest_of(asn), state=state)
            for asn, state in rows.values_list("asn", "state")
        ),
        more=len(page) > MOST,
    )


def digest_of(asn: str) -> str:
    """How a card of this number (20 digits) stands in a list."""
    return hashlib.sha256(asn.encode("ascii")).hexdigest()[:32]
