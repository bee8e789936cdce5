"""What each check of a day and of a book found, and what was told of closed days: for ever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DayCheck(models.Model):
    """One check of a pool's day: what became of it and what every gate said; append-only."""

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    day = models.DateField()
    outcome = models.CharField(max_length=8)
    gates = models.JSONField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=("closed", "blocked")),
                name="custody_closing_check_has_an_outcome",
            ),
        )
        indexes = (
            models.Index(fields=("pool", "day", "checked_at"), name="custody_closing_by_day"),
        )

    def __str__(self) -> str:
        return f"check of {self.day}"


class BookCheck(models.Model):
    """One derivation of a pool's whole book from its transfers; append-only."""

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    found = models.IntegerField()
    findings = models.JSONField()
    checked_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("pool", "checked_at"), name="custody_closing_book_in_turn"),
        )

    def __str__(self) -> str:
        return f"check of the book at {self.checked_at}"


class KeptReport(models.Model):
    """A report of a closed day as it was told when the day closed, with its digest; append-only.

    `digest` is the SHA-256 of `told`, canonical JSON: told again for the same moment, a report of
    a closed day must come to the same.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    day = models.DateField()
    name = models.CharField(max_length=40)
    known_at = models.DateTimeField()
    told = models.TextField()
    digest = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pool", "day", "name"), name="custody_closing_one_report_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} of {self.day}"
