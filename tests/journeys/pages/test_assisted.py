"""柜面代办 in a real browser: a clerk signs in, serves who consents, and the citizen is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts import clock, duties, roles
from accounts.models import Budget, Operator
from gateway.assisting.models import AssistAct, AssistSession
from gateway.card_service.models import LossReport
from gateway.topup.models import TopUp
from tests.gateway.card_service.holders import NAME, confirm_name
from tests.gateway.web.citizens import Signed, signed
from tests.journeys.pages.looking import Picture, Visit, axed, holding, newest_code, sound
from tests.journeys.pages.test_card_services import a_card, a_city
from tests.support.officers import PASSWORD, Seated, seat


@pytest.fixture
def city(lasting_db: None) -> Operator:
    Budget.objects.filter(name__startswith="code").delete()
    return a_city()


@axed("console:assist", "console:assist-session", "web:assisted")
def test_a_clerk_serves_who_consents_and_the_citizen_is_told(
    visit: Visit, picture: Picture, server: str, city: Operator
) -> None:
    me = signed()
    confirm_name(me.person, NAME, clock.now())
    a_card(me, city, named=False)
    named = a_card(me, city, named=True)
    page = visit(width=390)
    _signs_in(page, seat((roles.CLERK, city.pool), name="欧阳锦程 Nathaniel"))
    sound(page)
    picture(page, "assist-find-390-zh")
    _finds(page, me, picture)
    _acts(page, named.masked, picture)
    session = AssistSession.objects.get(citizen=me.person, state="open")
    desk = visit(width=1280, look="dark", language="en")
    desk.context.add_cookies(page.context.cookies())
    desk.goto(page.url)
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    sound(desk)
    picture(desk, "assist-session-1280-dark-en")
    page.get_by_role("button", name="办完了，离开").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("柜面代办")
    desk.goto(f"/console/assist/{session.pk}")
    expect(desk.get_by_text("This session has ended")).to_be_visible()
    assert desk.locator("main form").count() == 0, "nothing can be done any more"
    sound(desk)
    picture(desk, "assist-ended-1280-dark-en")
    desk.goto("/console/assist")
    sound(desk)
    assert duties.work_one("notifying.assist_session", session.pk, clock.now())
    _is_told(visit, picture, server, me, session)


def _signs_in(page: Page, clerk: Seated) -> None:
    """They land where their work begins, also by the house's own name; nothing else is offered."""
    page.goto("/console/")
    page.get_by_label("登录名").fill(clerk.officer.login_name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("验证码").fill(clerk.code())
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/console/assist$"))
    page.goto("/console/")
    expect(page).to_have_url(re.compile("/console/assist$"))


def _finds(page: Page, me: Signed, picture: Picture) -> None:
    page.get_by_label("卡号或手机号").fill("13900000000")
    page.get_by_label("为什么查").select_option(label="持卡人丢了卡")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sound(page)
    picture(page, "assist-nobody-390-zh")
    page.get_by_label("卡号或手机号").fill(me.person.phone)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("请本人同意")).to_be_visible()
    assert me.person.phone not in page.content()
    page.get_by_role("button", name="发送验证码").click()
    right = newest_code(me.person.phone)
    page.get_by_label("本人收到的验证码").fill(f"{(int(right) + 1) % 10**6:06d}")
    page.get_by_role("button", name="本人已同意").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sound(page)
    picture(page, "assist-consent-wrong-390-zh")
    page.get_by_label("本人收到的验证码").fill(right)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("代为办理")).to_be_visible()


def _acts(page: Page, named: str, picture: Picture) -> None:
    sound(page)
    picture(page, "assist-open-390-zh")
    page.get_by_label("充值金额（元）").fill("50")
    page.get_by_role("button", name="生成付款码").click()
    expect(page.get_by_text("请本人扫码付款")).to_be_visible()
    sound(page)
    picture(page, "assist-code-390-zh")
    page.get_by_label(named).check()
    page.get_by_role("button", name="挂失这张卡").click()
    expect(page.get_by_text("已挂失")).to_be_visible()
    expect(page.get_by_label(named)).to_be_checked()
    page.get_by_role("button", name="看充值到哪儿了").click()
    expect(page.get_by_role("heading", name="最近的充值")).to_be_visible()
    sound(page)
    picture(page, "assist-done-390-zh")


def _is_told(
    visit: Visit, picture: Picture, server: str, me: Signed, session: AssistSession
) -> None:
    acts = AssistAct.objects.filter(session=session).order_by("done_at")
    assert [one.act for one in acts] == ["assisted_top_up", "assisted_loss_report"]
    assert TopUp.objects.get(person=me.person).state == "placed"
    assert LossReport.objects.filter(person=me.person).count() == 1
    for width, look, language, done in (
        (390, "light", "zh", "柜员为您代办了"), (1280, "dark", "en", "Done for you"),
    ):  # fmt: skip
        told = holding(visit, server, me, width=width, look=look, language=language)
        told.goto("/notices")
        sound(told)
        picture(told, f"assist-notices-{width}-{language}")
        told.get_by_role("button", name=done).click()
        expect(told).to_have_url(re.compile(f"/me/assisted/{session.pk}$"))
        sound(told)
        picture(told, f"assist-told-{width}-{language}")
