"""Events that an endpoint was not told are shown to officers, with the command that tells them."""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from accounts import clock, roles
from gateway.events import delivering, endpoints, owing
from tests.gateway.events import scene
from tests.gateway.events.scene import Receiver
from tests.support.officers import Seated, seat


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def page(officer: Seated, path: str) -> str:
    answer = officer.client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def command_on(shown: str) -> list[str]:
    [line] = re.findall(r"<code>manage\.py (replay_events [^<]+)</code>", shown)
    return shlex.split(line)


@pytest.mark.django_db
def test_what_an_endpoint_missed_is_shown_until_it_is_told_by_the_command_on_the_page(
    receiver: Receiver,
) -> None:
    administrator = seat((roles.ADMINISTRATOR, None))
    operator = scene.an_operator()
    endpoint = scene.an_endpoint(receiver, operator)
    assert "replay_events" not in page(administrator, "/console/duties")
    for _ in range(2):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
    receiver.answers = [500] * 2
    scene.send(endpoint)
    assert delivering.give_up_late(endpoint.pk, now=clock.now() + 2 * owing.GIVEN_UP_AFTER) == 2
    assert [one.state for one in scene.deliveries(endpoint)] == ["given_up"] * 2

    shown = page(administrator, "/console/duties")
    assert endpoint.subscriber in shown
    assert "漏收事件的地址" in page(administrator, "/console/")
    words = command_on(shown)
    assert words[1] == str(endpoint.pk)
    already = len(receiver.events)
    call_command(*words)
    assert "replay_events" not in page(administrator, "/console/duties"), "on its way again"
    scene.send(endpoint)
    assert receiver.types[already:] == ["topup.paid"] * 2
    assert [one.state for one in scene.deliveries(endpoint)] == ["delivered"] * 2


@pytest.mark.django_db
def test_an_endpoint_that_is_retired_misses_nothing(receiver: Receiver) -> None:
    administrator = seat((roles.ADMINISTRATOR, None))
    operator = scene.an_operator()
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    endpoints.retire(endpoint.pk, because="gone", officer=scene.an_administrator(), now=clock.now())
    assert [one.state for one in scene.deliveries(endpoint)] == ["given_up"]
    assert "replay_events" not in page(administrator, "/console/duties")
