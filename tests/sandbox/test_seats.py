"""The province in a box is staffed, anybody may sit down in it, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts import clock, officers, people, roles
from accounts.models import Officer
from gateway.sandbox import seats


def test_everybody_is_seated_once_and_every_act_finds_its_second_person(db: None) -> None:
    now = clock.now()
    assert seats.fill(now) == len(seats.SEATS) == seats.fill(now)
    assert Officer.objects.filter(state="active").count() >= len(seats.SEATS)
    for role, pool in ((roles.FINANCE_OFFICER, 1), (roles.FINANCE_OFFICER, None),
                       (roles.KEY_CUSTODIAN, None),
                       (roles.SECURITY_OFFICER, None)):  # fmt: skip
        held = [officers.by_login_name(one.login_name).person for one in seats.SEATS]
        assert sum(people.has_role(person, role, pool, now) for person in held) >= 2, role


def test_sitting_down_opens_the_console_as_that_person(db: None) -> None:
    seats.fill(clock.now())
    client = Client(headers={"Accept": "text/html"})
    page = client.get("/sandbox/").content.decode()
    assert "陈静" in page
    assert seats.PASSWORD in page
    assert client.get("/sandbox/enter/chen.jing").status_code == 405
    assert client.post("/sandbox/enter/chen.jing")["Location"] == "/console/"
    assert "陈静" in client.get("/console/").content.decode()
    assert client.post("/sandbox/enter/nobody").status_code == 404


def test_nobody_sits_down_outside_the_sandbox(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seats.fill(clock.now())
    monkeypatch.setenv("GATEWAY_ENV", "production")
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    for answer in (client.get("/sandbox/"), client.post("/sandbox/enter/chen.jing")):
        assert answer.status_code >= 400
        assert "officer" not in answer.cookies
