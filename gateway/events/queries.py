"""How the endpoints stand: what each is owed, what was given up, who rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from gateway.events.models import Delivery, Endpoint

_A_MOMENT = timedelta(microseconds=1)


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


def log(
    endpoint: Endpoint, *, state: str = "", before: UUID | None = None, most: int
) -> list[Delivery]:
    """Deliveries to one endpoint with their events, the latest event first; ids follow time.

    `state` narrows them down, `before` is where the page before ended.
    """
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("event")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-id")[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What one endpoint that still wants events was not told: so many, happened in that span.

    `last_at` is the last attempt, `code` why it did not count (empty: nobody tried in time).
    """

    endpoint: Endpoint
    events: int
    first_at: datetime
    until: datetime
    last_at: datetime | None
    code: str


def lost() -> list[Lost]:
    """Every endpoint with deliveries given up, but the retired; those that lost first, first.

    `first_at` and `until` are the span that `replay_events` takes: its end not included.
    """
    last = Delivery.objects.filter(state="given_up", endpoint=OuterRef("endpoint"))
    rows = (
        Delivery.objects.filter(state="given_up")
        .exclude(endpoint__state="retired")
        .values("endpoint_id")
        .annotate(
            events=Count("id"),
            first_at=Min("event__happened_at"),
            until=Max("event__happened_at"),
            tried_at=Max("last_at"),
            code=Subquery(
                last.order_by(F("last_at").desc(nulls_last=True)).values("last_code")[:1]
            ),
        )
        .order_by("first_at", "endpoint_id")
    )
    found = list(rows)
    endpoints = Endpoint.objects.in_bulk([row["endpoint_id"] for row in found])
    return [
        Lost(
            endpoint=endpoints[row["endpoint_id"]],
            events=row["events"],
            first_at=row["first_at"],
            until=row["until"] + _A_MOMENT,
            last_at=row["tried_at"],
            code=row["code"],
        )
        for row in found
    ]


def given_up() -> QuerySet[Delivery]:
    """Deliveries past their schedule, with event and endpoint, newest first: people look here."""
    rows = Delivery.objects.filter(state="given_up").select_related("event", "endpoint")
    return rows.order_by("-last_at", "-id")
