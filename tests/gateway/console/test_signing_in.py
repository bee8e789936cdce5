"""The way in: one page, one answer for every mistake, and a session no script can read."""

from __future__ import annotations

import secrets

import pytest
from django.test import Client

from accounts import clock, factors, officers, sessions
from gateway.console.door import COOKIE
from tests.accounts.strangers import somebody
from tests.support.officers import PASSWORD, Seated, seat

PAGE = "/console/sign-in"


def post(seated: Seated, client: Client, **other: str):  # type: ignore[no-untyped-def]
    form = {"login_name": seated.officer.login_name, "password": PASSWORD, "code": seated.code()}
    return client.post(PAGE, form | other, REMOTE_ADDR=secrets.token_hex(8))


def test_both_factors_open_the_page_one_wanted(db: None) -> None:
    seated, client = seat(("finance_officer", None)), Client()
    asked = client.get("/console/approvals?show=all")
    assert asked["Location"] == f"{PAGE}?next=/console/approvals%3Fshow%3Dall"
    answer = post(seated, client, next="/console/approvals?show=all")
    assert (answer.status_code, answer["Location"]) == (302, "/console/approvals?show=all")
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get("/console/").status_code == 200


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/api/", ""])
def test_signing_in_leads_nowhere_else(db: None, to: str) -> None:
    assert post(seat(), Client(), next=to)["Location"] == "/console/"


@pytest.mark.parametrize(
    ("held", "page"),
    [
        (["clerk"], "/console/assist"), (["kiosk_operator"], "/console/kiosks"),
        (["clerk", "kiosk_operator"], "/console/assist"), (["regulator"], "/console/custody"),
        (["key_custodian"], "/console/keys"), (["finance_officer"], "/console/"),
        (["clerk", "finance_officer"], "/console/"), (["auditor"], "/console/"),
        (["security_officer"], "/console/"), (["administrator"], "/console/"),
    ],
)  # fmt: skip
def test_each_role_lands_where_its_work_begins(db: None, held: list[str], page: str) -> None:
    client = Client()
    assert post(seat(*((role, None) for role in held)), client)["Location"] == page
    assert client.get(page).status_code == 200, "and is let in"


def test_a_mistake_is_said_once_for_all_and_typed_secrets_are_not_given_back(db: None) -> None:
    seated = seat()
    for wrong in ({"password": "not this secret"}, {"login_name": "nobody"}, {"code": "12x456"}):
        client = Client()
        answer = post(seated, client, **wrong)
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "sign_in_refused" in page
        assert "not this secret" not in page
        assert COOKIE not in client.cookies


def test_what_was_planted_before_signing_in_is_worth_nothing(db: None) -> None:
    seated, client = seat(), Client()
    client.cookies[COOKIE] = "planted" * 6
    post(seated, client)
    assert client.cookies[COOKIE].value != "planted" * 6
    assert sessions.find("planted" * 6, clock.now()) is None


def test_signing_out_ends_it_on_the_server_too(db: None) -> None:
    seated = seat(("finance_officer", None))
    secret = seated.client.cookies[COOKIE].value
    assert seated.client.get("/console/sign-out").status_code == 405
    assert seated.client.post("/console/sign-out")["Location"] == PAGE
    assert sessions.find(secret, clock.now()) is None


def test_a_new_officer_follows_the_link_and_is_given_recovery_codes_once(db: None) -> None:
    now, client = clock.now(), Client()
    name = f"n{secrets.token_hex(6)}"
    link = officers.invite(somebody(now), login_name=name, name="新来的", now=now)
    where = f"/console/enrol?link={link}"
    page = client.get(where).content.decode()
    secret = officers.factor_of(officers.by_login_name(name))
    assert factors.spelled(secret)[:4] in page
    assert "<svg role=" in page
    code = factors.code_at(secret, now)
    form = {"password": PASSWORD, "again": PASSWORD, "code": code}
    assert client.post(where, form | {"again": "other"}).status_code == 403
    answer = client.post(where, form)
    assert answer.status_code == 200
    assert "恢复码只显示这一次" in answer.content.decode()
    assert client.get(where).status_code == 404
    assert client.post(where, form).status_code == 404


@pytest.mark.parametrize("where", ["/console/enrol", "/console/enrol?link=x"])
def test_a_link_that_is_none_is_not_found(db: None, where: str) -> None:
    answer = Client().get(where, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "invitation_not_valid" in answer.content.decode()
