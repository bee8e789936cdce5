"""What we may say to 银联 acp 5.1.0: wishes checked, then requests as signed forms.

A transaction is known there by merchant, orderId and txnTime; both numbers are fixed before the
first call. Words whose value is C or D in docs/unionpay.md come from the account's options.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from gateway.channels.addresses import channel_origin, our_address
from gateway.channels.errors import ChannelMisconfigured, WishRefused
from gateway.channels.port import (
    ANSWER_LIMIT_BYTES,
    Asked,
    HttpRequest,
    Merchant,
    PaymentForm,
    PaymentWish,
    RefundWish,
)
from gateway.channels.unionpay.answers import PAY, QUERY, REFUND, YUAN
from gateway.channels.unionpay.meanings import SHANGHAI, stamp_of
from gateway.channels.unionpay.signing import sign
from gateway.channels.unionpay.words import form_of

FRONT, BACK = "/gateway/api/frontTransReq.do", "/gateway/api/backTransReq.do"
APP, SINGLE_QUERY = "/gateway/api/appTransReq.do", "/gateway/api/queryTrans.do"
FILE = "76"
BILL_LIMIT_BYTES = 64 << 20
_NOTHING = Asked()
GATEWAY_PAY, QR_PAY = "000201", "000000"
MOBILE, COMPUTER = "08", "07"
OWN_MERCHANT = "0"
# UnionPay takes 8 to 40; its statement has room for 32.
_NUMBER = re.compile(r"[0-9A-Za-z]{8,32}")
_QUERY_ID = re.compile(r"[0-9]{8,32}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff&={}\[\]\"']{1,32}")
_LARGEST_FEN = 10**10
_STATEMENTS_KEPT = timedelta(days=92)


def qr_order(merchant: Merchant, wish: PaymentWish, *, now: datetime) -> HttpRequest:
    """申请消费二维码: the code that any UnionPay wallet scans."""
    said = {**_order(merchant, wish, now), "bizType": QR_PAY, "txnSubType": "07"}
    return _post(merchant, BACK, {**said, "channelType": MOBILE}, Asked(order_no=wish.order_no))


def app_order(merchant: Merchant, wish: PaymentWish, *, now: datetime) -> HttpRequest:
    """控件支付: asks for the number (tn) that UnionPay's control in an app takes."""
    said = {**_order(merchant, wish, now), "bizType": GATEWAY_PAY, "txnSubType": "01"}
    said |= {"channelType": MOBILE, "orderDesc": _plain(wish.description)}
    return _post(merchant, APP, said, Asked(order_no=wish.order_no))


def front_form(merchant: Merchant, wish: PaymentWish, *, now: datetime) -> PaymentForm:
    """网关支付 and 手机网页支付: the payer's browser carries the order to UnionPay's cashier."""
    said = {**_order(merchant, wish, now), "bizType": GATEWAY_PAY, "txnSubType": "01"}
    said |= {
        "channelType": MOBILE,
        "orderDesc": _plain(wish.description),
        "frontUrl": _front_url(merchant, wish),
    }
    return PaymentForm(
        action=channel_origin(merchant) + FRONT, fields=sign(merchant, _present(said))
    )


def query(
    merchant: Merchant, number: str, *, placed_at: datetime, asked: Asked = _NOTHING
) -> HttpRequest:
    """交易状态查询, of a payment and of a refund alike."""
    said = {
        "txnType": QUERY,
        "txnSubType": "00",
        "bizType": QR_PAY,
        "accessType": OWN_MERCHANT,
        "channelType": COMPUTER,
        "merId": merchant.merchant_no,
        "orderId": _number(number, _NUMBER, "order_no"),
        "txnTime": stamp_of(placed_at),
    }
    return _post(merchant, SINGLE_QUERY, said, asked)


def refund(merchant: Merchant, wish: RefundWish) -> HttpRequest:
    """退货: whole or in part, up to eleven months after; taken now, done later."""
    if _fen(wish.amount_fen) > _fen(wish.total_fen):
        raise WishRefused("a refund larger than its order", refund_no=wish.refund_no)
    said = {
        "txnType": REFUND,
        "txnSubType": "00",
        "bizType": merchant.options.get("refund_business", GATEWAY_PAY),
        "accessType": OWN_MERCHANT,
        "channelType": COMPUTER,
        "merId": merchant.merchant_no,
        "orderId": _number(wish.refund_no, _NUMBER, "refund_no"),
        "origQryId": _number(wish.transaction_no, _QUERY_ID, "transaction_no"),
        "txnTime": stamp_of(wish.asked_at),
        "txnAmt": str(wish.amount_fen),
        "currencyCode": YUAN,
        "backUrl": our_address(merchant.refund_notify_url),
        "reqReserved": f"{_number(wish.order_no, _NUMBER, 'order_no')}|{wish.total_fen}",
    }
    return _post(merchant, BACK, said, asked_of(wish))


def asked_of(wish: RefundWish) -> Asked:
    """The refund's own numbers, for the reader of the answer."""
    return Asked(
        order_no=wish.order_no,
        refund_no=wish.refund_no,
        amount_fen=wish.amount_fen,
        total_fen=wish.total_fen,
    )


def statement(merchant: Merchant, day: date, *, now: datetime) -> HttpRequest:
    """文件传输 of one settlement day (23:00 to 23:00), there from about 9:00 of the next."""
    today = now.astimezone(SHANGHAI).date()
    if not today - _STATEMENTS_KEPT <= day < today:
        raise WishRefused("a bill is of a past day within three months", day=day.isoformat())
    said = {
        "txnType": FILE,
        "txnSubType": "01",
        "bizType": QR_PAY,
        "accessType": OWN_MERCHANT,
        "merId": merchant.merchant_no,
        "settleDate": day.strftime("%m%d"),
        "txnTime": stamp_of(now),
        "fileType": merchant.options.get("statement_type", "00"),
    }
    return _request(merchant, _statement_url(merchant), said, _NOTHING, BILL_LIMIT_BYTES)


def _order(merchant: Merchant, wish: PaymentWish, now: datetime) -> dict[str, str]:
    if wish.expires_at.tzinfo is None or wish.expires_at <= now:
        raise WishRefused("the order would be over before it begins")
    if wish.no_credit:
        raise WishRefused("this channel cannot keep credit cards out")
    return {
        "txnType": PAY,
        "accessType": OWN_MERCHANT,
        "merId": merchant.merchant_no,
        "orderId": _number(wish.order_no, _NUMBER, "order_no"),
        "txnTime": stamp_of(wish.placed_at),
        "payTimeout": stamp_of(wish.expires_at),
        "txnAmt": str(_fen(wish.amount_fen)),
        "currencyCode": YUAN,
        "backUrl": our_address(merchant.notify_url),
        "reqReserved": _plain(wish.attach) if wish.attach else "",
    }


def _post(merchant: Merchant, path: str, said: Mapping[str, str], asked: Asked) -> HttpRequest:
    return _request(merchant, channel_origin(merchant) + path, said, asked, ANSWER_LIMIT_BYTES)


def _request(
    merchant: Merchant, url: str, said: Mapping[str, str], asked: Asked, limit: int
) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=url,
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "transport-card-gateway",
        },
        body=form_of(sign(merchant, _present(said))),
        answer_limit_bytes=limit,
        asked=asked,
    )


def _present(said: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in said.items() if value}


def _statement_url(merchant: Merchant) -> str:
    """Statements lie at a host of their own; a path alone is one at the gateway's."""
    url = merchant.options.get("statement_url", "")
    if not url:
        raise ChannelMisconfigured("the account does not say where statements are fetched")
    return channel_origin(merchant) + url if url.startswith("/") else url


def _front_url(merchant: Merchant, wish: PaymentWish) -> str:
    """Where the payer's browser goes afterwards; it tells us nothing that we believe."""
    return wish.return_url or merchant.options.get("front_url", "")


def _number(given: str, form: re.Pattern[str], name: str) -> str:
    if not form.fullmatch(given):
        raise WishRefused(f"{name} is not in the channel's form")
    return given


def _plain(given: str) -> str:
    if not _PLAIN.fullmatch(given):
        raise WishRefused("a text is not plain, of 1 to 32 characters without & = { } [ ]")
    return given


def _fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= _LARGEST_FEN:
        raise WishRefused("the amount is not a positive whole number of fen")
    return amount_fen
