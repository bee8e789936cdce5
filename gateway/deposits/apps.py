"""Tells Django about the room of deposits, and which moves elsewhere it wants to hear of."""

from django.apps import AppConfig


class DepositsConfig(AppConfig):
    """The room of deposits."""

    name = "gateway.deposits"
    label = "deposits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Money comes by payments; cards come in by departures; it leaves by refunds and banks."""
        from accounts import own_data, trail
        from gateway.deposits import returning, tasks
        from gateway.deposits.holdings import Deposits
        from gateway.deposits.patron import DepositPatron
        from gateway.payments import patrons

        assert returning.PURPOSE, "its check of outflows is registered"
        patrons.welcome("deposit", DepositPatron())
        own_data.welcome("deposits", Deposits())
        trail.tell("departure", ["waiting", "moved", "settled"], duty=tasks.HANDED_IN)
        trail.tell(
            "instruction",
            ["ready", "paid", "rejected", "returned", "dropped", "not_instructed"],
            duty=tasks.BANK_SAID,
        )
