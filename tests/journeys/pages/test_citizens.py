"""Citizens' pages in a real browser: any screen, two languages, large type, keys alone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import cards, clock, people
from accounts.models import Budget
from gateway.sandbox import citizens, seats
from tests.accounts.strangers import a_card_no, a_phone
from tests.gateway.web.citizens import signed
from tests.journeys.pages.looking import (
    LOOKS,
    Picture,
    Visit,
    axed,
    faults,
    fits,
    holding,
    newest_code,
    sign_in,
    small_targets,
    too_narrow,
)

HEAVIEST = 100 * 1024


@pytest.fixture(autouse=True)
def nobody_has_asked_from_here(lasting_db: None) -> None:
    """All tests come from one address, which has a budget of its own."""
    Budget.objects.filter(name__startswith="code").delete()


def test_somebody_new_signs_in_by_a_message(visit: Visit, picture: Picture) -> None:
    phone = a_phone()
    page = visit(width=390)
    page.goto("/me/devices")
    expect(page.get_by_role("heading", level=1)).to_have_text("用手机号登录")
    page.get_by_label("手机号").fill("12345")
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_role("alert")).to_contain_text("11位")
    picture(page, "citizen-sign-in-refused-390")
    sign_in(page, phone)
    expect(page.get_by_role("heading", level=1)).to_have_text("登录过的设备")
    expect(page.locator(".devices li")).to_have_count(1)
    page.get_by_role("link", name="我的").first.click()
    expect(page.get_by_text(f"{phone[:3]}****{phone[-4:]}")).to_be_visible()
    assert phone not in page.content()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("用手机号登录")


@axed("web:sign-in-code")
def test_a_wrong_code_and_then_the_right_one(visit: Visit, picture: Picture) -> None:
    phone = a_phone()
    page = visit(width=390, look="dark")
    page.goto("/sign-in")
    page.get_by_label("手机号").fill(phone)
    page.keyboard.press("Enter")
    expect(page.get_by_label("验证码")).to_be_visible()
    picture(page, "citizen-code-390-dark")
    wrong = f"{(int(newest_code(phone)) + 1) % 10**6:06d}"
    page.get_by_label("验证码").fill(wrong)
    page.keyboard.press("Enter")
    expect(page.get_by_text("还能试 4 次")).to_be_visible()
    picture(page, "citizen-code-wrong-390-dark")
    assert faults(page) == []
    page.get_by_role("button", name="重新获取").click()
    expect(page.get_by_text("还要等")).to_be_visible()
    page.get_by_label("验证码").fill(newest_code(phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的卡")


def test_a_name_is_confirmed_and_data_is_taken_along_and_deleted(
    visit: Visit, picture: Picture, server: str
) -> None:
    me = signed()
    cards.add(me.person, a_card_no(), clock.now())
    page = holding(visit, server, me, width=390)
    page.goto("/me/real-name")
    page.get_by_label("您的姓名").fill("李秀兰")
    page.get_by_label("身份证号").fill("11010519491231002X")
    page.get_by_role("button", name="去核验").click()
    expect(page.locator(".word.settled")).to_contain_text("已实名")
    expect(page.get_by_text("李**")).to_be_visible()
    picture(page, "citizen-real-name-confirmed-390")
    page.goto("/me/data/take-along")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载").click()
    told = Path(download.value.path()).read_text(encoding="utf-8")
    assert '"sections"' in told
    assert "11010519491231002X" not in told
    page.goto("/me/data/leave")
    page.get_by_role("button", name="注销").click()
    expect(page.get_by_role("alert")).to_contain_text("请先勾选")
    page.get_by_label("我明白").check()
    page.get_by_role("button", name="注销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已注销")
    picture(page, "citizen-left-390")
    me.person.refresh_from_db()
    assert me.person.deleted_at is not None


def test_by_keyboard_alone_and_without_scripts(visit: Visit) -> None:
    phone = a_phone()
    page = visit(width=1280)
    page.route(re.compile(r"\.js$"), lambda route: route.abort())
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(20):
        if page.evaluate("document.activeElement.name") == "phone":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("输入验证码")
    for _ in range(20):
        if page.evaluate("document.activeElement.name") == "code":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(newest_code(phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的卡")


PUBLIC = [("sign-in", "/sign-in"), ("not-found", "/nowhere"), ("parts", "/sandbox/parts")]
OWN = [
    ("me", "/me"),
    ("devices", "/me/devices"),
    ("real-name", "/me/real-name"),
    ("my-data", "/me/data"),
    ("take-along", "/me/data/take-along"),
    ("leave", "/me/data/leave"),
    ("again", "/sign-in?again=1&next=/me/data"),
    ("sandbox", "/sandbox/"),
]


@axed(
    "web:sign-in", "web:me", "web:devices", "web:real-name", "web:my-data", "web:take-along",
    "web:leave",
)  # fmt: skip
@pytest.mark.parametrize(("width", "look", "language"), LOOKS)
def test_every_page_fits_and_axe_finds_nothing_serious(
    visit: Visit, picture: Picture, server: str, width: int, look: str, language: str
) -> None:
    me = signed()
    signed(me.person)
    signed(me.person, now=clock.now() - timedelta(days=3))
    seats.fill(clock.now())
    citizens.fill(clock.now())
    page = holding(visit, server, me, width=width, look=look, language=language)
    stranger = visit(width=width, look=look, language=language)
    found: dict[str, Any] = {}
    for where, places in ((stranger, PUBLIC), (page, OWN)):
        for name, path in places:
            answer = where.goto(path)
            assert answer is not None
            assert answer.status == (404 if name == "not-found" else 200), name
            picture(where, f"citizen-{name}-{width}-{look}-{language}")
            wrong = faults(where) + (small_targets(where) if name != "sandbox" else [])
            wrong += too_narrow(where)
            if wrong:
                found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_large_type_fits_a_small_phone(
    visit: Visit, picture: Picture, server: str, language: str
) -> None:
    me = signed()
    page = holding(visit, server, me, width=320, language=language)
    page.context.add_cookies([{"name": "size", "value": "large", "url": server}])
    wrong = []
    for name, path in [*OWN[:-1], PUBLIC[2]]:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-size", "large")
        picture(page, f"citizen-{name}-320-large-{language}")
        wrong += [] if fits(page) else [name]
    assert wrong == []


def test_a_first_page_weighs_less_than_a_hundred_kilobytes(visit: Visit, server: str) -> None:
    for me, path in ((None, "/sign-in"), (signed(), "/me")):
        page = visit() if me is None else holding(visit, server, me)
        weights: list[int] = []
        hosts: set[str] = set()
        page.on("response", lambda answer, kept=weights: kept.append(len(answer.body())))
        page.on("request", lambda request, met=hosts: met.add(request.url.split("/")[2]))
        page.goto(path, wait_until="networkidle")
        assert 0 < sum(weights) < HEAVIEST
        assert len(hosts) == 1


def test_the_sandbox_hands_out_a_phone(visit: Visit) -> None:
    seats.fill(clock.now())
    citizens.fill(clock.now())
    page = visit()
    page.goto("/sandbox/")
    page.get_by_role("button", name="拿起手机 张伟").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的卡")
    page.goto("/me")
    expect(page.locator(".chip")).to_have_text("已实名")
    assert people.by_phone("13700000002").masked_phone in page.content()
