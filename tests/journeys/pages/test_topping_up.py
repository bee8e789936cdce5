"""Money on its way, in a real browser: paid, tapped, torn and healed, unpaid, sent back."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from accounts import cards, clock, duties, sign_ins
from accounts.identifiers import new_id
from accounts.models import Budget, Operator
from gateway.payments.models import MerchantAccount, Payment, Refund
from gateway.sandbox import phone_in_hand
from gateway.sandbox.phone_in_hand import Hand
from gateway.topup import ordering
from gateway.topup.models import TopUp
from tests.accounts.strangers import a_phone
from tests.gateway.web.citizens import Signed, signed
from tests.journeys.pages.looking import (
    LOOKS,
    WIDTHS,
    Picture,
    Visit,
    axed,
    faults,
    holding,
    reach,
    sign_in,
    small_targets,
    too_narrow,
    words_in,
)
from tests.support.province import Province

PRESSED = re.compile("/sandbox/phone/")
HEAVIEST = 100 * 1024
LONG = "某某直管县城乡公共交通一卡通运营管理有限责任公司"
LONG_EN = "Somewhere County Urban and Rural Public Transport Card Operator"
WORDS = {
    "zh": {
        "add": "加上", "next": "下一步，去付款", "pay": "沙箱微信支付付款", "tap": "贴卡",
        "home": "我的卡", "paid": "付好了，还差贴一下卡", "loaded": "已写到卡上", "no": "卡号",
        "number": "卡加好了",
    },
    "en": {
        "add": "Add", "next": "Next: pay", "pay": "Pay with the sandbox's WeChat Pay",
        "tap": "Tap the card", "home": "My cards", "paid": "Paid; now tap the card",
        "loaded": "On the card", "no": "Card number", "number": "The card is added",
    },
}  # fmt: skip


BOTH_WAYS = [(390, "zh"), (1280, "en")]
"""Each width and each language once."""


@pytest.fixture(autouse=True)
def nobody_has_asked_from_here(lasting_db: None) -> None:
    Budget.objects.filter(name__startswith="code").delete()


def a_number(province: Province) -> str:
    return f"{province.prefix}{random.randrange(10**7):07d}"


def topup_in(page: Page) -> TopUp:
    found = re.search(r"/(?:topup|records)/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    return TopUp.objects.get(pk=UUID(found[1]))


def confirm(topup: TopUp) -> None:
    """The sweep asks the channel about whatever was begun for it."""
    for payment in Payment.objects.filter(patron_id=topup.id):
        duties.work_one("payment.query", payment.id, clock.now())


def hand_of(me: Signed) -> Hand:
    return Hand(person=me.person, actor=sign_ins.citizen(me.person.pk))


def placed(province: Province, me: Signed, amount_fen: int = 5_000) -> TopUp:
    now = clock.now()
    card = cards.add(me.person, a_number(province), now)
    return ordering.place_by_code(
        cause=new_id(now), person=me.person, card=card,
        amount_fen=amount_fen, now=now,
    )  # fmt: skip


def paid(province: Province, me: Signed, amount_fen: int = 5_000) -> TopUp:
    topup = placed(province, me, amount_fen)
    phone_in_hand.pay(topup.id, "wechatpay", hand_of(me))
    confirm(topup)
    topup.refresh_from_db()
    assert topup.state == "paid"
    return topup


@pytest.mark.parametrize(("width", "language"), BOTH_WAYS)
def test_from_a_phone_number_to_money_on_the_card(
    province: Province, visit: Visit, picture: Picture, width: int, language: str
) -> None:
    said = WORDS[language]
    name = f"{width}-{language}"
    page = visit(width=width, language="zh")
    page.goto("/sign-in")
    sign_in(page, a_phone())
    expect(page.get_by_role("heading", level=1)).to_have_text("我的卡")
    if language == "en":
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
        page.reload()
    picture(page, f"money-home-empty-{name}")
    page.goto("/cards/add")
    page.get_by_label(said["no"]).fill("9999 9999 9999 9999 999")
    page.get_by_role("button", name=said["add"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    picture(page, f"money-card-unknown-{name}")
    number = a_number(province)
    page.get_by_label(said["no"]).fill(f"{number[:4]} {number[4:]}")
    page.get_by_role("button", name=said["add"]).click()
    expect(page.get_by_text(said["number"])).to_be_visible()
    assert number not in page.content(), "masked from here on"
    picture(page, f"money-card-{name}")
    page.goto("/topup")
    picture(page, f"money-topup-{name}")
    page.get_by_role("button", name=said["next"]).click()
    expect(page).to_have_url(re.compile("/pay$"))
    topup = topup_in(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.qr')].some(one => one.naturalWidth > 50)"
    )
    picture(page, f"money-pay-{name}")
    with page.expect_response(PRESSED):
        page.get_by_role("button", name=said["pay"]).click()
    confirm(topup)
    expect(page).to_have_url(re.compile("/records/"))
    expect(page.get_by_text(said["paid"])).to_be_visible()
    picture(page, f"money-paid-{name}")
    page.get_by_role("button", name=said["tap"], exact=True).click()
    expect(page.locator(".word.settled")).to_contain_text(said["loaded"])
    expect(page.locator(".word.settled")).to_contain_text("¥50.00")
    picture(page, f"money-loaded-{name}")
    topup.refresh_from_db()
    assert topup.state == "loaded"
    assert province.balance_fen("card_purse", topup.card.asn) == 5_000
    page.goto("/")
    expect(page.locator(".transit-card")).to_contain_text("¥50.00")
    expect(page.locator(".on-top")).to_have_count(0)
    picture(page, f"money-home-{name}")
    page.goto(f"/records/{topup.pk}/receipt")
    picture(page, f"money-receipt-{name}")
    assert province.faults() == []


@pytest.mark.parametrize(
    ("tear", "width", "language"), [("写上了没回话", 390, "zh"), ("没写上", 1280, "en")]
)
def test_a_torn_load_heals_at_the_second_tap(
    province: Province, visit: Visit, picture: Picture, server: str, tear: str, width: int,
    language: str,
) -> None:  # fmt: skip
    me, say = signed(), words_in(language)
    topup = paid(province, me)
    page = holding(visit, server, me, width=width, look="dark", language=language)
    page.goto(f"/records/{topup.pk}")
    page.get_by_role("button", name=say(f"贴一半就拿开（{tear}）")).click()
    expect(page.get_by_text(say("还没写完，钱没有丢"))).to_be_visible()
    again = page.get_by_role("button", name=say("再贴一次同一张卡"))
    expect(again).to_be_visible()
    expect(page.get_by_role("link", name=say("不充了，退款"))).to_have_count(0)
    picture(page, f"money-torn-{width}-dark-{language}")
    page.goto("/")
    expect(page.locator(".on-top")).to_contain_text(say("没写完，再贴一次"))
    picture(page, f"money-home-torn-{width}-dark-{language}")
    page.locator(".on-top").click()
    again.click()
    expect(page.locator(".word.settled")).to_contain_text(
        say("卡里现在有 %(money)s。") % {"money": "¥50.00"}
    )
    topup.refresh_from_db()
    assert (topup.state, Refund.objects.filter(payment__patron_id=topup.id).count()) == (
        "loaded",
        0,
    )
    assert province.balance_fen("card_purse", topup.card.asn) == 5_000
    assert province.faults() == []


@pytest.mark.parametrize(("width", "language"), BOTH_WAYS)
def test_unpaid_and_then_over(
    province: Province, visit: Visit, picture: Picture, server: str, width: int, language: str
) -> None:
    me, say = signed(), words_in(language)
    topup = placed(province, me)
    page = holding(visit, server, me, width=width, language=language)
    page.goto("/")
    expect(page.locator(".on-top")).to_contain_text(say("等付款"))
    picture(page, f"money-home-unpaid-{width}-{language}")
    page.goto("/topup")
    page.get_by_role("link", name=say("接着付这一笔")).click()
    expect(page).to_have_url(re.compile(f"{topup.pk}/pay$"))
    TopUp.objects.filter(pk=topup.pk).update(placed_at=clock.now() - timedelta(minutes=31))
    page.goto(f"/records/{topup.pk}")
    expect(page.get_by_text(say("正在核对有没有付款"))).to_be_visible()
    picture(page, f"money-asking-{width}-{language}")
    duties.work_one("topup.end_code", topup.pk, clock.now() + timedelta(minutes=31))
    page.reload()
    expect(page.get_by_text(say("没有付款，已经取消"))).to_be_visible()
    expect(page.get_by_role("link", name=say("再充一笔"))).to_be_visible()
    picture(page, f"money-over-{width}-{language}")
    assert province.faults() == []


@pytest.mark.parametrize(("width", "language"), BOTH_WAYS)
def test_a_channel_that_refuses_and_another_way_out(
    province: Province, visit: Visit, picture: Picture, server: str, width: int, language: str
) -> None:
    me, say = signed(), words_in(language)
    topup = placed(province, me)
    page = holding(visit, server, me, width=width, language=language)
    province.wallet.faults(error_before_accepting={"times": 9, "on": "create"})
    page.goto(f"/topup/{topup.pk}/pay")
    page.get_by_role("link", name=say("微信支付")).click()
    expect(page.locator("main")).to_contain_text("请过一分钟再试" if language == "zh" else "minute")
    picture(page, f"money-silent-{width}-{language}")
    province.wallet.behave()
    account = MerchantAccount.objects.get(pool=province.pool)
    MerchantAccount.objects.filter(pk=account.pk).update(signing_serial="0" * 40)
    page.goto(f"/topup/{topup.pk}/pay")
    page.get_by_role("link", name=say("微信支付")).click()
    expect(page.locator("main")).to_contain_text(say("没有扣款。请换一种付款方式。"))
    picture(page, f"money-refused-{width}-{language}")
    MerchantAccount.objects.filter(pk=account.pk).update(signing_serial=account.signing_serial)
    page.get_by_role("link", name=say("回到这一笔充值")).click()
    expect(page.locator("main")).to_contain_text(say("还没有付款"))
    assert not Payment.objects.filter(patron_id=topup.id, state="confirmed").exists()
    phone_in_hand.pay(topup.id, "wechatpay", hand_of(me))
    confirm(topup)
    expect(page.get_by_text(say("付好了，还差贴一下卡"))).to_be_visible()
    assert province.faults() == []


@pytest.mark.parametrize(("width", "language"), [(1280, "zh"), (390, "en")])
def test_a_paid_order_goes_back_when_asked(
    province: Province, visit: Visit, picture: Picture, server: str, width: int, language: str
) -> None:
    me, say = signed(), words_in(language)
    topup = paid(province, me)
    page = holding(visit, server, me, width=width, language=language)
    page.goto(f"/records/{topup.pk}")
    page.get_by_role("link", name=say("不充了，退款")).click()
    expect(page.get_by_text(say("不收手续费"))).to_be_visible()
    picture(page, f"money-refund-{width}-{language}")
    page.get_by_role("button", name=say("确定退款")).click()
    expect(page.locator(".word.waiting")).to_contain_text(say("正在退款"))
    picture(page, f"money-going-back-{width}-{language}")
    province.carry_refunds({"payments": [{"id": str(Payment.objects.get(patron_id=topup.id).id)}]})
    expect(page.locator(".word.settled")).to_contain_text(say("已退款"))
    picture(page, f"money-returned-{width}-{language}")
    topup.refresh_from_db()
    assert topup.state == "refunded"
    assert province.faults() == []


def pages_of(province: Province, me: Signed) -> list[tuple[str, str]]:
    """Every page of money, with something unfinished, something done, and a long name."""
    Operator.objects.filter(pk=province.operator.pk).update(name_zh=LONG, name_en=LONG_EN)
    waiting, open_, torn = paid(province, me), placed(province, me), paid(province, me, 100_000)
    done = paid(province, me, 12_345)
    phone_in_hand.tap(done.id, hand_of(me))
    phone_in_hand.tap(torn.id, hand_of(me), tear="after")
    back = paid(province, me)
    ordering.give_back(
        back.id, person=me.person, actor=hand_of(me).actor, because="test", now=clock.now()
    )
    return [
        ("home", "/"), ("help", "/help"), ("card-add", "/cards/add"),
        ("card", f"/cards/{done.card_id}"), ("card-remove", f"/cards/{done.card_id}/remove"),
        ("card-busy", f"/cards/{open_.card_id}/remove"), ("topup", f"/topup?card={open_.card_id}"),
        ("pay", f"/topup/{open_.pk}/pay"), ("records", "/records"),
        ("records-none", "/records?show=over"), ("to-load", f"/records/{waiting.pk}"),
        ("torn", f"/records/{torn.pk}"), ("done", f"/records/{done.pk}"),
        ("back", f"/records/{back.pk}"), ("receipt", f"/records/{done.pk}/receipt"),
        ("refund", f"/records/{waiting.pk}/refund"), ("nobody-s", f"/records/{UUID(int=1)}"),
    ]  # fmt: skip


@axed(
    *(f"web:{name}" for name in (
        "home", "help", "card-add", "card", "card-remove", "topup", "pay", "records", "tracker",
        "receipt", "refund",
    )),
)  # fmt: skip
def test_every_page_fits_and_axe_finds_nothing_serious(
    province: Province, visit: Visit, picture: Picture, server: str
) -> None:
    me = signed()
    places = pages_of(province, me)
    found: dict[str, Any] = {}
    for width, look, language, size in (
        *((*one, "") for one in LOOKS),
        (320, "light", "zh", "large"), (320, "dark", "en", "large"),
    ):  # fmt: skip
        page = holding(visit, server, me, width=width, look=look, language=language)
        if size:
            page.context.add_cookies([{"name": "size", "value": size, "url": server}])
        for name, path in places:
            page.goto(path)
            picture(page, f"money-{name}-{width}-{look}-{language}{size}")
            wrong = too_narrow(page, [width] if size else WIDTHS)
            if not size:
                wrong += faults(page) + small_targets(page)
            if wrong:
                found[f"{name} {width} {language} {size}"] = wrong
    assert found == {}


def test_keys_alone_and_no_script(province: Province, visit: Visit, server: str) -> None:
    me = signed()
    cards.add(me.person, a_number(province), clock.now())
    page = holding(visit, server, me)
    page.route(re.compile(r"\.js$"), lambda route: route.abort())

    page.goto("/topup")
    reach(page, "at.name === 'other'")
    page.keyboard.type("12.50")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/pay$"))
    topup = topup_in(page)
    assert topup.amount_fen == 1_250
    reach(page, "at.tagName === 'BUTTON' && at.closest('.sandbox')")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    confirm(topup)
    reach(page, "at.tagName === 'A' && at.textContent.includes('我付好了')")
    page.keyboard.press("Enter")
    expect(page.get_by_text("付好了，还差贴一下卡")).to_be_visible()
    reach(page, "at.tagName === 'BUTTON' && at.textContent.trim() === '贴卡'")
    page.keyboard.press("Enter")
    expect(page.locator(".word.settled")).to_contain_text("¥12.50")


def test_pages_of_money_weigh_little(province: Province, visit: Visit, server: str) -> None:
    """With what their scripts ask for; each page's weight: tests/gateway/web/test_every_page."""
    me = signed()
    topup = placed(province, me)
    for path in ("/", f"/records/{topup.pk}"):
        page = holding(visit, server, me)
        weights: list[int] = []
        hosts: set[str] = set()
        page.on("response", lambda answer, kept=weights: kept.append(len(answer.body())))
        page.on("request", lambda request, met=hosts: met.add(request.url.split("/")[2]))
        page.goto(path, wait_until="load")
        page.wait_for_timeout(300)
        assert 0 < sum(weights) < HEAVIEST
        assert len(hosts) == 1
