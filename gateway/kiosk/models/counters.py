"""Counting machines (点钞机) with keys of their own, and what they signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.kiosk.lifecycle import COUNTER_MOVES
from gateway.kiosk.models.fleet import KEY_ALGORITHMS

_PEOPLE = settings.AUTH_USER_MODEL


class Counter(models.Model):
    """A counting machine of a pool and its public key; two officers let it speak.

    The id is the approval's; `code` is what its signatures name.
    """

    TRAIL_KIND: ClassVar[str] = "cash_counter"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = COUNTER_MOVES

    id = models.UUIDField(primary_key=True)
    pool = models.IntegerField()
    code = models.CharField(max_length=32, unique=True)
    place = models.CharField(max_length=120)
    algorithm = models.CharField(max_length=24)
    public_pem = models.TextField()
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="asked")
    maker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_counter"
        constraints = (
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="kiosk_counter_takes_two_officers",
            ),
            models.CheckConstraint(
                condition=Q(algorithm__in=KEY_ALGORITHMS), name="kiosk_counter_algorithm_is_public"
            ),
        )

    def __str__(self) -> str:
        return f"counter {self.code} {self.state}"


class CounterRecord(models.Model):
    """What a counting machine counted in one box, under its slip's number; append-only.

    `base` and `signature` are what the machine signed (RFC 9421), so that anybody can check it.
    """

    id = models.UUIDField(primary_key=True)
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="records")
    slip = models.CharField(max_length=64)
    label = models.CharField(max_length=64)
    counted_fen = models.BigIntegerField()
    notes = models.JSONField()
    counted_at = models.DateTimeField()
    kept_at = models.DateTimeField()
    body = models.TextField()
    base = models.TextField()
    signature = models.BinaryField()

    class Meta:
        db_table = "kiosk_counter_record"
        constraints = (
            models.UniqueConstraint(fields=("counter", "slip"), name="kiosk_slip_is_kept_once"),
            models.CheckConstraint(
                condition=Q(counted_fen__gte=0), name="kiosk_counter_record_is_no_debt"
            ),
        )
        indexes = (models.Index(fields=("label",), name="kiosk_counter_records_of_box"),)

    def __str__(self) -> str:
        return f"{self.counter_id} {self.slip} {self.counted_fen}"
