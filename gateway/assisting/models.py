"""Assisted sessions of clerks, and what was done in each."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.assisting.lifecycle import ASSIST_MOVES

LIVING = ("asked", "open")


class AssistSession(models.Model):
    """One clerk, one citizen (or one card of nobody), one pool, for some minutes.

    `challenge` belongs to the code that was sent, and is gone once it was used: the clerk's
    browser never sees it.
    """

    TRAIL_KIND: ClassVar[str] = "assist_session"
    MOVES: ClassVar = ASSIST_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    citizen = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    card = models.ForeignKey(
        "accounts.TransitCard", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=16)
    consent = models.CharField(max_length=8, default="", blank=True)
    challenge = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=8, default="asked")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "assisting_session"
        constraints = (
            models.UniqueConstraint(
                fields=("clerk",), condition=Q(state__in=LIVING), name="assisting_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(citizen__isnull=True) | ~Q(citizen=F("clerk")),
                name="assisting_nobody_serves_themselves",
            ),
            models.CheckConstraint(
                condition=Q(citizen__isnull=False) | Q(card__isnull=False),
                name="assisting_somebody_or_a_card",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | ~Q(consent=""), name="assisting_open_means_consent"
            ),
        )
        indexes = (models.Index(fields=("citizen", "-id"), name="assisting_of_citizen"),)

    def __str__(self) -> str:
        return f"assisted session {self.id} ({self.state})"


class AssistAct(models.Model):
    """One thing a clerk did for the citizen; written once."""

    id = models.UUIDField(primary_key=True, editable=False)
    session = models.ForeignKey(AssistSession, on_delete=models.PROTECT, related_name="acts")
    act = models.CharField(max_length=24)
    subject_id = models.UUIDField()
    done_at = models.DateTimeField()

    class Meta:
        db_table = "assisting_act"

    def __str__(self) -> str:
        return f"{self.act} of {self.session_id}"
