"""An app signs in over the API, turns its tokens, sees its devices and ends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts import clock, people, tokens
from accounts.models import SecurityEvent, SignInCode
from gateway.messages import port
from gateway.messages.errors import MessageDoubtful, MessageRefused
from gateway.messages.port import ShortMessage
from tests.accounts.strangers import a_phone

pytestmark = pytest.mark.django_db


class Pigeon:
    """A provider that remembers what it carried, and fails as it is told."""

    name = "pigeon"

    def __init__(self) -> None:
        self.carried: list[ShortMessage] = []
        self.fails: type[Exception] | None = None

    def send(self, message: ShortMessage, *, now: datetime) -> None:
        self.carried.append(message)
        if self.fails is not None:
            raise self.fails

    @property
    def code(self) -> str:
        return self.carried[-1].filled["code"]


@pytest.fixture
def pigeon() -> Iterator[Pigeon]:
    before = port.in_use()
    made = Pigeon()
    port.employ(made)
    yield made
    port.employ(before)


def post(path: str, body: object, *, token: str = "", key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Idempotency-Key": key} if key else {}
    return Client(headers=headers, REMOTE_ADDR="203.0.113.5").post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json"
    )


def get(path: str, token: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/v1/{path}")


def asked(phone: str) -> str:
    answer = post("signin/code", {"phone": phone})
    assert answer.status_code == 202
    return str(answer.json()["challenge"])


def signed_in(pigeon: Pigeon, phone: str, device: str = "phone") -> dict[str, str]:
    shown = {"challenge": asked(phone), "code": pigeon.code, "device": device}
    answer = post("signin", shown)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return dict(answer.json())


def test_a_code_comes_by_message_and_opens_the_door(pigeon: Pigeon) -> None:
    phone = a_phone()
    pair = signed_in(pigeon, phone)
    assert pigeon.carried[0].phone == phone
    me = get("me", pair["access_token"]).json()
    assert me == {
        "id": str(people.by_phone(phone).pk),
        "phone": f"{phone[:3]}****{phone[-4:]}",
        "tier": "phone",
    }
    assert get("cards", pair["access_token"]).status_code == 200


def test_known_and_unknown_numbers_are_answered_alike(pigeon: Pigeon) -> None:
    known, strange = a_phone(), a_phone()
    people.enrol(known, clock.now())
    answers = [post("signin/code", {"phone": one}) for one in (known, strange)]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json().keys() == answers[1].json().keys()
    again = [post("signin/code", {"phone": one}) for one in (known, strange)]
    assert [one.json()["code"] for one in again] == ["signin_code_too_soon"] * 2


def test_the_wait_is_told(pigeon: Pigeon) -> None:
    phone = a_phone()
    asked(phone)
    answer = post("signin/code", {"phone": phone})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer.json()["facts"] == {"wait_seconds": int(answer["Retry-After"])}
    assert len(pigeon.carried) == 1


def test_wrong_and_over(pigeon: Pigeon) -> None:
    challenge = asked(a_phone())
    wrong = f"{(int(pigeon.code) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1, 0):
        answer = post("signin", {"challenge": challenge, "code": wrong, "device": "x"})
        assert (answer.status_code, answer.json()["code"]) == (400, "signin_code_wrong")
        assert answer.json()["facts"] == {"left": left}
    answer = post("signin", {"challenge": challenge, "code": pigeon.code, "device": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "signin_code_over")


def test_a_message_in_doubt_is_said_and_its_code_works(pigeon: Pigeon) -> None:
    pigeon.fails = MessageDoubtful
    answer = post("signin/code", {"phone": a_phone()})
    assert (answer.status_code, answer.json()["sent"]) == (202, "doubtful")
    shown = {"challenge": answer.json()["challenge"], "code": pigeon.code, "device": "x"}
    assert post("signin", shown).status_code == 200


def test_a_message_refused_is_a_partner_s_problem(pigeon: Pigeon) -> None:
    pigeon.fails = MessageRefused
    answer = post("signin/code", {"phone": a_phone()})
    assert (answer.status_code, answer.json()["code"]) == (503, "message_refused")


@pytest.mark.parametrize("body", [{}, {"phone": 1}, {"phone": "1" * 99}, {"phone": "12345"}])
def test_what_is_no_number_is_refused_and_sends_nothing(
    pigeon: Pigeon, body: dict[str, object]
) -> None:
    assert post("signin/code", body).status_code == 400
    assert not SignInCode.objects.exists()
    assert pigeon.carried == []


def test_tokens_turn_and_an_old_one_ends_everything(pigeon: Pigeon) -> None:
    first = signed_in(pigeon, a_phone())
    wish = {"refresh_token": first["refresh_token"]}
    assert post("tokens/refresh", wish).json()["code"] == "idempotency_key_missing"
    second = post("tokens/refresh", wish, key="k1").json()
    assert post("tokens/refresh", wish, key="k1").json() == second
    assert get("me", second["access_token"]).status_code == 200
    assert get("me", first["access_token"]).status_code == 401
    stolen = post("tokens/refresh", wish, key="thief")
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_token_reused")
    assert get("me", second["access_token"]).status_code == 401
    assert SecurityEvent.objects.filter(code="refresh_token_reused").count() == 1


def test_revoking_tells_nobody_what_it_knew(pigeon: Pigeon) -> None:
    pair = signed_in(pigeon, a_phone())
    answers = [
        post("tokens/revoke", {"token": one})
        for one in (pair["refresh_token"], pair["refresh_token"], "rfr_nobody")
    ]
    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 3
    assert get("me", pair["access_token"]).status_code == 401


def test_devices_are_one_s_own(pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = signed_in(pigeon, a_phone(), "mine")
    theirs = signed_in(pigeon, a_phone(), "theirs")
    (device,) = get("devices", mine["access_token"]).json()
    assert (device["label"], device["kind"], device["this"]) == ("mine", "app", True)
    path = f"devices/{device['id']}/revoke"
    refused = post(path, {}, token=theirs["access_token"], key="k1")
    assert (refused.status_code, refused.json()["code"]) == (404, "device_unknown")
    assert get("me", mine["access_token"]).status_code == 200
    assert post(path, {}, token=mine["access_token"], key="k1").json() == {"ended": 1}
    assert get("me", mine["access_token"]).status_code == 401


def test_all_others_go(pigeon: Pigeon) -> None:
    phone = a_phone()
    person = people.enrol(phone, clock.now())
    by_hand = tokens.mint(
        person, label="hand", now=clock.now(), expires_at=clock.now().replace(year=2099)
    )
    pair = signed_in(pigeon, phone)
    told = post("devices/revoke-others", {}, token=pair["access_token"], key="k1").json()
    assert told == {"ended": 0}
    assert post("devices/revoke-others", {}, token=by_hand, key="k2").json() == {"ended": 1}
    assert get("me", pair["access_token"]).status_code == 401
