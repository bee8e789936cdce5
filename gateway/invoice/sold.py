"""What an invoice is over: a top-up's payment or its cash, or an enterprise's order as a whole."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from gateway.bulk import queries as bulk
from gateway.bulk.models import BulkOrder
from gateway.invoice import amounts, cash_returns
from gateway.invoice.models import Invoice
from gateway.kiosk.models import Claim
from gateway.payments.models import Payment
from gateway.topup.models import TopUp


class Sold(Protocol):
    """A sale whose row is locked, so that no money of it goes back in between."""

    @property
    def id(self) -> UUID:
        """Its own number, of which those of its invoices are derived."""

    @property
    def pool(self) -> int:
        """The pool whose operator sold."""

    @property
    def invoices(self) -> QuerySet[Invoice]:
        """Every invoice that was ever asked for it."""

    @property
    def columns(self) -> dict[str, Any]:
        """How a new invoice names it."""

    def invoiceable_fen(self) -> int:
        """What its payer paid of their own and still has paid; 0 when nothing."""

    def given_back_fen(self) -> int:
        """What went or goes back to its payer."""


class PaidTopUp:
    """One citizen's top-up, by the payment that paid it."""

    def __init__(self, payment: Payment, person_id: UUID) -> None:
        self.payment, self.person_id = payment, person_id
        self.id, self.pool = payment.pk, payment.pool

    @property
    def invoices(self) -> QuerySet[Invoice]:
        return Invoice.objects.filter(payment=self.payment)

    @property
    def columns(self) -> dict[str, Any]:
        topup_id = self.payment.patron_id
        return {"person_id": self.person_id, "topup_id": topup_id, "payment": self.payment}

    def invoiceable_fen(self) -> int:
        return amounts.invoiceable_fen(self.payment)

    def given_back_fen(self) -> int:
        return amounts.given_back_fen(self.payment)


class CashOrder:
    """A top-up paid in cash at a kiosk, as far as its card took it and still has it.

    `person_id` is who the invoice is for; None for whoever holds the receipt.
    """

    def __init__(self, topup: TopUp, person_id: UUID | None) -> None:
        self.topup, self.person_id = topup, person_id
        self.id, self.pool = topup.pk, topup.pool

    @property
    def invoices(self) -> QuerySet[Invoice]:
        return Invoice.objects.filter(cash_claim_id=self.topup.pk)

    @property
    def columns(self) -> dict[str, Any]:
        topup_id = self.topup.pk
        return {"person_id": self.person_id, "topup_id": topup_id, "cash_claim_id": topup_id}

    @property
    def is_on_card(self) -> bool:
        return self.topup.state == "loaded"

    def invoiceable_fen(self) -> int:
        return self.topup.amount_fen - self.given_back_fen() if self.is_on_card else 0

    def given_back_fen(self) -> int:
        return cash_returns.of_order_fen(self.topup)


class SharedOrder:
    """An enterprise's order, by whatever ways its money came."""

    def __init__(self, order: BulkOrder) -> None:
        self.order = order
        self.id, self.pool = order.pk, order.pool

    @property
    def invoices(self) -> QuerySet[Invoice]:
        return Invoice.objects.filter(bulk_order=self.order)

    @property
    def columns(self) -> dict[str, Any]:
        return {"bulk_order": self.order}

    def invoiceable_fen(self) -> int:
        return amounts.of_order_fen(self.order)

    def given_back_fen(self) -> int:
        return amounts.order_given_back_fen(self.order)


def lock_payment(topup_id: UUID) -> Payment | None:
    """The payment that paid this top-up, its row locked before any invoice's; None for none."""
    rows = Payment.objects.select_for_update()
    return rows.filter(patron="topup", patron_id=topup_id, allocated_fen__gt=0).first()


def lock_cash(topup_id: UUID, person_id: UUID | None) -> CashOrder | None:
    """A top-up paid in cash at a kiosk, its row locked before any invoice's; None for another."""
    if not is_cash(topup_id):
        return None
    return CashOrder(TopUp.objects.select_for_update().get(pk=topup_id), person_id)


def is_cash(topup_id: UUID) -> bool:
    """Whether a kiosk took its money in notes."""
    return Claim.objects.filter(pk=topup_id).exists()


def lock_order(order_id: UUID) -> SharedOrder:
    """An enterprise's order, its row locked before any invoice's. BulkOrderUnknown."""
    return SharedOrder(bulk.order(order_id, lock=True))


def lock_of(invoice: Invoice) -> Sold:
    """What this invoice is over, its row locked before the invoice's own."""
    if invoice.bulk_order_id is not None:
        return lock_order(invoice.bulk_order_id)
    if invoice.cash_claim_id is not None:
        cash = lock_cash(invoice.cash_claim_id, invoice.person_id)
        assert cash is not None, "its cash has a claim"
        return cash
    assert invoice.topup_id is not None, "what is no enterprise's is of a top-up"
    assert invoice.person_id is not None, "a top-up's invoice is its citizen's"
    payment = lock_payment(invoice.topup_id)
    assert payment is not None, "an invoice has the payment that paid its order"
    return PaidTopUp(payment, invoice.person_id)
