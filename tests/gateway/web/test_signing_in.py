"""A citizen signs in on a page: phone, code, in; and every way that goes wrong says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client, override_settings

from accounts import clock, people, sign_ins
from accounts.models import Budget, Person, SignIn, SignInCode
from gateway.messages import port
from gateway.messages.errors import MessageDoubtful, MessageRefused
from gateway.web.browsers import label_of
from gateway.web.door import CHALLENGE, COOKIE
from tests.accounts.strangers import a_phone
from tests.gateway.web.citizens import Pigeon, browser, signed

pytestmark = pytest.mark.django_db
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0"


@pytest.fixture
def pigeon() -> Iterator[Pigeon]:
    before = port.in_use()
    made = Pigeon()
    port.employ(made)
    yield made
    port.employ(before)


def enter(client: Client, pigeon: Pigeon, phone: str, back: str = "/me") -> str:
    answer = client.post("/sign-in", {"phone": phone, "next": back})
    assert answer.status_code == 302, answer.content
    assert urlsplit(answer["Location"]).path == "/sign-in/code"
    page = client.get(answer["Location"])
    assert f"{phone[:3]}****{phone[-4:]}" in page.content.decode()
    assert phone not in page.content.decode()
    done = client.post("/sign-in/code", {"code": pigeon.code, "next": back})
    assert done.status_code == 302
    return str(done["Location"])


def test_phone_then_code_then_in(pigeon: Pigeon) -> None:
    client, phone = browser(), a_phone()
    client.defaults["HTTP_USER_AGENT"] = IPHONE
    assert enter(client, pigeon, phone) == "/me"
    page = client.get("/me").content.decode()
    assert f"{phone[:3]}****{phone[-4:]}" in page
    assert phone not in page
    assert SignIn.objects.get().label == "iPhone · 微信"
    assert CHALLENGE not in {name for name, one in client.cookies.items() if one.value}


def test_the_cookie_is_for_this_host_and_no_script(pigeon: Pigeon) -> None:
    client = browser()
    enter(client, pigeon, a_phone())
    kept = client.cookies[COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/")


def test_in_production_the_cookies_are_secure(pigeon: Pigeon) -> None:
    with override_settings(IS_SANDBOX=False):
        client = browser()
        enter(client, pigeon, a_phone())
    assert client.cookies[COOKIE]["secure"] is True
    assert not client.cookies[COOKIE]["domain"]


def test_signing_in_changes_the_secret_and_ends_the_one_before(pigeon: Pigeon) -> None:
    before = signed()
    enter_again = before.client.post("/sign-in", {"again": "1", "next": "/me/data"})
    assert enter_again.status_code == 302
    assert pigeon.carried[0].phone == before.person.phone
    done = before.client.post("/sign-in/code", {"code": pigeon.code, "next": "/me/data"})
    assert done["Location"] == "/me/data"
    assert before.client.cookies[COOKIE].value != before.secret
    assert sign_ins.find(before.secret, clock.now()) is None
    assert before.client.get("/me/data").status_code == 200


def test_a_fixed_session_is_worth_nothing(pigeon: Pigeon) -> None:
    client = browser()
    client.cookies[COOKIE] = "chosen by an attacker"
    enter(client, pigeon, a_phone())
    assert client.cookies[COOKIE].value != "chosen by an attacker"


def test_no_form_without_its_csrf_token(pigeon: Pigeon) -> None:
    client = browser(checks=True)
    assert client.post("/sign-in", {"phone": a_phone()}).status_code == 403
    assert pigeon.carried == []


def test_a_wrong_code_says_how_often_one_may_still_try(pigeon: Pigeon) -> None:
    client, phone = browser(), a_phone()
    client.post("/sign-in", {"phone": phone})
    wrong = f"{(int(pigeon.code) + 1) % 10**6:06d}"
    answer = client.post("/sign-in/code", {"code": wrong})
    assert answer.status_code == 400
    assert "还能试 4 次" in answer.content.decode()
    for _ in range(4):
        client.post("/sign-in/code", {"code": wrong})
    over = client.post("/sign-in/code", {"code": pigeon.code})
    assert over.status_code == 400
    assert "已经失效" in over.content.decode()
    assert not Person.objects.exists()
    assert not SignIn.objects.exists()


def test_a_second_code_within_a_minute_is_told_to_wait(pigeon: Pigeon) -> None:
    client, phone = browser(), a_phone()
    client.post("/sign-in", {"phone": phone})
    for path, form in (("/sign-in", {"phone": phone}), ("/sign-in/code/again", {})):
        answer = client.post(path, form)
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 60
        assert "还要等" in answer.content.decode()
    assert len(pigeon.carried) == 1


def test_sending_again_goes_to_the_same_number(pigeon: Pigeon) -> None:
    client, phone = browser(), a_phone()
    client.post("/sign-in", {"phone": phone})
    Budget.objects.update(began_at=clock.now() - timedelta(minutes=1))
    assert client.post("/sign-in/code/again").status_code == 302
    assert [one.phone for one in pigeon.carried] == [phone, phone]
    assert client.post("/sign-in/code", {"code": pigeon.code}).status_code == 302


def test_known_and_unknown_numbers_see_the_same_pages(pigeon: Pigeon) -> None:
    known, strange = a_phone(), a_phone()
    people.enrol(known, clock.now())
    pages = []
    for phone in (known, strange):
        client = browser()
        answer = client.post("/sign-in", {"phone": phone})
        page = client.get(answer["Location"]).content.decode()
        masked = page.replace(f"{phone[:3]}****{phone[-4:]}", "X")
        pages.append((answer.status_code, answer["Location"], len(masked)))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("text", ["", "12345", "13812340984x", "<script>alert(1)</script>"])
def test_what_is_no_number_is_explained_and_escaped(pigeon: Pigeon, text: str) -> None:
    answer = browser().post("/sign-in", {"phone": text})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "11位" in page
    assert "<script>alert" not in page
    assert not SignInCode.objects.exists()


def test_a_doubtful_message_goes_on_and_a_refused_one_does_not(pigeon: Pigeon) -> None:
    client = browser()
    pigeon.fails = MessageDoubtful
    answer = client.post("/sign-in", {"phone": a_phone()})
    assert "晚一点到" in client.get(answer["Location"]).content.decode()
    pigeon.fails = MessageRefused
    refused = browser().post("/sign-in", {"phone": a_phone()})
    assert refused.status_code == 503
    assert "没有发出去" in refused.content.decode()


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/console/", "/api/v1/me", "\\\\evil"]
)
def test_the_way_on_never_leaves_the_citizens_pages(pigeon: Pigeon, back: str) -> None:
    assert enter(browser(), pigeon, a_phone(), back) == "/"


def test_a_page_for_citizens_leads_through_the_sign_in_and_back(pigeon: Pigeon) -> None:
    client = browser()
    answer = client.get("/me/devices")
    assert answer["Location"] == "/sign-in?next=%2Fme%2Fdevices"
    assert enter(client, pigeon, a_phone(), "/me/devices") == "/me/devices"


def test_what_needs_a_fresh_code_asks_for_one(pigeon: Pigeon) -> None:
    old = signed(now=clock.now() - timedelta(minutes=11))
    for path in ("/me/data/take-along", "/me/data/leave"):
        answer = old.client.get(path)
        assert answer.status_code == 302
        assert "again=1" in answer["Location"]
        assert old.person.masked_phone in old.client.get(answer["Location"]).content.decode()
    assert old.client.post("/me/data/leave", {"sure": "on"}).status_code == 302
    old.person.refresh_from_db()
    assert old.person.deleted_at is None
    assert old.client.get("/me").status_code == 200


def test_out_is_out_here_and_on_the_server(pigeon: Pigeon) -> None:
    me = signed()
    assert me.client.post("/sign-out")["Location"] == "/sign-in"
    me.client.cookies[COOKIE] = me.secret
    assert me.client.get("/me").status_code == 302
    assert browser().get("/sign-out").status_code in (302, 405)


def test_pages_are_never_kept_by_a_cache() -> None:
    for path in ("/sign-in", "/me"):
        assert "no-store" in signed().client.get(path).headers.get("Cache-Control", "")


def test_browsers_have_names_people_know() -> None:
    assert label_of(IPHONE) == "iPhone · 微信"
    assert label_of("Mozilla/5.0 (Linux; Android 15) Chrome/140 Safari/537") == "Android · Chrome"
    assert label_of("curl/8") == ""
