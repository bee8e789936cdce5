"""What we may say to a bank: wishes checked once for all banks, then said in the bank's words."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from gateway.channels.addresses import channel_origin, our_address
from gateway.channels.banks.forms import SHANGHAI, NotInForm, Value
from gateway.channels.banks.profile import Act, BankProfile, Door
from gateway.channels.banks.proving import Draft
from gateway.channels.errors import ChannelMisconfigured, WishRefused
from gateway.channels.reasons import sayable
from gateway.channels.values import (
    Asked,
    BillLink,
    HttpRequest,
    Merchant,
    PaymentWish,
    RefundWish,
)

BILL_LIMIT_BYTES = 256 << 20
_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,32}")
_OUR_NONCE = re.compile(r"[0-9A-Za-z]{16,32}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LARGEST_FEN = 10**10
_OLDEST_BILL = timedelta(days=92)


def create_payment(
    profile: BankProfile, merchant: Merchant, wish: PaymentWish, *, now: datetime, nonce: str
) -> HttpRequest:
    """Opens an order for the QR or the jump page the wish asks for."""
    if wish.product not in profile.products:
        raise WishRefused("the bank has no such product", product=wish.product.value)
    if wish.no_credit:
        raise WishRefused("no bank profile can keep credit cards out")
    values: dict[str, Value] = {
        "order_no": _number(wish.order_no, "order_no"),
        "amount": profile.money.write(_fen(wish.amount_fen)),
        "currency": profile.currency,
        "description": _words(profile, wish.description, "description"),
        "expires_at": _expiry(profile, wish.expires_at, now),
        "notify_url": our_address(merchant.notify_url),
        "product": profile.products[wish.product],
    }
    if wish.payer_ip:
        values["payer_ip"] = _address(wish.payer_ip)
    if wish.attach:
        values["attach"] = _words(profile, wish.attach, "attach")
    return _ask(profile, merchant, Act.CREATE, values, now=now, nonce=nonce)


def about_order(
    profile: BankProfile, merchant: Merchant, act: Act, order_no: str, *, now: datetime, nonce: str
) -> HttpRequest:
    """Queries or closes an order by our own number."""
    values: dict[str, Value] = {"order_no": _number(order_no, "order_no")}
    return _ask(profile, merchant, act, values, now=now, nonce=nonce)


def refund(
    profile: BankProfile, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
) -> HttpRequest:
    """One refund for ever per refund_no."""
    if _fen(wish.amount_fen) > _fen(wish.total_fen):
        raise WishRefused("a refund larger than its order", refund_no=wish.refund_no)
    values: dict[str, Value] = {
        "order_no": _number(wish.order_no, "order_no"),
        "refund_no": _number(wish.refund_no, "refund_no"),
        "refund_amount": profile.money.write(wish.amount_fen),
        "total": profile.money.write(wish.total_fen),
        "currency": profile.currency,
        "refund_notify_url": our_address(merchant.refund_notify_url),
    }
    if reason := sayable(wish.reason, profile.longest_text):
        values["reason"] = reason
    return _ask(profile, merchant, Act.REFUND, values, now=now, nonce=nonce)


def query_refund(
    profile: BankProfile, merchant: Merchant, wish: RefundWish, *, now: datetime, nonce: str
) -> HttpRequest:
    """By our own refund number."""
    values: dict[str, Value] = {"refund_no": _number(wish.refund_no, "refund_no")}
    request = _ask(profile, merchant, Act.QUERY_REFUND, values, now=now, nonce=nonce)
    return replace(request, asked=Asked(order_no=wish.order_no, refund_no=wish.refund_no))


def keys_request(
    profile: BankProfile, merchant: Merchant, *, now: datetime, nonce: str
) -> HttpRequest | None:
    """Where the bank publishes its keys; None where it does not."""
    if not profile.publishes_keys:
        return None
    return _ask(profile, merchant, Act.KEYS, {}, now=now, nonce=nonce)


def bill_request(
    profile: BankProfile, merchant: Merchant, day: date, *, now: datetime, nonce: str
) -> HttpRequest:
    """The link to the file of one past Shanghai day."""
    today = now.astimezone(SHANGHAI).date()
    if not today - _OLDEST_BILL <= day < today:
        raise WishRefused("a bill is of a past day within three months", day=day.isoformat())
    values: dict[str, Value] = {"bill_day": day.isoformat()}
    return _ask(profile, merchant, Act.BILL, values, now=now, nonce=nonce)


def bill_download(
    profile: BankProfile, merchant: Merchant, link: BillLink, *, now: datetime, nonce: str
) -> HttpRequest:
    """GET of the link, only at the bank's own host; dressed where the bank signs bare requests."""
    given = urlsplit(link.url)
    if f"{given.scheme}://{given.netloc}" != channel_origin(merchant) or not given.path:
        raise ChannelMisconfigured("the bill lies at another host than the bank's")
    draft = Draft(method="GET", url=link.url, words={})
    request = (
        profile.seal.dress(merchant, draft, now=now, nonce=_our_nonce(nonce))
        if profile.seal.dresses_bare_questions
        else HttpRequest(method="GET", url=link.url, headers={"Accept": "*/*"})
    )
    return HttpRequest(
        method="GET",
        url=link.url,
        headers=request.headers,
        answer_limit_bytes=BILL_LIMIT_BYTES,
    )


def said_at(
    profile: BankProfile,
    merchant: Merchant,
    door: Door,
    values: Mapping[str, Value],
    *,
    act: str,
    now: datetime,
    nonce: str,
) -> HttpRequest:
    """The signed request at a door: its constants first, then our words in the door's order.

    WishRefused when a word cannot be said in the bank's form.
    """
    known: dict[str, Value] = {
        "merchant_no": merchant.merchant_no,
        "app_no": merchant.app_no,
        **values,
    }
    words: dict[str, Value] = dict(door.constants)
    for name in door.says:
        if name in known:
            words[profile.fields[name]] = known[name]
    draft = Draft(
        method=door.method,
        url=channel_origin(merchant) + door.path.format_map(known),
        words=words,
        repeat_key=f"{act}-{known[door.repeats]}" if door.repeats else "",
    )
    try:
        return profile.seal.dress(merchant, draft, now=now, nonce=_our_nonce(nonce))
    except NotInForm as wrong:
        raise WishRefused(str(wrong)) from None


def _ask(
    profile: BankProfile,
    merchant: Merchant,
    act: Act,
    values: Mapping[str, Value],
    *,
    now: datetime,
    nonce: str,
) -> HttpRequest:
    request = said_at(
        profile, merchant, profile.doors[act], values, act=act.value, now=now, nonce=nonce
    )
    asked = Asked(
        order_no=str(values.get("order_no", "")), refund_no=str(values.get("refund_no", ""))
    )
    return replace(request, asked=asked)


def _our_nonce(nonce: str) -> str:
    if not _OUR_NONCE.fullmatch(nonce):
        raise ValueError("a nonce is 16 to 32 letters or digits")
    return nonce


def _number(given: str, name: str) -> str:
    if not _NUMBER.fullmatch(given):
        raise WishRefused(f"{name} is not in the bank's form")
    return given


def _words(profile: BankProfile, given: str, name: str) -> str:
    if not 0 < len(given) <= profile.longest_text or _UNPRINTABLE.search(given):
        raise WishRefused(f"{name} is not a plain text of 1 to {profile.longest_text} characters")
    return given


def _fen(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= _LARGEST_FEN:
        raise WishRefused("the amount is not a positive whole number of fen")
    return amount_fen


def _expiry(profile: BankProfile, expires_at: datetime, now: datetime) -> Value:
    if expires_at.tzinfo is None or expires_at <= now:
        raise WishRefused("the order would be over before it begins")
    return profile.moments.write(expires_at)


def _address(given: str) -> str:
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        raise WishRefused("the payer's IP address is not one") from None
