"""What we may say to 支付宝: wishes checked, then requests as signed parameters.

Source: the public documentation of the open platform's trade methods. Amounts are yuan text with
two decimals there, moments are Shanghai's.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from gateway.channels.addresses import channel_origin, our_address
from gateway.channels.alipay.signing import ALGORITHM, CHARSET, ROOTS_OPTION, signed
from gateway.channels.errors import ChannelMisconfigured, WishRefused
from gateway.channels.reasons import sayable
from gateway.channels.values import (
    Asked,
    BillLink,
    HttpRequest,
    Merchant,
    PaymentWish,
    Product,
    RefundWish,
)
from gateway.channels.yuan import yuan_of_fen

SHANGHAI = ZoneInfo("Asia/Shanghai")
PATH = "/gateway.do"
BILL_LIMIT_BYTES = 64 << 20
_NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
_USER_ID = re.compile(r"2088[0-9]{12}")
_PAYER_NO = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_NOT_IN_A_SUBJECT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff/=&]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LARGEST_FEN = 10**10
# Credit cards by shortcut, by agreement and by their group (花呗 is in it); not tried at Alipay.
_CREDIT = "creditCard,creditCardExpress,creditCardCartoon,credit_group"
_BILLS_BACK = timedelta(days=92)


def create_payment(merchant: Merchant, wish: PaymentWish, *, now: datetime) -> HttpRequest:
    """alipay.trade.precreate (a code to scan) or alipay.trade.create (inside the app)."""
    words = _order_words(wish, now)
    if wish.product is Product.NATIVE:
        return _post(merchant, "alipay.trade.precreate", words, _about(wish), now=now, notify=True)
    if wish.product is Product.JSAPI:
        words |= _payer(wish)
        if "op_app_id" in merchant.options:
            words |= {"product_code": "JSAPI_PAY", "op_app_id": merchant.options["op_app_id"]}
        return _post(merchant, "alipay.trade.create", words, _about(wish), now=now, notify=True)
    raise WishRefused("no request of ours opens this product", product=wish.product.value)


def wap_url(merchant: Merchant, wish: PaymentWish, *, now: datetime) -> str:
    """alipay.trade.wap.pay as the signed address that the payer's browser opens."""
    words = _order_words(wish, now) | {"product_code": "QUICK_WAP_WAY"}
    back = {"return_url": our_address(wish.return_url)} if wish.return_url else {}
    values = _signed(merchant, "alipay.trade.wap.pay", words, now=now, notify=True, more=back)
    return f"{channel_origin(merchant)}{PATH}?{urlencode(values)}"


def query(merchant: Merchant, order_no: str, *, now: datetime) -> HttpRequest:
    """alipay.trade.query by our own number."""
    words = {"out_trade_no": _number(order_no, "order_no")}
    return _get(merchant, "alipay.trade.query", words, Asked(order_no=order_no), now=now)


def close(merchant: Merchant, order_no: str, *, now: datetime) -> HttpRequest:
    """alipay.trade.close of an unpaid trade."""
    words = {"out_trade_no": _number(order_no, "order_no")}
    return _post(merchant, "alipay.trade.close", words, Asked(order_no=order_no), now=now)


def refund(merchant: Merchant, wish: RefundWish, *, now: datetime) -> HttpRequest:
    """alipay.trade.refund; one refund for ever per out_request_no."""
    if _fen(wish.amount_fen) > _fen(wish.total_fen):
        raise WishRefused("a refund larger than its order", refund_no=wish.refund_no)
    words: dict[str, Any] = {
        "out_trade_no": _number(wish.order_no, "order_no"),
        "out_request_no": _number(wish.refund_no, "refund_no"),
        "refund_amount": yuan_of_fen(wish.amount_fen),
    }
    if reason := sayable(wish.reason, 256):
        words["refund_reason"] = reason
    return _post(merchant, "alipay.trade.refund", words, _about_refund(wish), now=now)


def query_refund(merchant: Merchant, wish: RefundWish, *, now: datetime) -> HttpRequest:
    """alipay.trade.fastpay.refund.query, asked to tell when it was done."""
    words: dict[str, Any] = {
        "out_trade_no": _number(wish.order_no, "order_no"),
        "out_request_no": _number(wish.refund_no, "refund_no"),
        "query_options": ["gmt_refund_pay"],
    }
    method = "alipay.trade.fastpay.refund.query"
    return _get(merchant, method, words, _about_refund(wish), now=now)


def bill_request(merchant: Merchant, day: date, *, now: datetime) -> HttpRequest:
    """alipay.data.dataservice.bill.downloadurl.query of one past Shanghai day."""
    today = now.astimezone(SHANGHAI).date()
    if not today - _BILLS_BACK <= day < today:
        raise WishRefused("a bill is of a past day within three months", day=day.isoformat())
    words = {"bill_type": "trade", "bill_date": day.isoformat()}
    method = "alipay.data.dataservice.bill.downloadurl.query"
    return _get(merchant, method, words, Asked(), now=now)


def bill_download(merchant: Merchant, link: BillLink) -> HttpRequest:
    """GET of the link, which itself is the permission: only at hosts the account names.

    They are its own address and its option `hosts`; the channel's bills lie at
    dwbillcenter.alipay.com. It prints the link with http, we fetch it as we speak to the gateway.
    """
    base, given = urlsplit(merchant.base_url), urlsplit(link.url)
    hosts = {base.netloc, *merchant.options.get("hosts", "").split()}
    if given.netloc not in hosts or given.scheme not in ("http", "https") or not given.path:
        raise ChannelMisconfigured("the bill lies at another host than the channel's for bills")
    path = given.path + (f"?{given.query}" if given.query else "")
    return HttpRequest(
        method="GET",
        url=f"{base.scheme}://{given.netloc}{path}",
        headers={"User-Agent": "transport-card-gateway"},
        answer_limit_bytes=BILL_LIMIT_BYTES,
    )


def _order_words(wish: PaymentWish, now: datetime) -> dict[str, Any]:
    if wish.expires_at.tzinfo is None or wish.expires_at <= now:
        raise WishRefused("the order would be over before it begins")
    words: dict[str, Any] = {
        "out_trade_no": _number(wish.order_no, "order_no"),
        "total_amount": yuan_of_fen(_fen(wish.amount_fen)),
        "subject": _words(wish.description, "description", _NOT_IN_A_SUBJECT, most=256),
        "time_expire": _shown(wish.expires_at),
    }
    if wish.no_credit:
        words["disable_pay_channels"] = _CREDIT
    if wish.attach:
        words["passback_params"] = _words(wish.attach, "attach", _UNPRINTABLE, most=512)
    return words


def _payer(wish: PaymentWish) -> dict[str, str]:
    """The payer by user id (2088…), or by the open id that newer apps are given instead."""
    given = wish.payer_no or ""
    if not _PAYER_NO.fullmatch(given):
        raise WishRefused("payer_no is not in the channel's form")
    return {"buyer_id" if _USER_ID.fullmatch(given) else "buyer_open_id": given}


def _signed(
    merchant: Merchant,
    method: str,
    words: Mapping[str, Any],
    *,
    now: datetime,
    notify: bool,
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    values = {
        **(more or {}),
        "app_id": merchant.app_no,
        "method": method,
        "format": "JSON",
        "charset": CHARSET,
        "sign_type": ALGORITHM,
        "timestamp": _shown(now),
        "version": "1.0",
        "notify_url": our_address(merchant.notify_url) if notify else "",
        "biz_content": json.dumps(words, ensure_ascii=False, separators=(",", ":")),
    }
    if ROOTS_OPTION in merchant.options:
        values["app_cert_sn"] = merchant.signing_serial
        values[ROOTS_OPTION] = merchant.options[ROOTS_OPTION]
    return signed(merchant, values)


def _post(
    merchant: Merchant,
    method: str,
    words: Mapping[str, Any],
    asked: Asked,
    *,
    now: datetime,
    notify: bool = False,
) -> HttpRequest:
    """What may change something: a form, never sent twice by the transport."""
    return HttpRequest(
        method="POST",
        url=f"{channel_origin(merchant)}{PATH}?charset={CHARSET}",
        headers={
            "Content-Type": f"application/x-www-form-urlencoded;charset={CHARSET}",
            "User-Agent": "transport-card-gateway",
        },
        body=urlencode(_signed(merchant, method, words, now=now, notify=notify)).encode(),
        asked=asked,
    )


def _get(
    merchant: Merchant, method: str, words: Mapping[str, Any], asked: Asked, *, now: datetime
) -> HttpRequest:
    """What only asks."""
    values = _signed(merchant, method, words, now=now, notify=False)
    return HttpRequest(
        method="GET",
        url=f"{channel_origin(merchant)}{PATH}?{urlencode(values)}",
        headers={"User-Agent": "transport-card-gateway"},
        asked=asked,
    )


def _about(wish: PaymentWish) -> Asked:
    return Asked(order_no=wish.order_no, amount_fen=wish.amount_fen)


def _about_refund(wish: RefundWish) -> Asked:
    return Asked(
        order_no=wish.order_no,
        refund_no=wish.refund_no,
        amount_fen=wish.amount_fen,
        total_fen=wish.total_fen,
    )


def _number(given: str, name: str) -> str:
    if not _NUMBER.fullmatch(given):
        raise WishRefused(f"{name} is not in the channel's form")
    return given


def _words(given: str, name: str, never: re.Pattern[str], *, most: int) -> str:
    if not 0 < len(given) <= most or never.search(given):
        raise WishRefused(f"{name} is not a plain text of 1 to {most} characters")
    return given


def _fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= _LARGEST_FEN:
        raise WishRefused("the amount is not a positive whole number of fen")
    return amount_fen


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
