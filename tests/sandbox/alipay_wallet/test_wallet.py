"""The sandbox's 支付宝, genuine and spoilt, read by our adapter; its book is the oracle."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.channels.errors import (
    AnswerForeign,
    AnswerSignatureWrong,
    AnswerUnreadable,
    AnswerUnsigned,
    BillNotThere,
    BillUnreadable,
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
    NoticeForeign,
    NoticeForged,
    NoticeSignatureWrong,
    NoticeUnsigned,
    RefusalUnproven,
)
from gateway.channels.port import BillKind, PaymentState, Product, RefundState
from gateway.channels.registry import adapter
from gateway.channels.transport import download
from gateway.sandbox.alipay_wallet.notices import SCHEDULE
from gateway.sandbox.alipay_wallet.switches import SWITCHES
from gateway.sandbox.neighbours.control import NeighbourRefused

alipay = adapter("alipay")


def test_a_code_nobody_scanned_is_no_trade_and_a_paid_one_is(us):
    wish = us.wish()
    assert us.say(wish).code_url == us.say(wish).code_url
    with pytest.raises(ChannelOrderUnknown):
        us.query(wish.order_no)
    us.wallet.pay(wish.order_no)
    fact = us.query(wish.order_no)
    assert (fact.state, fact.amount_fen) == (PaymentState.PAID, 5000)
    [notice] = us.notices()
    assert (notice.fact.transaction_no, notice.fact.amount_fen) == (fact.transaction_no, 5000)
    with pytest.raises(ChannelRefused):
        us.say(wish)
    with pytest.raises(ChannelRefused):
        us.say(replace(us.wish(), order_no=wish.order_no))


def test_a_trade_in_the_app_waits_can_be_closed_and_ends_by_time(us):
    wish = us.wish(Product.JSAPI)
    assert us.say(wish).client_params["tradeNO"] == us.wallet.order(wish.order_no)["trade_no"]
    assert us.query(wish.order_no).state is PaymentState.PENDING
    us.close(wish.order_no)
    assert us.query(wish.order_no).state is PaymentState.CLOSED
    with pytest.raises(ChannelRefused):
        us.close(wish.order_no)
    with pytest.raises(NeighbourRefused, match="TRADE_HAS_CLOSE"):
        us.wallet.pay(wish.order_no)
    us.wallet.faults(late_success_after_close=1)
    late = us.wish(Product.JSAPI)
    us.say(late)
    us.close(late.order_no)
    assert us.query(late.order_no).state is PaymentState.PAID


def test_a_browser_begins_the_trade(us):
    wish = us.wish(Product.H5)
    offer = alipay.browser_offer(us.merchant, wish, now=us.now(), nonce="")
    with pytest.raises(ChannelOrderUnknown):
        us.query(wish.order_no)
    us.wallet.open({"h5_url": offer.h5_url.replace("5000", "1").replace("50.00", "0.01")})
    with pytest.raises(ChannelOrderUnknown):
        us.query(wish.order_no)
    us.wallet.open({"h5_url": offer.h5_url})
    us.wallet.pay(wish.order_no)
    assert us.query(wish.order_no).amount_fen == 5000


def test_refunds_are_one_for_each_number_and_never_more_than_was_paid(us):
    order_no = us.paid()
    part = us.refund_wish(order_no, 2000)
    assert us.refund(part).state is RefundState.DONE
    assert us.refund(part).state is RefundState.PROCESSING, "fund_change N: query"
    assert us.query_refund(part).state is RefundState.DONE
    with pytest.raises(ChannelSilent):
        us.refund(replace(part, amount_fen=1999))
    with pytest.raises(ChannelRefused):
        us.refund(us.refund_wish(order_no, 3001))
    assert us.query(order_no).given_back is False
    us.refund(us.refund_wish(order_no, 3000))
    whole = us.query(order_no)
    assert (whole.state, whole.given_back, whole.raw_state) == (
        PaymentState.PAID,
        True,
        "TRADE_CLOSED",
    )
    told = [(notice.event_type, notice.fact.given_back) for notice in us.notices()]
    assert told == [("TRADE_SUCCESS", False), ("TRADE_SUCCESS", True), ("TRADE_CLOSED", True)]


def test_a_finished_trade_is_paid_and_gives_nothing_back(us):
    order_no = us.paid()
    us.wallet.act("finish", order_no=order_no)
    fact = us.query(order_no)
    assert (fact.state, fact.raw_state) == (PaymentState.PAID, "TRADE_FINISHED")
    with pytest.raises(ChannelRefused):
        us.refund(us.refund_wish(order_no))


def test_a_refund_may_be_done_in_silence_stay_or_lack_money(us):
    order_no = us.paid()
    wish = us.refund_wish(order_no)
    us.wallet.faults(not_enough=1, refund_stays=1)
    with pytest.raises(ChannelShortOfFunds):
        us.refund(wish)
    assert us.refund(wish).state is RefundState.PROCESSING
    with pytest.raises(ChannelRefundUnknown):
        us.query_refund(wish)
    us.wallet.faults(refund_no_change=1)
    assert us.refund(wish).state is RefundState.PROCESSING
    assert us.query_refund(wish).state is RefundState.DONE
    assert us.wallet.order(order_no)["refunded_fen"] == 5000


@pytest.mark.parametrize(
    ("switch", "meaning"),
    [
        ("notice_bad_signature", NoticeSignatureWrong),
        ("notice_unsigned", NoticeUnsigned),
        ("notice_unknown_key", NoticeSignatureWrong),
        ("notice_sha1", NoticeUnsigned),
        ("notice_gbk", NoticeUnsigned),
        ("notice_truncated", NoticeForged),
        ("notice_wrong_seller", NoticeForeign),
        ("notice_wrong_app", NoticeForeign),
    ],
)
def test_a_spoilt_notice_is_refused_and_the_next_one_believed(us, switch, meaning):
    us.wallet.faults(**{switch: 1})
    order_no = us.paid()
    with pytest.raises(meaning):
        us.notices()
    us.wallet.notify_again(order_no)
    assert us.notices()[0].fact.state is PaymentState.PAID


def test_a_notice_may_lie_repeat_come_late_or_never(us):
    us.wallet.faults(notice_wrong_amount=1)
    order_no = us.paid()
    assert us.notices()[0].fact.amount_fen == 5001
    us.wallet.faults(notice_unknown_state=1, duplicate_notice=1)
    us.wallet.notify_again(order_no)
    first, second = us.notices()
    assert {first.fact.state, second.fact.state} == {PaymentState.UNKNOWN, PaymentState.PAID}
    us.wallet.faults(lost_notice=1)
    us.paid()
    assert us.notices() == []
    us.wallet.faults(reordered_notices=1)
    parted = us.paid()
    assert us.notices() == []
    us.refund(us.refund_wish(parted, 1))
    us.wallet.advance(0)
    assert [notice.fact.given_back for notice in us.notices()] == [True, False]
    us.wallet.faults(notice_before_create_returns=1)
    us.say(us.wish())
    assert us.notices()[0].fact.state is PaymentState.PAID


def test_what_is_not_answered_with_seven_letters_comes_again_by_the_schedule(us, monkeypatch):
    monkeypatch.setattr("tests.support.wallet.YES", b"SUCCESS")
    us.paid()
    for seconds in SCHEDULE:
        assert len(us.door.take()) == 1
        us.wallet.advance(seconds - 1)
        assert us.door.take() == []
        us.wallet.advance(1)
    assert len(us.door.take()) == 1, "the eighth and last"
    us.wallet.advance(86_400 * 2)
    assert us.door.take() == []
    assert sum(SCHEDULE) == 87_840


def test_a_repeated_notice_keeps_its_id_and_not_its_nonce(us, monkeypatch):
    monkeypatch.setattr("tests.support.wallet.YES", b"no")
    us.paid()
    us.wallet.advance(SCHEDULE[0])
    first, second = us.notices()
    assert (first.notice_id, first.fact) == (second.notice_id, second.fact)
    assert first.nonce != second.nonce


@pytest.mark.parametrize(
    ("switch", "meaning"),
    [
        ("answer_bad_signature", AnswerSignatureWrong),
        ("answer_unsigned", AnswerUnsigned),
        ("answer_unknown_key", AnswerSignatureWrong),
        ("answer_wrong_order", AnswerForeign),
        ("answer_second_node", AnswerUnreadable),
        ("answer_truncated", ChannelSilent),
        ("no_answer", ChannelSilent),
        ("no_answer_before", ChannelSilent),
        ("slow_reply", ChannelSilent),
        ("refused_unsigned", RefusalUnproven),
        ("error_after_accepting", ChannelAskAgain),
        ("error_before_accepting", ChannelAskAgain),
    ],
)
def test_a_spoilt_answer_to_a_query_is_not_believed_and_the_next_one_is(us, switch, meaning):
    order_no = us.paid()
    us.wallet.faults(**{switch: {"times": 2, "on": "query", "seconds": 3}})
    with pytest.raises(meaning):
        us.query(order_no)
    us.wallet.behave()
    assert us.query(order_no).state is PaymentState.PAID


def test_an_answer_with_another_amount_or_state_is_told_as_it_is(us):
    order_no = us.paid()
    us.wallet.faults(answer_wrong_amount=1)
    assert us.query(order_no).amount_fen == 5001
    us.wallet.faults(answer_unknown_state=1)
    assert us.query(order_no).state is PaymentState.UNKNOWN


def test_keys_rotate_with_overlap(us):
    order_no = us.paid()
    us.wallet.rotate_keys()
    assert us.query(order_no).state is PaymentState.PAID
    assert len(us.merchant.platform_keys) >= 2


def test_a_request_somebody_else_signed_is_refused(us):
    request = alipay.query(us.merchant, "x", placed_at=us.now(), now=us.now(), nonce="")
    changed = replace(request, url=request.url.replace("trade.query", "trade.close"))
    with pytest.raises(AnswerUnreadable):
        us.ask(changed, alipay.read_payment)
    stranger = replace(request, url=request.url.replace("app_id=2014", "app_id=2015"))
    with pytest.raises(ChannelRefused, match="invalid-app-id"):
        us.ask(stranger, alipay.read_payment)


def _bill(us, day, **switches):
    us.wallet.behave()
    us.wallet.faults(**switches)
    request = alipay.bill_request(us.merchant, day, now=us.book_now(), nonce="")
    response = us.send(request)
    link = alipay.read_bill_link(us.merchant, response, day=day, now=us.now())
    sink = io.BytesIO()
    fetch = alipay.bill_download(us.merchant, link, now=us.now(), nonce="")
    answer = download(fetch, sink, hosts=us.hosts, now=us.now())
    return answer.status, lambda: list(alipay.read_bill(us.merchant, sink, link=link))


def test_the_days_bill_is_the_wallets_own_book_or_unreadable(us):
    day = us.book_now().date()
    first, second = us.paid(), us.paid()
    us.refund(us.refund_wish(first, 2000))
    early = alipay.bill_request(us.merchant, day, now=us.book_now() + timedelta(days=1), nonce="")
    refusal = us.send(early)
    with pytest.raises(BillNotThere):
        alipay.read_bill_link(us.merchant, refusal, day=day, now=us.now())
    ten = (us.book_now() + timedelta(days=1)).replace(hour=10, minute=0, second=0)
    us.wallet.advance((ten - us.book_now()).total_seconds())
    status, read = _bill(us, day)
    mine = [line for line in read() if line.order_no in (first, second)]
    assert status == 200
    assert sorted((line.kind, line.amount_fen, line.fee_in_100000) for line in mine) == [
        (BillKind.PAYMENT, 5000, 30_000),
        (BillKind.PAYMENT, 5000, 30_000),
        (BillKind.REFUND, 2000, -12_000),
    ]
    lines = len(read())
    assert len(_bill(us, day, bill_row_missing=1)[1]()) == lines - 1
    assert len(_bill(us, day, bill_row_extra=1)[1]()) == lines + 1
    assert _bill(us, day, bill_row_amount=1)[1]()[0].amount_fen % 100 == 1
    assert _bill(us, day, bill_url_expired=1)[0] == 403
    for switch in ("bill_damaged", "bill_sums_wrong", "bill_summary_wrong", "bill_column_drift"):
        with pytest.raises(BillUnreadable):
            _bill(us, day, **{switch: 1})[1]()


def test_every_switch_is_thrown_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in SWITCHES if name not in text] == []
