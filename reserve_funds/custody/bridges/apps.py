"""The app of bridges between pools."""

from django.apps import AppConfig


class CustodyBridges(AppConfig):
    """Its reader of bank entries, its duty, its gate and its outbox stand in every process."""

    name = "reserve_funds.custody.bridges"
    label = "custody_bridges"

    def ready(self) -> None:
        """No day closes past I14, no settlement of another pool is taken for unclear money, and the
        check of the book knows which legs are on their way."""
        from reserve_funds.custody.bridges import arrivals, listing, watching  # noqa: F401
        from reserve_funds.ledger import check_pairs

        arrivals.attach()
        check_pairs.outbox(listing.under_way)
