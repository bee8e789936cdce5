"""Orders given to wallet providers, what providers reported, and how often they asked."""

from __future__ import annotations

from django.db import models


class FetchOrder(models.Model):
    """A paid top-up that one provider may fetch, under a number of its own; append-only.

    The order has no state: the top-up and its loads have theirs, and are the truth.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    order_no = models.CharField(max_length=32, unique=True)
    provider = models.ForeignKey(
        "accounts.WalletProvider", on_delete=models.PROTECT, related_name="+"
    )
    topup_id = models.UUIDField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "server_fetch_order"
        constraints = (
            models.UniqueConstraint(
                fields=("topup_id", "provider"), name="server_fetch_one_order_per_provider"
            ),
        )

    def __str__(self) -> str:
        return f"fetch order {self.order_no}"


class Report(models.Model):
    """What a provider said of a load, in its own words, and what we found; append-only.

    The same words again are the same report. `status` decides nothing, `tac` is hex or empty.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(FetchOrder, on_delete=models.PROTECT, related_name="reports")
    load_id = models.UUIDField()
    status = models.CharField(max_length=32)
    tac = models.CharField(max_length=8)
    outcome = models.CharField(max_length=24)
    said_at = models.DateTimeField()

    class Meta:
        db_table = "server_fetch_report"
        constraints = (
            models.UniqueConstraint(
                fields=("load_id", "status", "tac"), name="server_fetch_report_is_kept_once"
            ),
        )

    def __str__(self) -> str:
        return f"report {self.pk}"


class Budget(models.Model):
    """How many signed requests a provider sent in the present minute of the clock."""

    provider = models.OneToOneField(
        "accounts.WalletProvider", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    minute = models.DateTimeField()
    asked = models.PositiveIntegerField()

    class Meta:
        db_table = "server_fetch_budget"

    def __str__(self) -> str:
        return f"budget of {self.pk}"
