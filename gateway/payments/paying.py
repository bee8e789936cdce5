"""Opens a payment at its channel: the row first, then the call, then what the payer needs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import Actor
from accounts.identifiers import derive
from gateway.channels.errors import ChannelRefused, WishRefused
from gateway.channels.port import PaymentOffer, PaymentWish, Product
from gateway.channels.registry import adapter
from gateway.payments import merchants
from gateway.payments.errors import PayerMissing
from gateway.payments.line import Line
from gateway.payments.models import Payment
from gateway.payments.notices import inbox
from reserve_funds.custody.rules.rule import Profile

TIME_TO_PAY = timedelta(minutes=30)
FIRST_QUESTION_AFTER = timedelta(seconds=10)


def prepare(
    *,
    cause: UUID,
    pool: int,
    channel: str,
    scene: str,
    amount_fen: int,
    patron: str,
    patron_id: UUID,
    payer_openid: str,
    payer_ip: str | None,
    no_credit: bool,
    now: datetime,
    expires_at: datetime | None = None,
) -> Payment:
    """Writes down a payment that is about to be asked for, in the caller's transaction.

    It can be paid until `expires_at`, else for the usual time. The same cause gives the same
    payment, with the same order number at the channel. From here on the sweep asks the channel
    about it, whatever becomes of the caller. `no_credit`: no credit card may pay it (R18), which
    it keeps whatever rules come; WishRefused where the channel cannot keep them out.
    """
    if scene == Product.JSAPI and not payer_openid:
        raise PayerMissing
    account = merchants.account_for(pool=pool, channel=channel)
    if no_credit and not adapter(channel).can_refuse_credit:
        raise WishRefused("this channel cannot keep credit cards out")
    payment_id = derive(cause, "payment")
    wished = Payment(
        id=payment_id,
        pool=pool,
        merchant=account,
        channel=channel,
        order_no=payment_id.hex,
        patron=patron,
        patron_id=patron_id,
        scene=scene,
        wish_fen=amount_fen,
        payer_openid=payer_openid,
        payer_ip=payer_ip,
        no_credit=no_credit,
        expires_at=expires_at or now + TIME_TO_PAY,
        created_at=now,
    )
    Payment.objects.bulk_create([wished], ignore_conflicts=True)
    duties.owe("payment.query", payment_id, now=now, due_at=now + FIRST_QUESTION_AFTER)
    inbox.order_appeared(wished.merchant_id, wished.order_no, now=now)
    return Payment.objects.select_related("merchant").get(pk=payment_id)


def offer(
    payment: Payment, *, description: str, actor: Actor, now: datetime, return_url: str = ""
) -> Payment:
    """Asks the channel to open the order, once; gives the payment with its offer.

    `return_url` is where a payer's browser goes afterwards. Where the browser opens the order
    itself, the channel is not asked at all.
    Where no credit card may pay (R18) the channel is told so.
    Raises WishRefused when the channel cannot be told, ChannelSilent when it did not answer
    (calling again asks with the same numbers) and ChannelRefused when it said no; a refusal may
    mean that the number is paid already, so the channel is asked about it at once.
    """
    if payment.state != "prepared":
        return payment
    wish = PaymentWish(
        order_no=payment.order_no,
        amount_fen=payment.wish_fen,
        description=description,
        placed_at=payment.created_at,
        expires_at=payment.expires_at,
        product=Product(payment.scene),
        payer_no=payment.payer_openid or None,
        payer_ip=payment.payer_ip,
        return_url=return_url,
        no_credit=payment.no_credit,
    )
    line = Line(payment.merchant)
    carried = line.browser_offer(wish)
    if carried is not None:
        return _keep_offer(payment.id, carried, actor=actor, now=now)
    try:
        answer = line.ask(
            lambda adapter, merchant, stamp: adapter.create_payment(
                merchant, wish, now=stamp.now, nonce=stamp.nonce
            ),
            lambda adapter, merchant, response, at: adapter.read_created(
                merchant, response, now=at
            ),
        )
    except ChannelRefused:
        duties.owe("payment.query", payment.id, now=now)
        raise
    return _keep_offer(payment.id, answer.fact, actor=actor, now=now)


def keeps_credit_out(profile: Profile) -> bool:
    """Whether this profile lets no credit card pay (R18)."""
    return profile.rule("R18") is not None


@transaction.atomic
def _keep_offer(payment_id: UUID, made: PaymentOffer, *, actor: Actor, now: datetime) -> Payment:
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state == "prepared":
        offer_ = {name: value for name, value in asdict(made).items() if value is not None}
        trail.advance(
            payment,
            to="offered",
            actor=actor,
            because="the channel opened the order",
            now=now,
            offer=offer_,
        )
    return payment
