"""What is kept of a doubt: every proof sent, every explanation, and officers' decisions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from nfc_topup.models.load import Load


class ProofAttempt(models.Model):
    """One answer that was sent as the proof of a load, as it came; append-only, each kept once.

    `verifies`: whether it holds a TAC that the vault verified over our own data.
    """

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="proof_attempts")
    said = models.CharField(max_length=600)
    tac = models.CharField(max_length=8, default="", blank=True)
    verifies = models.BooleanField()
    why_zh = models.CharField(max_length=200)
    why_en = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["load", "said"], name="nfc_topup_proof_attempt_is_kept_once"
            ),
            models.CheckConstraint(
                name="nfc_topup_proof_that_verifies_has_its_tac",
                condition=Q(verifies=False) | Q(tac__regex=r"^[0-9A-F]{8}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"proof attempt {self.pk}"


class Explanation(models.Model):
    """Why a load stands where it stands, in one sentence a language; append-only.

    `outcome` as in a Verdict; `reason` is the ruling's stable word; `source_id` is the inquiry,
    the decision or the load itself that it follows from.
    """

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="explanations")
    outcome = models.CharField(max_length=32)
    reason = models.CharField(max_length=32)
    why_zh = models.CharField(max_length=300)
    why_en = models.CharField(max_length=300)
    source_id = models.UUIDField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    explained_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["load", "id"], name="nfc_topup_explained_in_order")]

    def __str__(self) -> str:
        return f"explanation {self.pk} ({self.outcome}, {self.reason})"


class Decision(models.Model):
    """What one officer proposes for a load that no evidence settles, and a second one carries out.

    `fingerprint` binds load, evidence as it was seen, verdict and reason. `carried_out_at` is
    written by the database's own function alone, when it spends the approval.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="decisions")
    pool = models.PositiveIntegerField()
    verdict = models.CharField(max_length=16)
    reason = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    approval_id = models.UUIDField(unique=True)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    carried_out_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nfc_topup_decision_is_loaded_or_not_loaded",
                condition=Q(verdict__in=["loaded", "not_loaded"]),
            ),
            models.CheckConstraint(
                name="nfc_topup_decision_has_a_reason", condition=~Q(reason__regex=r"^\s*$")
            ),
            models.UniqueConstraint(
                fields=["load"],
                condition=Q(carried_out_at__isnull=False),
                name="nfc_topup_one_decision_ends_a_load",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.id} ({self.verdict})"
