"""What each check of a day found, kept for ever."""

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
