"""Addresses of events on their pages: registered, proven, stopped, told again, each seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock, roles
from accounts.clock import SHANGHAI
from gateway.console import event_words
from gateway.events import lifecycle
from gateway.events.models import Endpoint
from tests.gateway.events import scene
from tests.gateway.events.scene import Receiver
from tests.support.officers import Seated, seat


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def text(seated: Seated, path: str) -> str:
    answer = seated.client.get(path)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def questions(seated: Seated, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        text(seated, path)
    return len(seen)


def test_an_address_from_its_registration_to_its_end(db: None, receiver: Receiver) -> None:
    keeper, auditor = seat((roles.ADMINISTRATOR, None)), seat((roles.AUDITOR, None))
    operator = scene.an_operator()
    form = {"subscriber": f"operator:{operator.code}", "url": receiver.url, "kind": "topup.paid"}
    for change, code in (
        ({"url": "ftp://x.example"}, "event_endpoint_address_wrong"),
        ({"kind": "king.crowned"}, "event_endpoint_filter_wrong"),
        ({"subscriber": "somebody"}, "event_endpoint_filter_wrong"),
    ):
        answer = keeper.client.post("/console/events/new", form | change)
        assert (answer.status_code, code in answer.content.decode()) == (409, True), change
    where = keeper.client.post("/console/events/new", form)["Location"]
    endpoint = Endpoint.objects.get(pk=UUID(where.rpartition("/")[2]))
    receiver.lies = True
    answer = keeper.client.post(f"{where}/prove")
    assert (answer.status_code, "event_endpoint_not_proven" in answer.content.decode()) == (
        409, True,
    )  # fmt: skip
    receiver.lies = False
    assert keeper.client.post(f"{where}/prove")["Location"] == where
    began = clock.now() - timedelta(hours=1)
    for answers in ([200], [500]):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
        receiver.answers = answers
        endpoint.refresh_from_db()
        scene.send(endpoint)
    page = text(auditor, where)
    for said in ("topup.paid", "已收下", "待推送", "HTTP 500", operator.name_zh):
        assert said in page
    assert f"{where}/pause" not in page, "who only reads is offered nothing"
    assert "HTTP 500" not in text(auditor, f"{where}?state=delivered")
    assert "operator:" in text(auditor, "/console/events")
    assert auditor.client.post(f"{where}/pause", {"reason": "x"}).status_code == 403

    assert keeper.client.post(f"{where}/pause", {"reason": " "}).status_code == 409
    assert keeper.client.post(f"{where}/pause", {"reason": "对方割接"}).status_code == 302
    assert "对方割接" in text(auditor, where)
    period = {"since": began, "until": clock.now() + timedelta(hours=1)}
    typed = {name: f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" for name, at in period.items()}
    again = keeper.client.post(f"{where}/replay", {"since": typed["until"], "until": "gestern"})
    assert again.status_code == 409
    assert keeper.client.post(f"{where}/replay", typed).status_code == 302
    assert sorted((one.state, one.replays) for one in scene.deliveries(endpoint)) == [
        ("waiting", 0), ("waiting", 1),
    ]  # fmt: skip
    few = questions(auditor, where)
    for _ in range(5):
        topup = scene.a_topup(operator)
        scene.pay(topup)
        scene.tell(topup)
    assert questions(auditor, where) == few
    assert keeper.client.post(f"{where}/resume", {"reason": "好了"}).status_code == 302
    assert keeper.client.post(f"{where}/retire", {"reason": "停用"}).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.state == "retired"
    assert f"{where}/" not in text(keeper, where), "nothing is left to do"
    assert keeper.client.get(f"{where}/explode").status_code == 404


def test_every_state_and_act_has_its_word() -> None:
    assert set(event_words.ENDPOINT) == set(lifecycle.ENDPOINT_MOVES) == set(event_words.OFFERED)
    offered = {act for acts in event_words.OFFERED.values() for act in acts}
    assert offered == set(event_words.ACTS)
