"""A case and everything that was told of it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

OPEN, RESOLVED = "open", "resolved"


class Case(models.Model):
    """Something people must end. At most one of a kind, pool and subject is open at a time.

    `pool` is null where no pool is known; `amount_fen` is what is at risk as last told; `deadline`
    is the last day it may take; `owner` is the role that ends it.
    """

    MOVES = {OPEN: frozenset({RESOLVED}), RESOLVED: frozenset[str]()}
    TRAIL_KIND = "case"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=40)
    pool = models.IntegerField(null=True)
    subject = models.CharField(max_length=120)
    state = models.CharField(max_length=8)
    owner = models.CharField(max_length=24)
    amount_fen = models.BigIntegerField()
    deadline = models.DateField(null=True)
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "pool", "subject"),
                condition=Q(state=OPEN),
                nulls_distinct=False,
                name="custody_cases_one_open_for_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0), name="custody_cases_risk_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state=OPEN, resolved_at=None)
                | Q(state=RESOLVED, resolved_at__isnull=False),
                name="custody_cases_resolved_at_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=("pool", "deadline"),
                condition=Q(state=OPEN),
                name="custody_cases_open_by_deadline",
            ),
        )

    def __str__(self) -> str:
        return f"case {self.kind} {self.id}"


class CaseNote(models.Model):
    """One thing told of a case: it was seen again with other figures, or somebody wrote a word."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=200)
    amount_fen = models.BigIntegerField()
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note on case {self.case_id}"
