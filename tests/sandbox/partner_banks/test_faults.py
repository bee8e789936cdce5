"""Everything a bank may do to us, thrown for real, and what we then know."""

import pytest

from gateway.channels.errors import (
    AnswerForged,
    AnswerUnreadable,
    ChannelAskAgain,
    ChannelKeyUnknown,
    ChannelSilent,
    NoticeForeign,
    NoticeForged,
    NoticeSignatureWrong,
    NoticeStale,
    NoticeUnsigned,
)
from gateway.channels.port import PaymentState
from gateway.channels.transport import Patience

ON_QUERY = {"times": 1, "on": "query"}


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("notice_wrong_merchant", NoticeForeign),
        ("notice_wrong_app", NoticeForeign),
        ("notice_wrong_currency", NoticeForeign),
        ("notice_bad_signature", NoticeSignatureWrong),
        ("notice_unsigned", NoticeUnsigned),
        ("notice_expired_timestamp", NoticeStale),
        ("notice_unknown_key", ChannelKeyUnknown),
        ("notice_other_algorithm", NoticeUnsigned),
        ("notice_truncated", NoticeForged),
    ],
)
def test_a_notice_that_is_not_the_banks_word_to_us_is_refused(us, switch, error):
    us.bank.faults(**{switch: True})
    us.paid()
    with pytest.raises(error):
        us.notices()


def test_a_notice_of_another_amount_or_unknown_state_tells_what_it_says(us):
    us.bank.faults(notice_wrong_amount=1)
    us.paid()
    assert us.notices()[0].fact.amount_fen == 5001, "the core compares it with its own row"
    us.door.forget()
    us.bank.faults(notice_unknown_state=1)
    us.paid()
    assert us.notices()[0].fact.state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("answer_wrong_merchant", AnswerForged),
        ("answer_wrong_app", AnswerForged),
        ("answer_wrong_currency", AnswerForged),
        ("answer_bad_signature", AnswerForged),
        ("answer_unsigned", AnswerForged),
        ("answer_expired_timestamp", AnswerForged),
        ("answer_unknown_key", ChannelKeyUnknown),
        ("answer_other_algorithm", AnswerForged),
        ("answer_truncated", ChannelSilent),
        ("error_before_accepting", ChannelAskAgain),
        ("error_after_accepting", ChannelAskAgain),
        ("frequency_limited", ChannelAskAgain),
    ],
)
def test_an_answer_that_is_not_the_banks_word_is_not_believed(us, switch, error):
    order_no = us.paid()
    always = {"times": True, "on": "query"}
    us.bank.faults(**{switch: True if switch.startswith("answer_wrong") else always})
    with pytest.raises(error):
        us.query(order_no)
    us.bank.behave()
    assert us.query(order_no).state is PaymentState.PAID


def test_an_answer_of_another_amount_or_unknown_state_tells_what_it_says(us):
    order_no = us.paid()
    us.bank.faults(answer_wrong_amount=1)
    assert us.query(order_no).amount_fen == 5001
    us.bank.faults(answer_unknown_state=1)
    assert us.query(order_no).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    ("switch", "taken"),
    [("error_after_accepting", True), ("error_before_accepting", False), ("no_answer", True)],
)
def test_a_lost_answer_says_nothing_and_the_same_numbers_are_asked_again(us, switch, taken):
    wish = us.wish()
    us.bank.faults(**{switch: {"times": 1, "on": "create"}})
    with pytest.raises(ChannelSilent):
        us.create(wish)
    assert (wish.order_no in {row["order_no"] for row in us.bank.book()["orders"]}) == taken
    assert us.create(wish)


def test_silence_and_slowness_are_silence(us):
    order_no = us.paid()
    us.bank.faults(slow_reply={"times": 2, "on": "query", "seconds": 2})
    with pytest.raises(ChannelSilent):
        us.query(order_no, patience=Patience(read_seconds=0.3))
    us.bank.behave()
    us.bank.faults(no_answer_before={"times": 2, "on": "query"})
    with pytest.raises(ChannelSilent):
        us.query(order_no)


def test_notices_come_twice_early_reordered_or_never(us):
    us.bank.faults(duplicate_notice=True)
    us.paid()
    one, two = us.notices(2)
    assert (one.notice_id, one.fact) == (two.notice_id, two.fact)
    assert one.nonce != two.nonce
    us.bank.behave()
    us.door.forget()
    us.bank.faults(notice_before_create_returns=1)
    wish = us.wish()
    us.create(wish)
    assert us.notices()[0].fact.order_no == wish.order_no
    us.door.forget()
    us.bank.faults(lost_notice=1)
    us.paid()
    assert us.door.deliveries == []
    us.bank.faults(reordered_notices=1)
    order_no = us.paid()
    us.refund(us.refund_wish(order_no, 5000))
    us.bank.advance(2)
    kinds = [notice.event_type for notice in us.notices(2)]
    profile = us.adapter.profile
    assert kinds == [profile.refund_event, profile.payment_event]


def test_the_bank_comes_again_by_its_own_schedule_and_then_gives_up(us):
    us.door.refuse_first = 1_000
    pauses = [pause.total_seconds() for pause in us.adapter.profile.retries]
    wish = us.wish()
    us.create(wish)
    us.bank.pay(wish.order_no)
    us.bank.advance(0)
    for place, pause in enumerate(pauses):
        us.bank.advance(pause - 1)
        assert len(us.door.deliveries) == place + 1, "not before its time"
        us.bank.advance(1.01)
        assert len(us.door.deliveries) == place + 2
    us.bank.advance(30 * 86_400)
    assert len(us.door.deliveries) == len(pauses) + 1
    (told,) = [row for row in us.bank.book()["notices"] if row["order_no"] == wish.order_no]
    assert told["state"] == "given_up"


def test_a_proxys_page_is_no_answer(us):
    with pytest.raises((AnswerForged, AnswerUnreadable)):
        us.adapter.read_payment(us.merchant, _page(), now=us.now())


def _page():
    from gateway.channels.port import HttpResponse

    return HttpResponse(status=200, headers={"content-type": "text/html"}, body=b"<html></html>")
