"""The page for receivers is true: its example verifies what we send, and its table is the list."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import secrets as kept
from gateway.events import catalogue, signing
from tests.gateway.events import scene

PAGE = (Path(__file__).resolve().parents[3] / "docs/events.md").read_text(encoding="utf-8")


@pytest.fixture
def verify() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    named: dict[str, Any] = {}
    exec(code, named)
    return named["verify"]


@pytest.fixture
def told(operator, receiver):  # type: ignore[no-untyped-def]
    endpoint = scene.an_endpoint(receiver, operator)
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    scene.send(endpoint)
    return receiver


def jwks() -> Any:
    answer = Client().get("/.well-known/event-signing-keys")
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert b"PRIVATE" not in answer.content
    assert all(
        set(key) == {"kty", "crv", "alg", "use", "kid", "x"} for key in answer.json()["keys"]
    )
    return answer.json()


def test_the_example_takes_what_we_send(told, verify) -> None:  # type: ignore[no-untyped-def]
    for one in told.heard:
        verify(told.url, one.headers, one.body, jwks())


def test_the_example_refuses_every_forgery(told, verify) -> None:  # type: ignore[no-untyped-def]
    (one,) = told.events
    keys = jwks()
    other = keys["keys"][0]["x"]
    stranger = {"keys": [{**keys["keys"][0], "x": ("A" if other[0] != "A" else "B") + other[1:]}]}
    cut = {name: text for name, text in one.headers.items() if name != "Event-Delivery"}
    forgeries = [
        (told.url, one.headers, one.body.replace(b"5000", b"9000"), keys),
        (told.url + "&x=1", one.headers, one.body, keys),
        (told.url.replace("/in", "/out"), one.headers, one.body, keys),
        (told.url, {**one.headers, "Event-Delivery": "other"}, one.body, keys),
        (told.url, {**one.headers, "Content-Type": "application/json"}, one.body, keys),
        (told.url, cut, one.body, keys),
        (told.url, one.headers, one.body, stranger),
        (told.url, one.headers, one.body, {"keys": []}),
    ]
    for forgery in forgeries:
        with pytest.raises(Exception, match=r".*"):
            verify(*forgery)


def test_two_keys_overlap_while_they_rotate(told, verify, settings, operator) -> None:  # type: ignore[no-untyped-def]
    (old,) = told.events
    newer = f"event-signing-{secrets.token_hex(4)}"
    settings.EVENT_SIGNING_KEYS = [newer, *settings.EVENT_SIGNING_KEYS]
    assert signing.signing_key().key_id == newer
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.tell(topup)
    scene.send(scene.Endpoint.objects.get(url=told.url))
    new = told.events[-1]
    assert f'keyid="{newer}"' in new.headers["Signature-Input"]
    keys = jwks()
    assert next(key["kid"] for key in keys["keys"]) == newer
    for one in (old, new):
        verify(told.url, one.headers, one.body, keys)
    with pytest.raises(Exception, match=r".*"):
        verify(told.url, new.headers, new.body, {"keys": keys["keys"][1:]})
    assert kept.read(newer).startswith(b"-----BEGIN PRIVATE KEY")


def test_the_table_is_the_catalogue() -> None:
    rows = [(f"`{kind.name}`", kind.zh, kind.en) for kind in catalogue.KINDS]
    told = re.findall(r"^\| (`\w+\.\w+`) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
    assert told == rows


def test_kinds_are_published_with_their_schemas(db) -> None:  # type: ignore[no-untyped-def]
    told = Client().get("/.well-known/event-kinds").json()["events"]
    assert [one["type"] for one in told] == [kind.name for kind in catalogue.KINDS]
    assert all(one["schema"]["additionalProperties"] is False for one in told)
