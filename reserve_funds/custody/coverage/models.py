"""What coverage keeps: its course by the hour, what stops placements, and proved balances."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Mark(models.Model):
    """A pool's coverage as it was read at one moment of one hour; append-only. The trend."""

    id = models.BigAutoField(primary_key=True)
    pool = models.IntegerField()
    hour = models.DateTimeField()
    read_at = models.DateTimeField()
    held_fen = models.BigIntegerField()
    owed_fen = models.BigIntegerField()
    overdrawn_fen = models.BigIntegerField()
    cover_due_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "hour"), name="custody_coverage_one_mark_an_hour"
            ),
        )

    def __str__(self) -> str:
        return f"mark of pool {self.pool} at {self.hour}"


class Stop(models.Model):
    """Something true but bad that stops sweeps and placements of a pool until it is mended."""

    MOVES = {"standing": frozenset({"lifted"}), "lifted": frozenset[str]()}
    TRAIL_KIND = "stop"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    subject = models.CharField(max_length=120)
    because = models.CharField(max_length=200)
    state = models.CharField(max_length=8)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "subject"),
                condition=Q(state="standing"),
                name="custody_coverage_one_stop_for_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(state="standing", lifted_at=None)
                | Q(state="lifted", lifted_at__isnull=False),
                name="custody_coverage_lifted_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"stop {self.id} of pool {self.pool}"


class ProvedBalance(models.Model):
    """A balance that a card has proved (a sighting), as the roof delivered it; append-only."""

    id = models.BigAutoField(primary_key=True)
    pool = models.IntegerField()
    card = models.CharField(max_length=20)
    counter = models.IntegerField()
    balance_fen = models.BigIntegerField()
    proof = models.CharField(max_length=8)
    source_id = models.UUIDField()
    seen_at = models.DateTimeField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("source_id", "proof"), name="custody_coverage_sighting_is_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(proof__in=("mac1", "tac")), name="custody_coverage_sighting_is_proved"
            ),
            models.CheckConstraint(
                condition=Q(card__regex=r"^[0-9]{20}$"),
                name="custody_coverage_sighting_is_of_a_card",
            ),
        )
        indexes = (
            models.Index(fields=("pool", "card", "seen_at", "counter"), name="custody_coverage_of"),
        )

    def __str__(self) -> str:
        return f"sighting {self.pk}"
