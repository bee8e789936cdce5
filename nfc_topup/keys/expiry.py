"""Warns of keys whose time ends: at 90, 30 and 7 days and on the day, each once, as an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import trail
from accounts.actors import WORKER
from nfc_topup.models import CardKey, ExpiryWarning

WARNED_AT_DAYS = (90, 30, 7, 0)
STILL_USED = ("active", "outgoing")


def warn(now: datetime) -> int:
    """Raise what is to be raised now; how many alarms. Twice is once.

    A key met late is warned of once, by the nearest of its days; the earlier ones count as told.
    """
    farthest = now + timedelta(days=max(WARNED_AT_DAYS))
    keys = list(
        CardKey.objects.filter(state__in=STILL_USED, expires_at__lte=farthest).order_by("id")
    )
    told = set(ExpiryWarning.objects.filter(key__in=keys).values_list("key_id", "days"))
    raised = 0
    for key in keys:
        if key.expires_at is None:
            continue
        left = key.expires_at - now
        due = [days for days in WARNED_AT_DAYS if left <= timedelta(days=days)]
        fresh = [days for days in due if (key.id, days) not in told]
        made = ExpiryWarning.objects.bulk_create(
            [ExpiryWarning(key=key, days=days, warned_at=now) for days in fresh],
            ignore_conflicts=True,
        )
        if made and min(due) in fresh:
            _raise(key, left, now)
            raised += 1
    return raised


def _raise(key: CardKey, left: timedelta, now: datetime) -> None:
    trail.alarm(
        "card_key_expired" if left <= timedelta(0) else "card_key_expires_soon",
        actor=WORKER,
        now=now,
        subject=f"card_key:{key.id}",
        purpose=key.purpose,
        index=key.index,
        version=key.version,
        days=left.days,
    )
