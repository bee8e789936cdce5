"""Owes events to the endpoints that want them, and says when each is tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F

from accounts import duties
from accounts.identifiers import derive
from gateway.events.models import Delivery, Endpoint, Event

SEND = "event.send"
_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE = (5 * _S, 30 * _S, 2 * _M, 10 * _M, 30 * _M, *[_H] * 4, *[6 * _H] * 11)
"""The wait after each failed attempt: three days in all, then people see it as given up."""
GIVEN_UP_AFTER = timedelta(days=4)
"""Also when it could not be tried so often: its endpoint was resting or paused."""


def owe(events: Sequence[Event], *, now: datetime) -> int:
    """Owes each to every endpoint that wants it, in the caller's transaction; gives how many.

    A paused endpoint is owed too: it may be resumed in time. Owing twice is owing once.
    """
    endpoints = list(Endpoint.objects.filter(state__in=("active", "paused")).order_by("id"))
    owed = [
        _delivery(event, endpoint, now=now)
        for endpoint in endpoints
        for event in events
        if wants(endpoint, event)
    ]
    if not owed:
        return 0
    Delivery.objects.bulk_create(owed, ignore_conflicts=True)
    ring(endpoints, {delivery.endpoint_id for delivery in owed}, now=now)
    return len(owed)


def owe_again(endpoint: Endpoint, events: Iterable[Event], *, now: datetime) -> int:
    """Owes these to one endpoint whether it has them or not, under the ids they always had."""
    wanted = [event for event in events if wants(endpoint, event)]
    owed = [_delivery(event, endpoint, now=now) for event in wanted]
    made = Delivery.objects.filter(pk__in=[one.pk for one in owed])
    made.exclude(state="waiting").update(
        state="waiting",
        attempts=0,
        replays=F("replays") + 1,
        next_at=now,
        give_up_at=now + GIVEN_UP_AFTER,
    )
    Delivery.objects.bulk_create(owed, ignore_conflicts=True, batch_size=1_000)
    ring([endpoint], {endpoint.pk}, now=now)
    return len(owed)


def wants(endpoint: Endpoint, event: Event) -> bool:
    """Whether the endpoint's filters let this event through."""
    of_kind = not endpoint.kinds or event.kind in endpoint.kinds
    return of_kind and (not endpoint.pools or event.pool in endpoint.pools)


def ring(endpoints: Iterable[Endpoint], ids: set[object], *, now: datetime) -> None:
    """Owes the sending itself: one duty an endpoint, so that none waits for another."""
    for endpoint in endpoints:
        if endpoint.pk in ids and endpoint.state == "active":
            duties.owe(SEND, endpoint.pk, now=now)


def _delivery(event: Event, endpoint: Endpoint, *, now: datetime) -> Delivery:
    return Delivery(
        id=derive(event.id, f"delivery {endpoint.id}"),
        event=event,
        endpoint=endpoint,
        next_at=now,
        give_up_at=now + GIVEN_UP_AFTER,
    )
