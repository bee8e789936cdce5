"""The journal of a kiosk as we have it, the loads it carried, and what both sides made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from gateway.kiosk.lifecycle import SETTLEMENT_MOVES
from gateway.kiosk.models.cash import Box, Intake


class Record(models.Model):
    """One line of a kiosk's journal, by its number; append-only.

    A note that fell, or what became of a load. `said_at` is the kiosk's clock.
    """

    id = models.BigAutoField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="records")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    amount_fen = models.BigIntegerField()
    ref = models.UUIDField()
    box = models.ForeignKey(Box, on_delete=models.PROTECT, null=True, related_name="records")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, null=True, related_name="records")
    said_at = models.DateTimeField()
    taken_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_record"
        constraints = (
            models.UniqueConstraint(fields=("kiosk", "number"), name="kiosk_record_is_kept_once"),
            models.CheckConstraint(
                condition=Q(number__gt=0, amount_fen__gt=0), name="kiosk_record_is_numbered"
            ),
            models.CheckConstraint(
                condition=Q(kind="note", box__isnull=False, intake__isnull=False)
                | Q(kind__in=("load", "doubt"), box__isnull=True, intake__isnull=True),
                name="kiosk_record_is_a_note_or_a_load",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.number} {self.kind}"


class CarriedLoad(models.Model):
    """That this kiosk carries this load between card and house."""

    id = models.BigAutoField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="+")
    load_id = models.UUIDField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_carried_load"
        constraints = (
            models.UniqueConstraint(fields=("load_id", "kiosk"), name="kiosk_carries_a_load_once"),
        )
        indexes = (models.Index(fields=("kiosk", "-opened_at"), name="kiosk_loads_of_kiosk"),)

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.load_id}"


class Settlement(models.Model):
    """One day's settlement (日结): records `first` to `last`, as the kiosk and as we have them.

    `ended_by` is the approval by which two officers ended it although both sides differ.
    """

    TRAIL_KIND: ClassVar[str] = "kiosk_settlement"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = SETTLEMENT_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    state = models.CharField(max_length=8, default="differs")
    theirs = models.JSONField()
    ours = models.JSONField()
    settled_at = models.DateTimeField()
    ended_by = models.UUIDField(null=True, unique=True)

    class Meta:
        db_table = "kiosk_settlement"
        constraints = (
            models.UniqueConstraint(fields=("kiosk", "first"), name="kiosk_records_settle_once"),
            models.CheckConstraint(
                condition=Q(first__gt=0, last__gte=F("first") - 1),
                name="kiosk_settlement_has_an_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.day} {self.state}"


class Difference(models.Model):
    """One record in which both sides differ, and how; `healed_at` once they do no more."""

    id = models.BigAutoField(primary_key=True)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="differences")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    theirs = models.JSONField(null=True)
    ours = models.JSONField(null=True)
    found_at = models.DateTimeField()
    healed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kiosk_difference"
        constraints = (
            models.UniqueConstraint(
                fields=("settlement", "number", "kind"), name="kiosk_difference_is_kept_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.number} {self.kind}"
