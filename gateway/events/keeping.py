"""How long events are kept: so long can they be told again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from gateway.events.models import Delivery, Event

BATCH = 5_000


def forget(*, now: datetime, limit: int = BATCH) -> int:
    """Forgets at most `limit` events made longer ago than EVENTS_KEPT_DAYS; gives how many.

    One that is still owed to somebody stays. The trail, where they came from, keeps its own time.
    """
    before = now - timedelta(days=settings.EVENTS_KEPT_DAYS)
    with transaction.atomic():
        old = list(
            Event.objects.filter(happened_at__lt=before, made_at__lt=before)
            .exclude(deliveries__state="waiting")
            .order_by("happened_at")
            .values_list("id", flat=True)[:limit]
        )
        Delivery.objects.filter(event_id__in=old).exclude(state="waiting").delete()
        return Event.objects.filter(id__in=old, deliveries__isnull=True).delete()[0]
