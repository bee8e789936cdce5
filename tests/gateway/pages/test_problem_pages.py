"""Who asks for a page is told in a page what went wrong; machines keep their problem+json."""

from __future__ import annotations

import json

import pytest
from django.test import Client, RequestFactory

from gateway.problems import our_fault

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def get(path: str, accept: str, **more: str):  # type: ignore[no-untyped-def]
    return Client(raise_request_exception=False).get(path, headers={"Accept": accept} | more)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", "application/problem+json"])
def test_a_machine_gets_a_problem(accept: str) -> None:
    answer = get("/nowhere", accept)
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/callbacks/wechatpay/x"])
def test_the_api_speaks_to_machines_alone(path: str) -> None:
    answer = get(path, BROWSER)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "没有找到"), ("en-GB", "Not found"), ("fr", "没有找到")]
)
def test_a_person_gets_a_page_in_their_language(language: str, said: str) -> None:
    answer = get("/nowhere", BROWSER, **{"Accept-Language": language})
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    body = answer.content.decode()
    assert f"<h1>{said}</h1>" in body
    assert "not_found" in body


def test_a_form_without_its_token_is_told_so_in_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/looks", {"look": "dark"}, headers={"Accept": BROWSER})
    assert answer.status_code == 403
    assert "什么都没有发生" in answer.content.decode()


def test_a_strange_host_is_told_in_a_page() -> None:
    answer = get("/", BROWSER, Host="evil.example")
    assert answer.status_code == 400
    assert "没有看懂" in answer.content.decode()


def test_our_own_fault_draws_without_a_database_and_promises_the_money() -> None:
    request = RequestFactory().get("/console/", headers={"Accept": BROWSER})
    answer = our_fault(request)
    assert answer.status_code == 500
    body = answer.content.decode()
    assert "钱不会因此丢失" in body
    assert "Idempotency" not in body


def test_pages_allow_nothing_but_this_house() -> None:
    policy = get("/nowhere", BROWSER)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
