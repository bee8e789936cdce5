"""What people decide about money that was set aside, and words that contradict the book."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.payments.lifecycle import DECISION_MOVES, DISAGREEMENT_MOVES
from gateway.payments.models.payment import Payment


class Disagreement(models.Model):
    """A word of the channel that differs from what was booked; open until people have explained it.

    Nothing leaves *confirmed*, so what contradicts a booked payment or a finished refund is kept
    here. `source` is notice, query or bill; `against` names the fields; `said` is the word itself.
    """

    TRAIL_KIND: ClassVar[str] = "disagreement"
    MOVES: ClassVar = DISAGREEMENT_MOVES

    id = models.UUIDField(primary_key=True)
    pool = models.IntegerField()
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="disagreements"
    )
    channel = models.CharField(max_length=20)
    order_no = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="open")
    source = models.CharField(max_length=10)
    against = models.JSONField()
    said = models.JSONField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "payments_disagreement"
        indexes = (
            models.Index(
                fields=("pool", "id"), condition=Q(state="open"), name="payments_open_disagreements"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.order_no} {self.state}"


class Decision(models.Model):
    """What one officer proposes about a matter and another allows; its id is the approval's.

    `seen` is the fingerprint of the evidence that the officer saw: other evidence by the time of
    the approval makes the proposal stale.
    """

    TRAIL_KIND: ClassVar[str] = "decision"
    MOVES: ClassVar = DECISION_MOVES

    id = models.UUIDField(primary_key=True)
    pool = models.IntegerField()
    ref = models.CharField(max_length=120)
    matter = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    choice = models.CharField(max_length=24)
    state = models.CharField(max_length=12, default="proposed")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    seen = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()

    class Meta:
        db_table = "payments_decision"
        constraints = (
            models.UniqueConstraint(
                fields=("ref",),
                condition=Q(state="proposed"),
                name="payments_matter_has_one_open_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="payments_decision_has_its_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ref} {self.choice} {self.state}"
