"""The sandbox wallet's bills, genuine and spoilt, read by our adapter."""

import io
from datetime import timedelta

import pytest

from gateway.channels.errors import (
    BillNotReady,
    BillNotThere,
    BillUnreadable,
)
from gateway.channels.port import BillKind
from gateway.channels.registry import adapter
from gateway.channels.transport import download
from tests.sandbox.wechat_wallet.process import OurSide, WalletProcess

wechat = adapter("wechatpay")


@pytest.fixture(scope="module")
def day_of_trade(tmp_path_factory, door):
    """A wallet of its own with one day's trade that is over."""
    with WalletProcess(tmp_path_factory.mktemp("bills")) as process:
        process.know_merchant()
        us = OurSide(process, door)
        day = us.wallet_day()
        first = us.paid()
        second, _ = us.create()
        us.wallet.pay(second)
        us.refund(us.refund_wish(first, 2000))
        us.wallet.advance(2)
        us.wallet.advance(us.seconds_to_bill_time())
        yield us, day, {first, second}


def _bill(us, day, **switches):
    us.wallet.behave()
    us.wallet.faults(**switches)
    link = us.bill_link(day)
    sink = io.BytesIO()
    request = wechat.bill_download(us.merchant, link, now=us.now(), nonce=us.nonce())
    answer = download(request, sink, hosts=us.hosts, now=us.now())
    return answer.status, lambda: list(wechat.read_bill(us.merchant, sink, link=link))


def test_the_days_bill_is_the_wallets_own_book(day_of_trade):
    us, day, orders = day_of_trade
    status, read = _bill(us, day)
    lines = read()
    assert status == 200
    assert {line.order_no for line in lines} == orders
    assert sorted((line.kind, line.amount_fen) for line in lines) == [
        (BillKind.PAYMENT, 5000),
        (BillKind.PAYMENT, 5000),
        (BillKind.REFUND, 2000),
    ]
    assert sum(line.fee_in_100000 for line in lines) == 2 * 30_000 - 12_000


@pytest.mark.parametrize(
    "switch", ["bill_wrong_hash", "bill_damaged", "bill_summary_wrong", "bill_column_drift"]
)
def test_a_spoilt_bill_is_unreadable(day_of_trade, switch):
    us, day, _ = day_of_trade
    _, read = _bill(us, day, **{switch: 1})
    with pytest.raises(BillUnreadable):
        read()


def test_a_bill_may_differ_from_what_happened_and_still_be_a_bill(day_of_trade):
    us, day, orders = day_of_trade
    assert len(_bill(us, day, bill_row_missing=1)[1]()) == 2
    extra = {line.order_no for line in _bill(us, day, bill_row_extra=1)[1]()}
    assert extra - orders == {"nobody-made-me"}
    amounts = {line.amount_fen for line in _bill(us, day, bill_row_amount=1)[1]()}
    assert amounts == {5001, 5000, 2000}


def test_a_bill_link_dies_soon(day_of_trade):
    us, day, _ = day_of_trade
    status, read = _bill(us, day, bill_url_expired=1)
    assert status == 403
    with pytest.raises(BillUnreadable):
        read()
    us.wallet.behave()
    link = us.bill_link(day)
    us.wallet.advance(31)
    request = wechat.bill_download(us.merchant, link, now=us.now(), nonce=us.nonce())
    assert us.send(request).status == 403


def test_a_bill_that_is_not_made_or_empty_is_told_so(day_of_trade):
    us, day, _ = day_of_trade
    us.wallet.faults(bill_creating=1)
    with pytest.raises(BillNotReady):
        us.bill_link(day)
    with pytest.raises(BillNotThere):
        us.bill_link(day - timedelta(days=1))
