"""The verdict on every row of a list: by the card's issuer and state, and the rules of the pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from accounts.clock import business_day
from accounts.models import IssuerPrefix, TransitCard
from gateway.bulk.lists import Listed
from gateway.card_service import listing
from gateway.card_service import queries as services
from gateway.topup import known
from nfc_topup import loading
from reserve_funds.custody.rules import limits, pools
from reserve_funds.custody.rules.rule import Profile

_AT_ONCE: Final = 2_000


class Verdict(StrEnum):
    """What can be against a row that can be read."""

    ISSUER_UNKNOWN = "issuer_unknown"
    OTHER_POOL = "other_pool"
    CARD_LOST = "card_lost"
    CARD_GONE = "card_gone"
    CARD_EXPIRED = "card_expired"
    CARD_LEAVING = "card_leaving"
    OVER_LOAD = "over_load"
    NOT_OFFERED = "not_offered"
    OVER_CAP = "over_cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row and what is against it; nothing when `verdict` is empty."""

    row: Listed
    verdict: str
    most_fen: int | None = None


def judge(rows: Sequence[Listed], pool: int, now: datetime) -> Iterator[Judged]:
    """Each row with its verdict, in order, by a few questions for every 2,000. PoolNotOpen."""
    profile = pools.profile_of(pool, business_day(now))
    prefixes = _prefixes()
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        asns = [row.asn for row in part if row.asn]
        cards = {card.asn: card for card in known.holding(asns)}
        expired = listing.expired_among(asns, business_day(now))
        leaving = services.leaving_among([card.pk for card in cards.values()])
        for row in part:
            if row.fault:
                yield Judged(row=row, verdict=row.fault)
                continue
            card = cards.get(row.asn)
            against = _of_issuer(row, pool, prefixes) or _of_card(card, expired, leaving, row.asn)
            if against:
                yield Judged(row=row, verdict=against)
            else:
                yield _of_rules(row, card, profile)


def _prefixes() -> Mapping[str, int]:
    rows = IssuerPrefix.objects.values_list("prefix", "operator__pool")
    return dict(rows)


def _of_issuer(row: Listed, pool: int, prefixes: Mapping[str, int]) -> str:
    """As cards.recognise: the longest prefix that fits."""
    number = row.asn[1:]
    for size in range(18, 5, -1):
        owner = prefixes.get(number[:size])
        if owner is not None:
            return "" if owner == pool else Verdict.OTHER_POOL
    return Verdict.ISSUER_UNKNOWN


def _of_card(
    card: TransitCard | None, expired: frozenset[str], leaving: frozenset[UUID], asn: str
) -> str:
    if asn in expired:
        return Verdict.CARD_EXPIRED
    if card is None or card.state == "in_use":
        return Verdict.CARD_LEAVING if card is not None and card.pk in leaving else ""
    return Verdict.CARD_LOST if card.state == "lost" else Verdict.CARD_GONE


def _of_rules(row: Listed, card: TransitCard | None, profile: Profile) -> Judged:
    """R14, R15, and what one load carries.

    Who pays is a unit known by its code (R16), and no cash is taken of it at all (R17).
    """
    seen = card if card is not None else TransitCard(asn=row.asn)
    cap_fen = loading.load_cap_fen(seen)
    if row.amount_fen > cap_fen:
        return Judged(row=row, verdict=Verdict.OVER_LOAD, most_fen=cap_fen)
    wish = limits.TopUp(
        amount_fen=row.amount_fen,
        balance_fen=0 if card is None else vars(card)["holds_fen"],
        named=card is not None and card.named,
        card_no=row.asn[1:],
        by_unit=True,
        payer_is_known=True,
    )
    broken = {one.rule.id: one.most_fen for one in limits.broken(profile, wish)}
    for rule, verdict in (("R15", Verdict.NOT_OFFERED), ("R14", Verdict.OVER_CAP)):
        if rule in broken:
            return Judged(row=row, verdict=verdict, most_fen=broken[rule])
    return Judged(row=row, verdict="")
