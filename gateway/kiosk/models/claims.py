"""What cash may still claim: an order that no card has taken, or cash that became no order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.kiosk.lifecycle import CLAIM_MOVES, PAYOUT_MOVES
from gateway.kiosk.models.cash import Intake

_PEOPLE = settings.AUTH_USER_MODEL
WAYS = ("cash", "bank", "shop")


class Claim(models.Model):
    """An order paid in cash, by the order's id: until `deadline` any kiosk loads it unasked.

    `pool` owes it, `collected_by` is the kiosk's pool, which took the cash. Cash that was kept and
    is no order claims by its intake's own id, and may be given back from its first day on.
    """

    TRAIL_KIND: ClassVar[str] = "cash_claim"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = CLAIM_MOVES

    id = models.UUIDField(primary_key=True)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="claims")
    pool = models.IntegerField()
    collected_by = models.IntegerField()
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=8, default="waiting")
    deadline = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_claim"
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="kiosk_claim_is_positive"),
        )
        indexes = (
            models.Index(
                fields=("deadline",),
                condition=Q(state__in=("waiting", "due", "paying")),
                name="kiosk_claims_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"claim {self.id} {self.state}"

    @property
    def is_kept(self) -> bool:
        """Whether it is of cash that became no order."""
        return bool(self.id == self.intake_id)

    @property
    def subject(self) -> str:
        """What the cases of it are about."""
        return f"{'intake' if self.is_kept else 'order'}:{self.id}"


class Payout(models.Model):
    """Giving a claim back over the counter or the bank; its id is the approval's.

    `box` is where counter cash is taken from; empty over the bank, and where a `shop` gave kept
    notes back that were its own and never booked.
    """

    TRAIL_KIND: ClassVar[str] = "cash_payout"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = PAYOUT_MOVES

    id = models.UUIDField(primary_key=True)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payouts")
    state = models.CharField(max_length=8, default="asked")
    way = models.CharField(max_length=8)
    box = models.CharField(max_length=64, default="")
    because = models.CharField(max_length=200)
    maker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_payout"
        constraints = (
            models.CheckConstraint(
                condition=Q(way="cash") & ~Q(box="") | Q(way__in=("bank", "shop"), box=""),
                name="kiosk_payout_has_a_way",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="kiosk_payout_takes_two_officers",
            ),
            models.UniqueConstraint(
                fields=("claim",), condition=Q(state="done"), name="kiosk_claim_is_paid_out_once"
            ),
        )

    def __str__(self) -> str:
        return f"payout {self.id} {self.state}"
