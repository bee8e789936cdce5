"""The sandbox's phone wallet, a process of its own, over the wire: honest, torn, lying."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from accounts import clock
from accounts.models import WalletProvider
from gateway.sandbox import phones
from gateway.sandbox.wallet_provider.control import PhoneRefused, PhoneWallet
from nfc_topup.models import Load, LoadSeal
from tests.support.province import KEYS, Citizen, Province


class Server(ThreadingMixIn, WSGIServer):
    """The service with a thread for each connection."""

    daemon_threads = True
    request_queue_size = 64

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class Quiet(WSGIRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@dataclass(slots=True, kw_only=True)
class Story:
    """A citizen with a card in their phone, and ¥50 paid for it."""

    province: Province
    citizen: Citizen
    phone: PhoneWallet
    topup: dict[str, Any]
    provider: WalletProvider

    def call(self) -> dict[str, str]:
        """The signed call that the citizen's app gets."""
        order = self.citizen.post(
            f"topups/{self.topup['id']}/wallet-orders", {"provider": self.provider.code}
        )
        assert order.status == 201, order.body
        return dict(order.body["call"])

    def state(self) -> str:
        return str(self.citizen.get(f"topups/{self.topup['id']}").body["state"])

    def show_at_a_kiosk(self) -> str:
        """The phone is held to a reader elsewhere; the citizen's own app carries the script."""
        self.phone.line("!reset")
        number = self.phone.card()["asn"][1:]
        asked = self.citizen.post("evidence", {"card_no": number}).body
        answers = []
        for step in asked["script"]:
            answers.append(self.phone.line(step["apdu"]))
            if step["expect"] == "9000" and not answers[-1].endswith("9000"):
                break
        said = self.citizen.post(f"evidence/{asked['id']}", {"answers": answers})
        return str(said.body["outcome"])

    def agrees(self, fen: int) -> bool:
        card = self.phone.card()
        held = self.province.balance_fen("card_purse", card["asn"])
        return (card["balance_fen"], held, self.province.faults()) == (fen, fen, [])


@pytest.fixture
def url(province: Province) -> Iterator[str]:
    server = make_server(
        "127.0.0.1", 0, get_wsgi_application(), server_class=Server, handler_class=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def story(province: Province, url: str, tmp_path: Path) -> Iterator[Story]:
    place, code = tmp_path / "phone", f"phone-{uuid4().hex[:10]}"
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "gateway.sandbox.wallet_provider", "--port", "0"),
            *("--state-dir", str(place), "--gateway", url, "--key-id", code),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        phone = PhoneWallet(program.stdout.readline().split()[1])
        phone.wait_until_ready()
        provider = phones.introduce(place, clock.now(), code=code, key_id=code)
        citizen, card = province.citizen(), province.card()
        phone.issue(card.state.asn, KEYS)
        topup = province.paid(citizen, card)
        yield Story(province=province, citizen=citizen, phone=phone, topup=topup, provider=provider)
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("by_values", [False, True])
def test_the_provider_fetches_the_load_either_way(story: Story, by_values: bool) -> None:
    order = story.call()
    told = story.phone.recharge(order, by_values=by_values)

    assert told["outcome"] == "loaded", told
    assert [one["door"] for one in told["told"]] == ["loads", "challenge", "result"]
    assert story.state() == "loaded"
    assert story.phone.order(order["orderNo"])["body"]["state"] == "loaded"
    assert story.agrees(5_000)


def test_twenty_twin_fetches_get_one_mac2(story: Story) -> None:
    told = story.phone.recharge(story.call(), faults=["duplicate_fetch"])

    asked = [one for one in told["told"] if one["door"] == "challenge"]
    assert len(asked) == 20
    assert {one["status"] for one in asked} == {200}, [one for one in asked if one["status"] != 200]
    assert len({one["body"]["script"][0]["apdu"] for one in asked}) == 1, "one MAC2, one time"
    assert LoadSeal.objects.filter(load__order_id=story.topup["id"]).count() == 1
    assert told["outcome"] == "loaded"
    assert story.agrees(5_000)


def test_a_confirmation_said_twice_answers_success_twice(story: Story) -> None:
    told = story.phone.recharge(story.call(), faults=["confirm_twice"])
    results = [one for one in told["told"] if one["door"] == "result"]
    assert [(one["status"], one["body"]["outcome"]) for one in results] == [(200, "loaded")] * 2
    assert results[0]["body"] == results[1]["body"]
    assert story.agrees(5_000)


@pytest.mark.parametrize("fault", ["confirm_lost", "lie_about_failure", "lie_about_success"])
def test_what_is_lost_or_a_lie_is_doubt_and_the_card_says_the_truth(
    story: Story, fault: str
) -> None:
    story.phone.recharge(story.call(), faults=[fault])

    assert story.phone.card()["balance_fen"] == 5_000, "the card was credited"
    assert story.state() in ("loading", "in_doubt")
    refund = story.citizen.post(f"topups/{story.topup['id']}/refund")
    assert refund.body["code"] == "refund_while_load_unresolved"
    assert story.show_at_a_kiosk() == "loaded"
    assert story.agrees(5_000)


@pytest.mark.parametrize(("tear", "ruling"), [("after", "loaded"), ("before", "not_loaded")])
def test_a_load_torn_at_the_provider_is_healed_elsewhere(
    story: Story, tear: str, ruling: str
) -> None:
    order = story.call()
    assert story.phone.recharge(order, tear=tear)["outcome"] == "in_doubt"
    again = story.phone.recharge(story.call())
    assert again["outcome"] == "load_unresolved", "repair first"

    assert story.show_at_a_kiosk() == ruling

    if ruling == "not_loaded":
        assert story.phone.recharge(story.call())["outcome"] == "loaded", "under the same order"
    assert story.phone.order(order["orderNo"])["body"]["state"] == "loaded"
    assert story.agrees(5_000)


def test_or_it_is_healed_by_the_provider_itself(story: Story) -> None:
    order = story.call()
    story.phone.recharge(order, tear="after")
    assert story.phone.show(order["orderNo"])["outcome"] == "loaded"
    assert story.agrees(5_000)


def test_the_challenge_of_the_load_before_gets_no_mac2(story: Story) -> None:
    order = story.call()
    assert story.phone.recharge(order, tear="before", by_values=True)["outcome"] == "in_doubt"
    assert story.phone.show(order["orderNo"])["outcome"] == "not_loaded"

    replayed = story.phone.recharge(story.call(), faults=["replay_initialize"])

    assert replayed["outcome"] == "mac1_wrong"
    assert story.state() == "paid"
    assert LoadSeal.objects.filter(load__order_id=story.topup["id"]).count() == 1
    assert story.phone.recharge(story.call())["outcome"] == "loaded"
    assert story.agrees(5_000)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("foreign_signature", "signature_key_unknown"),
        ("wrong_amount", "fetch_amount_differs"),
        ("wrong_card", "fetch_card_differs"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_moves(story: Story, fault: str, code: str) -> None:
    assert story.phone.recharge(story.call(), faults=[fault])["outcome"] == code
    assert story.state() == "paid"
    assert not Load.objects.filter(order_id=story.topup["id"], state="sealed").exists()
    assert story.phone.recharge(story.call())["outcome"] == "loaded"
    assert story.agrees(5_000)


@pytest.mark.parametrize("field", ["orderNo", "amount", "cardNo", "timestamp", "sign"])
def test_a_call_that_was_changed_is_no_order_for_the_wallet(story: Story, field: str) -> None:
    call = story.call()
    changed = "A" * len(call[field]) if field == "sign" else call[field] + "1"
    with pytest.raises(PhoneRefused, match="ORDER_FORGED"):
        story.phone.recharge(call | {field: changed})
    assert not Load.objects.filter(order_id=story.topup["id"]).exists()
