"""Events are forgotten after their time, but never one that is still owed."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock
from gateway.events import delivering, keeping, owing
from gateway.events.models import Event
from tests.gateway.events import scene


def test_old_events_go_and_owed_ones_stay(operator, receiver, settings) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    receiver.answers = [200, 500]
    first, second = scene.a_topup(operator), scene.a_topup(operator)
    for topup in (first, second):
        scene.pay(topup)
        scene.tell(topup)
    scene.send(endpoint)
    mine = Event.objects.filter(subject_id__in=[first.id, second.id])
    now = clock.now()
    keeping.forget(now=now + timedelta(days=settings.EVENTS_KEPT_DAYS - 1))
    assert mine.count() == 2
    later = now + timedelta(days=settings.EVENTS_KEPT_DAYS + 1)
    keeping.forget(now=later)
    assert [one.subject_id for one in mine.all()] == [second.id]
    assert delivering.give_up_late(endpoint.pk, now=now + owing.GIVEN_UP_AFTER) == 1
    keeping.forget(now=later)
    assert not mine.all().exists()
