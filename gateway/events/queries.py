"""How the endpoints stand: what each is owed, what was given up, who rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from gateway.events.models import Delivery, Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One endpoint with its deliveries counted; `oldest` is when the oldest waiting happened."""

    endpoint: Endpoint
    waiting: int
    delivered: int
    given_up: int
    oldest: datetime | None


def standing() -> list[Standing]:
    """Every endpoint, by subscriber and age, in two questions."""
    counted = {
        row["endpoint_id"]: row
        for row in Delivery.objects.values("endpoint_id").annotate(
            waiting=Count("id", filter=Q(state="waiting")),
            delivered=Count("id", filter=Q(state="delivered")),
            given_up=Count("id", filter=Q(state="given_up")),
            oldest=Min("event__happened_at", filter=Q(state="waiting")),
        )
    }
    return [
        Standing(
            endpoint=endpoint,
            waiting=counted.get(endpoint.pk, {}).get("waiting", 0),
            delivered=counted.get(endpoint.pk, {}).get("delivered", 0),
            given_up=counted.get(endpoint.pk, {}).get("given_up", 0),
            oldest=counted.get(endpoint.pk, {}).get("oldest"),
        )
        for endpoint in Endpoint.objects.order_by("subscriber", "added_at")
    ]


def given_up() -> QuerySet[Delivery]:
    """Deliveries past their schedule, with event and endpoint, newest first: people look here."""
    rows = Delivery.objects.filter(state="given_up").select_related("event", "endpoint")
    return rows.order_by("-last_at", "-id")
