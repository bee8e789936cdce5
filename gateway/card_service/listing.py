"""名单: the cards that nobody may ride or load with, by rising version, for whoever checks cards.

A version is a change. Whoever has seen version N asks for what came since; nothing is ever
rewritten, so a list built from any beginning is the same list.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from gateway.card_service.models import ListEntry, ListVersion

LISTED, DELISTED, RENEWED = "listed", "delisted", "renewed"
_NEXT = """
INSERT INTO card_service_list_version (id, version) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET version = card_service_list_version.version + 1
RETURNING version
"""


def put(
    asn: str,
    pool: int,
    act: str,
    *,
    because: str,
    since: datetime,
    now: datetime,
    until: date | None = None,
) -> ListEntry:
    """One change under the next version, in the caller's transaction.

    The version's row is locked until that commits: versions appear in their order, without gaps.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT)
        version = int(cursor.fetchone()[0])
    return ListEntry.objects.create(
        version=version,
        pool=pool,
        asn=asn,
        act=act,
        because=because,
        since=since,
        until=until,
        made_at=now,
    )


def newest() -> int:
    """The newest version; 0 while nothing was ever listed."""
    row = ListVersion.objects.filter(pk=1).first()
    return row.version if row else 0


def since(version: int, *, pool: int | None = None, limit: int = 1_000) -> list[ListEntry]:
    """What changed after that version, in order; one pool's or the province's."""
    rows = ListEntry.objects.filter(version__gt=version).order_by("version")
    return list((rows if pool is None else rows.filter(pool=pool))[:limit])


def entry_of(asn: str) -> ListEntry | None:
    """What the list says of this card now; None when it was never on it."""
    rows = ListEntry.objects.filter(asn=asn).exclude(act=RENEWED)
    return rows.order_by("-version").first()


def renewal_of(asn: str) -> ListEntry | None:
    """The card's newest renewal: its `until`, or none for no end."""
    return ListEntry.objects.filter(asn=asn, act=RENEWED).order_by("-version").first()


def is_listed(asn: str, at: datetime) -> bool:
    """Whether the card is refused at that moment."""
    entry = entry_of(asn)
    return entry is not None and entry.act == LISTED and entry.since <= at


def expired_among(asns: Collection[str], day: date) -> frozenset[str]:
    """Those of these cards whose renewal has ended before `day`."""
    rows = ListEntry.objects.filter(asn__in=asns, act=RENEWED).order_by("asn", "-version")
    newest_of = rows.distinct("asn").values_list("asn", "until")
    return frozenset(asn for asn, until in newest_of if until is not None and until < day)
