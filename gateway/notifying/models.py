"""Notices as rows, the short messages they become, and what each citizen wants."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

WAITING, SENDING, SENT, DROPPED = "waiting", "sending", "sent", "dropped"
DOUBTFUL, REFUSED = "doubtful", "refused"


class Notice(models.Model):
    """One fact told to one citizen, once: `transition_id` is the move it tells of.

    `place` and `place_id` name the page to look at (topup, card, departure, invoice, assist).
    `facts` hold masked numbers and amounts as people read them, never a whole number.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32)
    subject_kind = models.CharField(max_length=48)
    subject_id = models.UUIDField()
    transition_id = models.BigIntegerField(unique=True)
    place = models.CharField(max_length=12)
    place_id = models.UUIDField()
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifying_notice"
        indexes = (
            models.Index(fields=("person", "-id"), name="notifying_of_person"),
            models.Index(
                fields=("person",), condition=Q(read_at__isnull=True), name="notifying_unread"
            ),
            models.Index(fields=("made_at",), name="notifying_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class TextMessage(models.Model):
    """The short message of a notice. `sending` is committed before the provider is asked, and what
    has no clear answer is not sent again: at most one message a fact."""

    notice = models.OneToOneField(
        Notice, on_delete=models.PROTECT, primary_key=True, related_name="text_message"
    )
    state = models.CharField(max_length=10, default=WAITING)
    language = models.CharField(max_length=2)
    urgent = models.BooleanField()
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        db_table = "notifying_text"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=(WAITING, SENDING, SENT, DROPPED, DOUBTFUL, REFUSED)),
                name="notifying_text_waits_or_is_over",
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state=WAITING), name="notifying_text_due"),
        )

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"


class NoticePreference(models.Model):
    """What one citizen wants by short message: only the urgent, unless they say more."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    sms_all = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="zh")

    class Meta:
        db_table = "notifying_preference"
        constraints = (
            models.CheckConstraint(
                condition=Q(language__in=("zh", "en")), name="notifying_speaks_two_languages"
            ),
        )

    def __str__(self) -> str:
        return f"preference of {self.person_id}"
