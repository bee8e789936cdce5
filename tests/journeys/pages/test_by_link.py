"""Pages that a link alone opens, in a real browser: the code for every wallet and what follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gateway.payments.models import Payment
from gateway.topup import scanning
from tests.gateway.web.citizens import signed
from tests.journeys.pages.looking import LOOKS, Picture, Visit, axed, sound, words_in
from tests.journeys.pages.test_topping_up import paid, placed
from tests.support.province import Province

WECHAT = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.60"
FORM = {"action": "https://gateway.95516.com/pay", "fields": {"orderId": "1", "txnAmt": "5000"}}


@axed("scan", "scan-back")
@pytest.mark.parametrize(("width", "look", "language"), LOOKS)
def test_who_scans_chooses_pays_and_is_told(
    province: Province, visit: Visit, picture: Picture, width: int, look: str, language: str
) -> None:
    say, me = words_in(language), signed()
    topup, inside = placed(province, me), placed(province, me)
    link = f"/pay/{scanning.token_of(topup)}"
    page = visit(width=width, look=look, language=language)

    def seen(name: str) -> None:
        sound(page)
        picture(page, f"link-{name}-{width}-{look}-{language}")

    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(say("选择付款方式"))
    seen("choice")
    page.goto(f"{link}/back")
    expect(page.get_by_text(say("还没有收到支付机构确认的付款。"))).to_be_visible()
    seen("waiting")
    page.goto(f"/pay/{scanning.token_of(paid(province, me))}/back")
    expect(page.get_by_text(say("这笔充值已经付款。"))).to_be_visible()
    seen("paid")
    page.set_extra_http_headers({"User-Agent": WECHAT})
    page.goto(f"/pay/{scanning.token_of(inside)}?payer_no=sandbox-payer-1")
    expect(page.get_by_role("button", name=say("去付款"))).to_be_visible()
    seen("inside")
    Payment.objects.filter(patron_id=inside.id).update(offer={"form": FORM})
    page.goto(f"/pay/{scanning.token_of(inside)}?payer_no=sandbox-payer-1")
    assert page.locator("form.panel").get_attribute("action") == FORM["action"]
    seen("form")
    assert province.faults() == []
