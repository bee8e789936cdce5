"""Deposits as rows: of which card, how they were paid, and how far their return has come."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.deposits.lifecycle import DEPOSIT_MOVES, LIVE

CHANNEL, CASH = "channel", "cash"


class Deposit(models.Model):
    """押金 of one card; `person` asked for it in the app, None is somebody at a counter.

    `asn` is what the book calls the card. `paid_by` is channel or cash, `box` the counter's drawer
    that took the cash. `why` is what became of the card. `way`, `approval_id` and `goes_as` (refund
    or instruction) are of the newest round of its return.
    """

    TRAIL_KIND: ClassVar[str] = "deposit"
    MOVES: ClassVar = DEPOSIT_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    card = models.ForeignKey("accounts.TransitCard", on_delete=models.PROTECT, related_name="+")
    asn = models.CharField(max_length=20)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount_fen = models.BigIntegerField()
    paid_by = models.CharField(max_length=8)
    box = models.CharField(max_length=80, default="", blank=True)
    state = models.CharField(max_length=10, default="placed")
    placed_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, default="", blank=True)
    round_no = models.PositiveSmallIntegerField(default=0)
    way = models.CharField(max_length=10, default="", blank=True)
    approval_id = models.UUIDField(null=True, unique=True)
    goes_as = models.UUIDField(null=True)

    class Meta:
        db_table = "deposits_deposit"
        constraints = (
            models.UniqueConstraint(
                fields=("card",),
                condition=Q(state__in=LIVE),
                name="deposits_a_card_has_one_deposit",
            ),
            models.UniqueConstraint(
                fields=("asn",),
                condition=Q(state__in=LIVE),
                name="deposits_a_number_has_one_deposit",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="deposits_is_of_something"),
            models.CheckConstraint(
                condition=(Q(paid_by=CHANNEL, box="", person__isnull=False))
                | (Q(paid_by=CASH) & ~Q(box="")),
                name="deposits_cash_lies_in_its_drawer",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("placed", "expired")) | Q(held_at__isnull=False),
                name="deposits_held_means_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("placed", "expired", "held")) | ~Q(why=""),
                name="deposits_due_for_a_reason",
            ),
        )
        indexes = (
            models.Index(fields=("pool", "state"), name="deposits_in_pool"),
            models.Index(fields=("person", "-id"), name="deposits_of_person"),
        )

    def __str__(self) -> str:
        return f"deposit {self.id} ({self.state})"
