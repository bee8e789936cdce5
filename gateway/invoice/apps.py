"""Tells Django about invoices, their office's language, and that refunds concern them."""

from django.apps import AppConfig


class InvoiceConfig(AppConfig):
    """The room of invoices."""

    name = "gateway.invoice"
    label = "invoice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hears of what goes back, speaks the house's contract, tells what it keeps of people."""
        from accounts import own_data, trail
        from gateway.bulk import onlookers as returns
        from gateway.card_service import onlookers as redemptions
        from gateway.invoice import port, reversing, tasks
        from gateway.invoice.contract import Contract
        from gateway.invoice.holdings import Invoices
        from gateway.payments import onlookers
        from gateway.topup import onlookers as cards

        port.employ(Contract())
        onlookers.welcome("invoice", reversing.refund_begun, withdrawn=reversing.refund_withdrawn)
        returns.welcome("invoice", reversing.order_given_back)
        redemptions.welcome("invoice", reversing.card_redeemed)
        cards.welcome("invoice", reversing.cash_not_on_card)
        trail.tell(
            "instruction",
            ["ready", "rejected", "returned", "dropped", "not_instructed"],
            duty=tasks.BANK_SAID,
        )
        own_data.welcome("invoices", Invoices())
