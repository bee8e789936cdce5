"""The sandbox wallet's notices and keys, genuine and spoilt, read by our adapter."""

import pytest

from gateway.channels.errors import (
    ChannelKeyUnknown,
    NoticeForeign,
    NoticeProbe,
    NoticeSignatureWrong,
    NoticeStale,
    NoticeUnsigned,
)
from gateway.channels.port import PaymentState
from gateway.channels.registry import adapter
from gateway.sandbox.wechat_wallet.notices import SCHEDULE

wechat = adapter("wechatpay")


@pytest.mark.parametrize(
    ("switch", "meaning"),
    [
        ("notice_bad_signature", NoticeSignatureWrong),
        ("notice_unsigned", NoticeUnsigned),
        ("notice_expired_timestamp", NoticeStale),
        ("notice_unknown_serial", ChannelKeyUnknown),
        ("notice_signtest_probe", NoticeProbe),
        ("notice_truncated", NoticeSignatureWrong),
        ("notice_wrong_mchid", NoticeForeign),
        ("notice_wrong_appid", NoticeForeign),
        ("notice_wrong_currency", NoticeForeign),
    ],
)
def test_a_spoilt_notice_is_refused_and_its_repetition_accepted(us, switch, meaning):
    us.wallet.faults(**{switch: 1})
    us.paid(settle=False)
    with pytest.raises(meaning):
        us.notice()
    us.wallet.advance(SCHEDULE[0])
    assert us.notices(skip=1)[0].fact.state is PaymentState.PAID


def test_a_notice_may_lie_about_the_amount_and_the_query_tells_the_truth(us):
    us.wallet.faults(notice_wrong_amount=1)
    order_no = us.paid()
    assert us.notice().fact.amount_fen == 5001
    assert us.query(order_no).amount_fen == 5000
    us.wallet.faults(notice_unknown_state=1)
    us.wallet.notify_again(order_no)
    assert us.notices()[-1].fact.state is PaymentState.UNKNOWN


def test_a_payer_who_paid_another_amount_shows_in_notice_and_query_alike(us):
    order_no, _ = us.create()
    us.wallet.pay(order_no, amount_fen=1)
    assert us.notice().fact.amount_fen == us.query(order_no).amount_fen == 1


def test_duplicate_lost_and_repeated_notices(us):
    us.wallet.faults(duplicate_notice=1)
    us.paid()
    first, second = us.notices(at_least=2)
    assert (first.notice_id, first.fact) == (second.notice_id, second.fact)
    assert first.nonce != second.nonce
    us.door.forget()
    us.wallet.faults(lost_notice=1)
    order_no = us.paid()
    us.wallet.advance(1000)
    assert us.door.count() == 0
    assert us.query(order_no).state is PaymentState.PAID
    assert us.wallet.notify_again(order_no) == 1
    assert us.notice().fact.order_no == order_no


def test_a_notice_may_come_before_its_order_was_answered(us):
    us.wallet.faults(notice_before_create_returns=1)
    order_no, _ = us.create()
    assert us.door.count() == 1, "it came while the create call was still waiting"
    assert us.notice().fact.order_no == order_no


def test_a_refunds_notice_may_come_before_its_payments(us):
    us.wallet.faults(reordered_notices=1)
    order_no = us.paid()
    us.refund(us.refund_wish(order_no, 5000))
    us.wallet.advance(2)
    events = [notice.event_type for notice in us.notices(at_least=2)]
    assert events == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


def test_a_payment_may_land_on_an_order_just_closed(us):
    us.wallet.faults(late_success_after_close=1)
    order_no, _ = us.create()
    us.close(order_no)
    assert us.query(order_no).state is PaymentState.PAID
    other, _ = us.create()
    us.close(other)
    us.wallet.pay(other, late=True)
    assert us.query(other).state is PaymentState.PAID


def test_an_unanswered_notice_is_repeated_for_a_day_and_then_given_up(us):
    us.door.answers_with = 500
    order_no = us.paid()
    us.wallet.advance(sum(SCHEDULE) - 30)
    assert us.door.count() == len(SCHEDULE)
    us.wallet.advance(60)
    us.wallet.advance(7 * 86400)
    assert us.door.count() == 1 + len(SCHEDULE) == 16
    (row,) = [row for row in us.wallet.book()["notices"] if row["order_no"] == order_no]
    assert (row["state"], row["last_answer"]) == ("given_up", "500")
    assert sum(SCHEDULE) == 86_640
    assert len({notice.notice_id for notice in us.notices(at_least=16)}) == 1


def test_keys_rotate_with_overlap_in_both_styles(us):
    order_no = us.paid()
    for style in ("certificate", "public_key"):
        before = us.merchant
        us.wallet.rotate_keys(style)
        us.wallet.notify_again(order_no)
        delivery = us.door.last()
        with pytest.raises(ChannelKeyUnknown):
            wechat.read_notice(before, *delivery, now=us.now())
        after = us.merchant
        assert set(before.platform_keys) < set(after.platform_keys)
        notice = wechat.read_notice(after, *delivery, now=us.now())
        assert notice.key_id == us.wallet.current_key()
        assert us.query(order_no).state is PaymentState.PAID


def test_the_keys_request_brings_every_certificate(us):
    request = wechat.keys_request(us.merchant, now=us.now(), nonce=us.nonce())
    keys = wechat.read_keys(us.merchant, us.send(request), now=us.now())
    brought = {key.key_id: key.pem for key in keys}
    held = us.merchant.platform_keys
    assert brought == {name: pem for name, pem in held.items() if not name.startswith("PUB_")}
