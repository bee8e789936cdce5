"""Shops that keep a kiosk (代理网点): their cash is their own, their prepayment is the reserve's.

A shop pays in advance over the bank; each order for cash at its kiosk takes the prepayment
(agent_deposit), which the book guards. Its notes are no money of ours.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.models import Kiosk, Person, TransitCard
from accounts.roles import KIOSK_OPERATOR
from gateway.kiosk.creating import officer, refuse_without
from gateway.kiosk.errors import PrepaidElsewhere, ShopUnknown
from gateway.kiosk.models import ShopKiosk
from reserve_funds import postings
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting, Ref

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{2,31}")


def entrust(kiosk: Kiosk, shop: str, *, by: Person, now: datetime) -> ShopKiosk:
    """The kiosk is the shop's from now on, for good; said again it is the same. ShopUnknown."""
    refuse_without(by, KIOSK_OPERATOR, kiosk.operator.pool, now)
    if not _SHOP.fullmatch(shop):
        raise ShopUnknown(shop=shop[:32])
    with transaction.atomic():
        row, is_new = ShopKiosk.objects.get_or_create(
            kiosk=kiosk, defaults={"shop": shop, "since": now}
        )
        if row.shop != shop:
            raise ShopUnknown("another shop has this kiosk", shop=shop)
        if is_new:
            trail.record(
                "kiosk_entrusted", actor=officer(by), now=now, subject=f"kiosk:{kiosk.id}",
                shop=shop,
            )  # fmt: skip
    return row


def is_prepaid(kiosk: Kiosk) -> bool:
    """Whether a shop keeps this kiosk."""
    return ShopKiosk.objects.filter(kiosk=kiosk).exists()


def refuse_other_pool(kiosk: Kiosk, card: TransitCard) -> None:
    """PrepaidElsewhere before any note falls: a shop's prepayment pays for its own pool's cards."""
    if card.operator.pool != kiosk.operator.pool and is_prepaid(kiosk):
        raise PrepaidElsewhere(pool=card.operator.pool)


def account_of(kiosk: Kiosk) -> Ref:
    """The prepayment of the kiosk's shop."""
    return postings.account("agent_deposit", ShopKiosk.objects.get(kiosk=kiosk).shop)


def available_fen(kiosk: Kiosk) -> int:
    """What is left of it."""
    return ledger.available_fen(kiosk.operator.pool, account_of(kiosk))


def topped_up(
    kiosk: Kiosk, intake_id: UUID, order_id: UUID, *, pool: int, amount_fen: int, now: datetime
) -> Posting:
    """What an order takes of the prepayment. PrepaidElsewhere for a card of another pool."""
    if pool != kiosk.operator.pool:
        raise PrepaidElsewhere(pool=pool)
    return postings.of(
        "agent_topped_up",
        pool,
        intake_id,
        debit=account_of(kiosk),
        credit=postings.unloaded_order(order_id),
        amount_fen=amount_fen,
        event_at=now,
    )
