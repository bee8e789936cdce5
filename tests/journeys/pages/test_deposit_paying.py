"""A deposit paid on a citizen's own page: the way chosen, changed, paid, and never loaded."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import cards, clock, duties
from gateway.deposits.models import Deposit
from gateway.payments.models import Payment, Refund
from tests.gateway.web.citizens import signed
from tests.journeys.pages.looking import (
    Picture,
    Visit,
    axed,
    faults,
    holding,
    small_targets,
    too_narrow,
)
from tests.support import deposits
from tests.support.province import Province

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari"
WORDS = {
    "zh": ("交押金 ¥20.00", "微信支付", "沙箱微信支付付款", "押金已收到"),
    "en": ("Pay the deposit of ¥20.00", "WeChat Pay", "Pay with the sandbox's WeChat Pay",
           "Deposit received"),
}  # fmt: skip


@pytest.fixture
def takes_one(province: Province, settings: Any, tmp_path: Path) -> Province:
    deposits.takes(settings, tmp_path, province.operator.code)
    return province


def a_number(province: Province) -> str:
    return f"{province.prefix}{random.randrange(10**7):07d}"


def ask_all(deposit: Deposit) -> None:
    for payment in Payment.objects.filter(patron_id=deposit.pk):
        duties.work_one("payment.query", payment.id, clock.now())


@axed("web:card-deposit", "web:card-deposit-pay")
@pytest.mark.parametrize(
    ("width", "look", "language"), [(390, "light", "zh"), (1280, "dark", "en")]
)
def test_a_deposit_is_paid_on_its_page(
    takes_one: Province, visit: Visit, picture: Picture, server: str,
    width: int, look: str, language: str,
) -> None:  # fmt: skip
    me = signed()
    card = cards.add(me.person, a_number(takes_one), clock.now())
    page = holding(visit, server, me, width=width, look=look, language=language)
    begin, wallet, pays, held = WORDS[language]

    def seen(name: str) -> None:
        picture(page, f"deposit-{name}-{width}-{look}-{language}")
        assert too_narrow(page) == [], name
        assert faults(page) == []
        assert small_targets(page) == []

    page.goto(f"/cards/{card.pk}/deposit")
    seen("none")
    page.get_by_role("link", name=begin).click()
    seen("ways")
    assert not Deposit.objects.filter(card=card).exists(), "looking begins nothing"
    page.get_by_role("button", name=wallet, exact=True).click()
    expect(page.locator(".qr svg")).to_be_visible()
    seen("waiting")
    page.get_by_role("button", name=pays).click()
    page.wait_for_url(re.compile("/deposit$"))
    [deposit] = Deposit.objects.filter(card=card)
    ask_all(deposit)
    page.reload()
    expect(page.get_by_text(held)).to_be_visible()
    seen("held")
    page.goto(f"/cards/{card.pk}/deposit/pay")
    assert page.url.endswith(f"/cards/{card.pk}/deposit"), "nothing more is to be paid"
    assert takes_one.balance_fen("deposits_held", card.asn) == deposits.FEN


def test_the_first_way_that_is_paid_is_taken_and_another_goes_back(takes_one: Province) -> None:
    me, other = signed(), signed()
    card = cards.add(me.person, a_number(takes_one), clock.now())
    here = f"/cards/{card.pk}/deposit/pay"
    refused = me.client.post(here, {"channel": "bank_gbk"})
    assert (refused.status_code, Deposit.objects.filter(card=card).count()) == (400, 0)
    assert other.client.post(here, {"channel": "wechatpay"}).status_code == 404
    for agent in ("", PHONE, PHONE, ""):
        answer = me.client.post(here, {"channel": "wechatpay"}, headers={"User-Agent": agent})
        assert answer.headers["Location"] == here
    [deposit] = Deposit.objects.filter(card=card)
    scan, tap = Payment.objects.filter(patron_id=deposit.pk).order_by("created_at")
    assert (scan.scene, tap.scene) == ("native", "h5"), "beginning again is the same"
    assert tap.offer["h5_url"] in me.client.get(here).content.decode().replace("&amp;", "&")
    inside = me.client.get(here, headers={"User-Agent": f"{PHONE} MicroMessenger/8.0"})
    assert "现在没有可用的付款方式" in inside.content.decode()
    for payment in (scan, tap):
        takes_one.wallet.open(payment.offer or {})
        takes_one.wallet.pay(payment.order_no)
        duties.work_one("payment.query", payment.id, clock.now())
    deposit.refresh_from_db()
    assert (deposit.state, takes_one.balance_fen("deposits_held", card.asn)) == ("held", 2_000)
    assert [one.payment_id for one in Refund.objects.filter(payment__pool=takes_one.pool)] == [
        tap.id
    ]
    state = me.client.get(f"/cards/{card.pk}/deposit/state").json()
    assert state == {"version": "held"}
    assert me.client.post(here, {"channel": "wechatpay"}).status_code == 409
    assert takes_one.faults() == []


def test_a_deposit_ends_only_when_every_way_that_was_begun_has(takes_one: Province) -> None:
    me = signed()
    card = cards.add(me.person, a_number(takes_one), clock.now())
    here = f"/cards/{card.pk}/deposit/pay"
    for agent in ("", PHONE):
        me.client.post(here, {"channel": "wechatpay"}, headers={"User-Agent": agent})
    [deposit] = Deposit.objects.filter(card=card)
    for payment, state in zip(
        Payment.objects.filter(patron_id=deposit.pk), ("placed", "expired"), strict=True
    ):
        duties.work_one("payment.query", payment.id, payment.expires_at)
        deposit.refresh_from_db()
        assert deposit.state == state
    assert me.client.get(f"/cards/{card.pk}/deposit").status_code == 200
    assert me.client.post(here, {"channel": "wechatpay"}).status_code == 302, (
        "and may be begun anew"
    )
