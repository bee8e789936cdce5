"""What is kept against attackers: failures counted in windows, locks, and incidents for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from nfc_topup.lifecycle import INCIDENT_MOVES, LOCK_MOVES
from nfc_topup.models.card import CardApplication
from nfc_topup.models.load import Load


class FailureTally(models.Model):
    """How many wrong MAC1s one place has shown in its present window.

    `scope` and `subject` as in `guarding.Scope`: a card at one actor, an actor, or a card anywhere.
    """

    scope = models.CharField(max_length=16)
    subject = models.CharField(max_length=160)
    failures = models.PositiveIntegerField()
    window_began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "subject"], name="nfc_topup_tally_is_one")
        ]

    def __str__(self) -> str:
        return f"tally {self.pk} ({self.scope}: {self.failures})"


class Lock(models.Model):
    """Somebody, or some card, may not be loaded for a while; without `ends_at`, until lifted.

    An `application` alone shuts a card for everybody, an actor alone shuts the actor out of every
    card, both together shut this actor out of this card.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = LOCK_MOVES
    TRAIL_KIND: ClassVar[str] = "load_lock"

    id = models.UUIDField(primary_key=True, editable=False)
    scope = models.CharField(max_length=16)
    application = models.ForeignKey(
        CardApplication, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_kind = models.CharField(max_length=16, default="", blank=True)
    actor_id = models.CharField(max_length=64, default="", blank=True)
    pool = models.PositiveIntegerField()
    because = models.CharField(max_length=32)
    failures = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, default="active")
    locked_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by_approval = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nfc_topup_lock_shuts_somebody_or_some_card",
                condition=Q(application__isnull=False) | ~Q(actor_id=""),
            ),
            models.CheckConstraint(
                name="nfc_topup_lock_ends_after_it_begins",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("locked_at")),
            ),
            models.CheckConstraint(
                name="nfc_topup_lifted_lock_has_its_approval",
                condition=Q(state="active", lifted_by_approval__isnull=True)
                | Q(state="lifted", lifted_by_approval__isnull=False, lifted_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["application"],
                condition=Q(state="active"),
                name="nfc_topup_lock_of_card",
            ),
            models.Index(
                fields=["actor_kind", "actor_id"],
                condition=Q(state="active"),
                name="nfc_topup_lock_of_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"lock {self.id} ({self.scope}, {self.state})"


class Incident(models.Model):
    """Something a card showed that must not be possible; its facts never change.

    `known_counter` is what we had reason to expect, `seen_counter` what MAC1 or TAC proved.
    `source_id` is the load, inquiry or decision at which it showed.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = INCIDENT_MOVES
    TRAIL_KIND: ClassVar[str] = "card_incident"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=32)
    application = models.ForeignKey(CardApplication, on_delete=models.PROTECT, related_name="+")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, null=True, related_name="incidents")
    pool = models.PositiveIntegerField()
    known_counter = models.PositiveIntegerField()
    seen_counter = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField(default=0)
    source_id = models.UUIDField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=16, default="open")
    explanation = models.CharField(max_length=300, default="", blank=True)
    explained_by = models.UUIDField(null=True)
    explained_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "application", "load", "known_counter", "seen_counter"],
                condition=~Q(state="closed"),
                nulls_distinct=False,
                name="nfc_topup_incident_waits_once",
            ),
            models.CheckConstraint(
                name="nfc_topup_explained_incident_says_why_and_who",
                condition=Q(state="open")
                | (Q(explained_by__isnull=False) & ~Q(explanation__regex=r"^\s*$")),
            ),
            models.CheckConstraint(
                name="nfc_topup_who_explains_an_incident_does_not_close_it",
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("explained_by")),
            ),
            models.CheckConstraint(
                name="nfc_topup_closed_incident_was_closed_by_somebody",
                condition=~Q(state="closed") | Q(closed_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "happened_at"], name="nfc_topup_incident_open")]

    def __str__(self) -> str:
        return f"incident {self.id} ({self.kind}, {self.state})"
