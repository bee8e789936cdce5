"""The inbox: a push is verified on its raw bytes, kept as it came, and only then acted upon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import duties, trail
from accounts.actors import WORKER
from accounts.identifiers import new_id
from gateway.channels.errors import ChannelKeyUnknown, NoticeForged
from gateway.channels.port import Notice as Said
from gateway.channels.port import PaymentFact
from gateway.channels.registry import adapter
from gateway.payments import confirming, evidence, merchants
from gateway.payments.models import MerchantAccount, Notice, Payment, Refund
from gateway.payments.notices import refusing


def receive(
    account: MerchantAccount, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> bool:
    """Verifies and keeps one push; True when it was genuine and is ours to act upon.

    Nothing is asked of the channel here. A twin of a kept push is counted, not kept again; a
    forged one is counted, and kept with its verdict while there is room for such.
    """
    try:
        said = proven(account, headers, body, now=now)
    except (NoticeForged, ChannelKeyUnknown) as refusal:
        refusing.refused(account, headers, body, refusal, now=now)
        return False
    return keep(account, headers, body, said, now=now)


def proven(
    account: MerchantAccount, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Said:
    """What a push says, proven the channel's as of `now`. NoticeForged, ChannelKeyUnknown."""
    merchant = merchants.spoken_for(account)
    return adapter(account.channel).read_notice(merchant, headers, body, now=now)


def apply(notice_id: UUID, *, now: datetime) -> bool:
    """Hastens the query that alone confirms; False while the push's order is unknown."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(pk=notice_id)
        if notice.state in ("refused", "dismissed"):
            return True
        if not _hasten(notice, now=now):
            if notice.state == "received":
                _move(notice, "parked", "no order of this number is known yet", now=now)
            return False
        if notice.state != "applied":
            _move(notice, "applied", "the channel is asked about it", now=now)
        return True


def _hasten(notice: Notice, *, now: datetime) -> bool:
    fact = notice.fact or {}
    if "refund_no" in fact:
        refund = Refund.objects.filter(refund_no=fact["refund_no"]).first()
        if refund is not None:
            duties.owe("refund.carry", refund.id, now=now)
        return refund is not None
    payment = (
        Payment.objects.select_for_update()
        .filter(merchant_id=notice.merchant_id, order_no=notice.order_no)
        .first()
    )
    if payment is None:
        return False
    if payment.state == "confirmed":
        against = evidence.differing_from_booked(notice.fact or {}, payment)
        if against:
            said = notice.fact or {}
            confirming.contest(payment, against, source="notice", said=said, now=now)
    else:
        duties.owe("payment.query", payment.id, now=now)
    return True


def order_appeared(merchant_id: UUID, order_no: str, *, now: datetime) -> None:
    """Takes up what was parked under this order number, in the transaction that makes the order."""
    parked = Notice.objects.filter(merchant_id=merchant_id, order_no=order_no, state="parked")
    for notice_id in parked.values_list("id", flat=True):
        duties.owe("notice.apply", notice_id, now=now)


def keep(
    account: MerchantAccount, headers: Mapping[str, str], body: bytes, said: Said, *, now: datetime
) -> bool:
    """Keeps a proven push and owes its work; a twin is counted; a reused nonce is refused."""
    order_no = said.fact.order_no if isinstance(said.fact, PaymentFact) else said.fact.refund_no
    notice = Notice(
        id=new_id(now),
        merchant=account,
        verdict="genuine",
        headers=refusing.kept_headers(headers),
        body=body,
        key_id=said.key_id,
        nonce=said.nonce,
        signed_at=said.signed_at,
        notice_no=said.notice_id,
        order_no=order_no,
        fact=evidence.as_json(said.fact),
        received_at=now,
    )
    try:
        with transaction.atomic():
            Notice.objects.bulk_create([notice])
            duties.owe("notice.apply", notice.id, now=now)
    except IntegrityError:
        return _count_twin(account, headers, body, said, now=now)
    return True


def _count_twin(
    account: MerchantAccount, headers: Mapping[str, str], body: bytes, said: Said, *, now: datetime
) -> bool:
    twins = Notice.objects.filter(merchant=account, nonce=said.nonce, body=body).update(
        deliveries=F("deliveries") + 1
    )
    if twins:
        return True
    refusing.refused(account, headers, body, NonceReused(), now=now)
    return False


def _move(notice: Notice, to: str, because: str, *, now: datetime) -> None:
    trail.advance(notice, to=to, actor=WORKER, because=because, now=now)


class NonceReused(NoticeForged):
    """Another push came under a nonce that was used before."""

    code = "notice_nonce_reused"
