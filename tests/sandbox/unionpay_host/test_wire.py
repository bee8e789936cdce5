"""The host checks what we sign for real, knows numbers only with their time, and repeats itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.channels.errors import (
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelSilent,
)
from gateway.channels.port import PaymentState, Product, RefundState
from gateway.channels.registry import adapter
from gateway.sandbox.unionpay_host import wire
from tests.gateway.channels.unionpay.peer import MER_ID

unionpay = adapter("unionpay")


def test_an_order_is_known_by_its_number_and_its_time(us):
    wish = us.paid()
    fact = us.query(wish)
    assert (fact.state, fact.amount_fen, fact.order_no) == (
        PaymentState.PAID,
        5000,
        wish.order_no,
    )
    other = replace(wish, placed_at=wish.placed_at - timedelta(seconds=1))
    with pytest.raises(ChannelOrderUnknown):
        us.query(other)


def test_the_same_wish_is_one_order_and_another_under_its_number_a_duplicate(us):
    wish = us.wish()
    assert us.open(wish) == us.open(wish)
    with pytest.raises(ChannelRefused, match="12"):
        us.open(replace(wish, amount_fen=1))


def test_every_word_of_a_request_is_under_our_signature(us):
    request = unionpay.create_payment(us.merchant, us.wish(), now=us.now(), nonce="")
    words = wire.words_of(request.body)
    for name in words:
        false = {**words, name: ("2" if words[name][0] != "2" else "3") + words[name][1:]}
        answer = us.carry(replace(request, body=wire.notice_body(false)))
        with pytest.raises(ChannelRefused) as refused:
            unionpay.read_created(us.merchant, answer, now=us.now())
        assert refused.value.channel_code in ("10", "11", "31"), name
    assert us.state.shown_orders() == []


def test_a_refund_is_taken_then_done_and_its_number_is_one_for_ever(us):
    wish = us.paid()
    back = us.refund_wish(wish, 3000)
    assert us.refund(back).state is RefundState.PROCESSING
    again = us.refund(back)
    assert (again.state, again.amount_fen) == (RefundState.PROCESSING, 3000)
    with pytest.raises(ChannelRefused, match="36"):
        us.refund(us.refund_wish(wish, 2001))
    us.state.book.move_clock(2)
    us.state.refunds.do_due()
    done = us.query_refund(back)
    assert (done.state, done.order_no, done.total_fen) == (RefundState.DONE, wish.order_no, 5000)
    with pytest.raises(ChannelRefundUnknown):
        us.query_refund(us.refund_wish(wish, 1))
    assert [row["amount_fen"] for row in us.state.shown_refunds()] == [3000]


@pytest.mark.parametrize(
    ("switch", "kind", "meaning"),
    [
        ("busy", "query", ChannelAskAgain),
        ("no_gateway", "query", ChannelSilent),
        ("refusal_unsigned", "query", ChannelSilent),
        ("refused", "query", ChannelRefused),
        ("undecided", "create", ChannelSilent),
    ],
)
def test_what_each_refusal_leaves_known(us, switch, kind, meaning):
    wish = us.wish() if kind == "create" else us.paid()
    us.state.faults.set({switch: {"times": 1, "on": kind}})
    with pytest.raises(meaning):
        us.open(wish) if kind == "create" else us.query(wish)


@pytest.mark.parametrize("code", ["03", "04", "05"])
def test_an_undecided_refund_is_asked_about_and_never_sent_under_another_number(us, code):
    back = us.refund_wish(us.paid(), 5000)
    us.state.faults.set({"undecided": {"times": 1, "on": "refund", "code": code}})
    assert us.refund(back).state in (RefundState.UNKNOWN, RefundState.PROCESSING)
    us.state.book.move_clock(2)
    us.state.refunds.do_due()
    assert us.query_refund(back).state is RefundState.DONE


def test_notices_are_repeated_a_few_times_in_minutes_and_then_no_more(us):
    us.paid()
    us.state.advance(3600)
    [notice] = us.state.shown()["notices"]
    assert (notice["state"], notice["attempts"]) == ("given_up", 5)
    us.state.book.set("notice_schedule", "1")
    us.paid()
    us.state.advance(10)
    assert [row["attempts"] for row in us.state.shown()["notices"]] == [5, 2]


def test_an_order_over_cannot_be_paid_unless_it_lands_late(us):
    wish = us.wish(Product.APP)
    us.open(wish)
    us.state.book.move_clock(31 * 60)
    us.state.faults.set({"late_success_after_close": 1})
    with pytest.raises(ChannelOrderUnknown):
        us.query(wish)
    assert us.query(wish).state is PaymentState.PAID
    assert us.state.shown_orders()[0]["merchant_no"] == MER_ID


def test_an_authority_outlives_its_process(us, tmp_path):
    before = us.merchant.trusted_roots_pem
    again = type(us)(tmp_path)
    assert again.merchant.trusted_roots_pem == before
    assert again.state.keyring.current().key_id == us.state.keyring.current().key_id
