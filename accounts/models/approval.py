"""Approvals (审批): what one person asked and another allowed, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from accounts.models.person import Person


class Approval(models.Model):
    """Frozen content, bound to a fingerprint and a pool; the database moves its state."""

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"approved", "refused", "expired"}),
        "approved": frozenset({"spent", "expired"}),
        "refused": frozenset(),
        "expired": frozenset(),
        "spent": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "approval"

    id = models.UUIDField(primary_key=True, editable=False)
    maker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    checker_role = models.CharField(max_length=24)
    purpose = models.CharField(max_length=64)
    pool = models.PositiveIntegerField()
    content = models.JSONField(encoder=DjangoJSONEncoder)
    fingerprint = models.BinaryField(max_length=32)
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pool", "state"], name="accounts_approval_by_pool")]
        constraints = [
            models.CheckConstraint(
                name="accounts_approval_maker_is_not_checker",
                condition=Q(checker__isnull=True) | ~Q(maker=F("checker")),
            ),
            models.CheckConstraint(
                name="accounts_approval_decided_by_somebody",
                condition=~Q(state__in=["approved", "refused", "spent"])
                | Q(checker__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="accounts_approval_asked_has_no_checker",
                condition=~Q(state="asked") | Q(checker__isnull=True, decided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_approval_spent_has_its_moment",
                condition=(Q(state="spent", spent_at__isnull=False))
                | (~Q(state="spent") & Q(spent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="accounts_approval_expires_after_it_is_asked",
                condition=Q(expires_at__gt=F("asked_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"approval {self.pk} ({self.purpose}, {self.state})"
