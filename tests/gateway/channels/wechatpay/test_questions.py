"""What we say to 微信支付: the exact words, and wishes that are never said."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.channels.errors import ChannelMisconfigured, WishRefused
from gateway.channels.port import PaymentWish, Product, RefundWish
from gateway.channels.registry import adapter
from tests.gateway.channels.wechatpay.peer import NOW, ORDER_NO, REFUND_NO, WeChatPeer

peer = WeChatPeer()
wechat = adapter("wechatpay")
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
WISH = PaymentWish(
    order_no=ORDER_NO,
    amount_fen=5000,
    description="公交卡充值",
    placed_at=NOW,
    expires_at=datetime(2026, 11, 22, 4, 30, tzinfo=UTC),
    product=Product.NATIVE,
)
REFUND = RefundWish(
    refund_no=REFUND_NO,
    order_no=ORDER_NO,
    transaction_no="4200002611202611210000000001",
    asked_at=NOW,
    amount_fen=2000,
    total_fen=5000,
)


def _created(wish):
    return wechat.create_payment(peer.merchant(), wish, now=NOW, nonce=NONCE)


def test_a_native_order_in_the_channels_words():
    request = _created(WISH)
    assert (request.method, request.url) == (
        "POST",
        "https://api.mch.weixin.qq.com/v3/pay/transactions/native",
    )
    assert json.loads(request.body) == {
        "appid": "wxd678efh567hg6787",
        "mchid": "1900000001",
        "description": "公交卡充值",
        "out_trade_no": ORDER_NO,
        "time_expire": "2026-11-22T12:30:00+08:00",
        "notify_url": "https://gateway.example/notices/wechatpay",
        "amount": {"total": 5000, "currency": "CNY"},
    }
    assert request.headers["Wechatpay-Serial"] == peer.public_key.key_id
    assert not request.only_asks


def test_jsapi_names_the_payer_and_h5_the_payers_address():
    jsapi = _created(replace(WISH, product=Product.JSAPI, payer_no="oUpF8uMuAJO", attach="a b"))
    h5 = _created(replace(WISH, product=Product.H5, payer_ip="2001:db8::1"))
    assert json.loads(jsapi.body)["payer"] == {"openid": "oUpF8uMuAJO"}
    assert json.loads(jsapi.body)["attach"] == "a b"
    assert jsapi.url.endswith("/jsapi")
    assert json.loads(h5.body)["scene_info"] == {
        "payer_client_ip": "2001:db8::1",
        "h5_info": {"type": "Wap"},
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": True},
        {"amount_fen": 50.0},
        {"amount_fen": 10**11},
        {"order_no": "short"},
        {"order_no": "x" * 33},
        {"order_no": "../certificates"},
        {"order_no": "order\n12345"},
        {"description": ""},
        {"description": "长" * 128},
        {"description": "line\nbreak"},
        {"attach": "x" * 129},
        {"expires_at": NOW},
        {"expires_at": datetime(2027, 1, 1)},  # noqa: DTZ001 - naive on purpose
        {"product": Product.JSAPI},
        {"product": Product.JSAPI, "payer_no": "a b"},
        {"product": Product.H5},
        {"product": Product.H5, "payer_ip": "10.0.0.256"},
    ],
)
def test_a_wish_that_cannot_be_said_is_not_said(changed):
    with pytest.raises(WishRefused):
        _created(replace(WISH, **changed))


def test_the_same_wish_is_the_same_bytes_whenever_it_is_said():
    later = wechat.create_payment(
        peer.merchant(), WISH, now=NOW + timedelta(minutes=5), nonce="n" * 32
    )
    assert later.body == _created(WISH).body


def test_query_close_and_refund_in_the_channels_words():
    merchant = peer.merchant()
    query = wechat.query(merchant, "a|b*c-d_e1", placed_at=NOW, now=NOW, nonce=NONCE)
    assert query.url == (
        "https://api.mch.weixin.qq.com/v3/pay/transactions/out-trade-no/a%7Cb%2Ac-d_e1"
        "?mchid=1900000001"
    )
    assert query.only_asks
    close = wechat.close(merchant, ORDER_NO, placed_at=NOW, now=NOW, nonce=NONCE)
    assert close.url.endswith(f"/out-trade-no/{ORDER_NO}/close")
    assert json.loads(close.body) == {"mchid": "1900000001"}
    refund = wechat.refund(merchant, replace(REFUND, reason="未圈存"), now=NOW, nonce=NONCE)
    assert refund.url.endswith("/v3/refund/domestic/refunds")
    assert json.loads(refund.body) == {
        "out_trade_no": ORDER_NO,
        "out_refund_no": REFUND_NO,
        "reason": "未圈存",
        "notify_url": "https://gateway.example/notices/wechatpay/refunds",
        "amount": {"refund": 2000, "total": 5000, "currency": "CNY"},
    }
    asked = wechat.query_refund(merchant, REFUND, now=NOW, nonce=NONCE)
    assert asked.url.endswith(f"/v3/refund/domestic/refunds/{REFUND_NO}")


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 5001},
        {"amount_fen": 0},
        {"amount_fen": True},
        {"total_fen": 0},
        {"refund_no": ""},
        {"refund_no": "x" * 65},
        {"refund_no": "a/b"},
    ],
)
def test_a_refund_that_cannot_be_is_not_asked_for(changed):
    with pytest.raises(WishRefused):
        wechat.refund(peer.merchant(), replace(REFUND, **changed), now=NOW, nonce=NONCE)


def test_a_bill_is_asked_for_by_its_shanghai_day_and_only_when_that_is_over():
    after_midnight = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    request = wechat.bill_request(
        peer.merchant(), date(2026, 11, 21), now=after_midnight, nonce=NONCE
    )
    assert "bill_date=2026-11-21&bill_type=ALL&tar_type=GZIP" in request.url
    for day, now in (
        (date(2026, 11, 21), after_midnight - timedelta(seconds=1)),
        (date(2026, 8, 1), after_midnight),
    ):
        with pytest.raises(WishRefused):
            wechat.bill_request(peer.merchant(), day, now=now, nonce=NONCE)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v3/billdownload/file?token=x",
        "http://api.mch.weixin.qq.com/v3/billdownload/file",
        "https://api.mch.weixin.qq.com.evil.example/x",
        "https://api.mch.weixin.qq.com@evil.example/x",
        "file:///etc/passwd",
        "https://api.mch.weixin.qq.com:444/x",
    ],
)
def test_our_signature_never_goes_to_a_host_that_is_not_the_channels(url):
    link = replace(peer.link(b""), url=url)
    with pytest.raises(ChannelMisconfigured):
        wechat.bill_download(peer.merchant(), link, now=NOW, nonce=NONCE)


@pytest.mark.parametrize(
    "changed",
    [
        {"base_url": "https://api.mch.weixin.qq.com/prefix"},
        {"base_url": "ftp://api.mch.weixin.qq.com"},
        {"notify_url": "https://gateway.example/notices?x=1"},
        {"notify_url": "javascript:alert(1)"},
    ],
)
def test_a_merchant_row_that_cannot_work_is_our_own_mistake(changed):
    with pytest.raises(ChannelMisconfigured):
        wechat.create_payment(replace(peer.merchant(), **changed), WISH, now=NOW, nonce=NONCE)


@pytest.mark.parametrize(
    "nonce", ["", "short", "x" * 33, "abc\ndefghijklmnopq", 'a"bcdefghijklmnop']
)
def test_a_nonce_that_could_change_the_signed_text_is_a_mistake(nonce):
    with pytest.raises(ValueError, match="nonce"):
        wechat.query(peer.merchant(), ORDER_NO, placed_at=NOW, now=NOW, nonce=nonce)
