"""一码多付: one code for one top-up, and a payment of whichever channel scans it, begun on demand.

Each channel, way and payer has a payment and a number of its own; beginning it again is the same.
Several begun payments of one top-up are normal: the first that is paid is taken, any other goes
back by itself. All of them end when the code does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import WORKER
from accounts.clock import business_day
from accounts.identifiers import derive
from gateway.channels.errors import WishRefused
from gateway.channels.registry import adapter
from gateway.payments import merchants, paying
from gateway.payments.errors import MerchantUnknown
from gateway.payments.models import MerchantAccount, Payment
from gateway.topup import queries, sealed_names
from gateway.topup.errors import CodeOver, TopupNotFound
from gateway.topup.models import TopUp
from reserve_funds.custody.rules import pools

ANY = "any"
MOST_PAYMENTS = 12
TOO_LATE = timedelta(minutes=1)
_USE = "gateway.topup.code"
# What each wallet's browser calls itself (public captures, B). WeChat and Alipay first: apps of
# banks name UnionPay beside others.
WALLETS: Mapping[str, str] = {
    "MicroMessenger": "wechatpay",
    "AlipayClient": "alipay",
    "UnionPay/": "unionpay",
}


def token_of(topup: TopUp) -> str:
    """What the code carries: the top-up's name sealed, so that none can be made up or counted."""
    return sealed_names.sealed(topup.id, _USE)


def topup_of(token: str) -> TopUp:
    """The top-up of a code. Raises TopupNotFound for every text that is not one of ours."""
    topup = queries.get(sealed_names.opened(token, _USE), person=None)
    if not topup.by_code:
        raise TopupNotFound
    return topup


def over_at(topup: TopUp) -> datetime:
    """When its code, and every payment begun by it, ends."""
    return topup.placed_at + paying.TIME_TO_PAY


def is_open(topup: TopUp, now: datetime) -> bool:
    """Whether its code may begin a payment now."""
    return topup.by_code and topup.state == "placed" and now < over_at(topup) - TOO_LATE


def wallet_of(user_agent: str) -> str | None:
    """The channel whose wallet looks at the page, by what its browser calls itself."""
    return next((channel for mark, channel in WALLETS.items() if mark in user_agent), None)


def channels_in(pool: int, *, no_credit: bool = False) -> list[str]:
    """The channels this pool's operator takes money by, of those a code can lead to.

    `no_credit`: only those that can keep credit cards out.
    """
    found = MerchantAccount.objects.filter(pool=pool, open_for_payments=True)
    offered = set(found.values_list("channel", flat=True))
    return [
        channel
        for channel in WALLETS.values()
        if channel in offered and (adapter(channel).can_refuse_credit or not no_credit)
    ]


def refuse_unpayable(topup: TopUp, *, no_credit: bool) -> None:
    """WishRefused where credit cards are forbidden and no channel here keeps them out (R18)."""
    if no_credit and not channels_in(topup.pool, no_credit=True):
        raise WishRefused("no channel here can keep credit cards out")


def payer_page(topup: TopUp, channel: str) -> str:
    """Where a payer inside the wallet is told by its own number, as the account says; or empty."""
    account = merchants.account_for(pool=topup.pool, channel=channel)
    return str(account.options.get("payer_page", ""))


@transaction.atomic
def begin(
    topup_id: UUID,
    *,
    channel: str,
    scene: str,
    payer_no: str = "",
    payer_ip: str | None = None,
    now: datetime,
) -> Payment:
    """The payment of this channel, way and payer for the top-up, written down if it is new.

    Raises CodeOver (also when more payments were begun than one top-up can need), MerchantUnknown,
    WishRefused where the channel cannot keep out the credit cards that the profile forbids.
    """
    topup = queries.get(topup_id, person=None, lock=True)
    if not is_open(topup, now):
        raise CodeOver(topup_id=topup.id, state=topup.state)
    if channel not in WALLETS.values():
        raise MerchantUnknown(pool=topup.pool, channel=channel[:20])
    cause = derive(topup.id, f"scanned {channel} {scene} {payer_no}")
    mine = Payment.objects.filter(patron="topup", patron_id=topup.id)
    known = mine.filter(pk=derive(cause, "payment")).exists()
    if not known and mine.count() >= MOST_PAYMENTS:
        raise CodeOver(topup_id=topup.id, payments=MOST_PAYMENTS)
    return paying.prepare(
        cause=cause,
        pool=topup.pool,
        channel=channel,
        scene=scene,
        amount_fen=topup.amount_fen,
        patron="topup",
        patron_id=topup.id,
        payer_openid=payer_no,
        payer_ip=payer_ip,
        no_credit=paying.keeps_credit_out(pools.profile_of(topup.pool, business_day(now))),
        now=now,
        expires_at=over_at(topup),
    )


@transaction.atomic
def end(topup_id: UUID, *, now: datetime) -> bool:
    """Ends a top-up that nobody paid by its code; False while a payment of it may still come."""
    topup = queries.get(topup_id, person=None, lock=True)
    if topup.state != "placed":
        return True
    begun = Payment.objects.filter(patron="topup", patron_id=topup.id)
    if now < over_at(topup) or begun.filter(state__in=("prepared", "offered")).exists():
        return False
    trail.advance(topup, to="expired", actor=WORKER, because="nobody paid in time", now=now)
    return True
