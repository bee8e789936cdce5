"""Cards that a kiosk must not serve (名单), by version: what has changed since.

A small port before the room of cards. Numbers leave the house as digests only, so that a stolen
kiosk holds no list of cards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.card_service import listing

MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One change: 32 hex digits of the SHA-256 of a card's number, and what became of it.

    `act` is listed, delisted or renewed (listed for longer).
    """

    card_digest: str
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """What changed from one version to another; `more` when it goes on from `version`."""

    version: int
    entries: tuple[Listed, ...]
    more: bool


def version() -> int:
    """The newest version; 0 before any card was ever listed."""
    return listing.newest()


def since(known: int) -> CardList:
    """Every change after version `known`, in order, at most a thousand at a time."""
    page = listing.since(known, limit=MOST + 1)
    taken = page[:MOST]
    return CardList(
        version=taken[-1].version if taken else known,
        entries=tuple(Listed(card_digest=digest_of(one.asn), act=one.act) for one in taken),
        more=len(page) > MOST,
    )


def digest_of(asn: str) -> str:
    """How a card of this number (20 digits) stands in a list."""
    return hashlib.sha256(asn.encode("ascii")).hexdigest()[:32]
