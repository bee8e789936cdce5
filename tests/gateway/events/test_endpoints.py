"""An address is told nothing before its owner has answered, and only officers put one down."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts import clock
from accounts.errors import IllegalTransition, NotAllowed
from accounts.models import AuditEntry
from gateway.events import endpoints, owing, replaying, sending
from gateway.events.errors import (
    EndpointAddressWrong,
    EndpointFilterWrong,
    EndpointNotProven,
    EndpointNotReplayable,
    EndpointTaken,
    ReplayRangeWrong,
)
from gateway.events.models import Delivery, Endpoint, Event
from tests.accounts.strangers import somebody
from tests.gateway.events import scene


def add(url: str, subscriber: str = "app:wallet", **more):  # type: ignore[no-untyped-def]
    given = {"kinds": (), "operators": (), "officer": scene.an_administrator(), **more}
    return endpoints.add(subscriber=subscriber, url=url, now=clock.now(), **given)


def test_who_answers_with_another_word_stays_unproven_and_hears_nothing(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    receiver.lies = True
    made = add(receiver.url, f"operator:{operator.code}")
    with pytest.raises(EndpointNotProven):
        endpoints.prove(made.pk, officer=scene.an_administrator(), now=clock.now())
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    assert Endpoint.objects.get(pk=made.pk).state == "unproven"
    assert not Delivery.objects.filter(endpoint=made).exists()
    with pytest.raises((EndpointNotProven, IllegalTransition)):
        endpoints.resume(
            made.pk, because="a trick", officer=scene.an_administrator(), now=clock.now()
        )


@pytest.mark.parametrize("status", [302, 404, 500])
def test_no_other_answer_proves_it(operator, receiver, status, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    made = add(receiver.url, f"operator:{operator.code}")
    outcome = sending.Outcome(status=status, body=b"{}")
    monkeypatch.setattr(sending, "send", lambda *_, **__: outcome)
    with pytest.raises(EndpointNotProven):
        endpoints.prove(made.pk, officer=scene.an_administrator(), now=clock.now())


BAD_ADDRESSES = [
    "ftp://receiver.example/in",
    "file:///etc/passwd",
    "//receiver.example/in",
    "https://user@receiver.example/in",
    "https://user:word@receiver.example/in",
    "https://receiver.example/in#part",
    "https://receiver.example:99999/",
    "https:///in",
    "https://receiver.example/in\r\nX: y",
    "javascript:alert(1)",
    "https://接收.example/",
    "",
]


@pytest.mark.parametrize("url", BAD_ADDRESSES)
def test_what_is_no_address_of_the_web_is_refused(db, url: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EndpointAddressWrong):
        add(url)
    assert not Endpoint.objects.filter(url=url).exists()


def test_outside_the_sandbox_plain_http_and_inner_networks_are_out_of_reach(settings) -> None:  # type: ignore[no-untyped-def]
    settings.IS_SANDBOX = False
    with pytest.raises(EndpointAddressWrong):
        sending.host_of("http://receiver.example/in")
    assert sending.host_of("https://receiver.example/in").loopback is False
    for inner in ("https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest",
                  "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/"):  # fmt: skip
        outcome = sending.send(inner, b"{}", delivery_id=scene.new_id(clock.now()), now=clock.now())
        assert outcome.code == "channel_host_not_allowed", inner


def test_only_an_administrator_puts_addresses_down(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    nobody = somebody(clock.now())
    with pytest.raises(NotAllowed):
        add(receiver.url, officer=nobody)
    made = add(receiver.url, f"operator:{operator.code}")
    with pytest.raises(NotAllowed):
        endpoints.prove(made.pk, officer=nobody, now=clock.now())
    assert receiver.heard == []
    assert AuditEntry.objects.filter(act="events.endpoint_added", subject=str(made.pk)).exists()


def test_filters_that_cannot_be_meant_are_refused(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EndpointFilterWrong):
        add(receiver.url, kinds=["topup.paid", "topup.stolen"])
    with pytest.raises(EndpointFilterWrong):
        add(receiver.url, f"operator:{operator.code}", operators=[scene.an_operator().code])
    with pytest.raises(EndpointFilterWrong):
        add(receiver.url, "somebody:else")
    add(receiver.url, f"operator:{operator.code}")
    with pytest.raises(EndpointTaken):
        add(receiver.url, f"operator:{operator.code}")


def test_replay_by_time_and_by_id_keeps_the_ids_and_is_in_the_trail(operator, receiver) -> None:  # type: ignore[no-untyped-def]
    before = clock.now()
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    endpoint = scene.an_endpoint(receiver, operator)
    scene.move(topup, "refunding")
    scene.tell(topup)
    scene.send(endpoint)
    assert receiver.types == ["topup.refunding"], "it was not there for the first"

    officer = scene.an_administrator()
    call_command("replay_events", str(endpoint.pk), officer=officer.pk, since=before,
                 until=clock.now())  # fmt: skip
    scene.send(endpoint)
    assert receiver.types == ["topup.refunding", "topup.paid", "topup.refunding"]
    assert receiver.events[0].delivery == receiver.events[2].delivery
    assert receiver.events[0].body == receiver.events[2].body
    first = Event.objects.get(kind="topup.paid", subject_id=topup.id)
    count = replaying.replay(endpoint.pk, officer=officer, now=clock.now(), ids=[first.pk])
    scene.send(endpoint)
    assert (count, receiver.types[-1]) == (1, "topup.paid")
    entries = AuditEntry.objects.filter(act="events.replayed", subject=str(endpoint.pk))
    assert [entry.facts["events"] for entry in entries.order_by("id")] == [2, 1]
    assert {entry.actor_id for entry in entries} == {str(officer.pk)}


def test_a_replay_keeps_to_the_filters_and_to_sense(operator, receiver, receivers) -> None:  # type: ignore[no-untyped-def]
    endpoint, officer = scene.an_endpoint(receiver, operator), scene.an_administrator()
    now = clock.now()
    foreign = scene.a_topup(scene.an_operator())
    scene.pay(foreign)
    scene.tell(foreign)
    ids = list(Event.objects.filter(subject_id=foreign.id).values_list("id", flat=True))
    assert replaying.replay(endpoint.pk, officer=officer, now=now, ids=ids) == 0
    for wrong in ({}, {"since": now}, {"since": now, "until": now}, {"ids": ids, "since": now}):
        with pytest.raises(ReplayRangeWrong):
            replaying.replay(endpoint.pk, officer=officer, now=now, **wrong)
    with pytest.raises(NotAllowed):
        replaying.replay(endpoint.pk, officer=somebody(now), now=now, ids=ids)
    endpoints.retire(endpoint.pk, because="a test", officer=officer, now=now)
    with pytest.raises(EndpointNotReplayable):
        replaying.replay(endpoint.pk, officer=officer, now=now, ids=ids)


def test_the_command_lists_how_they_stand(operator, receiver, capsys) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    call_command("event_endpoints", "list")
    line = next(one for one in capsys.readouterr().out.splitlines() if str(endpoint.pk) in one)
    assert "active" in line
    assert "waiting 0" in line


def test_people_see_what_was_given_up(operator, receiver, capsys) -> None:  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    receiver.answers = [404]
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    scene.send(endpoint)
    scene.send(endpoint, clock.now() + owing.GIVEN_UP_AFTER)
    call_command("event_endpoints", "given-up")
    event = Event.objects.get(subject_id=topup.id)
    line = next(one for one in capsys.readouterr().out.splitlines() if str(event.pk) in one)
    assert line.endswith("1 attempts, last out_of_time 404")
