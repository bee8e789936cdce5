"""Keeps the daily report of every closed day, and tells it again to prove that it never changes."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict
from datetime import date, datetime

from django.db import connection

from accounts import trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import open_case
from reserve_funds.custody.closing.models import KeptReport
from reserve_funds.custody.reports import daily
from reserve_funds.ledger import sealing

CHANGED = kinds.register(
    "closed_day_changed", zh="已结账营业日的数字发生变化", en="A closed day's figures have changed",
    working_days=0,
)  # fmt: skip
DAILY = "reserve-daily"
_AGAIN = 200
_DUE = """
SELECT d.pool, d.day FROM ledger.business_day d
 WHERE d.state = 'closed' AND NOT EXISTS (
       SELECT FROM custody_closing_keptreport k
        WHERE k.pool = d.pool AND k.day = d.day AND k.name = %s)
 ORDER BY d.day, d.pool LIMIT %s
"""


def keep(pool: int, day: date, *, now: datetime) -> KeptReport | None:
    """The daily report of a closed day as known when it closed; the one kept before, if any.

    None when the day is not closed.
    """
    state = sealing.state_of(pool, day)
    if state is None or state.closed_at is None:
        return None
    told = figures(pool, day, state.closed_at)
    KeptReport.objects.bulk_create(
        [
            KeptReport(
                id=new_id(now), pool=pool, day=day, name=DAILY, known_at=state.closed_at,
                told=told, digest=hashlib.sha256(told.encode()).digest(), kept_at=now,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return KeptReport.objects.get(pool=pool, day=day, name=DAILY)


def keep_due(now: datetime, *, limit: int = 500) -> int:
    """Keeps what is not kept yet; how many those were."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [DAILY, limit])
        rows = cursor.fetchall()
    for pool, day in rows:
        keep(pool, day, now=now)
    return len(rows)


def tell_again(now: datetime, *, pool: int | None = None, limit: int = _AGAIN) -> list[KeptReport]:
    """Tells kept reports again, a random handful; those that came out otherwise.

    Each of them is an alarm and a case: a figure of a closed day has changed.
    """
    rows = KeptReport.objects.filter(name=DAILY)
    if pool is not None:
        rows = rows.filter(pool=pool)
    changed = [kept for kept in rows.order_by("?")[:limit] if not still_true(kept)]
    for kept in changed:
        subject = f"day:{kept.day.isoformat()}"
        trail.alarm(CHANGED, actor=SYSTEM, now=now, subject=f"pool:{kept.pool}", day=kept.day)
        open_case(CHANGED, pool=kept.pool, subject=subject, now=now, report=kept.name)
    return changed


def still_true(kept: KeptReport) -> bool:
    """Whether the report, told now for the day and moment it was kept for, comes to the same."""
    told = figures(kept.pool, kept.day, kept.known_at)
    return all(
        hmac.compare_digest(hashlib.sha256(each.encode()).digest(), bytes(kept.digest))
        for each in (kept.told, told)
    )


def figures(pool: int, day: date, known_at: datetime) -> str:
    """The figures of the report as canonical JSON.

    Without what was booked later and which differences stood: those go on after a day is closed.
    """
    told = asdict(daily.daily(pool, day, known_at=known_at))
    del told["late"], told["differences"]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
