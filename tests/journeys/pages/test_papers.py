"""发票 and 通知 in a real browser: asked for, downloaded, read; phone and desktop, zh and en."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from accounts import clock, duties, roles, trail
from accounts.actors import SYSTEM
from gateway.invoice import asking, issuing, reversing
from gateway.invoice.models import Invoice
from gateway.kiosk import receipts
from gateway.notifying import telling
from gateway.topup import ordering
from gateway.topup.models import TopUp
from tests.gateway.invoice.scene import COMPANY, Scene
from tests.gateway.web.citizens import signed
from tests.journeys.pages.looking import LOOKS, axed, faults, fits, holding, small_targets, words_in
from tests.journeys.pages.looking import sound as every_screen
from tests.support import invoices
from tests.support.kiosks import Standing
from tests.support.officers import seat

Visit = Callable[..., Page]
Picture = Callable[[Page, str], None]


def sound(page: Page) -> None:
    assert faults(page) == []
    assert fits(page)
    assert small_targets(page) == []


@axed(
    "web:invoice-ask", "web:invoice", "web:invoices", "web:notices", "web:notice-settings",
    "receipt-link",
)  # fmt: skip
def test_an_invoice_is_asked_for_kept_and_reversed_and_notices_tell_of_it(
    scene: Scene, visit: Visit, picture: Picture, server: str
) -> None:
    topup = scene.paid()
    me = signed(scene.me.person)
    page = holding(visit, server, me, width=390)
    page.goto(f"/records/{topup['id']}")
    page.get_by_role("link", name="发票").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("开发票")
    page.get_by_label("企业或单位").check()
    page.get_by_label("发票抬头").fill(COMPANY.name)
    page.get_by_label("纳税人识别号").fill("91330100799655058C")
    sound(page)
    page.get_by_role("button", name="申请发票").click()
    expect(page.get_by_role("alert")).to_contain_text("统一社会信用代码")
    picture(page, "invoice-ask-refused-390")
    page.get_by_label("纳税人识别号").fill(COMPANY.taxpayer_no)
    page.get_by_role("button", name="申请发票").click()
    expect(page.get_by_text("发票正在开具")).to_be_visible()
    invoice = Invoice.objects.get(topup_id=topup["id"])
    scene.work(asking.ISSUE, invoice)
    scene.work(issuing.FETCH, invoice)
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-1.4")
    sound(page)
    picture(page, "invoice-issued-390")
    for path, name in (
        (f"/invoices/{invoice.pk}", "invoice"), (f"/records/{topup['id']}/receipt", "receipt"),
        (f"/r/{receipts.token_of(TopUp.objects.get(pk=topup['id']))}", "receipt-link"),
    ):  # fmt: skip
        page.goto(path)
        expect(page.get_by_role("button", name="打印")).to_be_visible()
        if name == "receipt-link":
            sound(page)
        page.emulate_media(media="print")
        picture(page, f"{name}-printed-390")
        left = page.locator(".button, .back, .head, .places, .ways, .bell").locator("visible=true")
        assert left.count() == 0, "what nobody can press on paper is not printed"
        expect(page.locator(".panel dl.facts, .receipt dl.facts").first).to_be_visible()
        page.emulate_media(media="screen")
    page.goto(f"/invoices/{invoice.pk}")

    ordering.give_back(
        UUID(topup["id"]), person=scene.me.person, actor=SYSTEM, because="test", now=clock.now()
    )
    page.reload()
    expect(page.get_by_text("已经无效，正在冲红")).to_be_visible()
    picture(page, "invoice-reversing-390")
    scene.work(reversing.REVERSE, invoice)
    doubtful = TopUp.objects.get(pk=scene.paid()["id"])
    for state in ("loading", "in_doubt"):
        trail.advance(doubtful, to=state, actor=SYSTEM, because="test", now=clock.now())
    for subject, one in (("topup", doubtful.pk), ("invoice", invoice.pk)):
        assert duties.work_one(f"notifying.{subject}", one, clock.now())
    assert telling.tell("invoice", {invoice.pk}, now=clock.now()) == 0
    page.goto("/notices")
    expect(page.locator(".told.new")).to_have_count(5)
    sound(page)
    picture(page, "notices-390")
    page.goto("/me")
    picture(page, "me-390")
    page.goto("/notices/settings")
    page.get_by_label("其它消息也发短信").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    sound(page)
    picture(page, "notice-settings-390")

    old = invoices.in_doubt(TopUp.objects.get(pk=topup["id"]), clock.now() - timedelta(hours=1))
    where = f"/console/invoices/{old.pk}"
    for width, look, language in ((390, "light", "zh"), (1280, "dark", "en")):
        seated = seat((roles.FINANCE_OFFICER, scene.province.pool), name="欧阳锦程 Nathaniel")
        console = visit(seated, width=width, look=look, language=language)
        for path, name in (
            ("/console/invoices", "list"), (where, "one"), (f"{where}/again", "again"),
            (f"{where}/decision", "decision"),
        ):  # fmt: skip
            answer = console.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            picture(console, f"officer-invoices-{name}-{width}-{look}-{language}")
            assert faults(console) == []
            assert fits(console), name
    console.locator("#id_choice").select_option("not_made")
    console.locator("#id_reason").fill("电子税务局查询结果 2026-114")
    console.get_by_role("button", name="Submit").click()
    console.wait_for_url("**/console/approvals/*")
    picture(console, "officer-invoices-proposed-1280-dark-en")

    desk = holding(visit, server, me, width=1280, language="en")
    for path, name in (
        ("/invoices", "invoices"), (f"/invoices/{invoice.pk}", "invoice-reversed"),
        ("/notices", "notices"), ("/notices/settings", "notice-settings"),
    ):  # fmt: skip
        desk.goto(path)
        sound(desk)
        picture(desk, f"{name}-1280-en")
    desk.goto("/notices")
    desk.get_by_role("button", name="tap the card once more").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("50.00")
    expect(desk.locator(".bell .count")).to_have_text("4")
    desk.goto("/notices")
    desk.get_by_role("button", name="Mark all as read").click()
    expect(desk.locator(".bell .count")).to_have_count(0)


@axed("receipt-link", "receipt-invoice")
@pytest.mark.parametrize(("width", "look", "language"), LOOKS)
def test_cash_at_a_kiosk_is_invoiced_for_whoever_holds_its_receipt(
    scene: Scene, visit: Visit, picture: Picture, width: int, look: str, language: str
) -> None:
    say, kiosk = words_in(language), Standing.new(scene.province, quota_fen=20_000)
    opened = kiosk.open_cash(scene.province.card(), 10_000)
    topup = TopUp.objects.get(pk=opened.body["order_id"])
    page = visit(width=width, look=look, language=language)

    def seen(name: str) -> None:
        every_screen(page)
        picture(page, f"cash-invoice-{name}-{width}-{look}-{language}")

    page.goto(f"/r/{receipts.token_of(topup)}/invoice")
    expect(page.get_by_text(say("写到卡上以后才能开发票"))).to_be_visible()
    seen("not-loaded")
    card = scene.province.card()
    proved = kiosk.load_cash(card, 5_000, 2_000)
    topup = TopUp.objects.get(card__asn=card.state.asn)
    page.goto("/r/" + proved.body["receipt"]["qr"].rpartition("/")[2])
    seen("receipt")
    page.get_by_role("link", name=say("发票")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(say("开发票"))
    seen("ask")
    page.get_by_label(say("企业或单位")).check()
    page.get_by_label(say("发票抬头")).fill(COMPANY.name)
    page.get_by_label(say("纳税人识别号")).fill("91330100799655058C")
    page.get_by_role("button", name=say("申请发票")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    seen("refused")
    page.get_by_label(say("纳税人识别号")).fill(COMPANY.taxpayer_no)
    page.get_by_role("button", name=say("申请发票")).click()
    expect(page.get_by_text(say("发票正在开具"))).to_be_visible()
    invoice = Invoice.objects.get(topup=topup)
    scene.work(asking.ISSUE, invoice)
    scene.work(issuing.FETCH, invoice)
    page.reload()
    expect(page.get_by_text(COMPANY.name)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-1.4")
    seen("issued")
    assert scene.province.faults() == []
