"""What each HTTP step of a journey costs, in CPU time and at its slowest, beside a bare view."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from accounts import clock, duties, people, tokens
from gateway.sandbox import seed
from gateway.sandbox.journey import stage
from gateway.sandbox.journey.cardpipe import VirtualPipe
from gateway.sandbox.kiosk_bench import KioskRounds
from gateway.sandbox.meter import Meter
from gateway.sandbox.neighbours.control import Neighbour

AMOUNT_FEN = 100
CHANNEL = "wechatpay"


def bare(request: HttpRequest) -> HttpResponse:
    """The yardstick: one SELECT, one answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(str(cursor.fetchone()))


urlpatterns = [path("", include("gateway.urls")), path("bare", bare)]


@override_settings(ROOT_URLCONF="gateway.sandbox.bench")
def run(*, wallet_url: str, rounds: int) -> dict[str, dict[str, float]]:
    """Walks both journeys ``rounds`` times in this process, with a new card each time.

    A citizen's with their phone, and a customer's who puts a note into a kiosk.
    """
    meter = Meter()
    client = Client()
    wallet = Neighbour(wallet_url)
    kiosk = KioskRounds(client, meter, now=clock.now())
    for _ in range(rounds):
        for _ in range(10):
            with meter.step("bare view, one SELECT"):
                assert client.get("/bare").status_code == 200
        _journey(client, wallet, meter)
        kiosk.one()
    return meter.report("bare view, one SELECT")


def _journey(client: Client, wallet: Neighbour, meter: Meter) -> None:
    virtual = stage.virtual_card(stage.keys_in(seed.card_keys_file()))
    card = VirtualPipe(virtual)
    now = clock.now()
    person = people.enrol(f"138{uuid4().int % 10**8:08d}", now)
    token = tokens.mint(person, label="bench", now=now, expires_at=now + stage.TOKEN_LIFE)
    post = _poster(client, token, meter)

    card_id = post("POST cards", "cards", {"card_no": virtual.state.asn[1:]})["id"]
    wish = {"card_id": card_id, "amount_fen": AMOUNT_FEN}
    topup = post("POST topups", "topups", wish | {"channel": CHANNEL, "scene": "native"})
    wallet.pay(topup["payments"][0]["order_no"])
    with meter.step("query the channel, confirm, book"):
        duties.work_one("payment.query", topup["payments"][0]["id"], clock.now())
    with meter.step("GET topup"):
        client.get(f"/api/v1/topups/{topup['id']}", headers={"Authorization": f"Bearer {token}"})
    talk = post("POST loads (open)", f"topups/{topup['id']}/loads", {})
    answers = [card.line(step["apdu"]) for step in talk["script"]]
    credit = post("POST challenge", f"loads/{talk['id']}/challenge", {"answers": answers})
    answers = [card.line(step["apdu"]) for step in credit["script"]]
    verdict = post("POST proof", f"loads/{talk['id']}/proof", {"answers": answers})
    assert verdict["outcome"] == "loaded", verdict


def _poster(
    client: Client, token: str, meter: Meter
) -> Callable[[str, str, dict[str, Any]], dict[str, Any]]:
    def post(name: str, where: str, content: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        with meter.step(name):
            response = client.post(
                f"/api/v1/{where}",
                json.dumps(content),
                content_type="application/json",
                headers=headers,
            )
        assert response.status_code < 300, response.content
        body: dict[str, Any] = json.loads(response.content)
        return body

    return post
