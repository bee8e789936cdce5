"""What we may say to 微信支付 APIv3: wishes checked, then requests as signed bytes."""

import ipaddress
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from gateway.channels.addresses import channel_origin, our_address
from gateway.channels.errors import ChannelMisconfigured, WishRefused
from gateway.channels.port import (
    BillLink,
    HttpRequest,
    Merchant,
    PaymentWish,
    Product,
    RefundWish,
)
from gateway.channels.reasons import sayable
from gateway.channels.wechatpay.signing import authorization, public_key_id

SHANGHAI = ZoneInfo("Asia/Shanghai")
BILL_LIMIT_BYTES = 64 << 20
_ORDER_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
_PAYER_NO = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LARGEST_FEN = 10**10


def create_payment(
    merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
) -> HttpRequest:
    """POST /v3/pay/transactions/{native|jsapi|h5}."""
    if wish.product is Product.APP:
        raise WishRefused("not a product of this channel")
    words: dict[str, Any] = {
        "appid": merchant.app_no,
        "mchid": merchant.merchant_no,
        "description": _words(wish.description, "description", least=1, most=127),
        "out_trade_no": _number(wish.order_no, _ORDER_NO, "order_no"),
        "time_expire": _expiry(wish.expires_at, now),
        "notify_url": our_address(merchant.notify_url),
        "amount": {"total": _fen(wish.amount_fen), "currency": "CNY"},
    }
    if wish.attach:
        words["attach"] = _words(wish.attach, "attach", least=0, most=128)
    if wish.no_credit:
        words["limit_pay"] = ["no_credit"]
    if wish.product is Product.JSAPI:
        words["payer"] = {"openid": _number(wish.payer_no or "", _PAYER_NO, "payer_no")}
    if wish.product is Product.H5:
        words["scene_info"] = {
            "payer_client_ip": _address(wish.payer_ip),
            "h5_info": {"type": "Wap"},
        }
    path = f"/v3/pay/transactions/{wish.product.value}"
    return _post(merchant, path, words, now=now, nonce=nonce)


def query(merchant: Merchant, order_no: str, *, now: datetime, nonce: str) -> HttpRequest:
    """GET /v3/pay/transactions/out-trade-no/{order_no}?mchid=."""
    number = quote(_number(order_no, _ORDER_NO, "order_no"), safe="")
    path = f"/v3/pay/transactions/out-trade-no/{number}?mchid={quote(merchant.merchant_no)}"
    return _get(merchant, path, now=now, nonce=nonce)


def close(merchant: Merchant, order_no: str, *, now: datetime, nonce: str) -> HttpRequest:
    """POST /v3/pay/transactions/out-trade-no/{order_no}/close, answered with 204."""
    number = quote(_number(order_no, _ORDER_NO, "order_no"), safe="")
    path = f"/v3/pay/transactions/out-trade-no/{number}/close"
    return _post(merchant, path, {"mchid": merchant.merchant_no}, now=now, nonce=nonce)


def refund(merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str) -> HttpRequest:
    """POST /v3/refund/domestic/refunds; one refund for ever per refund_no."""
    if _fen(wish.amount_fen) > _fen(wish.total_fen):
        raise WishRefused("a refund larger than its order", refund_no=wish.refund_no)
    words: dict[str, Any] = {
        "out_trade_no": _number(wish.order_no, _ORDER_NO, "order_no"),
        "out_refund_no": _number(wish.refund_no, _REFUND_NO, "refund_no"),
        "notify_url": our_address(merchant.refund_notify_url),
        "amount": {"refund": wish.amount_fen, "total": wish.total_fen, "currency": "CNY"},
    }
    if reason := sayable(wish.reason, 80):
        words["reason"] = reason
    return _post(merchant, "/v3/refund/domestic/refunds", words, now=now, nonce=nonce)


def query_refund(merchant: Merchant, refund_no: str, *, now: datetime, nonce: str) -> HttpRequest:
    """GET /v3/refund/domestic/refunds/{refund_no}."""
    number = quote(_number(refund_no, _REFUND_NO, "refund_no"), safe="")
    return _get(merchant, f"/v3/refund/domestic/refunds/{number}", now=now, nonce=nonce)


def keys_request(merchant: Merchant, *, now: datetime, nonce: str) -> HttpRequest:
    """GET /v3/certificates."""
    return _get(merchant, "/v3/certificates", now=now, nonce=nonce)


def bill_request(merchant: Merchant, day: date, *, now: datetime, nonce: str) -> HttpRequest:
    """GET /v3/bill/tradebill of one past Shanghai day, all lines, gzip."""
    today = now.astimezone(SHANGHAI).date()
    if not today - timedelta(days=92) <= day < today:
        raise WishRefused("a bill is of a past day within three months", day=day.isoformat())
    path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
    return _get(merchant, path, now=now, nonce=nonce)


def bill_download(merchant: Merchant, link: BillLink, *, now: datetime, nonce: str) -> HttpRequest:
    """GET of the link: only at the channel's own host, or our signature would go elsewhere."""
    base, given = urlsplit(merchant.base_url), urlsplit(link.url)
    if (base.scheme, base.netloc) != (given.scheme, given.netloc) or not given.path:
        raise ChannelMisconfigured("the bill lies at another host than the channel's")
    path = given.path + (f"?{given.query}" if given.query else "")
    return _get(merchant, path, now=now, nonce=nonce, answer_limit_bytes=BILL_LIMIT_BYTES)


def _post(
    merchant: Merchant, path: str, words: Mapping[str, Any], *, now: datetime, nonce: str
) -> HttpRequest:
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    headers = _headers(merchant, "POST", path, body, now=now, nonce=nonce)
    headers["Content-Type"] = "application/json"
    return HttpRequest(
        method="POST", url=channel_origin(merchant) + path, headers=headers, body=body
    )


def _get(
    merchant: Merchant,
    path: str,
    *,
    now: datetime,
    nonce: str,
    answer_limit_bytes: int = 1 << 20,
) -> HttpRequest:
    return HttpRequest(
        method="GET",
        url=channel_origin(merchant) + path,
        headers=_headers(merchant, "GET", path, b"", now=now, nonce=nonce),
        answer_limit_bytes=answer_limit_bytes,
    )


def _headers(
    merchant: Merchant, method: str, path: str, body: bytes, *, now: datetime, nonce: str
) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "User-Agent": "transport-card-gateway",
        "Authorization": authorization(merchant, method, path, body, now=now, nonce=nonce),
    }
    asked_key = public_key_id(merchant)
    if asked_key is not None:
        headers["Wechatpay-Serial"] = asked_key
    return headers


def _number(given: str, form: re.Pattern[str], name: str) -> str:
    if not form.fullmatch(given):
        raise WishRefused(f"{name} is not in the channel's form")
    return given


def _words(given: str, name: str, *, least: int, most: int) -> str:
    if not least <= len(given) <= most or _UNPRINTABLE.search(given):
        raise WishRefused(f"{name} is not a plain text of {least} to {most} characters")
    return given


def _fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= _LARGEST_FEN:
        raise WishRefused("the amount is not a positive whole number of fen")
    return amount_fen


def _expiry(expires_at: datetime, now: datetime) -> str:
    if expires_at.tzinfo is None or expires_at <= now:
        raise WishRefused("the order would be over before it begins")
    return expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _address(given: str | None) -> str:
    try:
        return str(ipaddress.ip_address(given or ""))
    except ValueError:
        raise WishRefused("the payer's IP address is missing or not one") from None
