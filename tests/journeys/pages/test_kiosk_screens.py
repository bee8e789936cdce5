"""The reference kiosk's own screens, as people meet them: 1080 by 1920, without a mouse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts import clock, duties
from gateway.payments.models import Payment
from gateway.topup import scanning
from gateway.topup.models import TopUp
from tests.house.source import ROOT
from tests.journeys.pages.looking import Visit, faults, fits, small_targets, too_narrow
from tests.support.pools import wind_down
from tests.support.province import Province
from tests.support.reference_kiosk import Place

Take = Callable[[Page, str], None]
AGAIN = ("--again-seconds", "0.2")


@pytest.fixture
def place(province: Province, server: str, tmp_path: Path) -> Iterator[Place]:
    made = Place.new(province, url=server, directory=tmp_path / "kiosk", quota_fen=100_000)
    yield made
    made.cabinet.close()


class Program:
    """The kiosk as it is really started."""

    def __init__(self, place: Place, *more: str) -> None:
        words = [sys.executable, "-m", "gateway.sandbox.reference_kiosk", *place.arguments(*more)]
        words.remove(f"--code={place.code}")
        self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def kiosk(place: Place) -> Iterator[Program]:
    started = Program(place, *AGAIN)
    yield started
    started.kill()


def test_the_screens_of_a_day(
    place: Place, kiosk: Program, browser: Browser, visit: Visit, picture: Take
) -> None:
    page = standing_before(kiosk, browser)
    heading = page.get_by_role("heading", level=1)
    stands = partial(shown, page, picture)

    stands("输入启用码", "setup")
    page.keyboard.type(place.code)
    page.keyboard.press("Enter")
    stands("请把卡平放在读卡区", "idle")
    live = page.locator("[aria-live=assertive]")
    expect(live).to_contain_text("请把卡平放在读卡区")

    card = place.province.card()
    place.cabinet.lay(card)
    stands("卡内余额", "choice")
    page.keyboard.press("1")
    stands("已放入", "cash-empty")
    assert place.cabinet.insert(5_000)
    expect(live).to_contain_text("¥50.00")
    assert place.cabinet.insert(2_000)
    expect(live).to_contain_text("¥70.00")
    stands("已放入", "cash")
    page.keyboard.press("1")
    stands("充值成功，已写到卡上", "done")
    expect(live).to_contain_text("卡内余额 ¥70.00")
    assert card.state.balances["2"] == place.cash_fen() == 7_000
    lines, tracker = place.cabinet.things.slips[-1]
    assert "金额 70.00 元" in lines
    assert tracker.startswith(f"{place.url}/r/")

    # in English, by scanning: the phone pays, the kiosk writes by itself
    page.keyboard.press("1")
    place.cabinet.lift()
    page.keyboard.press("0")
    stands("Lay your card on the reader", "idle-en")
    place.cabinet.lay(card)
    stands("Balance on the card", "choice-en")
    page.keyboard.press("2")
    stands("How much?", "amounts-en")
    page.keyboard.press("2")
    stands("Scan to pay", "pay-en")
    pay_by_phone(place.province, card.state.asn)
    stands("Done: it is on your card", "done-en")
    assert card.state.balances["2"] == 9_000

    # torn away, laid down again
    page.keyboard.press("1")
    place.cabinet.lift()
    page.keyboard.press("0")
    citizen = place.province.citizen()
    place.province.paid(citizen, card, 3_000)
    place.cabinet.tear_at("8052", "!tear-after")
    place.cabinet.lay(card)
    expect(page.get_by_role("button", name="领取 ¥30.00")).to_be_visible()
    stands("卡内余额", "choice-order")
    page.keyboard.press("1")
    expect(heading).to_have_text("请把同一张卡再放一次")
    stands("请把同一张卡再放一次", "doubt")
    slip = scanned(place, visit(width=390), "没写完，再贴一次", picture)
    place.cabinet.lay(card)
    expect(live).to_contain_text("上次的充值已核对：已写到卡上。")
    stands("卡内余额", "choice-repaired")
    assert place.doubts() == 0
    desk = visit(width=1280, language="en", look="dark")
    assert scanned(place, desk, "On the card", picture) == slip
    on_paper(desk, picture)
    page.keyboard.press("3")
    place.cabinet.lift()

    # the keepers
    place.cabinet.things.unlocked = True
    page.keyboard.press("F9")
    stands("管理员", "keepers")
    page.keyboard.press("1")
    expect(live).to_contain_text("交接单已打印")
    page.keyboard.press("2")
    expect(live).to_contain_text("日结一致。")
    page.keyboard.press("3")
    stands("本机已签退", "closed")
    assert place.cash_fen() == place.stacked_fen() == 7_000
    assert place.province.faults() == []
    page.close()


def test_cash_that_cannot_be_loaded_is_told_at_the_machine(
    place: Place, kiosk: Program, browser: Browser, picture: Take
) -> None:
    page = standing_before(kiosk, browser)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("输入启用码")
    page.keyboard.type(place.code)
    page.keyboard.press("Enter")
    expect(heading).to_have_text("请把卡平放在读卡区")
    place.cabinet.lay(place.province.card())
    expect(heading).to_have_text("卡内余额")
    page.keyboard.press("1")
    expect(heading).to_have_text("已放入")
    assert place.cabinet.insert(5_000)
    expect(page.locator("[aria-live=assertive]")).to_contain_text("¥50.00")
    wind_down(place.province.pool, place.first, place.second)
    page.keyboard.press("1")
    shown(page, picture, "现金已收，没能充到卡上", "kept")
    assert "已收现金 50.00 元" in place.cabinet.things.slips[-1][0]
    page.close()


def standing_before(kiosk: Program, browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1080, "height": 1920}, reduced_motion="reduce")
    page.goto(kiosk.url)
    return page


def shown(page: Page, picture: Take, text: str, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    assert faults(page) == [], name
    assert fits(page)
    assert small_targets(page) == []
    picture(page, f"kiosk-{name}")


def scanned(place: Place, page: Page, said: str, picture: Take) -> str:
    """The page behind the newest slip's code, in a browser of a stranger's; its address."""
    address = place.cabinet.things.slips[-1][1]
    page.goto(address)
    expect(page.locator(".chip")).to_have_text(said)
    assert place.kiosk.place in page.locator(".facts").inner_text()
    assert faults(page) == []
    assert too_narrow(page) == []
    assert small_targets(page) == []
    picture(page, f"receipt-link-{page.evaluate('innerWidth')}")
    return address


def on_paper(page: Page, picture: Take) -> None:
    """Printed it is the receipt alone: black on white, without what is only pressed."""
    page.emulate_media(media="print")
    expect(page.locator(".receipt")).to_be_visible()
    for pressed in ("header", "[data-print]", ".looks"):
        assert not page.locator(pressed).is_visible(), pressed
    for printed in (".amount", ".chip"):
        expect(page.locator(f".receipt {printed}")).to_have_css("color", "rgb(0, 0, 0)")
    picture(page, "receipt-link-paper")


def pay_by_phone(province: Province, asn: str) -> None:
    """Somebody scans the code with a phone and pays."""
    topup = TopUp.objects.get(card__asn=asn, state="placed")
    path = f"/pay/{scanning.token_of(topup)}"
    begun = Client().post(urlsplit(path).path, {"channel": "wechatpay"})
    assert begun.status_code < 400, begun.content
    payment = Payment.objects.get(patron_id=topup.id)
    assert payment.offer is not None
    province.wallet.open(payment.offer)
    province.wallet.pay(payment.order_no)
    assert duties.work_one("payment.query", payment.id, clock.now())
