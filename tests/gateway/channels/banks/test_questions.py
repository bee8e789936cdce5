"""What we say to banks: wishes checked before anything is signed, numbers that stay the same."""

import json
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from gateway.channels.errors import (
    AnswerForeign,
    AnswerUnreadable,
    ChannelMisconfigured,
    NoticeUnreadable,
    WishRefused,
)
from gateway.channels.port import Asked, BillLink, Product
from gateway.channels.registry import adapter
from tests.gateway.channels.banks.peer import NOTICE_URL, GbkPeer, GuomiPeer, Rfc9421Peer
from tests.gateway.channels.banks.wishes import NONCE, STAMP, refund_wish, wish
from tests.gateway.channels.peer import NOW, ORDER_NO, REFUND_NO

guomi, gbk, rfc9421 = GuomiPeer(), GbkPeer(), Rfc9421Peer()
PEERS = pytest.mark.parametrize("peer", [guomi, gbk, rfc9421], ids=lambda peer: peer.name)


@PEERS
@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": True},
        {"amount_fen": 10**11},
        {"order_no": "12345"},
        {"order_no": "x" * 33},
        {"order_no": "../../x"},
        {"order_no": "中文中文中文"},
        {"description": ""},
        {"description": "a\nb"},
        {"description": "a\ud800b"},
        {"description": "x" * 200},
        {"expires_at": NOW},
        {"expires_at": (NOW + timedelta(hours=1)).replace(tzinfo=None)},
        {"product": Product.JSAPI},
        {"payer_ip": "no address"},
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_said_is_refused_before_anything_is_signed(peer, changed):
    with pytest.raises(WishRefused):
        adapter(peer.name).create_payment(peer.merchant(), wish(**changed), **STAMP)


def read_as_xml(body, path):
    """A word of a document in GBK, by another reader than ours."""
    return ET.fromstring(body.partition(b"?>")[2].decode("gbk")).findtext(path)


def test_our_texts_that_gbk_lacks_travel_as_references_and_what_xml_lacks_is_refused():
    """Names of people and places hold such characters; they are neither lost nor guessed."""
    bank, merchant = adapter(gbk.name), gbk.merchant()
    said = "䶮城 ĳ€ 充值 <1&2>"
    body = bank.create_payment(merchant, wish(description=said), **STAMP).body
    assert "&#19886;城 &#307;&#8364; 充值 &lt;1&amp;2&gt;".encode("gbk") in body
    assert read_as_xml(body, "Body/Remark") == said
    with pytest.raises(WishRefused, match="XML cannot carry"):
        bank.create_payment(merchant, wish(description="a\ufffeb"), **STAMP)


def test_a_refunds_reason_is_cut_to_what_the_bank_takes():
    request = adapter(gbk.name).refund(gbk.merchant(), refund_wish(reason="长" * 40), **STAMP)
    assert read_as_xml(request.body, "Body/RefMemo") == "长" * 30
    said = adapter(guomi.name).refund(guomi.merchant(), refund_wish(reason="一&\n二"), **STAMP)
    assert json.loads(said.body)["refundReason"] == "一 二"


def test_an_ampersand_would_blur_the_pairs_and_is_refused_both_ways():
    with pytest.raises(WishRefused):
        adapter(guomi.name).create_payment(
            guomi.merchant(), wish(description="充值&txnAmt=1"), **STAMP
        )
    headers, body = guomi.payment_notice(payerAcct="1&txnStatus=01")
    with pytest.raises(NoticeUnreadable, match="ampersand"):
        adapter(guomi.name).read_notice(guomi.merchant(), headers, body, now=NOW)


@PEERS
def test_a_refund_larger_than_its_order_is_never_said(peer):
    with pytest.raises(WishRefused):
        adapter(peer.name).refund(peer.merchant(), refund_wish(amount_fen=5001), **STAMP)


@PEERS
def test_each_question_knows_its_own_numbers(peer):
    bank, merchant = adapter(peer.name), peer.merchant()
    asked = [
        bank.create_payment(merchant, wish(), **STAMP).asked,
        bank.query(merchant, ORDER_NO, placed_at=NOW, **STAMP).asked,
        bank.close(merchant, ORDER_NO, placed_at=NOW, **STAMP).asked,
    ]
    assert asked == [Asked(order_no=ORDER_NO)] * 3
    both = Asked(order_no=ORDER_NO, refund_no=REFUND_NO)
    assert bank.refund(merchant, refund_wish(), **STAMP).asked == both
    assert bank.query_refund(merchant, refund_wish(), **STAMP).asked == both


@PEERS
def test_a_genuine_answer_to_another_question_is_not_believed(peer):
    bank = adapter(peer.name)
    about_us = replace(peer.payment_answer(), asked=Asked(order_no=ORDER_NO))
    assert bank.read_payment(peer.merchant(), about_us, now=NOW) == peer.expected_payment()
    for asked, read, answer in (
        (Asked(order_no="0" * 32), bank.read_payment, peer.payment_answer()),
        (Asked(order_no="0" * 32, refund_no=REFUND_NO), bank.read_refund, peer.refund_answer()),
        (Asked(order_no=ORDER_NO, refund_no="0" * 32), bank.read_refund, peer.refund_answer()),
    ):
        with pytest.raises(AnswerForeign):
            read(peer.merchant(), replace(answer, asked=asked), now=NOW)


@PEERS
def test_an_offer_or_a_closing_of_another_order_is_not_ours(peer):
    bank = adapter(peer.name)
    words = {"merchant_no": "B00000000000001", "order_no": ORDER_NO}
    made = peer.answer({**words, "page": "https://epay.bank.example/cashier/1"})
    closed = peer.answer(words)
    ours, other = Asked(order_no=ORDER_NO), Asked(order_no="0" * 32)
    assert bank.read_created(peer.merchant(), replace(made, asked=ours), now=NOW).h5_url
    bank.read_closed(peer.merchant(), replace(closed, asked=ours), now=NOW)
    with pytest.raises(AnswerForeign):
        bank.read_created(peer.merchant(), replace(made, asked=other), now=NOW)
    with pytest.raises(AnswerForeign):
        bank.read_closed(peer.merchant(), replace(closed, asked=other), now=NOW)


@PEERS
def test_only_past_days_of_three_months_have_a_bill_and_it_lies_at_the_bank(peer):
    bank, merchant = adapter(peer.name), peer.merchant()
    for day in (date(2026, 11, 22), date(2026, 11, 23), date(2026, 8, 1)):
        with pytest.raises(WishRefused):
            bank.bill_request(merchant, day, **STAMP)
    for url in (
        "https://evil.example/f",
        "http://epay.bank.example/f",
        "https://epay.bank.example",
    ):
        link = BillLink(day=date(2026, 11, 21), url=url, hash_type="SHA-256", hash_hex="0" * 64)
        with pytest.raises(ChannelMisconfigured):
            bank.bill_download(merchant, link, **STAMP)


@PEERS
def test_a_jump_page_lies_at_the_bank_or_is_no_offer(peer):
    bank = adapter(peer.name)
    words = {"merchant_no": "B00000000000001"}
    for page, is_offer in (
        ("https://epay.bank.example/cashier/1", True),
        ("https://evil.example/cashier/1", False),
        ("http://epay.bank.example/cashier/1", False),
        ("javascript:alert(1)", False),
        ("https://epay.bank.example@evil.example/1", False),
    ):
        answer = peer.answer({**words, "page": page})
        if is_offer:
            assert bank.read_created(peer.merchant(), answer, now=NOW).h5_url == page
        else:
            with pytest.raises(AnswerUnreadable, match="bank"):
                bank.read_created(peer.merchant(), answer, now=NOW)


def test_what_the_first_bank_is_told():
    words = json.loads(adapter(guomi.name).create_payment(guomi.merchant(), wish(), **STAMP).body)
    assert words.pop("sign")
    assert words == {
        "version": "1.0",
        "merId": "B00000000000001",
        "termId": "00000001",
        "orderNo": ORDER_NO,
        "payType": "H5",
        "txnAmt": "5000",
        "curCode": "156",
        "orderDesc": "交通卡充值",
        "expireTime": "20261122123000",
        "notifyUrl": NOTICE_URL,
        "keyId": "ours-1",
        "timestamp": "20261122120000",
        "nonce": NONCE,
        "signType": "SM2",
    }


def test_what_the_third_bank_is_told_and_under_which_key_it_may_be_repeated():
    bank = adapter(rfc9421.name)
    one = bank.create_payment(rfc9421.merchant(), wish(), **STAMP)
    again = bank.create_payment(
        rfc9421.merchant(), wish(), now=NOW + timedelta(minutes=1), nonce="m" * 32
    )
    assert one.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
    assert one.body == again.body
    assert json.loads(one.body)["amount"] == {"value": 5000, "currency": "CNY"}
    close = bank.close(rfc9421.merchant(), ORDER_NO, placed_at=NOW, **STAMP)
    assert close.headers["Idempotency-Key"] != one.headers["Idempotency-Key"]
