"""What a legacy system handed over: its cards' balances and its daily figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

TAKEN, OPENED = "taken", "opened"


class LegacyImport(models.Model):
    """One issuer's balances as handed over; its money is booked once, when two people sign.

    `handed_fen` is what came into the reserve for them; the rest is owed by own money. Whoever
    took it is neither of the two; `approval_id` is their word, once it is opened.
    """

    TRAIL_KIND: ClassVar[str] = "legacy_import"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        TAKEN: frozenset({OPENED}),
        OPENED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    issuer = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    cards = models.IntegerField()
    total_fen = models.BigIntegerField()
    handed_fen = models.BigIntegerField()
    bank_account = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=TAKEN)
    approval_id = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "issuer"), name="custody_cutover_issuer_is_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(handed_fen__gte=0, handed_fen__lte=F("total_fen")),
                name="custody_cutover_hands_over_at_most_all",
            ),
        )

    def __str__(self) -> str:
        return f"legacy import {self.id}"

    @property
    def shortfall_fen(self) -> int:
        return self.total_fen - self.handed_fen


class LegacyCard(models.Model):
    """What the legacy system said one card holds; append-only."""

    id = models.BigAutoField(primary_key=True)
    taken = models.ForeignKey(LegacyImport, on_delete=models.PROTECT, related_name="rows")
    pool = models.IntegerField()
    card = models.CharField(max_length=20)
    balance_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "card"), name="custody_cutover_card_is_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0), name="custody_cutover_card_is_not_below_zero"
            ),
        )

    def __str__(self) -> str:
        return f"legacy card {self.pk}"


class LegacyCardSeen(models.Model):
    """A legacy card's first proved balance: its money moved to its purse; append-only."""

    card = models.OneToOneField(LegacyCard, primary_key=True, on_delete=models.PROTECT)
    sighting = models.BigIntegerField()
    proved_fen = models.BigIntegerField()
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"seen {self.pk}"


class LegacyDay(models.Model):
    """The legacy system's own figures of one day of the parallel run; append-only."""

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    day = models.DateField()
    figures = models.JSONField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "day"), name="custody_cutover_day_is_taken_once"
            ),
        )

    def __str__(self) -> str:
        return f"legacy day {self.day}"
