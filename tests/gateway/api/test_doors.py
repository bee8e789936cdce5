"""Whatever comes to the API's doors is answered with a problem, never with a fault or a page."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from accounts import cards, clock
from tests.support.province import Citizen

CARD_NO = "3105070212345678901"
CARDS, TOPUPS = "/api/v1/cards", "/api/v1/topups"


@pytest.fixture
def citizen(db: None) -> Citizen:
    return Citizen(clock.now())


def send(citizen: Citizen, path: str, body: bytes | str, **more: str) -> Any:
    headers = {"Authorization": f"Bearer {citizen.token}", "Idempotency-Key": uuid4().hex}
    kind = more.pop("content_type", "application/json")
    return Client(raise_request_exception=False).post(
        path, body, content_type=kind, headers=headers | more
    )


def look(citizen: Citizen, path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(
        path, headers={"Authorization": f"Bearer {citizen.token}"} | headers
    )


def problem(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, json.loads(response.content)["code"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 40_000 + "1" + "}" * 40_000,
        f'{{"card_no": "{CARD_NO}", "card_no": "3105070212345678902"}}',
        f'{{"card_no": "{CARD_NO}", "named": NaN}}',
        f'{{"card_no": "{CARD_NO}", "named": Infinity}}',
        f'{{"card_no": {"9" * 5_000}}}',
        f'{{"card_no": "{CARD_NO}"}}x',
        b'{"card_no": "\xff"}',
        b"\xef\xbb\xbf{}",
        f'{{"card_no": "{CARD_NO}"}}'.encode("utf-16"),
        "null",
        "[]",
        '"text"',
        "{",
    ],
    ids=range(14),
)
def test_a_body_without_one_meaning_is_unreadable(citizen: Citizen, body: bytes | str) -> None:
    assert problem(send(citizen, CARDS, body)) == (400, "body_unreadable")
    assert list(cards.of(citizen.person)) == []


def test_a_body_too_large(citizen: Citizen) -> None:
    body = json.dumps({"card_no": "1" * 300_000})
    assert problem(send(citizen, CARDS, body)) == (413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_other_kinds_of_body(citizen: Citizen, kind: str) -> None:
    answer = send(citizen, CARDS, "{}", content_type=kind)
    assert problem(answer) == (415, "media_type_not_supported")


@pytest.mark.parametrize("text", ["\\ud800", "a\\u0000b", "٣" * 19, CARD_NO + "'--", " "])
def test_text_that_is_no_card_number(citizen: Citizen, text: str) -> None:
    answer = send(citizen, CARDS, f'{{"card_no": "{text}"}}')
    assert problem(answer) == (400, "fields_not_valid")


@pytest.mark.parametrize("amount", ["true", "1.0", '"100"', "0", "-1", "500001", "1e2", "null"])
def test_an_amount_is_a_whole_number_of_fen_within_limits(citizen: Citizen, amount: str) -> None:
    card = cards.add(citizen.person, CARD_NO, clock.now())
    wish = f'{{"card_id": "{card.pk}", "amount_fen": {amount}, '
    answer = send(citizen, TOPUPS, wish + '"channel": "wechatpay", "scene": "native"}')
    assert problem(answer) == (400, "fields_not_valid")


@pytest.mark.parametrize("said", ["p=x", "p=%00", "p=%27", "o=99&p=1", "p=2026-01-01", "r=1&p="])
def test_a_cursor_that_is_none_of_ours(citizen: Citizen, said: str) -> None:
    cursor = base64.b64encode(said.encode()).decode()
    response = look(citizen, f"{TOPUPS}?cursor={cursor}")
    assert problem(response) == (404, "not_found")


def test_a_page_that_was_given_is_found_again(citizen: Citizen) -> None:
    cursor = base64.b64encode(f"p={uuid4()}".encode()).decode()
    assert look(citizen, f"{TOPUPS}?cursor={cursor}").status_code == 200


@pytest.mark.parametrize("path", [CARDS, "/api/schema"])
def test_a_refusal_is_json_whatever_was_asked_for(citizen: Citizen, path: str) -> None:
    assert problem(look(citizen, path, Accept="application/xml")) == (406, "not_acceptable")


def test_a_foreign_host(citizen: Citizen) -> None:
    assert problem(look(citizen, CARDS, Host="evil.example")) == (400, "request_not_understood")


def test_a_write_to_an_address_outside_the_api() -> None:
    client = Client(enforce_csrf_checks=True)
    assert problem(client.put("/healthz")) == (403, "form_not_ours")


def test_a_token_in_the_address_opens_nothing(citizen: Citizen) -> None:
    response = Client().get(f"{CARDS}?token={citizen.token}&access_token={citizen.token}")
    assert problem(response) == (401, "not_signed_in")


def test_a_database_that_is_away_is_said_and_the_key_is_asked_for_again(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection: secret detail")

    monkeypatch.setattr(cards, "add", away)
    response = send(citizen, CARDS, json.dumps({"card_no": CARD_NO}))
    assert problem(response) == (503, "database_unavailable")
    assert response["Retry-After"] == "1"
    assert b"secret" not in response.content
