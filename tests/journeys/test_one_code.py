"""一码多付: one code for every wallet, and never more than one payment kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from django.db import connections
from django.test import Client

from accounts import clock, duties
from gateway.payments.models import MerchantAccount, Payment, Refund
from gateway.sandbox import seed
from gateway.sandbox.neighbours.control import Neighbour
from gateway.topup import scanning
from gateway.topup.models import TopUp
from tests.support.province import Citizen, Province

WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50 NetType/4G"
UNIONPAY = "Mozilla/5.0 (iPhone) (com.unionpay.chsp) (UnionPay/1.0 CloudPay) (clientVersion 198)"
ALIPAY = "Mozilla/5.0 (iPhone) Mobile/15E148 NebulaSDK/1.8 AliApp(AP/10.6.0) AlipayClient/10.6.0"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def channel() -> str:
    return "unionpay"


def introduced(
    province: Province, running: Callable[[str], tuple[Neighbour, Path]], channel: str
) -> Neighbour:
    """The same operator's account with another wallet."""
    wallet, place = running(channel)
    wallet.behave()
    seed.introduce(
        [province.operator],
        channel=channel,
        place=place,
        url=wallet.base_url,
        gateway_url=province.catcher.url,
        now=clock.now(),
    )
    return wallet


@pytest.fixture
def wechat(province: Province, running: Callable[[str], tuple[Neighbour, Path]]) -> Neighbour:
    return introduced(province, running, "wechatpay")


@pytest.fixture
def alipay(province: Province, running: Callable[[str], tuple[Neighbour, Path]]) -> Neighbour:
    return introduced(province, running, "alipay")


def ordered(province: Province, citizen: Citizen) -> dict[str, Any]:
    added = citizen.post("cards", {"card_no": province.card().state.asn[1:]})
    wish = {"card_id": added.body["id"], "amount_fen": 5_000, "channel": "any"}
    placed = citizen.post("topups", wish)
    assert placed.status == 201, placed.body
    body: dict[str, Any] = placed.body
    return body


def scan(topup: dict[str, Any], agent: str, *, more: str = "", **headers: str) -> Any:
    path = urlsplit(topup["code"]["url"]).path + more
    return Client().get(path, headers={"User-Agent": agent, **headers})


def choose(topup: dict[str, Any], channel: str, agent: str = BROWSER) -> Any:
    path = urlsplit(topup["code"]["url"]).path
    return Client().post(path, {"channel": channel}, headers={"User-Agent": agent})


def payments(topup: dict[str, Any]) -> list[Payment]:
    return list(Payment.objects.filter(patron_id=topup["id"]).order_by("channel", "scene"))


def pressed(page: Any) -> str:
    """What the payment institution shows after the page's only button was pressed."""
    html = page.content.decode().partition("<h1>")[2]
    action = unescape(re.search(r'<form method="post" action="([^"]+)"', html)[1])  # type: ignore[index]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    body = urlencode([(name, unescape(value)) for name, value in found]).encode()
    with urlopen(Request(action, data=body, method="POST")) as answer:
        return str(answer.read().decode())


def test_a_code_begins_nothing_until_it_is_scanned(province: Province) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    assert topup["payments"] == []
    assert payments(topup) == []
    assert topup["id"] not in topup["code"]["url"]
    assert len(urlsplit(topup["code"]["url"]).path) < 60, "short enough for a coarse code"
    drawn = citizen.get(f"topups/{topup['id']}/payment.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"


def test_a_unionpay_wallet_is_led_to_unionpay_and_paying_pays(province: Province) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    page = scan(topup, UNIONPAY)
    assert page.status_code == 200
    assert f"form-action 'self' {province.wallet.base_url}" in page["Content-Security-Policy"]
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "strict-origin")
    [payment] = payments(topup)
    assert (payment.channel, payment.scene, payment.state) == ("unionpay", "h5", "offered")
    assert payment.order_no in pressed(page)
    province.wallet.pay(payment.order_no)
    duties.work_one("payment.query", payment.id, clock.now())
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert citizen.get(f"topups/{topup['id']}").body["code"] is None
    assert "这笔充值已经付款" in scan(topup, UNIONPAY).content.decode()
    assert len(payments(topup)) == 1
    assert province.faults() == []


def test_scanning_again_is_the_same_payment_however_many_scan(province: Province) -> None:
    topup = ordered(province, province.citizen())

    def one(_: int) -> int:
        try:
            return int(scan(topup, UNIONPAY).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(16))) == {200}
    assert len(payments(topup)) == 1


def test_another_browser_chooses_and_previews_begin_nothing(
    province: Province, wechat: Neighbour
) -> None:
    topup = ordered(province, province.citizen())
    page = scan(topup, BROWSER).content.decode()
    assert page.index("微信支付") < page.index("云闪付")
    assert "支付宝" not in page, "this operator takes no money by it"
    for ahead in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "preview"}):
        assert "选择付款方式" in scan(topup, UNIONPAY, **ahead).content.decode()
    Client().head(urlsplit(topup["code"]["url"]).path, headers={"User-Agent": UNIONPAY})
    assert payments(topup) == []
    led = choose(topup, "wechatpay")
    assert led.status_code == 302
    assert led["Location"] == payments(topup)[0].offer["h5_url"]  # type: ignore[index]


def test_two_channels_both_paid_one_is_kept_and_the_other_goes_back(
    province: Province, wechat: Neighbour
) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    pressed(scan(topup, UNIONPAY))
    choose(topup, "wechatpay")
    by_unionpay, by_wechat = payments(topup)
    assert {by_unionpay.channel, by_wechat.channel} == {"unionpay", "wechatpay"}
    assert by_unionpay.order_no != by_wechat.order_no
    province.wallet.pay(by_unionpay.order_no)
    wechat.pay(by_wechat.order_no)
    for payment in (by_wechat, by_unionpay):
        duties.work_one("payment.query", payment.id, clock.now())
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    first, second = (Payment.objects.get(pk=one.pk) for one in (by_wechat, by_unionpay))
    assert (first.allocated_fen, first.refunding_fen) == (5_000, 0)
    assert (second.allocated_fen, second.refunding_fen) == (0, 5_000)
    [refund] = Refund.objects.filter(payment__patron_id=topup["id"])
    assert refund.payment_id == second.id
    duties.work_one("refund.carry", refund.id, clock.now())
    province.wallet.advance(2)
    duties.work_one("refund.carry", refund.id, clock.now() + timedelta(minutes=1))
    refund.refresh_from_db()
    assert refund.state == "done"
    assert province.balance_fen("received", second.id) == 0
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.faults() == []


def test_an_alipay_wallet_is_led_to_alipay_and_three_paid_leave_one(
    province: Province, wechat: Neighbour, alipay: Neighbour
) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    led = scan(topup, ALIPAY)
    assert led.status_code == 302 or alipay.base_url in led["Content-Security-Policy"]
    pressed(scan(topup, UNIONPAY))
    choose(topup, "wechatpay")
    if led.status_code == 200:
        pressed(led)
    else:
        with urlopen(led["Location"]) as page:
            page.read()
    wallets = {"unionpay": province.wallet, "wechatpay": wechat, "alipay": alipay}
    begun = payments(topup)
    assert {one.channel for one in begun} == set(wallets)
    for one in begun:
        wallets[one.channel].pay(one.order_no)
    for one in begun:
        duties.work_one("payment.query", one.id, clock.now())
    ended = payments(topup)
    assert [one.state for one in ended] == ["confirmed"] * 3
    assert sorted(one.allocated_fen for one in ended) == [0, 0, 5_000]
    assert sum(one.refunding_fen for one in ended) == 10_000
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.faults() == []


def test_inside_wechat_the_payer_is_told_by_its_number_first(
    province: Province, wechat: Neighbour
) -> None:
    topup = ordered(province, province.citizen())
    page = scan(topup, WECHAT).content.decode()
    assert "在这个应用里暂时不能用微信支付付款" in page, "honest while nothing tells the payer"
    assert payments(topup) == []
    teller = "https://mp.example/openid?back={back}"
    MerchantAccount.objects.filter(pool=province.pool, channel="wechatpay").update(
        options={"payer_page": teller}
    )
    sent = scan(topup, WECHAT)
    assert sent.status_code == 302
    assert sent["Location"].startswith("https://mp.example/openid?back=http://testserver/pay/")
    assert payments(topup) == []
    page = scan(topup, WECHAT, more="?payer_no=o-payer-1").content.decode()
    [payment] = payments(topup)
    assert (payment.scene, payment.payer_openid) == ("jsapi", "o-payer-1")
    assert "paySign=" in page
    assert "<script>" not in page


def test_nobody_guesses_a_code_and_a_changed_one_leads_nowhere(province: Province) -> None:
    topup = ordered(province, province.citizen())
    token = urlsplit(topup["code"]["url"]).path.removeprefix("/pay/")
    row = TopUp.objects.get(pk=topup["id"])
    assert scanning.topup_of(token) == row
    others = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(len(token))
    ]
    for other in [*others, token + "=", token + "A", token[:-1], "", topup["id"], "é" * 43]:
        answer = Client().get(f"/pay/{other}", headers={"User-Agent": UNIONPAY})
        assert answer.status_code == 404, other
    assert payments(topup) == []


def test_an_order_of_one_named_channel_has_no_code(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    assert topup["code"] is None
    token = scanning.token_of(TopUp.objects.get(pk=topup["id"]))
    assert Client().get(f"/pay/{token}").status_code == 404


def test_a_code_that_nobody_pays_ends_with_everything_begun_by_it(province: Province) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    pressed(scan(topup, UNIONPAY))
    [payment] = payments(topup)
    over = scanning.over_at(TopUp.objects.get(pk=topup["id"]))
    assert payment.expires_at == over, "no payment outlives its code"
    duties.work_one("topup.end_code", TopUp.objects.get(pk=topup["id"]).id, over)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed", "one may still come"
    duties.work_one("payment.query", payment.id, over + timedelta(seconds=1))
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    duties.work_one(
        "topup.end_code", TopUp.objects.get(pk=topup["id"]).id, over + timedelta(minutes=2)
    )
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "expired"
    page = scan(topup, UNIONPAY).content.decode()
    assert "这个付款码已经失效" in page


def test_paid_after_the_code_ended_goes_back(province: Province) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    pressed(scan(topup, UNIONPAY))
    [payment] = payments(topup)
    row = TopUp.objects.get(pk=topup["id"])
    over = scanning.over_at(row)
    duties.work_one("payment.query", payment.id, over + timedelta(seconds=1))
    duties.work_one("topup.end_code", row.id, over + timedelta(seconds=2))
    [push] = province_pays_late(province, payment)
    assert province.deliver(push) == 200
    duties.work(clock.now())
    paid = Payment.objects.get(pk=payment.pk)
    assert (paid.state, paid.allocated_fen, paid.refunding_fen) == ("confirmed", 0, 5_000)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "expired"
    assert province.faults() == []


def province_pays_late(province: Province, payment: Payment) -> list[Any]:
    province.catcher.take()
    province.wallet.pay(payment.order_no, late=True)
    return list(province.pushes(1))


def test_a_payers_way_back_believes_nothing_it_brings(province: Province) -> None:
    citizen = province.citizen()
    topup = ordered(province, citizen)
    scan(topup, UNIONPAY)
    path = urlsplit(topup["code"]["url"]).path + "/back"
    answer = Client().post(path, {"respCode": "00", "orderId": payments(topup)[0].order_no})
    assert "还没有收到支付机构确认的付款" in answer.content.decode()
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"


def test_one_code_begins_only_so_many_payments(province: Province, wechat: Neighbour) -> None:
    topup = ordered(province, province.citizen())
    MerchantAccount.objects.filter(pool=province.pool, channel="wechatpay").update(
        options={"payer_page": "https://mp.example/openid"}
    )
    answers = [
        scan(topup, WECHAT, more=f"?payer_no=o-{number}").status_code
        for number in range(scanning.MOST_PAYMENTS + 2)
    ]
    assert answers == [200] * scanning.MOST_PAYMENTS + [409, 409]
    assert len(payments(topup)) == scanning.MOST_PAYMENTS


def test_a_silent_channel_is_said_to_be_silent_and_asked_again(
    province: Province, wechat: Neighbour
) -> None:
    topup = ordered(province, province.citizen())
    wechat.faults(no_answer={"times": 1, "on": "create"})
    assert choose(topup, "wechatpay").status_code == 503
    assert choose(topup, "wechatpay").status_code == 302
    assert len(payments(topup)) == 1


def test_a_channel_is_named_with_its_scene_and_any_without(province: Province) -> None:
    citizen = province.citizen()
    added = citizen.post("cards", {"card_no": province.card().state.asn[1:]})
    wish = {"card_id": added.body["id"], "amount_fen": 5_000, "channel": "unionpay"}
    refused = citizen.post("topups", wish)
    assert (refused.status, TopUp.objects.filter(person=citizen.person).count()) == (400, 0)
    same = [citizen.post("topups", wish | {"channel": "any"}, key="one-key") for _ in range(2)]
    assert same[0].raw == same[1].raw
