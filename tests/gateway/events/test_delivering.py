"""Deliveries reach a real receiver: again after failures, in order, without waiting for others."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import pytest

from accounts import clock, duties
from accounts.models import Duty
from gateway.events import delivering, endpoints, owing, sending, signing
from gateway.events.models import Delivery, Endpoint
from tests.gateway.events import scene

SECOND = timedelta(seconds=1)


def test_what_was_paid_and_loaded_arrives_once_and_in_order(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.move(topup, "loading", "loaded")
    scene.tell(topup)
    scene.send(endpoint)
    scene.send(endpoint)

    assert receiver.types == ["topup.paid", "topup.loaded"]
    assert [one.words["sequence"] for one in receiver.events] == ["00000001", "00000002"]
    assert [one.state for one in scene.deliveries(endpoint)] == ["delivered", "delivered"]
    assert receiver.events[0].headers["Content-Type"].startswith("application/cloudevents+json")
    assert Duty.objects.get(kind=owing.SEND, subject_id=endpoint.pk).state == "done"


def test_after_failures_it_comes_again_under_the_same_id_and_with_the_same_bytes(
    operator,  # type: ignore[no-untyped-def]
    receiver,
) -> None:
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    receiver.answers = [500, 302, 200]
    scene.pay(topup)
    scene.move(topup, "loading", "loaded")
    scene.tell(topup)
    now = clock.now()
    scene.send(endpoint, now)
    assert receiver.types == ["topup.paid"], "the second waits for the first"
    scene.send(endpoint, now + 6 * SECOND)
    scene.send(endpoint, now + 40 * SECOND)
    scene.send(endpoint, now + 50 * SECOND)

    assert receiver.types == ["topup.paid"] * 3 + ["topup.loaded"]
    assert len({(one.delivery, one.body) for one in receiver.events[:3]}) == 1
    assert len({one.headers["Signature"] for one in receiver.events}) == 4
    first, second = scene.deliveries(endpoint)
    assert (first.state, first.attempts, second.attempts) == ("delivered", 3, 1)


def test_a_refused_event_holds_up_its_own_subject_alone(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    poisoned, other = scene.a_topup(operator), scene.a_topup(operator)
    receiver.answers = [400]
    for topup in (poisoned, other):
        scene.pay(topup)
        scene.move(topup, "refunding")
        scene.tell(topup)
    scene.send(endpoint)
    told = [(one.words["subject"], one.words["type"]) for one in receiver.events]
    assert told[0] == (f"topup/{poisoned.id}", "topup.paid")
    assert told[1:] == [
        (f"topup/{other.id}", "topup.paid"),
        (f"topup/{other.id}", "topup.refunding"),
    ]


def test_a_dead_endpoint_rests_and_is_tried_with_one_event(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    receiver.answers = [503] * 5
    for _ in range(6):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
    now = clock.now()
    scene.send(endpoint, now)
    assert len(receiver.events) == delivering.FAILURES_BEFORE_REST
    scene.send(endpoint, now + 30 * SECOND)
    assert len(receiver.events) == 3, "it rests"
    scene.send(endpoint, now + 61 * SECOND)
    assert len(receiver.events) == 4, "one event tries it"
    scene.send(endpoint, now + 300 * SECOND)
    assert len(receiver.events) == 4, "and it rests longer"
    row = Endpoint.objects.get(pk=endpoint.pk)
    assert row.failures == 4
    assert row.resting_until == now + 361 * SECOND
    receiver.answers = []
    scene.send(endpoint, now + 362 * SECOND)
    assert {one.state for one in scene.deliveries(endpoint)} == {"delivered"}
    assert Endpoint.objects.get(pk=endpoint.pk).failures == 0


def test_a_slow_endpoint_costs_one_patience_and_holds_up_nobody(
    operator,  # type: ignore[no-untyped-def]
    receivers,
    monkeypatch,
) -> None:
    slow, quick = receivers(), receivers()
    first = scene.an_endpoint(slow, operator)
    second = scene.an_endpoint(quick, None, app=f"app-{operator.pool}")
    patience = sending.Patience(connect_seconds=0.3, read_seconds=0.3, whole_seconds=0.5)
    monkeypatch.setattr(sending, "PATIENCE", patience)
    slow.slow_seconds = 1.0
    for _ in range(3):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
    began = time.monotonic()
    scene.send(first)
    assert time.monotonic() - began < 0.9, "the first silence ends the run"
    scene.send(second)
    assert quick.types == ["topup.paid"] * 3
    states = [one.state for one in scene.deliveries(first)]
    assert states == ["waiting"] * 3
    assert sum(one.attempts for one in scene.deliveries(first)) == 1
    time.sleep(1.0)


def test_past_its_schedule_it_is_given_up_and_the_next_one_goes(operator, receiver, caplog) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.move(topup, "refunding")
    scene.tell(topup)
    receiver.answers = [410] * (len(owing.SCHEDULE) + 1)
    now = clock.now()
    for wait in (timedelta(0), *owing.SCHEDULE):
        now += max(wait, timedelta(hours=1)) + SECOND
        if now > clock.now() + owing.GIVEN_UP_AFTER:
            break
        scene.send(endpoint, now)
    scene.send(endpoint, now + timedelta(days=2))
    first = scene.deliveries(endpoint)[0]
    assert first.state == "given_up"
    assert first.attempts <= len(owing.SCHEDULE) + 1
    assert any("given up" in record.message for record in caplog.records)
    assert sum(owing.SCHEDULE, timedelta()) >= timedelta(days=2)


def test_filters_by_kind_and_by_pool(operator, receivers) -> None:  # type: ignore[no-untyped-def]
    other = scene.an_operator()
    mine, theirs, loaded, everything = (receivers() for _ in range(4))
    told = [
        scene.an_endpoint(mine, operator),
        scene.an_endpoint(theirs, other),
        scene.an_endpoint(loaded, operator, "topup.loaded"),
        scene.an_endpoint(everything, None, app=f"all-{operator.pool}"),
    ]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.move(topup, "loading", "loaded")
    scene.tell(topup)
    for endpoint in told:
        scene.send(endpoint)
    assert mine.types == ["topup.paid", "topup.loaded"]
    assert theirs.types == []
    assert loaded.types == ["topup.loaded"]
    assert everything.types == ["topup.paid", "topup.loaded"]
    assert Delivery.objects.filter(endpoint=told[1]).count() == 0


def test_a_worker_that_dies_while_sending_loses_nothing(operator, receiver, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    really = sending.send

    def killed_after(*words, **more):  # type: ignore[no-untyped-def]
        really(*words, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "send", killed_after)
    now = clock.now()
    with pytest.raises(KeyboardInterrupt):
        scene.send(endpoint, now)
    monkeypatch.setattr(sending, "send", really)
    assert not duties.work_one(owing.SEND, endpoint.pk, now + SECOND), "its lease still runs"
    scene.send(endpoint, now + timedelta(minutes=2))
    assert len(receiver.events) == 2, "at least once"
    assert len({one.delivery for one in receiver.events}) == 1, "and known as the same"
    (row,) = scene.deliveries(endpoint)
    assert (row.state, row.attempts) == ("delivered", 2)


def test_paused_events_wait_and_a_retired_endpoint_hears_nothing(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    officer = scene.an_administrator()
    endpoints.pause(endpoint.pk, because="a test", officer=officer, now=clock.now())
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    scene.send(endpoint)
    assert receiver.types == []
    endpoints.resume(endpoint.pk, because="a test", officer=officer, now=clock.now())
    scene.send(endpoint)
    assert receiver.types == ["topup.paid"]
    endpoints.retire(endpoint.pk, because="a test", officer=officer, now=clock.now())
    scene.move(topup, "refunding")
    scene.tell(topup)
    scene.send(endpoint)
    assert receiver.types == ["topup.paid"]


def test_no_key_no_signature_and_no_address_in_the_log(operator, receiver, caplog) -> None:  # type: ignore[no-untyped-def]
    caplog.set_level(logging.DEBUG)
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    receiver.answers = [500]
    scene.pay(topup)
    scene.tell(topup)
    scene.send(endpoint)
    scene.send(endpoint, clock.now() + 10 * SECOND)
    text = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    pem = signing.signing_key().material.decode()
    for secret in (pem.splitlines()[1], *(one.headers["Signature"] for one in receiver.events)):
        assert secret not in text
    assert "from=gateway" not in text


def test_sending_many_costs_a_fixed_number_of_questions_each(
    operator,  # type: ignore[no-untyped-def]
    receiver,
    django_assert_max_num_queries,
) -> None:
    endpoint = scene.an_endpoint(receiver, operator)
    for _ in range(8):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
    with django_assert_max_num_queries(8 * 2 + 6):
        delivering.work_off(endpoint.pk, now=clock.now())
    assert len(receiver.events) == 8
