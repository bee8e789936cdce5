"""The trail: what moved, what privileged people did, and what smelled. Nothing here is changed."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class Transition(models.Model):
    """One move of one subject from one state to another."""

    kind = models.CharField(max_length=48)
    subject_id = models.UUIDField()
    from_state = models.CharField(max_length=24)
    to_state = models.CharField(max_length=24)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    because = models.CharField(max_length=200)
    moved_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["subject_id", "id"], name="accounts_transition_of_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.from_state} -> {self.to_state}"


class AuditEntry(models.Model):
    """One act of somebody with a role, or of the house itself in a matter of rights."""

    act = models.CharField(max_length=48)
    subject = models.CharField(max_length=120)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    acted_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="accounts_audit_of_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class SecurityEvent(models.Model):
    """Something that should not have happened and may be an attack."""

    code = models.CharField(max_length=48)
    subject = models.CharField(max_length=120, blank=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["code", "id"], name="accounts_security_by_code"),
            models.Index(fields=["subject", "id"], name="accounts_security_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"
