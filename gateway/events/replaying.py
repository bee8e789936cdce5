"""Tells an endpoint again what it lost: by event, or by a period of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.models import Person
from gateway.events import endpoints, keepers, owing
from gateway.events.errors import EndpointNotReplayable, ReplayRangeWrong
from gateway.events.models import Event

MOST = 100_000
BATCH = 1_000


def replay(
    endpoint_id: UUID,
    *,
    officer: Person,
    now: datetime,
    ids: Sequence[UUID] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Owes these events again, those that its filters let through; gives how many.

    By `ids`, or by when they happened: `since` included, `until` not. MOST at a time, oldest
    first. ReplayRangeWrong, EndpointNotReplayable, EndpointUnknown, NotAllowed.
    """
    actor = keepers.actor_of(officer, now)
    endpoint = endpoints.get(endpoint_id)
    if endpoint.state not in ("active", "paused"):
        raise EndpointNotReplayable(state=endpoint.state)
    by_time = since is not None and until is not None and since < until
    if bool(ids) == by_time or (not by_time and (since or until)):
        raise ReplayRangeWrong
    rows = Event.objects.filter(pk__in=ids) if ids else Event.objects.all()
    if by_time:
        rows = rows.filter(happened_at__gte=since, happened_at__lt=until)
    if endpoint.pools:
        rows = rows.filter(pool__in=endpoint.pools)
    if endpoint.kinds:
        rows = rows.filter(kind__in=endpoint.kinds)
    with transaction.atomic():
        events = list(rows.order_by("happened_at", "id")[:MOST])
        count = sum(
            owing.owe_again(endpoint, events[place : place + BATCH], now=now)
            for place in range(0, len(events), BATCH)
        )
        trail.record(
            "events.replayed",
            actor=actor,
            now=now,
            subject=str(endpoint.pk),
            events=count,
            ids=len(ids),
            since=since.isoformat() if since else "",
            until=until.isoformat() if until else "",
        )
    return count
