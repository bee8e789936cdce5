"""Works off what one endpoint is owed: in each subject's order, bounded in time, with rests."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, QuerySet

from accounts import clock
from accounts.duties import Later
from gateway.events import envelope, owing, sending
from gateway.events.models import Delivery, Endpoint
from gateway.events.sending import Outcome

BUDGET_SECONDS = 5.0
"""How long one run goes on beginning deliveries; then other work has its turn."""
BATCH = 20
FAILURES_BEFORE_REST = 3
_M = timedelta(minutes=1)
RESTS = (1 * _M, 5 * _M, 15 * _M, 60 * _M)
"""How long nothing is sent to an endpoint that keeps failing; then one delivery tries it again."""

_log = logging.getLogger("gateway.events")


def work_off(endpoint_id: UUID, *, now: datetime) -> Later | None:
    """Sends what is due to one endpoint; when to come again, None when it is owed nothing.

    The duty's lease lets one worker at a time do this. The first silence ends the run.
    """
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    if endpoint.state != "active":
        return None
    give_up_late(endpoint_id, now=now)
    until = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < until and not _rests(endpoint, now):
        batch = list(_due(endpoint, now)[:BATCH])
        if not batch or not _send_all(endpoint, batch, until=until, now=now):
            break
    return _again(endpoint)


def give_up_late(endpoint_id: UUID | None, *, now: datetime) -> int:
    """Gives up what has waited too long, of one endpoint or of all; gives how many."""
    late = Delivery.objects.filter(state="waiting", give_up_at__lte=now)
    if endpoint_id is not None:
        late = late.filter(endpoint_id=endpoint_id)
    count = late.update(state="given_up", last_code="out_of_time")
    if count:
        _log.error("%d deliveries of events are given up: their time is over", count)
    return count


def _send_all(endpoint: Endpoint, batch: list[Delivery], *, until: float, now: datetime) -> bool:
    """Sends one after the other; False when the run should end."""
    for delivery in batch:
        if time.monotonic() >= until or _rests(endpoint, now):
            return False
        if not _claimed(delivery, now=now):
            continue
        body = envelope.body_of(delivery.event)
        outcome = sending.send(endpoint.url, body, delivery_id=delivery.pk, now=clock.now())
        _note(delivery, outcome, now=now)
        _note_endpoint(endpoint, outcome, now=now)
        if outcome.silent:
            return False
    return True


def _due(endpoint: Endpoint, now: datetime) -> QuerySet[Delivery]:
    """What may be sent now: nothing whose predecessor of the same subject is still waiting."""
    earlier = Delivery.objects.filter(
        endpoint=endpoint,
        state="waiting",
        event__subject_id=OuterRef("event__subject_id"),
        event__subject_kind=OuterRef("event__subject_kind"),
        event__sequence__lt=OuterRef("event__sequence"),
    )
    mine = Delivery.objects.filter(endpoint=endpoint, state="waiting", next_at__lte=now)
    return mine.exclude(Exists(earlier)).select_related("event").order_by("next_at", "event_id")


def _claimed(delivery: Delivery, *, now: datetime) -> bool:
    """Counts the attempt and fixes the next before anything is sent; False: somebody else did."""
    wait = owing.SCHEDULE[min(delivery.attempts, len(owing.SCHEDULE) - 1)]
    rows = Delivery.objects.filter(pk=delivery.pk, state="waiting", attempts=delivery.attempts)
    delivery.attempts += 1
    return bool(rows.update(attempts=F("attempts") + 1, next_at=now + wait))


def _note(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    state = "waiting"
    if outcome.taken:
        state = "delivered"
    elif delivery.attempts > len(owing.SCHEDULE):
        state = "given_up"
        _log.error("delivery %s of an event is given up", delivery.pk)
    Delivery.objects.filter(pk=delivery.pk, state="waiting", attempts=delivery.attempts).update(
        state=state,
        last_status=outcome.status,
        last_code=outcome.code or ("" if outcome.taken else "refused"),
        last_at=now,
    )


def _note_endpoint(endpoint: Endpoint, outcome: Outcome, *, now: datetime) -> None:
    if outcome.taken and not endpoint.failures:
        return
    endpoint.failures = 0 if outcome.taken else endpoint.failures + 1
    endpoint.resting_until = None
    over = endpoint.failures - FAILURES_BEFORE_REST
    if over >= 0:
        endpoint.resting_until = now + RESTS[min(over, len(RESTS) - 1)]
        _log.warning("event endpoint %s rests after %d failures", endpoint.pk, endpoint.failures)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=endpoint.failures, resting_until=endpoint.resting_until
    )


def _rests(endpoint: Endpoint, now: datetime) -> bool:
    return endpoint.resting_until is not None and endpoint.resting_until > now


def _again(endpoint: Endpoint) -> Later | None:
    waiting = Delivery.objects.filter(endpoint=endpoint, state="waiting")
    soonest = waiting.aggregate(at=Min("next_at"))["at"]
    if soonest is None:
        return None
    at = max(soonest, endpoint.resting_until) if endpoint.resting_until else soonest
    return Later(at=at, because="deliveries wait")
