"""A lost card's money comes on the new one, a redeemed one's goes back; by keys, to the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts import cards, clock
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.card_service import following, moving
from gateway.card_service.models import Departure
from gateway.payments.models import Payment
from gateway.sandbox import phone_in_hand
from gateway.topup import ordering
from gateway.topup.models import TopUp
from tests.gateway.card_service.desk import Desk
from tests.gateway.card_service.holders import NAME, WAIT, confirm_name
from tests.gateway.web.citizens import Signed, signed
from tests.journeys.pages.looking import Picture, Visit, faults, holding, reach, words_in
from tests.journeys.pages.test_topping_up import a_number, confirm, hand_of
from tests.support.province import Province

FEN = 5_000


def a_card_with_money(province: Province, me: Signed) -> tuple[TransitCard, TopUp]:
    """A card in one's name with ¥50 on it, topped up at the wallet and tapped."""
    now = clock.now()
    card = cards.add(me.person, a_number(province), now, named=True)
    topup = ordering.place_by_code(
        cause=new_id(now), person=me.person, card=card, amount_fen=FEN, now=now
    )
    phone_in_hand.pay(topup.id, "wechatpay", hand_of(me))
    confirm(topup)
    phone_in_hand.tap(topup.id, hand_of(me))
    assert province.balance_fen("card_purse", card.asn) == FEN
    return card, topup


def press(page: Page, tag: str, text: str) -> None:
    """Goes there by keys and presses Enter; the page that follows has come."""
    reach(page, f"at.tagName === '{tag}' && at.textContent.includes({text!r})")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (1280, "en")])
def test_a_lost_card_s_money_is_on_the_new_one(
    province: Province, visit: Visit, picture: Picture, server: str, width: int, language: str
) -> None:
    me, say = signed(), words_in(language)
    confirm_name(me.person, NAME, clock.now())
    old, _ = a_card_with_money(province, me)
    new = cards.add(me.person, a_number(province), clock.now(), named=True)
    page = holding(visit, server, me, width=width, language=language)
    page.goto(f"/cards/{old.pk}/services")
    press(page, "BUTTON", say("挂失这张卡"))
    expect(page.get_by_text(say("已挂失，不能再充值"))).to_be_visible()
    press(page, "A", say("补卡"))
    reach(page, f"at.name === 'new_card' && at.value === '{new.pk}'")
    page.keyboard.press("Space")
    press(page, "BUTTON", say("申请"))
    departure = Departure.objects.get(card=old)
    assert departure.state == "waiting"
    moving.move(departure.pk, clock.now() + WAIT)
    page.reload()
    expect(page.locator("main")).to_contain_text("¥50.00")
    picture(page, f"leaving-claim-{width}-{language}")
    claim = TopUp.objects.get(card=new)
    assert province.balance_fen("card_purse", old.asn) == 0
    page.goto("/")
    press(page, "A", "50.00")
    assert str(claim.pk) in page.url
    press(page, "BUTTON", say("贴卡"))
    expect(page.locator(".word.settled")).to_contain_text("¥50.00")
    following.look(departure.pk, clock.now())
    page.goto(f"/services/{departure.pk}")
    expect(page.locator(".word.settled")).to_contain_text(say("已经办完"))
    assert faults(page) == []
    picture(page, f"leaving-replaced-{width}-{language}")
    assert province.balance_fen("card_purse", new.asn) == FEN
    assert province.faults() == []


@pytest.mark.parametrize(("width", "language"), [(1280, "zh"), (390, "en")])
def test_a_redeemed_card_s_money_is_back_where_it_came_from(
    province: Province, visit: Visit, picture: Picture, server: str, width: int, language: str
) -> None:
    me, say, desk = signed(), words_in(language), Desk(province)
    confirm_name(me.person, NAME, clock.now())
    card, topup = a_card_with_money(province, me)
    page = holding(visit, server, me, width=width, language=language)
    page.goto(f"/cards/{card.pk}/services")
    press(page, "A", say("余额退给原来的付款人"))
    press(page, "BUTTON", say("申请退卡"))
    departure = Departure.objects.get(card=card)
    desk.takes_in(departure.pk)
    moving.move(departure.pk, clock.now() + WAIT)
    desk.proposes(departure.pk)
    page.reload()
    expect(page.locator("main")).to_contain_text(say("不用做什么，正在安排退款。"))
    desk.agrees(departure.pk)
    page.reload()
    expect(page.locator("main")).to_contain_text(
        say("不用做什么，钱正在路上，先退回原来的付款方式。")
    )
    picture(page, f"leaving-paying-{width}-{language}")
    payment = Payment.objects.get(patron_id=topup.id)
    province.carry_refunds({"payments": [{"id": str(payment.id)}]})
    following.look(departure.pk, clock.now())
    page.reload()
    expect(page.locator(".word.settled")).to_contain_text(say("已经办完"))
    expect(page.locator("main")).to_contain_text("¥50.00")
    assert faults(page) == []
    picture(page, f"leaving-redeemed-{width}-{language}")
    [part] = departure.parts.all()
    assert (part.way, part.state, part.amount_fen) == ("original", "done", FEN)
    assert province.balance_fen("card_purse", card.asn) == 0
    assert province.faults() == []
