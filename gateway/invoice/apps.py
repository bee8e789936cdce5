"""Tells Django about invoices, their office's language, and that refunds concern them."""

from django.apps import AppConfig


class InvoiceConfig(AppConfig):
    """The room of invoices."""

    name = "gateway.invoice"
    label = "invoice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listens to refunds, speaks the house's contract, and tells what it keeps of people."""
        from accounts import own_data, trail
        from gateway.bulk import onlookers as returns
        from gateway.invoice import port, reversing, tasks
        from gateway.invoice.contract import Contract
        from gateway.invoice.holdings import Invoices
        from gateway.payments import onlookers

        port.employ(Contract())
        onlookers.welcome("invoice", reversing.refund_begun, withdrawn=reversing.refund_withdrawn)
        returns.welcome("invoice", reversing.order_given_back)
        trail.tell(
            "instruction",
            ["ready", "rejected", "returned", "dropped", "not_instructed"],
            duty=tasks.BANK_SAID,
        )
        own_data.welcome("invoices", Invoices())
