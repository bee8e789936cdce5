"""银联: what only this channel does to a citizen's money, and what must come of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from accounts import clock, duties, kept_files
from accounts.models import SecurityEvent
from gateway.payments.bills import reconciling, taking
from gateway.payments.models import Bill, BillFile, BillLine, Disagreement, Notice, Refund
from gateway.sandbox.unionpay_host.switches import FORGED
from tests.support.province import Province, order_no, payment_id
from tests.support.talk import Talk


@pytest.fixture
def channel() -> str:
    return "unionpay"


def state_of(province: Province, citizen: Any, topup: dict[str, Any]) -> str:
    return str(citizen.get(f"topups/{topup['id']}").body["state"])


def carried_by_a_browser(form: dict[str, Any]) -> str:
    """The page that a browser sees after posting the form."""
    body = urlencode(form["fields"]).encode()
    with urlopen(Request(form["action"], data=body, method="POST")) as page:
        return str(page.read().decode())


def test_a_code_is_scanned_and_paid_and_the_card_is_loaded(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.order(citizen, talk.card)
    assert topup["payments"][0]["offer"]["code_url"].startswith("https://qr.95516.com/")
    [push] = province.pay(topup)
    assert province.deliver(push) == 200
    assert state_of(province, citizen, topup) == "placed", "a notice only hastens"
    duties.work(clock.now())
    assert state_of(province, citizen, topup) == "paid"
    assert talk.load(topup).body["outcome"] == "loaded"
    assert province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


def test_a_browser_carries_the_order_which_nobody_there_knew_before(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card(), scene="h5")
    form = topup["payments"][0]["offer"]["form"]
    assert form["action"].endswith("/gateway/api/frontTransReq.do")
    province.ask(topup)
    assert state_of(province, citizen, topup) == "placed"
    assert order_no(topup) in carried_by_a_browser(form)
    province.pay(topup)
    province.ask(topup, now=clock.now() + timedelta(minutes=1))
    assert state_of(province, citizen, topup) == "paid"
    assert province.faults() == []


def test_a_form_changed_on_its_way_is_refused_there(province: Province) -> None:
    topup = province.order(province.citizen(), province.card(), scene="h5")
    form = topup["payments"][0]["offer"]["form"]
    form["fields"]["txnAmt"] = "1"
    assert "11 验证签名失败" in carried_by_a_browser(form)
    with pytest.raises(KeyError):
        province.wallet.order(order_no(topup))


def test_the_control_in_our_app_gets_its_number(province: Province) -> None:
    topup = province.order(province.citizen(), province.card(), scene="app")
    offer = topup["payments"][0]["offer"]
    assert offer["client_params"] == {"tn": offer["prepay_id"]}


@pytest.mark.parametrize("code", ["03", "04", "05", "42", "ZZ"])
def test_an_undecided_code_moves_nothing_until_the_money_is_certain(
    province: Province, code: str
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    province.wallet.faults(answer_undecided={"times": 2, "code": code})
    for minutes in (0, 40):
        province.ask(topup, now=clock.now() + timedelta(minutes=minutes))
        assert state_of(province, citizen, topup) == "placed", "even after its time"
        assert province.balance_fen("received", payment_id(topup)) == 0
    province.ask(topup, now=clock.now() + timedelta(minutes=50))
    assert state_of(province, citizen, topup) == "paid"
    assert province.faults() == []


def test_a_refund_is_taken_first_and_done_later(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    province.wallet.faults(undecided={"times": 1, "on": "refund", "code": "03"})
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    duties.work_one("refund.carry", refund.id, clock.now())
    assert state_of(province, citizen, topup) == "refunding"
    province.carry_refunds(topup)
    assert state_of(province, citizen, topup) == "refunded"
    [there] = [r for r in province.wallet.book()["refunds"] if r["order_no"] == order_no(topup)]
    assert (there["amount_fen"], there["state"]) == (5_000, "DONE")
    assert province.faults() == []


def test_a_refund_that_came_to_nothing_there_is_set_aside(province: Province) -> None:
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    province.wallet.faults(refund_fails=1)
    citizen.post(f"topups/{topup['id']}/refund")
    province.carry_refunds(topup)
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    assert refund.state == "abnormal"
    assert state_of(province, citizen, topup) == "refunding"
    assert province.faults() == []


def test_paid_after_its_time_goes_straight_back(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert state_of(province, citizen, topup) == "expired"
    [push] = province.pay(topup, late=True)
    assert province.deliver(push) == 200
    duties.work(clock.now())
    province.carry_refunds(topup)
    payment = province.payment(topup)
    assert (payment.state, payment.paid_fen, payment.refunding_fen) == ("confirmed", 5_000, 5_000)
    assert state_of(province, citizen, topup) == "expired"
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert province.faults() == []


def test_a_failed_attempt_does_not_end_an_order_but_its_time_does(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.act("fail", order_no=order_no(topup))
    province.ask(topup)
    assert state_of(province, citizen, topup) == "placed"
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert state_of(province, citizen, topup) == "expired"


@pytest.mark.parametrize("how", FORGED)
def test_a_notice_under_a_forged_certificate_raises_an_alarm_and_moves_nothing(
    province: Province, how: str
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.faults(**{f"notice_forged_{how}": 1})
    [push] = province.pay(topup)
    assert province.deliver(push) == 500
    [kept] = Notice.objects.filter(merchant=province.payment(topup).merchant)
    assert (kept.state, kept.verdict) == ("refused", "notice_signature_wrong")
    alarms = SecurityEvent.objects.filter(subject=kept.merchant.merchant_no, code=kept.verdict)
    assert alarms.count() == 1
    assert state_of(province, citizen, topup) == "placed"


def test_the_same_push_twice_is_counted_and_books_once(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.faults(duplicate_notice=1)
    first, *others = province.pay(topup) + province.pushes(1)
    assert [push.body for push in others] == [first.body]
    assert {province.deliver(push) for push in (first, *others, first)} == {200}
    duties.work(clock.now())
    [kept] = Notice.objects.filter(merchant=province.payment(topup).merchant)
    assert (kept.deliveries, kept.state) == (3, "applied")
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.faults() == []


@pytest.mark.parametrize(
    "switch", ["notice_wrong_merchant", "notice_wrong_currency", "notice_wrong_amount"]
)
def test_a_notice_that_lies_about_the_payment_never_books(province: Province, switch: str) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.faults(**{switch: 1})
    [push] = province.pay(topup)
    province.deliver(push)
    duties.work(clock.now())
    expected = "contested" if switch == "notice_wrong_amount" else "offered"
    assert province.payment(topup).state == expected
    assert state_of(province, citizen, topup) == "placed"
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert province.faults() == []


@pytest.mark.parametrize(
    "switch",
    [
        "answer_unsigned",
        "answer_bad_signature",
        "answer_truncated",
        "answer_wrong_merchant",
        "answer_wrong_currency",
        "answer_forged_self_signed",
        "refusal_unsigned",
        "no_gateway",
        "busy",
        "no_answer",
    ],
)
def test_an_answer_that_proves_nothing_decides_nothing(province: Province, switch: str) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    province.wallet.faults(**{switch: {"times": 1, "on": "query"}})
    province.ask(topup)
    assert province.payment(topup).state == "offered"
    assert state_of(province, citizen, topup) == "placed"
    province.wallet.behave()
    province.ask(topup, now=clock.now() + timedelta(minutes=1))
    assert state_of(province, citizen, topup) == "paid"
    assert province.faults() == []


@pytest.mark.parametrize(("switch", "state"), [("", "stored"), ("bill_exceptions", "quarantined")])
def test_a_days_statement_comes_with_the_answer_and_is_taken_whole_or_not_at_all(
    province: Province,
    running: Callable[[str], tuple[Any, Path]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    switch: str,
    state: str,
) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    topup = province.order(province.citizen(), province.card())
    province.pay(topup)
    with closing(sqlite3.connect(running("unionpay")[1] / "book.sqlite3", timeout=10)) as book:
        book.execute(
            "UPDATE orders SET paid_at = paid_at - 172800 WHERE order_no = ?", (order_no(topup),)
        )
        book.commit()
    province.ask(topup)
    payment = province.payment(topup)
    assert payment.state == "confirmed"
    taking.expect(clock.now(), pool=province.pool)
    bill = Bill.objects.get(merchant__pool=province.pool, day=payment.settlement_day)
    if switch:
        province.wallet.faults(**{switch: 1})
    taking.fetch(bill.id, now=clock.now())
    bill.refresh_from_db()
    assert bill.state == state
    [file] = BillFile.objects.filter(bill=bill)
    with kept_files.opened(file.sha256) as kept:
        assert kept.read(2) == b"PK"
    if not switch:
        assert reconciling.apply(bill.id, now=clock.now())
        assert not Disagreement.objects.filter(payment_id=payment.id).exists()
        [line] = BillLine.objects.filter(bill=bill)
        assert (line.order_no, line.amount_fen, line.fee_in_100000) == (
            payment.order_no,
            5_000,
            30_000,
        )
    assert province.faults() == []
