"""Brings kept notices to be acted upon again: by number, by order, or by the time they came.

A genuine one is applied again, which only hastens questions and compares; doing it again moves
nothing. A refused one is proven anew with the keys known now, as of the moment it came: when it
is genuine after all, it is kept a second time as such, and the first verdict stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import duties, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.channels.errors import ChannelKeyUnknown, NoticeForged
from gateway.payments import keys
from gateway.payments.models import MerchantAccount, Notice
from gateway.payments.notices import inbox

MOST = 10_000
_DRIFT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """What came of it: `owed` to be applied again, `believed` after all, `refused` as before."""

    owed: int = 0
    believed: int = 0
    refused: int = 0


def by_id(ids: Iterable[UUID], *, officer: Person, now: datetime) -> Redriven:
    """These notices. Raises NotAllowed unless the officer may act for each one's pool."""
    return _redrive(Notice.objects.filter(pk__in=list(ids)[:MOST]), "ids", officer, now=now)


def by_order(order_no: str, *, officer: Person, now: datetime) -> Redriven:
    """All genuine notices of one order or refund number."""
    accounts = MerchantAccount.objects.values("id")
    rows = Notice.objects.filter(merchant__in=accounts, order_no=order_no)
    return _redrive(rows, order_no, officer, now=now)


def by_time(
    since: datetime, until: datetime, *, officer: Person, now: datetime, pool: int | None = None
) -> Redriven:
    """What came from `since` up to `until`, at most MOST, oldest first; of one pool or of all."""
    rows = Notice.objects.filter(
        id__gte=keys.first_id_at(since - _DRIFT),
        id__lt=keys.first_id_at(until + _DRIFT),
        received_at__gte=since,
        received_at__lt=until,
    )
    if pool is not None:
        rows = rows.filter(merchant__pool=pool)
    span = f"{since.isoformat()} to {until.isoformat()}"
    return _redrive(rows, span, officer, now=now)


def _redrive(rows: object, what: str, officer: Person, *, now: datetime) -> Redriven:
    chosen = rows.order_by("id").values_list("id", "merchant__pool", "verdict")  # type: ignore[attr-defined]
    found = list(chosen[:MOST])
    for pool in {pool for _, pool, _ in found}:
        if not people.has_role(officer, FINANCE_OFFICER, pool, now):
            raise NotAllowed(person=str(officer.pk), role=FINANCE_OFFICER, pool=pool)
    genuine = [notice_id for notice_id, _, verdict in found if verdict == "genuine"]
    refused = [notice_id for notice_id, _, verdict in found if verdict != "genuine"]
    with transaction.atomic():
        for notice_id in genuine:
            duties.owe("notice.apply", notice_id, now=now)
        trail.record(
            "notices_redriven",
            actor=Actor(kind="officer", id=str(officer.pk)),
            now=now,
            subject=what,
            genuine=len(genuine),
            refused=len(refused),
        )
    believed = sum(_proven_after_all(notice_id, now=now) for notice_id in refused)
    return Redriven(owed=len(genuine), believed=believed, refused=len(refused) - believed)


def _proven_after_all(notice_id: UUID, *, now: datetime) -> bool:
    notice = Notice.objects.select_related("merchant").get(pk=notice_id)
    body = bytes(notice.body)
    try:
        said = inbox.proven(notice.merchant, notice.headers, body, now=notice.received_at)
    except (NoticeForged, ChannelKeyUnknown):
        return False
    return inbox.keep(notice.merchant, notice.headers, body, said, now=now)
