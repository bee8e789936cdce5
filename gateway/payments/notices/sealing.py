"""The daily seal over the inbox: a hash of every notice, hour by hour, chained from day to day.

What was received is a fact: its raw bytes, headers, verdict and moment. Whether it was acted upon
may still move, so it is not sealed. A sealed day takes no more notices, and only sealed days past
their retention are ever purged, whole, by a function of the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import trail
from accounts.actors import SYSTEM
from accounts.clock import SHANGHAI, business_day, start_of_day
from gateway.payments import keys
from gateway.payments.models import Notice, NoticePurge, NoticeSeal

SEALED_AFTER = timedelta(hours=1)
LEAST_KEPT_DAYS = 180
_DRIFT = timedelta(minutes=1)
_NOTHING = b"\x00" * 32
_LOCK = "SELECT pg_advisory_xact_lock(1885959541, 7)"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sealed day that is not as it was sealed: which, and in what."""

    day: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What a day's notices come to: how many, [hour, count, hash] of each hour, the whole."""

    count: int
    hours: list[list[Any]]
    root: bytes


def seal_due(now: datetime) -> list[date]:
    """Seals every day that is over by an hour and not sealed yet, in order; which ones."""
    sealed = []
    while (day := _next_day(now)) is not None:
        seal(day, now=now)
        sealed.append(day)
    return sealed


def seal(day: date, *, now: datetime) -> NoticeSeal:
    """Seals one day that is over; a day sealed before gives that seal."""
    if now < start_of_day(day + timedelta(days=1)) + SEALED_AFTER:
        raise ValueError(f"{day} is not over")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        present = NoticeSeal.objects.filter(day=day).first()
        if present is not None:
            return present
        last = NoticeSeal.objects.order_by("-day").first()
        found = root_of(day)
        before = bytes(last.chain) if last else _NOTHING
        return NoticeSeal.objects.create(
            day=day,
            count=found.count,
            hours=found.hours,
            root=found.root,
            previous_day=last.day if last else None,
            previous_chain=before,
            chain=_chained(before, day, found.count, found.root),
            sealed_at=now,
        )


def verify(since: date | None = None, until: date | None = None) -> Iterator[Finding]:
    """Every difference between sealed days and what is stored now; none when all is as it was.

    Purged days are checked in the chain, since their notices are gone.
    """
    purged = set(NoticePurge.objects.values_list("day", flat=True))
    before: NoticeSeal | None = None
    for one in NoticeSeal.objects.order_by("day").iterator():
        if before is not None and one.previous_day != before.day:
            yield Finding(day=one.day, what=f"does not follow {before.day}")
        if bytes(one.previous_chain) != (bytes(before.chain) if before else _NOTHING):
            yield Finding(day=one.day, what="its chain does not begin where the last one ended")
        if bytes(one.chain) != _chained(
            bytes(one.previous_chain), one.day, one.count, bytes(one.root)
        ):
            yield Finding(day=one.day, what="its seal is not over what it says")
        before = one
        wanted = (since is None or one.day >= since) and (until is None or one.day <= until)
        if wanted and one.day not in purged:
            yield from _differences(one)


def purge(now: datetime) -> list[date]:
    """Removes the notices of sealed days past their years and NOTICES_KEPT_DAYS; which ones.

    The years are the database's (R24) and whole: no setting shortens them.
    """
    kept_days, today = max(int(settings.NOTICES_KEPT_DAYS), LEAST_KEPT_DAYS), business_day(now)
    last = min(today - timedelta(days=kept_days + 1), date(today.year - kept_years(), 1, 1))
    gone = NoticePurge.objects.values("day")
    days = list(
        NoticeSeal.objects.filter(day__lt=last)
        .exclude(day__in=gone)
        .order_by("day")
        .values_list("day", flat=True)
    )
    for day in days:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.payments_purge_notices(%s, %s)", [day, kept_days])
            removed = cursor.fetchone()[0]
            trail.record(
                "notices_purged", actor=SYSTEM, now=now, subject=day.isoformat(), count=removed
            )
    return days


def kept_years() -> int:
    """For how many whole years after their own the database keeps notices."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.payments_notices_kept_years()")
        return int(cursor.fetchone()[0])


def root_of(day: date) -> Root:
    """The hash over everything received on a day, read in batches: memory does not grow."""
    hours: list[list[Any]] = []
    digest, hour, count, whole = hashlib.sha256(), -1, 0, 0
    for notice in _notices_of(day):
        at = notice.received_at.astimezone(SHANGHAI).hour
        if at != hour:
            if count:
                hours.append([hour, count, digest.hexdigest()])
            digest, hour, count = hashlib.sha256(), at, 0
        digest.update(leaf(notice))
        count, whole = count + 1, whole + 1
    if count:
        hours.append([hour, count, digest.hexdigest()])
    return Root(count=whole, hours=hours, root=hashlib.sha256(_plain(hours)).digest())


def leaf(notice: Notice) -> bytes:
    """SHA-256 over all that was received of one push, and the verdict it met."""
    body = bytes(notice.body)
    facts = [
        str(notice.id),
        str(notice.merchant_id),
        notice.verdict,
        notice.headers,
        notice.key_id,
        notice.nonce,
        notice.signed_at.isoformat() if notice.signed_at else None,
        notice.notice_no,
        notice.order_no,
        notice.fact,
        notice.received_at.isoformat(),
        len(body),
    ]
    return hashlib.sha256(_plain(facts) + b"\n" + body).digest()


def _notices_of(day: date) -> Iterator[Notice]:
    begins, ends = start_of_day(day), start_of_day(day + timedelta(days=1))
    rows = Notice.objects.filter(
        id__gte=keys.first_id_at(begins - _DRIFT),
        id__lt=keys.first_id_at(ends + _DRIFT),
        received_at__gte=begins,
        received_at__lt=ends,
    )
    return rows.order_by("received_at", "id").iterator(chunk_size=_BATCH)


def _differences(one: NoticeSeal) -> Iterator[Finding]:
    found = root_of(one.day)
    if found.root == bytes(one.root) and found.count == one.count:
        return
    sealed = {hour: (count, said) for hour, count, said in one.hours}
    stored = {hour: (count, said) for hour, count, said in found.hours}
    for hour in sorted({*sealed, *stored}):
        was, now_ = sealed.get(hour), stored.get(hour)
        if was != now_:
            counts = f"{was[0] if was else 0} sealed, {now_[0] if now_ else 0} stored"
            yield Finding(day=one.day, what=f"hour {hour:02d} differs: {counts}")
    if sealed == stored:
        yield Finding(day=one.day, what="its seal is not over its hours")


def _next_day(now: datetime) -> date | None:
    """The oldest day that should be sealed and is not; None when there is none."""
    last = NoticeSeal.objects.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        first = Notice.objects.order_by("id").values_list("received_at", flat=True).first()
        if first is None:
            return None
        day = business_day(first)
    else:
        day = last + timedelta(days=1)
    over = now >= start_of_day(day + timedelta(days=1)) + SEALED_AFTER
    return day if over else None


def _chained(before: bytes, day: date, count: int, root: bytes) -> bytes:
    return hashlib.sha256(before + _plain([day.isoformat(), count]) + root).digest()


def _plain(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()
