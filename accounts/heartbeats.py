"""Signs of life of the queue's parts, kept as rows so that anybody can see them."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Heartbeat

CANARY = "queue-canary"
SWEEPER = "sweeper"


def beat(name: str, now: datetime) -> None:
    """Write down that this part is alive at `now`."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, beat_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["beat_at"],
    )


def last_beat(name: str) -> datetime | None:
    """When this part was last alive; None when it never was."""
    return Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()
