"""Outstanding work as rows, and the heartbeats of those who do it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Duty(models.Model):
    """One piece of work that is owed. `due_at` is when somebody may next take it.

    While it is leased, `due_at` is the end of the lease: an expired lease is simply due.
    `fence` grows with every taking, and only its newest holder may say how the work ended.
    """

    kind = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    state = models.CharField(max_length=8, default="owed")
    due_at = models.DateTimeField()
    owed_again = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    last_code = models.CharField(max_length=64, default="", blank=True)
    last_because = models.CharField(max_length=200, default="", blank=True)
    owed_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="accounts_duty_due",
                condition=Q(state__in=["owed", "leased"]),
            ),
            models.Index(
                fields=["kind", "id"],
                name="accounts_duty_given_up",
                condition=Q(state="given_up"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], name="accounts_duty_one_per_kind_and_subject"
            ),
            models.CheckConstraint(
                name="accounts_duty_state_is_known",
                condition=Q(state__in=["owed", "leased", "done", "given_up"]),
            ),
            models.CheckConstraint(
                name="accounts_duty_leased_has_a_lease",
                condition=Q(state="leased", lease_until__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"duty {self.kind} {self.subject_id} ({self.state})"


class Heartbeat(models.Model):
    """The last sign of life of one part of the queue."""

    name = models.CharField(max_length=32, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at.isoformat()}"
