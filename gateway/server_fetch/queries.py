"""Reads orders of wallet providers: a provider sees its own and no other."""

from __future__ import annotations

from accounts.models import WalletProvider
from gateway.server_fetch.errors import FetchOrderNotFound
from gateway.server_fetch.models import FetchOrder
from gateway.topup import queries as topups
from gateway.topup.models import TopUp


def of_provider(provider: WalletProvider, order_no: str) -> FetchOrder:
    """This provider's order; FetchOrderNotFound for any other number."""
    found = FetchOrder.objects.filter(order_no=order_no, provider=provider).first()
    if found is None:
        raise FetchOrderNotFound(order_no=order_no[:32])
    return found


def topup_of(order: FetchOrder) -> TopUp:
    """The top-up behind an order, with its card."""
    return topups.get(order.topup_id, person=None)
