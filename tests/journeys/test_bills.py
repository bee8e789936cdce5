"""A channel's bill of a day: evidence of money, costs of the company, or a file set aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts import clock, duties, kept_files
from accounts.models import Duty, SecurityEvent
from gateway.channels.errors import BillNotReady
from gateway.payments.bills import reconciling, storing, taking
from gateway.payments.decisions import deciding
from gateway.payments.decisions.deciding import Choice, Matter
from gateway.payments.models import (
    Bill,
    BillFile,
    BillLine,
    ChannelCost,
    Disagreement,
    Evidence,
    MerchantAccount,
    Payment,
    Refund,
)
from tests.journeys.test_deciding import decide, officer
from tests.support.province import Province, order_no, payment_id

BACK = 2


@pytest.fixture(autouse=True)
def kept_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def books(running: Callable[[str], tuple[Any, Path]], channel: str) -> Path:
    """Where the channel's own book lies, so that a test can move what it booked."""
    return running(channel)[1]


@pytest.fixture
def day() -> date:
    return clock.business_day(clock.now()) - timedelta(days=BACK)


@pytest.fixture
def bill(province: Province, day: date) -> Bill:
    """The row of the day's bill of this province's one account."""
    now = clock.now()
    taking.expect(now, pool=province.pool)
    of_account = Bill.objects.filter(merchant__pool=province.pool)
    for other in of_account.exclude(day=day):
        duties.settle("bill.fetch", other.id, now=now)  # nobody else's sweep is to meet them
    return of_account.get(day=day)


def earlier(books: Path, number: str) -> None:
    """What the wallet booked today under this order, it booked two days ago."""
    shift(books, "UPDATE orders SET paid_at = paid_at - ? WHERE order_no = ?", number)


def paid(province: Province, books: Path, amount_fen: int = 5_000) -> dict[str, Any]:
    """Paid two days ago, and booked then."""
    topup = province.order(province.citizen(), province.card(), amount_fen)
    province.pay(topup)
    earlier(books, order_no(topup))
    province.ask(topup)
    return topup


def fetched(bill: Bill) -> Bill:
    taking.fetch(bill.id, now=clock.now())
    bill.refresh_from_db()
    return bill


def applied(bill: Bill) -> Bill:
    fetched(bill)
    assert reconciling.apply(bill.id, now=clock.now())
    return bill


def balances(province: Province, day: date) -> dict[str, int]:
    """Every account that a day's settlement moves, in fen."""
    return {
        "receivable": province.balance_fen("channel_receivable", f"wechatpay:{day}"),
        "bank": province.balance_fen("bank_reserve", "reserve-1"),
        "cover due": province.balance_fen("own_cover_due", "fee"),
        "due to reserve": province.balance_fen("due_to_reserve", "fee"),
        "fee expense": province.balance_fen("fee_expense", "wechatpay"),
        "income in reserve": province.balance_fen("own_income_in_reserve", "fee:wechatpay"),
        "due from reserve": province.balance_fen("due_from_reserve", "fee:wechatpay"),
    }


NOTHING = dict.fromkeys(
    (
        "receivable",
        "bank",
        "cover due",
        "due to reserve",
        "fee expense",
        "income in reserve",
        "due from reserve",
    ),
    0,
)


def test_a_bill_is_owed_once_for_each_account_and_day_at_its_hour(
    province: Province, bill: Bill, day: date
) -> None:
    assert taking.expect(clock.now(), pool=province.pool) == 0, "again is once"
    rows = Bill.objects.filter(merchant__pool=province.pool)
    assert rows.count() == taking.LOOK_BACK_DAYS
    account = MerchantAccount.objects.get(pool=province.pool)
    ready = taking.ready_at(account, day).astimezone(clock.SHANGHAI)
    assert (ready.date(), ready.hour, ready.minute) == (day + timedelta(days=1), 10, 5)
    account.options = {"bill_ready": "08:30"}
    ready = taking.ready_at(account, day).astimezone(clock.SHANGHAI)
    assert (ready.hour, ready.minute) == (8, 30)
    yesterday = Bill.objects.get(merchant=account, day=day + timedelta(days=BACK - 1))
    duty = Duty.objects.get(kind="bill.fetch", subject_id=yesterday.id)
    account.options = {}
    assert duty.due_at >= taking.ready_at(account, yesterday.day)


def test_a_bill_is_taken_whole_with_its_file_and_again_is_nothing_new(
    province: Province, books: Path, bill: Bill, kept_dir: Path
) -> None:
    topups = [paid(province, books, fen) for fen in (700, 5_000, 100)]
    fetched(bill)
    assert (bill.state, bill.lines) == ("stored", 3)
    lines = BillLine.objects.filter(bill=bill).order_by("line_no")
    assert [line.order_no for line in lines] == [order_no(topup) for topup in topups]
    assert [line.amount_fen for line in lines] == [700, 5_000, 100]
    assert {line.kind for line in lines} == {"payment"}
    [file] = BillFile.objects.filter(bill=bill)
    with kept_files.opened(file.sha256) as kept:
        assert len(kept.read()) == file.size_bytes > 0
    for _ in range(2):
        fetched(bill)
    assert BillFile.objects.filter(bill=bill).count() == 1
    assert BillLine.objects.filter(bill=bill).count() == 3
    assert [one.name for one in kept_dir.rglob("*") if one.is_file()] == [file.sha256]


def test_a_day_without_trade_has_no_bill(province: Province, bill: Bill) -> None:
    applied(bill)
    assert bill.state == "nothing"
    assert not ChannelCost.objects.filter(bill=bill).exists()
    assert deciding.set_aside(province.pool, clock.now()) == []


def test_a_bill_that_is_still_being_made_is_asked_for_later(
    province: Province, books: Path, bill: Bill
) -> None:
    paid(province, books)
    province.wallet.faults(bill_creating=1)
    with pytest.raises(BillNotReady):
        taking.fetch(bill.id, now=clock.now())
    assert fetched(bill).state == "stored"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("bill_wrong_hash", "not the one the link named"),
        ("bill_damaged", "cut short"),
        ("bill_summary_wrong", "sums differ"),
        ("bill_column_drift", "the columns are not"),
    ],
)
def test_a_file_that_is_no_bill_is_kept_set_aside_and_books_nothing(
    province: Province, books: Path, bill: Bill, fault: str, told: str
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.pay(topup)
    earlier(books, order_no(topup))
    province.wallet.faults(**{fault: 1})
    applied(bill)
    assert bill.state == "quarantined"
    assert told in bill.difference["what"]
    if fault == "bill_column_drift":
        assert (bill.difference["missing"], bill.difference["unexpected"]) == (
            ["手续费"],
            ["服务费", "新列"],
        )
    assert BillLine.objects.filter(bill=bill).count() == 0
    assert province.payment(topup).state == "offered", "nothing of it was believed"
    [item] = deciding.set_aside(province.pool, clock.now())
    assert item.matter is Matter.BILL_QUARANTINED
    assert BillFile.objects.get(bill=bill).verdict == "unreadable"
    decide(item, Choice.TRY_AGAIN, officer(province), officer(province))
    duties.work(clock.now(), kinds=["bill.fetch", "bill.apply"])
    bill.refresh_from_db()
    assert (bill.state, bill.lines) == ("stored", 1)
    assert province.payment(topup).state == "confirmed"
    assert deciding.set_aside(province.pool, clock.now()) == []
    assert province.faults() == []


def test_another_file_for_a_taken_day_is_told_and_changes_nothing(
    province: Province, books: Path, bill: Bill
) -> None:
    first, second = (paid(province, books) for _ in range(2))
    applied(bill)
    province.wallet.faults(bill_row_amount=1)
    fetched(bill)
    assert bill.state == "changed"
    assert bill.difference == {
        "lines_before": 2,
        "lines_now": 2,
        "differing": 1,
        "first": [
            {
                "what": "differs",
                "kind": "payment",
                "order_no": order_no(first),
                "amount_fen": [5_000, 5_001],
                "fee_in_100000": [30_000, 30_000],
            }
        ],
    }
    amounts = BillLine.objects.filter(bill=bill).values_list("amount_fen", flat=True)
    assert sorted(amounts) == [5_000, 5_000], "the lines that were taken stay"
    assert SecurityEvent.objects.filter(code="bill_changed", subject=str(bill.id)).count() == 1
    [item] = deciding.set_aside(province.pool, clock.now())
    assert item.matter is Matter.BILL_CHANGED
    decide(item, Choice.EXPLAIN, officer(province), officer(province))
    bill.refresh_from_db()
    assert bill.state == "stored"
    assert second


def test_a_paid_line_confirms_what_no_answer_ever_told(
    province: Province, books: Path, bill: Bill
) -> None:
    """The order's time was over and nobody had answered: the money goes straight back."""
    topup = province.order(province.citizen(), province.card())
    province.ask(topup, now=clock.now() + timedelta(minutes=31))
    assert province.payment(topup).state == "closed"
    province.pay(topup, late=True)
    earlier(books, order_no(topup))
    applied(bill)
    payment = province.payment(topup)
    assert (payment.state, payment.allocated_fen, payment.refunding_fen) == ("confirmed", 0, 5_000)
    assert payment.settlement_day == bill.day
    assert Evidence.objects.get(payment=payment).source == "bill"
    province.carry_refunds(topup)
    assert Refund.objects.get(payment=payment).state == "done"
    assert province.faults() == []


def test_a_line_that_contradicts_the_notice_confirms_nothing(
    province: Province, books: Path, bill: Bill
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.wallet.faults(notice_wrong_amount=1)
    for push in province.pay(topup):
        assert province.deliver(push) == 200
    earlier(books, order_no(topup))
    for _ in range(2):
        applied(bill)
        assert province.payment(topup).state == "contested"
        assert Evidence.objects.filter(payment_id=payment_id(topup)).count() == 1
    [item] = deciding.set_aside(province.pool, clock.now())
    assert item.matter is Matter.PAYMENT_CONTESTED
    assert province.balance_fen("received", payment_id(topup)) == 0


def test_what_differs_from_the_book_waits_for_people_line_by_line(
    province: Province, books: Path, bill: Bill
) -> None:
    topups = [paid(province, books) for _ in range(3)]
    province.wallet.faults(bill_row_amount=1, bill_row_extra=1)
    fetched(bill)
    for _ in range(2):
        assert reconciling.apply(bill.id, now=clock.now())
    found = {
        (row.order_no, tuple(row.against))
        for row in Disagreement.objects.filter(pool=province.pool)
    }
    assert found == {
        (order_no(topups[0]), ("amount_fen",)),
        ("nobody-made-me", ("order_no",)),
    }
    assert province.payment(topups[0]).paid_fen == 5_000, "nothing leaves confirmed"
    alarm = SecurityEvent.objects.filter(code="bill_disagrees", subject=str(bill.id)).get()
    assert alarm.facts["counts"] == {"disagrees_amount_fen": 1, "disagrees_order_no": 1}
    items = deciding.set_aside(province.pool, clock.now())
    assert {item.matter for item in items} == {Matter.DISAGREEMENT}
    for item in items:
        decide(item, Choice.EXPLAIN, officer(province), officer(province))
    assert deciding.set_aside(province.pool, clock.now()) == []
    assert province.faults() == []


def test_a_payment_that_the_bill_does_not_know_is_named(
    province: Province, books: Path, bill: Bill
) -> None:
    first, _ = (paid(province, books) for _ in range(2))
    province.wallet.faults(bill_row_missing=1)
    fetched(bill)
    for _ in range(2):
        assert reconciling.apply(bill.id, now=clock.now())
    [row] = Disagreement.objects.filter(pool=province.pool)
    assert (row.payment_id, row.against) == (payment_id(first), ["missing_in_bill"])


def test_a_refund_in_the_bill_is_done_though_no_answer_came(
    province: Province, books: Path, bill: Bill
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    earlier(books, order_no(topup))
    province.ask(topup)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    duties.work_one("refund.carry", refund.id, clock.now())
    province.wallet.advance(2)
    # the wallet gave it back; we never asked again
    earlier_refund(books, refund.refund_no)
    applied(bill)
    refund.refresh_from_db()
    assert refund.state == "done"
    assert province.balance_fen("refunds_in_flight", refund.id) == 0
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
    assert Duty.objects.get(kind="refund.carry", subject_id=refund.id).state == "done"
    assert not Disagreement.objects.filter(pool=province.pool).exists()
    assert province.faults() == []


@pytest.mark.parametrize("listed_on", ["no day", "its day", "the day it was asked for"])
def test_a_refund_that_no_bill_knows_is_named(
    province: Province, books: Path, bill: Bill, listed_on: str
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    earlier(books, order_no(topup))
    province.ask(topup)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    duties.work_one("refund.carry", refund.id, clock.now())
    province.wallet.advance(2)
    earlier_refund(books, refund.refund_no)
    duties.work_one("refund.carry", refund.id, clock.now())
    refund.refresh_from_db()
    assert (refund.state, clock.business_day(refund.done_at)) == ("done", bill.day)
    if listed_on != "its day":  # the channel says done, and lists it otherwise
        later = "UPDATE refund SET done_at = done_at + ? WHERE refund_no = ?"
        shift(books, later, refund.refund_no)
    fetched(bill)
    if listed_on == "the day it was asked for":
        [line] = BillLine.objects.filter(bill=bill)
        asked_on = Bill.objects.get(merchant=bill.merchant, day=bill.day - timedelta(days=1))
        line.id, line.bill, line.kind = uuid4(), asked_on, "refund"
        line.refund_no, line.channel_refund_no = refund.refund_no, "r1"
        BillLine.objects.bulk_create([line])
    for _ in range(2):
        assert reconciling.apply(bill.id, now=clock.now())
    rows = Disagreement.objects.filter(pool=province.pool)
    if listed_on != "no day":
        assert not rows.exists()
        return
    [row] = rows
    assert (row.payment_id, row.against) == (payment_id(topup), ["refund_missing_in_bill"])
    assert row.said["refund_no"] == refund.refund_no
    refund.refresh_from_db()
    assert refund.state == "done", "nothing leaves done"
    assert {one.matter for one in deciding.set_aside(province.pool, clock.now())} == {
        Matter.DISAGREEMENT
    }
    assert province.faults() == []


def earlier_refund(books: Path, refund_no: str) -> None:
    shift(books, "UPDATE refund SET done_at = done_at - ? WHERE refund_no = ?", refund_no)


def shift(books: Path, sql: str, number: str) -> None:
    with closing(sqlite3.connect(books / "book.sqlite3", timeout=30)) as book, book:
        assert book.execute(sql, [BACK * 86_400, number]).rowcount == 1


def test_what_a_day_cost_is_the_companys_line_by_line(
    province: Province, books: Path, bill: Bill, day: date
) -> None:
    """accounting.md: the channel settles net, own money must cover the fee."""
    assert balances(province, day) == NOTHING
    for fen in (10_000, 5_000):
        paid(province, books, fen)
    assert balances(province, day) == NOTHING | {"receivable": 15_000}
    for _ in range(3):
        applied(bill)
    cost = ChannelCost.objects.get(bill=bill)
    assert (cost.gross_fen, cost.refunds_fen, cost.fee_fen, cost.net_fen) == (15_000, 0, 90, 14_910)
    owed = {"cover due": 90, "due to reserve": 90, "fee expense": 90}
    assert balances(province, day) == NOTHING | {"receivable": 14_910} | owed
    assert cost.net_fen == balances(province, day)["receivable"], "what the channel is to pay out"
    assert province.faults() == []


def test_a_fee_that_comes_back_lowers_what_is_still_to_be_covered(
    province: Province, books: Path, bill: Bill, day: date
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card(), 10_000)
    province.pay(topup)
    earlier(books, order_no(topup))
    province.ask(topup)
    paid(province, books, 5_000)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup))
    duties.work_one("refund.carry", refund.id, clock.now())
    province.wallet.advance(2)
    earlier_refund(books, refund.refund_no)
    applied(bill)
    cost = ChannelCost.objects.get(bill=bill)
    assert (cost.gross_fen, cost.refunds_fen, cost.fee_fen, cost.returned_fen) == (
        15_000,
        10_000,
        90,
        60,
    )
    assert (cost.returned_due_fen, cost.net_fen) == (60, 4_970)
    assert balances(province, day) == NOTHING | {
        "receivable": 4_970,
        "cover due": 30,
        "due to reserve": 30,
        "fee expense": 30,
    }
    assert province.faults() == []


def test_ids_of_lines_follow_from_channel_day_and_number(
    province: Province, books: Path, bill: Bill
) -> None:
    paid(province, books)
    fetched(bill)
    [line] = BillLine.objects.filter(bill=bill)
    named = storing.outside_id("wechatpay", bill.day, f"payment:{line.transaction_no}")
    assert line.id == named
    assert Payment.objects.get(order_no=line.order_no).transaction_no == line.transaction_no
