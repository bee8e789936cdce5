"""What 支付宝's words mean: codes, states of a trade, refunds, notices of money going back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.channels.errors import (
    AnswerForeign,
    AnswerUnreadable,
    BillNotThere,
    ChannelAskAgain,
    ChannelMisconfigured,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
    NoticeTooLarge,
    NoticeUnreadable,
    RefusalUnproven,
    WishRefused,
)
from gateway.channels.port import (
    NOTICE_LIMIT_BYTES,
    Asked,
    PaymentState,
    PaymentWish,
    Product,
    RefundState,
)
from gateway.channels.registry import adapter
from tests.gateway.channels.alipay.peer import ASKED_REFUND, QUERY, REFUND_QUERY, AlipayPeer
from tests.gateway.channels.peer import NOW, ORDER_NO, REFUND_NO

alipay = adapter("alipay")
peer = AlipayPeer()
merchant = peer.merchant()
NONCE = "n" * 32


def _refusal(code, reason=""):
    words = {"code": code, "msg": "m", "sub_code": reason, "sub_msg": "说明"}
    return peer.answer(QUERY, words)


@pytest.mark.parametrize(
    ("code", "reason", "meaning"),
    [
        ("10003", "", ChannelAskAgain),
        ("20000", "isp.unknow-error", ChannelAskAgain),
        ("40004", "ACQ.SYSTEM_ERROR", ChannelAskAgain),
        ("40004", "ACQ.TRADE_NOT_EXIST", ChannelOrderUnknown),
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", ChannelShortOfFunds),
        ("40004", "ACQ.TRADE_HAS_SUCCESS", ChannelRefused),
        ("40004", "isp.bill_not_exist", BillNotThere),
        ("40002", "isv.invalid-signature", ChannelRefused),
        ("40006", "isv.insufficient-isv-permissions", ChannelRefused),
    ],
)
def test_a_code_means_one_thing(code, reason, meaning):
    with pytest.raises(meaning):
        alipay.read_payment(merchant, _refusal(code, reason), now=NOW)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("40004", "ACQ.DISCORDANT_REPEAT_REQUEST"), ("40004", "ACQ.MOONSTRUCK"), ("99999", "")],
)
def test_a_word_nobody_knows_leaves_the_outcome_unknown(code, reason):
    with pytest.raises(ChannelSilent):
        alipay.read_payment(merchant, _refusal(code, reason), now=NOW)


def test_a_refusal_without_a_signature_is_not_believed():
    bare = peer.unsigned(_refusal("40004", "ACQ.TRADE_NOT_EXIST"))
    with pytest.raises(RefusalUnproven):
        alipay.read_payment(merchant, bare, now=NOW)
    at_the_door = peer.answer("error_response", {"code": "40002", "msg": "Invalid Arguments"})
    with pytest.raises(ChannelRefused):
        alipay.read_payment(merchant, at_the_door, now=NOW)
    with pytest.raises(RefusalUnproven):
        alipay.read_payment(merchant, peer.unsigned(at_the_door), now=NOW)


def test_an_answer_of_another_method_is_no_answer():
    with pytest.raises(AnswerUnreadable):
        alipay.read_payment(merchant, peer.refund_answer(), now=NOW)
    with pytest.raises(AnswerUnreadable):
        alipay.read_refund(merchant, peer.payment_answer(), now=NOW)


@pytest.mark.parametrize(
    ("changed", "state", "given_back"),
    [
        ({"trade_status": "WAIT_BUYER_PAY", "send_pay_date": None}, PaymentState.PENDING, False),
        ({"trade_status": "TRADE_SUCCESS"}, PaymentState.PAID, False),
        ({"trade_status": "TRADE_FINISHED"}, PaymentState.PAID, False),
        ({"trade_status": "TRADE_CLOSED", "send_pay_date": None}, PaymentState.CLOSED, False),
        ({"trade_status": "TRADE_CLOSED"}, PaymentState.PAID, True),
    ],
)
def test_a_closed_trade_was_either_never_paid_or_wholly_given_back(changed, state, given_back):
    fact = alipay.read_payment(merchant, peer.payment_answer(**changed), now=NOW)
    assert (fact.state, fact.given_back) == (state, given_back)


def test_a_paid_answer_without_its_moment_or_number_is_unreadable():
    for name in ("send_pay_date", "trade_no", "total_amount"):
        with pytest.raises(AnswerUnreadable):
            alipay.read_payment(merchant, peer.payment_answer(**{name: None}), now=NOW)


def test_a_notice_of_money_going_back_is_no_second_payment():
    words = {"refund_fee": "20.00", "gmt_refund": "2026-11-22 11:59:50.000", "out_biz_no": "r1"}
    part = alipay.read_notice(merchant, *peer.payment_notice(**words), now=NOW)
    assert part.fact == replace(peer.expected_payment(), given_back=True)
    closed = {"trade_status": "TRADE_CLOSED", "refund_fee": "50.00"}
    whole = alipay.read_notice(merchant, *peer.payment_notice(**words | closed), now=NOW)
    assert (whole.fact.state, whole.fact.given_back) == (PaymentState.PAID, True)
    unpaid = {"trade_status": "TRADE_CLOSED", "gmt_payment": None, "buyer_pay_amount": None}
    over = alipay.read_notice(merchant, *peer.payment_notice(**unpaid), now=NOW)
    assert (over.fact.state, over.fact.given_back) == (PaymentState.CLOSED, False)
    odd = alipay.read_notice(merchant, *peer.payment_notice(**unpaid | words), now=NOW)
    assert odd.fact.state is PaymentState.UNKNOWN, "given back without ever being paid"


@pytest.mark.parametrize(
    "changed",
    [{"notify_type": "batch_refund_notify"}, {"notify_id": None}, {"gmt_payment": "yesterday"}],
)
def test_a_signed_form_that_is_no_trades_notice_is_unreadable(changed):
    with pytest.raises(NoticeUnreadable):
        alipay.read_notice(merchant, *peer.payment_notice(**changed), now=NOW)


def test_a_notice_is_short_and_its_receipt_seven_letters():
    with pytest.raises(NoticeTooLarge):
        alipay.read_notice(merchant, {}, b"a" * (NOTICE_LIMIT_BYTES + 1), now=NOW)
    assert alipay.notice_receipt(True)[2] == b"success"
    assert b"success" not in alipay.notice_receipt(False)[2]


def test_a_refund_is_done_only_where_money_moved_just_now():
    assert alipay.read_refund(merchant, peer.refund_answer(), now=NOW) == peer.expected_refund()
    for changed in ({"fund_change": "N"}, {"gmt_refund_pay": None}):
        fact = alipay.read_refund(merchant, peer.refund_answer(**changed), now=NOW)
        assert (fact.state, fact.done_at) == (RefundState.PROCESSING, None)
        assert (fact.refund_no, fact.amount_fen) == (REFUND_NO, 2000)


@pytest.mark.parametrize("sum_text", ["19.99", "50.01"])
def test_a_sum_of_refunds_that_cannot_hold_ours_is_foreign(sum_text):
    with pytest.raises(AnswerForeign):
        alipay.read_refund(merchant, peer.refund_answer(refund_fee=sum_text), now=NOW)


def test_an_answer_about_nobody_knows_which_refund_is_unreadable():
    answer = replace(peer.refund_answer(), asked=Asked(order_no=ORDER_NO))
    with pytest.raises(AnswerUnreadable):
        alipay.read_refund(merchant, answer, now=NOW)


def test_a_question_about_a_refund_tells_its_end_or_that_there_is_none():
    done = alipay.read_refund(merchant, peer.refund_answer(refund_status="REFUND_SUCCESS"), now=NOW)
    assert done == replace(peer.expected_refund(), raw_state="REFUND_SUCCESS")
    silent = {"refund_status": "REFUND_SUCCESS", "gmt_refund_pay": None}
    assert alipay.read_refund(merchant, peer.refund_answer(**silent), now=NOW).done_at == NOW
    other = peer.refund_answer(refund_status="REFUND_SUCCESS", out_request_no="another")
    with pytest.raises(AnswerForeign):
        alipay.read_refund(merchant, other, now=NOW)
    nothing = peer.answer(REFUND_QUERY, {"code": "10000", "msg": "Success"}, asked=ASKED_REFUND)
    with pytest.raises(ChannelRefundUnknown):
        alipay.read_refund(merchant, nothing, now=NOW)


WISH = PaymentWish(
    order_no=ORDER_NO,
    amount_fen=5001,
    description="交通卡充值",
    placed_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
    product=Product.NATIVE,
)


def test_a_browser_opens_a_signed_address_and_we_send_nothing():
    wish = replace(WISH, product=Product.H5)
    offer = alipay.browser_offer(merchant, wish, now=NOW, nonce=NONCE)
    told = parse_qs(urlsplit(offer.h5_url).query)
    assert told["method"] == ["alipay.trade.wap.pay"]
    assert '"total_amount":"50.01"' in told["biz_content"][0]
    assert '"time_expire":"2026-11-22 12:30:00"' in told["biz_content"][0]
    assert alipay.browser_offer(merchant, WISH, now=NOW, nonce=NONCE) is None
    with pytest.raises(WishRefused):
        alipay.create_payment(merchant, wish, now=NOW, nonce=NONCE)


@pytest.mark.parametrize(
    "changed",
    [
        {"order_no": "with space"},
        {"order_no": "x" * 65},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": True},
        {"description": ""},
        {"description": "a=b"},
        {"description": "充\n值"},
        {"expires_at": NOW},
        {"product": Product.JSAPI},
        {"product": Product.APP},
    ],
)
def test_a_wish_that_cannot_be_said_is_refused_before_anything_is_sent(changed):
    with pytest.raises(WishRefused):
        alipay.create_payment(merchant, replace(WISH, **changed), now=NOW, nonce=NONCE)


def test_a_payer_is_named_by_either_of_two_numbers():
    for number, name in (("2088101117955611", "buyer_id"), ("ab-12_c", "buyer_open_id")):
        wish = replace(WISH, product=Product.JSAPI, payer_no=number)
        request = alipay.create_payment(merchant, wish, now=NOW, nonce=NONCE)
        assert f'"{name}":"{number}"' in parse_qs(request.body.decode())["biz_content"][0]


def test_only_questions_may_be_asked_twice():
    assert alipay.query(merchant, "x", placed_at=NOW, now=NOW, nonce=NONCE).only_asks
    assert not alipay.create_payment(merchant, WISH, now=NOW, nonce=NONCE).only_asks
    assert not alipay.close(merchant, "x", placed_at=NOW, now=NOW, nonce=NONCE).only_asks


def test_a_bill_is_of_a_past_day_and_fetched_from_a_named_host_by_https():
    for day in (date(2026, 11, 22), date(2026, 8, 1)):
        with pytest.raises(WishRefused):
            alipay.bill_request(merchant, day, now=NOW, nonce=NONCE)
    with pytest.raises(ChannelMisconfigured):
        alipay.bill_download(merchant, peer.link(), now=NOW, nonce=NONCE)
    allowed = replace(merchant, options={"hosts": "dwbillcenter.alipay.com"})
    request = alipay.bill_download(allowed, peer.link(), now=NOW, nonce=NONCE)
    assert request.url.startswith("https://dwbillcenter.alipay.com/downloadBillFile.resource?")


def test_what_opening_an_order_gives():
    words = {"code": "10000", "msg": "Success", "out_trade_no": ORDER_NO}
    code = peer.answer(
        "alipay_trade_precreate_response", {**words, "qr_code": "https://qr.alipay.com/bax1"}
    )
    assert alipay.read_created(merchant, code, now=NOW).code_url == "https://qr.alipay.com/bax1"
    trade = peer.answer("alipay_trade_create_response", {**words, "trade_no": "20261"})
    offer = alipay.read_created(merchant, trade, now=NOW)
    assert (offer.prepay_id, offer.client_params) == ("20261", {"tradeNO": "20261"})
    other = peer.answer("alipay_trade_create_response", {**words, "out_trade_no": "y"})
    with pytest.raises(AnswerForeign):
        alipay.read_created(merchant, other, now=NOW)


def test_moments_are_shanghais():
    fact = alipay.read_payment(merchant, peer.payment_answer(), now=NOW)
    assert fact.paid_at == datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC)
