"""What 微信支付's answers mean: states, known refusals, and all that stays unknown."""

import json

import pytest

from gateway.channels.errors import (
    AnswerForged,
    AnswerUnreadable,
    BillNotReady,
    BillNotThere,
    ChannelAskAgain,
    ChannelKeyUnknown,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
    ChannelSilent,
    NoticeTooLarge,
    NoticeUnreadable,
    RefusalUnproven,
)
from gateway.channels.port import NOTICE_LIMIT_BYTES, HttpResponse, PaymentState, RefundState
from gateway.channels.registry import adapter
from gateway.sandbox.wechat_wallet.keyring import make_key
from gateway.sandbox.wechat_wallet.wire import dump, seal
from tests.gateway.channels.wechatpay.peer import API_V3_KEY, DAY, NOW, WeChatPeer

peer = WeChatPeer()
wechat = adapter("wechatpay")


def _refusal(status, code):
    return peer.answer(status, dump({"code": code, "message": "说明"}))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", PaymentState.PAID),
        ("REFUND", PaymentState.PAID),
        ("NOTPAY", PaymentState.PENDING),
        ("USERPAYING", PaymentState.PENDING),
        ("CLOSED", PaymentState.CLOSED),
        ("REVOKED", PaymentState.CLOSED),
        ("PAYERROR", PaymentState.FAILED),
        ("success", PaymentState.UNKNOWN),
    ],
)
def test_each_trade_state_word(word, state):
    answer = peer.payment_answer(trade_state=word)
    fact = wechat.read_payment(peer.merchant(), answer, now=NOW)
    assert (fact.state, fact.raw_state) == (state, word)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", RefundState.DONE),
        ("CLOSED", RefundState.CLOSED),
        ("PROCESSING", RefundState.PROCESSING),
        ("ABNORMAL", RefundState.ABNORMAL),
        ("EXCHANGED", RefundState.UNKNOWN),
    ],
)
def test_each_refund_state_word(word, state):
    fact = wechat.read_refund(peer.merchant(), peer.refund_answer(state=word), now=NOW)
    assert (fact.state, fact.raw_state) == (state, word)


def test_an_unpaid_order_needs_neither_amount_nor_payer():
    words = {
        name: value
        for name, value in peer.payment_words(trade_state="NOTPAY").items()
        if name in ("mchid", "appid", "out_trade_no", "trade_state", "trade_state_desc")
    }
    fact = wechat.read_payment(peer.merchant(), peer.answer(200, dump(words)), now=NOW)
    assert (fact.state, fact.amount_fen, fact.transaction_no) == (PaymentState.PENDING, None, None)


@pytest.mark.parametrize(
    "name", ["mchid", "appid", "out_trade_no", "transaction_id", "success_time", "amount"]
)
def test_a_paid_order_without_one_of_its_words_is_unreadable(name):
    words = {key: value for key, value in peer.payment_words().items() if key != name}
    with pytest.raises(AnswerUnreadable):
        wechat.read_payment(peer.merchant(), peer.answer(200, dump(words)), now=NOW)


@pytest.mark.parametrize("total", [50.0, True, "5000", None, -1, 10**12, [5000], {"fen": 5000}])
def test_an_amount_that_is_not_whole_fen_is_unreadable(total):
    with pytest.raises(AnswerUnreadable):
        wechat.read_payment(peer.merchant(), peer.payment_answer(total=total), now=NOW)


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, "ORDER_NOT_EXIST", ChannelOrderUnknown),
        (404, "RESOURCE_NOT_EXISTS", ChannelRefundUnknown),
        (400, "PARAM_ERROR", ChannelRefused),
        (400, "ORDER_CLOSED", ChannelRefused),
        (400, "ORDERPAID", ChannelRefused),
        (403, "OUT_TRADE_NO_USED", ChannelRefused),
        (401, "SIGN_ERROR", ChannelRefused),
        (403, "NOT_ENOUGH", ChannelShortOfFunds),
        (400, "NO_STATEMENT_EXIST", BillNotThere),
        (400, "STATEMENT_CREATING", BillNotReady),
        (429, "FREQUENCY_LIMITED", ChannelAskAgain),
        (500, "SYSTEM_ERROR", ChannelAskAgain),
        (502, "BANK_ERROR", ChannelAskAgain),
        (500, "PARAM_ERROR", ChannelSilent),
        (400, "A_WORD_OF_TOMORROW", ChannelSilent),
        (302, "PARAM_ERROR", ChannelSilent),
    ],
)
def test_each_refusal_means_one_thing(status, code, meaning):
    with pytest.raises((ChannelRefused, ChannelSilent)) as refused:
        wechat.read_payment(peer.merchant(), _refusal(status, code), now=NOW)
    assert type(refused.value) is meaning
    if status >= 400:
        assert refused.value.facts["channel_code"] == code


@pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "PARAM_ERROR", "NOT_ENOUGH"])
def test_a_refusal_without_a_valid_signature_is_only_a_claim(code):
    refusal = _refusal(404, code)
    for unproven in (
        peer.unsigned(refusal),
        HttpResponse(status=404, headers=refusal.headers, body=refusal.body + b" "),
    ):
        with pytest.raises(RefusalUnproven) as refused:
            wechat.read_payment(peer.merchant(), unproven, now=NOW)
        assert refused.value.facts["claimed"] == code


def test_a_refusal_under_an_unknown_key_asks_for_the_keys():
    stranger = make_key("certificate")
    body = dump({"code": "ORDER_NOT_EXIST", "message": ""})
    with pytest.raises(ChannelKeyUnknown):
        wechat.read_payment(peer.merchant(), peer.answer(404, body, key=stranger), now=NOW)


def test_closing_ends_well_when_it_is_closed_already_but_not_when_paid():
    assert wechat.read_closed(peer.merchant(), peer.answer(204, b""), now=NOW) is None
    assert wechat.read_closed(peer.merchant(), _refusal(400, "ORDER_CLOSED"), now=NOW) is None
    with pytest.raises(ChannelRefused) as refused:
        wechat.read_closed(peer.merchant(), _refusal(400, "ORDERPAID"), now=NOW)
    assert refused.value.channel_code == "ORDERPAID"
    with pytest.raises(AnswerForged):
        wechat.read_closed(peer.merchant(), HttpResponse(status=204, headers={}), now=NOW)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"prepay_id": "wx201410272009395522"}, "prepay_id"),
        ({"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}, "code_url"),
        ({"h5_url": "https://wx.tenpay.com/cgi-bin/x?prepay_id=1"}, "h5_url"),
    ],
)
def test_an_offer_holds_what_the_payers_device_needs(words, name):
    offer = wechat.read_created(peer.merchant(), peer.answer(200, dump(words)), now=NOW)
    assert getattr(offer, name) == words[name]
    assert (offer.client_params is not None) == (name == "prepay_id")


@pytest.mark.parametrize("words", [{}, {"prepay_id": 7}, {"prepay_id": "a", "code_url": "b"}])
def test_an_offer_that_is_none_is_unreadable(words):
    with pytest.raises(AnswerUnreadable):
        wechat.read_created(peer.merchant(), peer.answer(200, dump(words)), now=NOW)


def _notice(body):
    return wechat.read_notice(peer.merchant(), *peer.signed(body), now=NOW)


def test_a_notice_longer_than_the_limit_is_not_even_verified():
    with pytest.raises(NoticeTooLarge):
        wechat.read_notice(peer.merchant(), {}, b"x" * (NOTICE_LIMIT_BYTES + 1), now=NOW)


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("REFUND.SUCCESS", "SUCCESS"),
        ("REFUND.ABNORMAL", "ABNORMAL"),
        ("REFUND.CLOSED", "CLOSED"),
    ],
)
def test_a_refunds_event_and_its_state_must_agree(event, state):
    words = peer.refund_words(notice=True, state=state)
    assert _notice(peer.envelope(words, event)).fact.raw_state == state
    other = "CLOSED" if state != "CLOSED" else "SUCCESS"
    with pytest.raises(NoticeUnreadable):
        _notice(peer.envelope(peer.refund_words(notice=True, state=other), event))


@pytest.mark.parametrize(
    "plain",
    [
        b'{"mchid":"1900000001","mchid":"1900000999"}',
        b'{"amount":{"total":NaN}}',
        b"\xff\xfe{}",
        b"[]",
        b"",
        b'{"a":' * 5000,
    ],
)
def test_what_is_in_the_box_must_have_one_meaning(plain):
    with pytest.raises(NoticeUnreadable):
        _notice(peer.envelope(plain, "TRANSACTION.SUCCESS"))


@pytest.mark.parametrize(
    "event", ["COUPON.USE", "transaction.success", "PAYSCORE.USER_PAID", "REFUNDED"]
)
def test_an_event_of_another_kind_is_unreadable(event):
    with pytest.raises(NoticeUnreadable):
        _notice(peer.envelope(peer.payment_words(), event))


def test_a_payment_cannot_be_told_as_a_refund_nor_the_other_way_round():
    with pytest.raises(NoticeUnreadable):
        _notice(peer.envelope(peer.payment_words(), "REFUND.SUCCESS"))
    with pytest.raises(NoticeUnreadable):
        _notice(peer.envelope(peer.refund_words(notice=True), "TRANSACTION.SUCCESS"))


def _keys_answer(signer, *brought, api_v3_key=API_V3_KEY, serial=None):
    entries = [
        {
            "serial_no": serial or key.key_id,
            "effective_time": "2026-11-01T00:00:00+08:00",
            "expire_time": "2031-11-01T00:00:00+08:00",
            "encrypt_certificate": seal(api_v3_key, key.public_pem, "certificate"),
        }
        for key in brought
    ]
    return peer.answer(200, dump({"data": entries}), key=signer)


def test_new_certificates_are_believed_when_our_secret_and_a_signature_prove_them():
    new = make_key("certificate")
    for signer in (peer.public_key, peer.certificate, new):
        keys = wechat.read_keys(
            peer.merchant(), _keys_answer(signer, peer.certificate, new), now=NOW
        )
        assert [key.key_id for key in keys] == [peer.certificate.key_id, new.key_id]
        assert keys[1].pem == new.public_pem
        assert keys[1].valid_from < NOW < keys[1].valid_until


def test_certificates_that_anything_speaks_against_are_not_believed():
    stranger = make_key("certificate")
    for false in (
        _keys_answer(peer.public_key, stranger, api_v3_key=b"x" * 32),
        _keys_answer(peer.public_key, stranger, serial="7A"),
        _keys_answer(peer.public_key),
        peer.answer(200, dump({"data": ["x"]})),
        peer.unsigned(_keys_answer(peer.public_key, stranger)),
    ):
        with pytest.raises((AnswerForged, AnswerUnreadable)):
            wechat.read_keys(peer.merchant(), false, now=NOW)
    with pytest.raises(ChannelKeyUnknown):
        wechat.read_keys(peer.merchant(), _keys_answer(stranger, peer.certificate), now=NOW)


def test_a_bill_link_is_read_from_a_proven_answer_only():
    words = {"hash_type": "SHA1", "hash_value": "79bb", "download_url": "https://x/y"}
    answer = peer.answer(200, dump(words))
    link = wechat.read_bill_link(peer.merchant(), answer, day=DAY, now=NOW)
    assert (link.day, link.hash_hex, link.url) == (DAY, "79bb", "https://x/y")
    with pytest.raises(AnswerForged):
        wechat.read_bill_link(peer.merchant(), peer.unsigned(answer), day=DAY, now=NOW)
    for name in words:
        less = json.loads(answer.body)
        del less[name]
        with pytest.raises(AnswerUnreadable):
            wechat.read_bill_link(peer.merchant(), peer.answer(200, dump(less)), day=DAY, now=NOW)
