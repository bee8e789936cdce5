"""Officers at work in a real browser: they sign in, decide in pairs, by keyboard, on any screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import approvals, clock, roles, trail
from accounts.actors import Actor
from accounts.models import Approval
from gateway.sandbox import seats
from tests.journeys.pages.looking import LOOKS, Picture, Visit, faults, fits, reach, too_narrow
from tests.support.officers import PASSWORD, Seated, seat

POOL = 27
HEAVIEST = 100 * 1024
TWO_LINES = """() => [...document.querySelectorAll('.sheet a span, .sheet summary span')]
    .filter(one => one.offsetHeight > 1.5 * parseFloat(getComputedStyle(one).lineHeight))
    .map(one => one.textContent)"""
LONG = "渠道手续费当日补足到备付金专户，附银行回单，由经办人核对三遍无误后提交复核。"


def asked(maker: Seated, reason: str = LONG, amount_fen: int = 3_180) -> Approval:
    now = clock.now()
    return approvals.ask(
        maker=maker.person,
        purpose="card_key_destruction",
        pool=POOL,
        content={
            "amount_fen": amount_fen,
            "reason": reason,
            "before": {"balance_fen": 9_098_820},
            "after": {"balance_fen": 9_102_000},
        },
        fingerprint=sha256(reason.encode()).digest(),
        now=now,
        expires_at=now + timedelta(hours=2),
        checker_role=roles.FINANCE_OFFICER,
    )


@pytest.fixture
def maker(lasting_db: None) -> Seated:
    return seat((roles.FINANCE_OFFICER, POOL), name="阿卜杜热合曼·买买提江")


@pytest.fixture
def checker(lasting_db: None) -> Seated:
    return seat((roles.FINANCE_OFFICER, POOL), name="复核乙")


@pytest.fixture(autouse=True)
def nothing_left_to_decide(lasting_db: None) -> Iterator[None]:
    yield
    last = seat((roles.FINANCE_OFFICER, None))
    now = clock.now()
    for one in Approval.objects.filter(pool=POOL, state="asked"):
        approvals.refuse(one.pk, checker=last.person, now=now)


def test_two_people_and_two_factors(visit: Visit, picture: Picture, maker: Seated) -> None:
    approval = asked(maker)
    checker = seat((roles.FINANCE_OFFICER, POOL), name="复核乙")
    page = visit()
    page.goto(f"/console/approvals/{approval.pk}")
    expect(page).to_have_url(re.compile("/console/sign-in"))
    page.get_by_label("登录名").fill(checker.officer.login_name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("验证码").fill("000000")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("没有登录")
    picture(page, "sign-in-refused")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("验证码").fill(checker.code())
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("销毁卡密钥")
    expect(page.locator(".seat")).to_contain_text("复核乙")
    page.get_by_role("link", name="同意…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确定同意吗？")
    assert Approval.objects.get(pk=approval.pk).state == "asked"
    page.get_by_role("button", name="确定同意").click()
    expect(page.locator("h1 + .chip")).to_have_text("已同意")
    expect(page.locator(".timeline")).to_contain_text("复核乙")
    picture(page, "approval-approved")
    decided = Approval.objects.get(pk=approval.pk)
    assert (decided.state, decided.checker_id) == ("approved", checker.person.pk)


def test_the_maker_is_told_and_offered_nothing(
    visit: Visit, picture: Picture, maker: Seated
) -> None:
    page = visit(maker)
    page.goto(f"/console/approvals/{asked(maker).pk}")
    expect(page.get_by_text("要由另一位有权的人复核")).to_be_visible()
    expect(page.get_by_role("link", name="同意…")).to_have_count(0)
    picture(page, "approval-maker")


def test_a_decision_by_keyboard_alone(visit: Visit, maker: Seated, checker: Seated) -> None:
    asked(maker, "first")
    second = asked(maker, "second")
    page = visit(checker)
    page.goto("/console/approvals")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(str(second.pk)))
    page.keyboard.press("a")
    expect(page.get_by_role("link", name="同意…")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("确定同意吗？")
    button = page.get_by_role("button", name="确定同意")
    for _ in range(40):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1 + .chip")).to_have_text("已同意")
    assert Approval.objects.get(pk=second.pk).state == "approved"


def places(maker: Seated) -> list[tuple[str, str]]:
    """Every kind of page, with nothing, one and many on it."""
    one = asked(maker)
    for number in range(12):
        asked(maker, f"{number} {LONG}", amount_fen=10**number)
    trail.alarm(
        "sign_in_refused", actor=Actor(kind="officer", id=str(maker.person.pk)),
        now=clock.now(), subject=f"approval:{one.pk}", reason=LONG,
    )  # fmt: skip
    return [
        ("home", "/console/"),
        ("approvals", "/console/approvals"),
        ("approvals-none", "/console/approvals?show=asked"),
        ("approval", f"/console/approvals/{one.pk}"),
        ("verdict", f"/console/approvals/{one.pk}/refused"),
        ("voucher", f"/console/approvals/{one.pk}/voucher"),
        ("loads", "/console/loads"),
        ("incidents", "/console/incidents"),
        ("set-aside", "/console/set-aside"),
        ("keys", "/console/keys"),
        ("channel-keys", "/console/channel-keys"),
        ("duties", "/console/duties"),
        ("alarms", "/console/alarms"),
        ("trail", "/console/trail"),
        ("trail-wrong", "/console/trail?id=nonsense"),
        ("subject", f"/console/trail/{one.pk}"),
        ("not-found", "/console/nowhere"),
        ("sandbox", "/sandbox/"),
    ]


@pytest.mark.parametrize(("width", "look", "language"), LOOKS)
def test_every_page_fits_and_axe_finds_nothing_serious(
    visit: Visit, picture: Picture, maker: Seated, width: int, look: str, language: str
) -> None:
    seats.fill(clock.now())
    officer = seat(
        (roles.FINANCE_OFFICER, None), (roles.SECURITY_OFFICER, None), name="钱多多 Nathaniel"
    )
    page = visit(officer, width=width, look=look, language=language)
    found: dict[str, Any] = {}
    for name, path in places(maker):
        page.goto(path)
        picture(page, f"{name}-{width}-{look}-{language}")
        wrong = faults(page) + too_narrow(page)
        if wrong:
            found[name] = wrong
    assert found == {}


def test_large_type_and_the_choice_of_looks_without_scripts(visit: Visit, maker: Seated) -> None:
    page = visit(maker, width=320)
    page.route(re.compile(r"\.js$"), lambda route: route.abort())
    page.goto("/console/approvals?show=all")
    page.locator(".menu summary").last.click()
    page.get_by_role("button", name="大字").click()
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    page.wait_for_load_state("load")
    assert fits(page)
    page.locator(".menu summary").first.click()
    assert fits(page)
    page.locator(".menu summary").first.click()
    page.locator(".menu summary").last.click()
    assert fits(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.wait_for_load_state("load")
    assert fits(page)
    page.locator(".menu summary").first.focus()
    page.keyboard.press("Enter")
    folded = page.get_by_role("link", name="Reserve outflow")
    expect(folded).to_be_hidden()
    reach(page, "at.textContent.trim() === 'Money'")
    page.keyboard.press("Enter")
    expect(folded).to_be_visible()
    page.evaluate("document.querySelectorAll('.sheet details').forEach(one => one.open = true)")
    assert page.evaluate(TWO_LINES) == []
    assert fits(page)
    reach(page, "at.textContent.trim() === 'Reserve outflow'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/custody/outflows")
    page.locator(".menu summary").first.click()
    expect(page.locator(".sheet [aria-current]")).to_be_visible()


def test_a_first_page_weighs_less_than_a_hundred_kilobytes(visit: Visit, maker: Seated) -> None:
    asked(maker)
    page = visit(maker)
    weights: list[int] = []
    hosts: set[str] = set()
    page.on("response", lambda answer: weights.append(len(answer.body())))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto("/console/approvals?show=all", wait_until="networkidle")
    assert 0 < sum(weights) < HEAVIEST
    assert len(hosts) == 1
