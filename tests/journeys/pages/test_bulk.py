"""企业批量充值 in a real browser: a list, its verdicts, two officers, an employee at a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from accounts import cards, clock
from accounts.actors import WORKER
from accounts.models import Operator
from gateway.bulk.models import BulkOrder
from gateway.invoice.models import Invoice, InvoiceSeller
from gateway.topup.models import TopUp
from tests.gateway.bulk.sheets import text, workbook
from tests.gateway.bulk.world import World, a_credit_code
from tests.gateway.web.citizens import Signed, signed
from tests.journeys.pages.looking import Picture, Visit, holding, sound
from tests.journeys.pages.test_card_services import a_card, a_city

UNIT = "试验省直管县级市公共交通设施建设与运营维护管理集团有限责任公司第三分公司"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def city(lasting_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return a_city()


def a_file(content: bytes, name: str = "三月交通补贴名单（最终版）.csv") -> FilePayload:
    return FilePayload(
        name=name, mimeType=XLSX if name.endswith("x") else "text/csv", buffer=content
    )


def a_list(city: Operator, employee: Signed) -> tuple[list[tuple[str, str, Any]], str]:
    """Three that can be topped up and four that cannot; the card that the employee holds."""
    held = a_card(employee, city, named=False).asn[1:]
    family = f"310998{city.pool:06d}7654321"
    lost = a_card(signed(), city, named=True)
    cards.report_lost(lost, actor=WORKER, now=clock.now())
    rows = [
        ("A001 阿卜杜热合曼·买买提江", held, 50), ("A002", family, "100.00"),
        ("A003", f"310998{city.pool:06d}7654322", 30), ("A004", held, 50),
        ("A005 Nathaniel Featherstonehaugh-Cholmondeley", lost.asn[1:], 50),
        ("A006", "9999990212345678901", 50), ("A007", f"310998{city.pool:06d}7654323", 5_000),
    ]  # fmt: skip
    return rows, family


def test_a_list_is_judged_agreed_by_two_and_taken_by_an_employee(
    visit: Visit, picture: Picture, server: str, city: Operator
) -> None:
    employee = signed()
    world, (rows, family) = World(city.pool), a_list(city, employee)
    desk = visit(world.maker_seat, width=1280)
    checker = visit(world.checker_seat, width=390, look="dark", language="en")
    _registered(desk, checker, picture)
    order = _brought(desk, city, rows, picture)
    _decided(desk, checker, order, picture)
    world.pays(order, order.amount_fen)
    _invoiced(desk, order, picture)
    _taken(holding(visit, server, employee, width=390), employee, family, picture)
    english = holding(visit, server, employee, width=1280, language="en")
    english.goto(f"/records/{order.rows.get(line_no=2).pk}")
    sound(english)
    picture(english, "bulk-employee-tracker-1280-en")
    for page, name in ((desk, "1280-zh"), (checker, "390-dark-en")):
        page.goto(f"/console/bulk/orders/{order.pk}")
        expect(page.locator(".legend")).to_be_visible()
        sound(page)
        picture(page, f"bulk-shared-{name}")
        page.goto("/console/bulk")
        sound(page)
        picture(page, f"bulk-orders-{name}")


def _registered(desk: Page, checker: Page, picture: Picture) -> None:
    """One officer asks for the unit, refused while its code does not check; another agrees."""
    desk.goto("/console/bulk")
    desk.get_by_role("link", name="登记单位…").click()
    desk.get_by_label("统一社会信用代码").fill("91410100000000000X")
    desk.get_by_label("单位全称").fill(UNIT)
    desk.get_by_role("button", name="提交复核").click()
    expect(desk.get_by_role("alert")).to_contain_text("校验码对不上")
    sound(desk)
    picture(desk, "bulk-register-refused-1280-zh")
    desk.get_by_label("统一社会信用代码").fill(a_credit_code())
    desk.get_by_role("button", name="提交复核").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("登记批量充值单位")
    assert desk.get_by_role("link", name="同意…").count() == 0, "not by one"
    _agreed(checker, desk.url)
    desk.goto("/console/bulk")
    desk.get_by_role("link", name=UNIT).click()


def _agreed(checker: Page, address: str) -> None:
    checker.goto(address)
    sound(checker)
    checker.get_by_role("link", name="Approve…").click()
    checker.get_by_role("button", name="Approve").click()
    expect(checker.locator("h1 + .chip")).to_have_class(re.compile("settled"))


def _brought(
    desk: Page, city: Operator, rows: list[tuple[str, str, Any]], picture: Picture
) -> BulkOrder:
    """The maker uploads the unit's list: refused for a formula, then judged row by row."""
    expect(desk.get_by_role("heading", level=1)).to_have_text(UNIT)
    desk.get_by_label("文件").set_input_files(a_file(workbook([("A1", "=1+1", 50)]), "名单.xlsx"))
    desk.get_by_role("button", name="上传并逐行核对").click()
    expect(desk.get_by_role("alert")).to_contain_text("公式")
    sound(desk)
    picture(desk, "bulk-upload-refused-1280-zh")
    assert not BulkOrder.objects.filter(pool=city.pool).exists(), "nothing was kept"
    desk.get_by_label("文件").set_input_files(a_file(text(rows)))
    desk.get_by_role("button", name="上传并逐行核对").click()
    expect(desk.get_by_text("有 4 行不能充值")).to_be_visible()
    sound(desk)
    picture(desk, "bulk-verdicts-1280-zh")
    return BulkOrder.objects.get(pool=city.pool)


def _decided(desk: Page, checker: Page, order: BulkOrder, picture: Picture) -> None:
    """The maker asks and is offered no verdict; the checker, on a phone and in English, agrees."""
    checker.goto(f"/console/bulk/orders/{order.pk}?show=all")
    sound(checker)
    picture(checker, "bulk-verdicts-390-dark-en")
    desk.get_by_role("link", name="为 3 人提交复核…").click()
    picture(desk, "bulk-ask-1280-zh")
    sound(desk)
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("企业批量充值名单")
    assert desk.get_by_role("link", name="同意…").count() == 0
    picture(desk, "bulk-approval-of-its-maker-1280-zh")
    _agreed(checker, desk.url)
    picture(checker, "bulk-approved-390-dark-en")
    order.refresh_from_db()
    assert order.state == "approved"
    assert not TopUp.objects.filter(pool=order.pool).exists(), "nothing before the money"
    desk.goto(f"/console/bulk/orders/{order.pk}")
    expect(desk.get_by_text("等单位付款")).to_be_visible()
    sound(desk)
    picture(desk, "bulk-waits-for-money-1280-zh")


def _invoiced(desk: Page, order: BulkOrder, picture: Picture) -> None:
    """An invoice to the unit is asked for once, and is on the order's page from then on."""
    desk.goto(f"/console/bulk/orders/{order.pk}")
    assert desk.get_by_role("link", name="给单位开发票…").count() == 0, "no office, no invoice"
    InvoiceSeller.objects.create(
        pool=order.pool, name="试验公交卡公司", taxpayer_no="91330100799655058B", office="contract",
        base_url="https://127.0.0.1", key_id="1", signing_key_secret="none",
    )  # fmt: skip
    desk.reload()
    desk.get_by_role("link", name="给单位开发票…").click()
    expect(desk.locator("dl.facts")).to_contain_text(order.enterprise.credit_code)
    sound(desk)
    picture(desk, "bulk-invoice-asking-1280-zh")
    desk.get_by_role("button", name="申请开票").click()
    expect(desk.get_by_role("heading", name="给单位的发票")).to_be_visible()
    assert desk.get_by_role("link", name="给单位开发票…").count() == 0
    made = Invoice.objects.get(bulk_order=order)
    assert (made.title_name, made.amount_fen) == (order.enterprise.name, order.amount_fen)


def _taken(phone: Page, me: Signed, family: str, picture: Picture) -> None:
    """Their own card's claim waits on the first page; a card added later brings one to take."""
    phone.goto("/")
    expect(phone.get_by_text("已付款，没写卡")).to_be_visible()
    cards.add(me.person, family, clock.now())
    phone.goto("/")
    expect(phone.get_by_role("heading", name="单位为您充值")).to_be_visible()
    sound(phone)
    picture(phone, "bulk-employee-home-390-zh")
    phone.get_by_role("button", name="收下这笔").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("100.00")
    sound(phone)
    picture(phone, "bulk-employee-tracker-390-zh")
    assert TopUp.objects.filter(person=me.person, state="paid").count() == 2
