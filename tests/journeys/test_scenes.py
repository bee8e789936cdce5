"""The other ways in: paying inside WeChat and in a browser, and a kiosk that is shown a card."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock, devices, tokens, trail
from accounts.actors import SYSTEM
from gateway.payments.models import Payment
from tests.support.channels import every_scene
from tests.support.province import Citizen, Province
from tests.support.talk import Talk

GIVEN = {
    "jsapi": {"prepay_id", "client_params"},
    "app": {"prepay_id", "client_params"},
    "h5": {"h5_url"},
    "native": {"code_url"},
}


@every_scene
def test_each_scene_gets_what_its_device_needs_and_is_paid_and_loaded_alike(
    province: Province, scene: str
) -> None:
    talk = Talk(citizen=province.citizen(), card=province.card())
    topup = province.order(talk.citizen, talk.card, 2_000, scene)
    given = set(topup["payments"][0]["offer"])
    assert given == GIVEN[scene] or (scene == "h5" and given == {"form"})
    province.pay(topup)
    province.ask(topup)
    assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    drawn = talk.citizen.get(f"topups/{topup['id']}/payment.svg")
    assert drawn.status == 404, "what is paid is not scanned again"
    assert talk.load(topup).body["outcome"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 2_000
    assert province.faults() == []


def test_the_code_to_scan_is_drawn(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    drawn = citizen.get(f"topups/{topup['id']}/payment.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert drawn.raw.startswith(b"<?xml")
    assert b"<path" in drawn.raw


def test_a_kiosk_is_shown_a_torn_card_and_ends_the_doubt(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    assert talk.load(topup, tear="after").body["outcome"] == "in_doubt"

    elsewhere = Talk(citizen=kiosk(province), card=talk.card)
    assert elsewhere.show().body["outcome"] == "loaded"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
    assert province.balance_fen("card_purse", talk.card.state.asn) == talk.balance_fen() == 5_000
    assert province.faults() == []


def test_a_kiosk_cannot_order_load_or_look_into_topups(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    machine = kiosk(province)
    for answer in (
        machine.get("topups"),
        machine.get(f"topups/{topup['id']}"),
        machine.post(f"topups/{topup['id']}/loads"),
        machine.post(f"topups/{topup['id']}/refund"),
        machine.get("cards"),
    ):
        assert (answer.status, answer.body["code"]) == (403, "not_allowed")


def test_a_payment_of_the_wrong_scene_leaves_nothing_behind(province: Province) -> None:
    citizen = province.citizen()
    card_id = citizen.post("cards", {"card_no": province.card().state.asn[1:]}).body["id"]
    wish = {"card_id": card_id, "amount_fen": 2_000, "channel": "wechatpay", "scene": "jsapi"}
    assert citizen.post("topups", wish).body["code"] == "payer_openid_missing"
    assert not Payment.objects.filter(pool=province.pool).exists()


def kiosk(province: Province) -> Citizen:
    """A kiosk in service, speaking with its own token."""
    now = clock.now()
    placed = devices.add_kiosk(
        code=f"K-{province.pool}",
        operator=province.operator,
        place="总站",
        terminal_no=f"{province.pool:012d}",
        now=now,
    )
    trail.advance(placed, to="in_service", actor=SYSTEM, because="put up", now=now)
    machine = province.citizen()
    machine.token = tokens.mint(
        kiosk=placed, label="test", now=now, expires_at=now + timedelta(hours=1)
    )
    return machine
