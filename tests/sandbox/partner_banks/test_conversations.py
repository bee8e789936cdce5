"""The whole conversation with each bank: every request is checked by the bank's own code."""

from dataclasses import replace

import pytest

from gateway.channels.errors import (
    ChannelKeyUnknown,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    WishRefused,
)
from gateway.channels.port import PaymentState, Product, RefundState


def test_an_order_is_opened_paid_told_and_found(us):
    wish = us.wish()
    offer = us.create(wish)
    assert (offer.code_url or offer.h5_url).startswith(us.bank.base_url)
    assert us.query(wish.order_no).state is PaymentState.PENDING

    us.bank.pay(wish.order_no)
    fact = us.query(wish.order_no)
    assert (fact.state, fact.amount_fen, fact.currency) == (PaymentState.PAID, 5000, "CNY")
    (notice,) = us.notices()
    assert notice.fact == fact
    us.bank.advance(0)
    (told,) = [row for row in us.bank.book()["notices"] if row["order_no"] == wish.order_no]
    assert (told["state"], told["attempts"]) == ("accepted", 1), "our receipt is the bank's yes"


@pytest.mark.parametrize("product", list(Product))
def test_each_product_is_offered_as_agreed_or_refused_before_anything_is_sent(us, product):
    if product not in us.adapter.profile.products:
        with pytest.raises(WishRefused):
            us.create(us.wish(product))
        return
    offer = us.create(us.wish(product))
    assert (offer.h5_url is not None) == (product is Product.H5)


def test_asked_twice_it_is_one_order_and_another_content_is_refused(us):
    wish = us.wish()
    assert us.create(wish) == us.create(wish)
    with pytest.raises(ChannelRefused) as refused:
        us.create(replace(wish, amount_fen=4999))
    assert type(refused.value) is ChannelRefused
    assert us.bank.order(wish.order_no)["amount_fen"] == 5000


def test_nobody_knows_an_order_or_refund_that_was_never_made(us):
    with pytest.raises(ChannelOrderUnknown):
        us.query("0" * 32)
    with pytest.raises(ChannelRefundUnknown):
        us.query_refund(us.refund_wish("0" * 32, 1))


def test_a_closed_order_stays_closed_and_a_paid_one_is_not_closed(us):
    wish = us.wish()
    us.create(wish)
    us.close(wish.order_no)
    us.close(wish.order_no)
    assert us.query(wish.order_no).state is PaymentState.CLOSED
    paid = us.paid()
    with pytest.raises(ChannelRefused):
        us.close(paid)
    assert us.query(paid).state is PaymentState.PAID


def test_money_goes_back_in_parts_once_for_each_number_and_never_more_than_was_paid(us):
    order_no = us.paid()
    first, second = us.refund_wish(order_no, 2000), us.refund_wish(order_no, 3000)
    assert us.refund(first).state is RefundState.PROCESSING
    us.refund(first)
    us.bank.advance(2)
    done = us.query_refund(first)
    assert (done.state, done.amount_fen, done.total_fen) == (RefundState.DONE, 2000, 5000)
    with pytest.raises(ChannelRefused):
        us.refund(us.refund_wish(order_no, 3001))
    with pytest.raises(ChannelRefused):
        us.refund(replace(first, amount_fen=1999))
    us.refund(second)
    us.bank.advance(2)
    kept = [row for row in us.bank.book()["refunds"] if row["order_no"] == order_no]
    assert [row["amount_fen"] for row in kept] == [2000, 3000]
    assert us.query(order_no).given_back
    told = [notice.fact for notice in us.notices(3)]
    assert {fact.state for fact in told[1:]} == {RefundState.DONE}


def test_a_refund_the_bank_cannot_do_is_told_as_what_it_is(us):
    order_no = us.paid()
    us.bank.faults(not_enough=1)
    wish = us.refund_wish(order_no, 1000)
    with pytest.raises(ChannelShortOfFunds):
        us.refund(wish)
    for switch, state in (
        ("refund_abnormal", RefundState.ABNORMAL),
        ("refund_closed", RefundState.CLOSED),
        ("refund_stays", RefundState.PROCESSING),
    ):
        us.bank.faults(**{switch: 1})
        wish = us.refund_wish(order_no, 100)
        us.refund(wish)
        us.bank.advance(2)
        assert us.query_refund(wish).state is state


def test_a_payment_that_lands_on_a_closed_order_is_found(us):
    wish = us.wish()
    us.create(wish)
    us.bank.faults(late_success_after_close=1)
    us.close(wish.order_no)
    assert us.query(wish.order_no).state is PaymentState.PAID


def test_keys_overlap_while_the_bank_changes_them(us):
    before = us.merchant
    us.bank.rotate_keys()
    order_no = us.paid()
    assert us.query(order_no).state is PaymentState.PAID
    request = us.adapter.keys_request(before, now=us.now(), nonce="n" * 32)
    assert (request is None) == (not us.adapter.profile.publishes_keys)


def test_a_bank_that_publishes_its_keys_is_believed_under_an_old_one(us):
    if not us.adapter.profile.publishes_keys:
        return
    keys = us.ask(us.adapter.keys_request, us.adapter.read_keys)
    assert {key.key_id: key.pem for key in keys} == us.merchant.platform_keys
    before = us.merchant
    us.bank.rotate_keys()
    order_no = us.paid()
    with pytest.raises(ChannelKeyUnknown):
        us.query(order_no, merchant=before)
    learnt = us.ask(us.adapter.keys_request, us.adapter.read_keys, merchant=before)
    after = replace(before, platform_keys={key.key_id: key.pem for key in learnt})
    assert us.query(order_no, merchant=after).state is PaymentState.PAID
    assert all(key.valid_from < us.bank_now() < key.valid_until for key in keys)
