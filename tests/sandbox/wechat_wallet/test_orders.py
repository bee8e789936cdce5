"""Orders and refunds at the sandbox wallet, met over real HTTP by our adapter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.channels.errors import (
    AnswerForeign,
    AnswerProbe,
    AnswerSignatureWrong,
    AnswerStale,
    AnswerUnsigned,
    ChannelAskAgain,
    ChannelKeyUnknown,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
)
from gateway.channels.port import PaymentState, Product, RefundState
from gateway.channels.registry import adapter
from gateway.sandbox.neighbours.control import NeighbourRefused

wechat = adapter("wechatpay")


@pytest.mark.parametrize("product", [Product.NATIVE, Product.JSAPI, Product.H5])
def test_an_order_from_wish_to_paid_with_a_notice(us, product):
    order_no, offer = us.create(product)
    given = {
        Product.NATIVE: offer.code_url,
        Product.JSAPI: offer.prepay_id,
        Product.H5: offer.h5_url,
    }
    assert given[product]
    assert us.query(order_no).state is PaymentState.PENDING
    us.wallet.pay(order_no)
    fact = us.query(order_no)
    assert (fact.state, fact.amount_fen, fact.payer_fen) == (PaymentState.PAID, 5000, 5000)
    assert us.notice().fact == fact


def test_the_same_wish_twice_is_one_order_and_another_wish_is_refused(us):
    wish = us.wish()
    first, again = us.say(wish), us.say(wish)
    assert first == again
    with pytest.raises(ChannelRefused) as refused:
        us.say(replace(wish, amount_fen=5001))
    assert refused.value.channel_code == "OUT_TRADE_NO_USED"
    assert us.wallet.order(wish.order_no)["amount_fen"] == 5000


def test_an_order_nobody_made_is_unknown_there(us):
    with pytest.raises(ChannelOrderUnknown):
        us.query("nobody-made-this")
    with pytest.raises(ChannelRefundUnknown):
        us.query_refund(us.refund_wish(us.paid(), 1))


def test_a_closed_order_cannot_be_paid_and_a_paid_one_not_closed(us):
    closed, _ = us.create()
    us.close(closed)
    us.close(closed)
    with pytest.raises(NeighbourRefused, match="ORDER_CLOSED"):
        us.wallet.pay(closed)
    assert us.query(closed).state is PaymentState.CLOSED
    paid, _ = us.create()
    us.wallet.pay(paid)
    with pytest.raises(ChannelRefused) as refused:
        us.close(paid)
    assert refused.value.channel_code == "ORDERPAID"


def test_an_order_ends_when_its_time_is_over(us):
    order_no, _ = us.create()
    us.wallet.advance(31 * 60)
    assert us.query(order_no).state is PaymentState.CLOSED
    with pytest.raises(NeighbourRefused, match="ORDER_CLOSED"):
        us.wallet.pay(order_no)


def test_a_reversed_payment_reads_as_closed(us):
    order_no, _ = us.create()
    us.wallet.reverse(order_no)
    assert us.query(order_no).raw_state == "REVOKED"


def test_refunds_are_one_for_each_number_and_never_more_than_was_paid(us):
    order_no = us.paid()
    refund = us.refund_wish(order_no, 2000)
    assert us.refund(refund).state is RefundState.PROCESSING
    assert us.refund(refund).channel_refund_no == us.refund(refund).channel_refund_no
    with pytest.raises(ChannelRefused):
        us.refund(replace(refund, amount_fen=2001))
    with pytest.raises(ChannelRefused):
        us.refund(us.refund_wish(order_no, 3001))
    us.wallet.advance(2)
    done = us.query_refund(refund)
    assert (done.state, done.amount_fen, done.total_fen) == (RefundState.DONE, 2000, 5000)
    assert us.notices()[-1].fact.refund_no == refund.refund_no
    assert us.query(order_no).state is PaymentState.PAID
    assert [row["amount_fen"] for row in us.refunds_of(order_no)] == [2000]


def test_a_request_somebody_else_signed_or_changed_is_refused(us):
    request = wechat.query(
        us.merchant, "whatever-order", placed_at=us.now(), now=us.now(), nonce=us.nonce()
    )
    for headers in (
        {**request.headers, "Authorization": request.headers["Authorization"].replace("A", "B")},
        {name: text for name, text in request.headers.items() if name != "Authorization"},
    ):
        with pytest.raises(ChannelRefused) as refused:
            wechat.read_payment(
                us.merchant, us.send(replace(request, headers=headers)), now=us.now()
            )
        assert refused.value.channel_code == "SIGN_ERROR"
    old = wechat.query(
        us.merchant,
        "whatever-order",
        placed_at=us.now(),
        now=us.now() - timedelta(minutes=6),
        nonce=us.nonce(),
    )
    with pytest.raises(ChannelRefused, match="SIGN_ERROR"):
        wechat.read_payment(us.merchant, us.send(old), now=us.now())


@pytest.mark.parametrize(
    ("switch", "meaning"),
    [
        ("answer_bad_signature", AnswerSignatureWrong),
        ("answer_unsigned", AnswerUnsigned),
        ("answer_expired_timestamp", AnswerStale),
        ("answer_unknown_serial", ChannelKeyUnknown),
        ("answer_signtest_probe", AnswerProbe),
        ("answer_wrong_mchid", AnswerForeign),
        ("answer_wrong_appid", AnswerForeign),
        ("answer_wrong_currency", AnswerForeign),
        ("no_answer", ChannelSilent),
        ("no_answer_before", ChannelSilent),
        ("error_after_accepting", ChannelAskAgain),
        ("error_before_accepting", ChannelAskAgain),
        ("frequency_limited", ChannelAskAgain),
        ("answer_truncated", ChannelSilent),
        ("slow_reply", ChannelSilent),
    ],
)
def test_a_spoilt_answer_to_a_query_is_not_believed_and_the_next_one_is(us, switch, meaning):
    order_no = us.paid()
    us.wallet.faults(**{switch: {"times": 2, "on": "query", "seconds": 0.6}})
    with pytest.raises(meaning):
        us.query(order_no, patient=False)
    us.wallet.behave()
    assert us.query(order_no).state is PaymentState.PAID


def test_an_answer_with_another_amount_or_state_is_told_as_it_is(us):
    order_no = us.paid()
    us.wallet.faults(answer_wrong_amount=1)
    assert us.query(order_no).amount_fen == 5001
    us.wallet.faults(answer_unknown_state=1)
    assert us.query(order_no).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    "switch", ["error_after_accepting", "no_answer", "answer_unsigned", "answer_truncated"]
)
def test_what_was_done_without_a_good_answer_is_done_once(us, switch):
    wish = us.wish()
    us.wallet.faults(**{switch: {"times": 1, "on": "create"}})
    with pytest.raises((ChannelSilent, AnswerUnsigned)):
        us.say(wish)
    assert us.wallet.order(wish.order_no)["state"] == "NOTPAY"
    us.say(wish)
    us.wallet.pay(wish.order_no)
    refund = us.refund_wish(wish.order_no, 5000)
    us.wallet.faults(**{switch: {"times": 1, "on": "refund"}})
    with pytest.raises((ChannelSilent, AnswerUnsigned)):
        us.refund(refund)
    us.refund(refund)
    assert len(us.refunds_of(wish.order_no)) == 1


@pytest.mark.parametrize("switch", ["no_answer_before", "error_before_accepting"])
def test_what_was_not_done_is_not_there(us, switch):
    wish = us.wish()
    us.wallet.faults(**{switch: {"times": 1, "on": "create"}})
    with pytest.raises(ChannelSilent):
        us.say(wish)
    with pytest.raises(ChannelOrderUnknown):
        us.query(wish.order_no)


@pytest.mark.parametrize(
    ("switch", "state", "event"),
    [
        ("refund_abnormal", RefundState.ABNORMAL, "REFUND.ABNORMAL"),
        ("refund_closed", RefundState.CLOSED, "REFUND.CLOSED"),
    ],
)
def test_a_refund_may_end_badly(us, switch, state, event):
    order_no = us.paid()
    us.wallet.faults(**{switch: 1})
    refund = us.refund_wish(order_no, 5000)
    us.refund(refund)
    us.wallet.advance(2)
    assert us.query_refund(refund).state is state
    assert us.notices()[-1].event_type == event


def test_a_refund_may_stay_or_not_be_possible_today(us):
    order_no = us.paid()
    refund = us.refund_wish(order_no, 5000)
    us.wallet.faults(not_enough=1, refund_stays=1)
    with pytest.raises(ChannelShortOfFunds):
        us.refund(refund)
    us.refund(refund)
    us.wallet.advance(86400)
    assert us.query_refund(refund).state is RefundState.PROCESSING
