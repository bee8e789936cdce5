"""A day's statement tells exactly what the host's own book tells, or nothing at all."""

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.channels.errors import (
    AnswerUnreadable,
    BillNotReady,
    BillNotThere,
    BillUnreadable,
    ChannelMisconfigured,
    WishRefused,
)
from gateway.channels.port import BillKind
from gateway.channels.registry import adapter
from gateway.sandbox.unionpay_host import statements
from gateway.sandbox.unionpay_host.told import settlement_day

unionpay = adapter("unionpay")


@pytest.fixture
def day(us):
    """The settlement day of what is done now; the clock then stands at noon of the day after."""
    return date.fromisoformat(settlement_day(us.state.book.now()))


def fetched(us, day):
    until = 24 * 3600 * (2 + (day - us.now().date()).days)
    us.state.book.move_clock(max(0, until))
    request = unionpay.bill_request(us.merchant, day, now=us.now(), nonce="")
    return unionpay.read_bill_link(us.merchant, us.carry(request), day=day, now=us.now())


def lines(us, link):
    return list(unionpay.read_bill(us.merchant, io.BytesIO(link.content), link=link))


def test_payments_and_refunds_are_told_to_the_fen(us, day):
    first, second = us.paid(), us.paid()
    back = us.refund_wish(first, 2000)
    us.refund(back)
    us.state.book.move_clock(2)
    us.state.work()
    link = fetched(us, day)
    one, other, refund = lines(us, link)
    assert [line.order_no for line in (one, other)] == [first.order_no, second.order_no]
    assert {line.kind for line in (one, other)} == {BillKind.PAYMENT}
    assert (one.amount_fen, one.settled_fen, one.fee_in_100000) == (5000, 5000, 30 * 1000)
    assert one.day == day
    assert refund.kind is BillKind.REFUND
    assert (refund.order_no, refund.refund_no) == (first.order_no, back.refund_no)
    assert (refund.amount_fen, refund.transaction_no) == (2000, one.transaction_no)


def test_nothing_traded_is_not_the_same_as_not_made_yet(us):
    today = us.now().date()
    yesterday = today - timedelta(days=1)
    request = unionpay.bill_request(us.merchant, yesterday, now=us.now(), nonce="")
    answer = us.carry(request)
    early = us.now().replace(hour=1)
    late = early.replace(hour=12)
    with pytest.raises(BillNotReady):
        unionpay.read_bill_link(us.merchant, answer, day=yesterday, now=early)
    with pytest.raises(BillNotThere):
        unionpay.read_bill_link(us.merchant, answer, day=yesterday, now=late)
    with pytest.raises(WishRefused):
        unionpay.bill_request(us.merchant, today + timedelta(days=1), now=us.now(), nonce="")
    with pytest.raises(ChannelMisconfigured):
        unionpay.bill_request(replace(us.merchant, options={}), yesterday, now=us.now(), nonce="")


@pytest.mark.parametrize("switch", ["bill_column_drift", "bill_exceptions", "bill_damaged"])
def test_a_statement_of_another_shape_is_quarantined_whole(us, day, switch):
    us.paid()
    us.state.faults.set({switch: 1})
    link = fetched(us, day)
    with pytest.raises(BillUnreadable) as refused:
        lines(us, link)
    assert str(refused.value)


def test_rows_that_lie_are_told_as_they_are_for_others_to_compare(us, day):
    us.paid()
    us.state.faults.set({"bill_row_extra": 1, "bill_row_amount": 1})
    found = lines(us, fetched(us, day))
    assert [line.amount_fen for line in found] == [5001, 5000]
    assert found[1].order_no == "nobodymademe"


def test_a_file_that_is_not_the_proven_one_is_refused(us, day):
    us.paid()
    link = fetched(us, day)
    other = statements.zipped(us.merchant.merchant_no, day.isoformat(), [], [])
    with pytest.raises(BillUnreadable):
        list(unionpay.read_bill(us.merchant, io.BytesIO(other), link=link))


def test_a_file_cut_inside_its_signed_answer_is_unreadable(us, day):
    from gateway.channels.unionpay import bill

    for content in ("", "AAAA", "eJwDAAAAAAE", "eJwDAAAAAAE=AAAA"):
        with pytest.raises(AnswerUnreadable):
            bill.content_of({"fileContent": content})


def test_a_line_names_the_column_where_it_goes_astray(us, day):
    row = {
        "kind": "S22", "type": "01", "at": "1122115930", "amount": "000000005000",
        "settled": "C000000005000", "fee": "D000000000030", "net": "C000000004970",
        "query": "1" * 21, "order": "a" * 32, "biz": "000201",
        "merchant": us.merchant.merchant_no, "reserved": "",
    }  # fmt: skip
    good = statements.line(row)
    astray = good[:3] + b"x" + good[4:]
    for bad, told in (
        (astray, "交易代码"),
        (statements.line(row | {"type": "77"}), "77"),
        (statements.line(row | {"amount": "00000000500x"}), "交易金额"),
        (statements.line(row | {"fee": "X000000000030"}), "商户手续费"),
        (statements.line(row | {"merchant": "777290058110999"}), "another merchant"),
        (statements.line(row | {"query": ""}), "查询流水号"),
        (good[:-1], "bytes"),
    ):
        packed = statements.zipped(us.merchant.merchant_no, day.isoformat(), [bad], [])
        link = _proven(day, packed)
        with pytest.raises(BillUnreadable, match=told):
            list(unionpay.read_bill(us.merchant, io.BytesIO(packed), link=link))


def _proven(day, content):
    from gateway.channels.unionpay import bill

    return bill.link_of(day, content)
