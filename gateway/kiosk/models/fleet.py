"""A kiosk's enrolment, keys, line and sessions, and what it said of itself last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.kiosk.lifecycle import ENROLMENT_MOVES, KEY_MOVES, SESSION_MOVES

KEY_ALGORITHMS = ("ed25519", "ecdsa-p256-sha256", "sm2-sm3")
_PEOPLE = settings.AUTH_USER_MODEL


class Enrolment(models.Model):
    """What one officer asks and another approves: a machine may make itself known, once.

    The id is the approval's. Of the code only a digest is kept.
    """

    TRAIL_KIND: ClassVar[str] = "kiosk_enrolment"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = ENROLMENT_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=12, default="asked")
    maker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, null=True, related_name="+")
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    expires_at = models.DateTimeField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_enrolment"
        constraints = (
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="kiosk_enrolment_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "refused")) | Q(checker__isnull=False),
                name="kiosk_enrolment_is_approved_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"enrolment {self.id} {self.state}"


class Key(models.Model):
    """A public key of a kiosk, bound to one algorithm: at most one works and one is incoming.

    The first after an enrolment names it, once. Every other was signed in by the key that worked:
    `base` and `signature` are what that one signed (RFC 9421), so that anybody can check it. An
    incoming key works once its kiosk has signed with it; then the former is retired for good.
    """

    TRAIL_KIND: ClassVar[str] = "kiosk_key"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = KEY_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=64, unique=True)
    algorithm = models.CharField(max_length=24)
    public_pem = models.TextField()
    fingerprint = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, default="incoming")
    added_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    enrolment = models.OneToOneField(
        Enrolment, on_delete=models.PROTECT, null=True, related_name="+"
    )
    signed_in_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    base = models.TextField(default="")
    body = models.BinaryField(default=b"")
    signature = models.BinaryField(default=b"")

    class Meta:
        db_table = "kiosk_key"
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk",), condition=Q(state="active"), name="kiosk_has_one_working_key"
            ),
            models.UniqueConstraint(
                fields=("kiosk",), condition=Q(state="incoming"), name="kiosk_has_one_incoming_key"
            ),
            models.CheckConstraint(
                condition=Q(algorithm__in=KEY_ALGORITHMS), name="kiosk_key_algorithm_is_public"
            ),
        )

    def __str__(self) -> str:
        return f"kiosk key {self.key_id}"


class Line(models.Model):
    """The highest sequence number that a kiosk's signed requests have reached; it only rises."""

    kiosk = models.OneToOneField(
        "accounts.Kiosk", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    sequence = models.BigIntegerField(default=0)

    class Meta:
        db_table = "kiosk_line"

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.sequence}"


class SeenRequest(models.Model):
    """What one sequence number was used for: the SHA-256 of the whole request; kept seven days."""

    id = models.BigAutoField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField()
    print = models.BinaryField(max_length=32)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_seen_request"
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk", "sequence"), name="kiosk_sequence_is_used_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.sequence}"


class Refused(models.Model):
    """How many requests in one kiosk's name were refused in one hour, by the refusal's code."""

    id = models.BigAutoField(primary_key=True)
    who = models.CharField(max_length=64)
    code = models.CharField(max_length=60)
    hour = models.DateTimeField()
    times = models.BigIntegerField(default=1)

    class Meta:
        db_table = "kiosk_refused"
        constraints = (
            models.UniqueConstraint(
                fields=("who", "code", "hour"), name="kiosk_refusals_are_counted_by_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.who} {self.code} {self.times}"


class Session(models.Model):
    """From sign-on (签到) to sign-off (签退). The work key follows from the id; none is kept."""

    TRAIL_KIND: ClassVar[str] = "kiosk_session"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = SESSION_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="sessions")
    state = models.CharField(max_length=8, default="on")
    parameters_version = models.CharField(max_length=16)
    list_version = models.BigIntegerField()
    signed_on_at = models.DateTimeField()
    signed_off_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kiosk_session"
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk",), condition=Q(state="on"), name="kiosk_is_signed_on_once"
            ),
        )

    def __str__(self) -> str:
        return f"session {self.id} {self.state}"


class Heartbeat(models.Model):
    """What a kiosk said of itself last: one row each. `cash_fen` is its own word of its box."""

    kiosk = models.OneToOneField(
        "accounts.Kiosk", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    version = models.CharField(max_length=32)
    paper = models.CharField(max_length=8)
    cash_fen = models.BigIntegerField()
    notes = models.IntegerField()
    errors = models.JSONField(default=list)
    waiting_records = models.IntegerField()
    said_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_heartbeat"

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.heard_at}"


class Pulse(models.Model):
    """What a kiosk said in one hour: how often, the worst paper, the most cash, its last errors."""

    id = models.BigAutoField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="+")
    hour = models.DateTimeField()
    beats = models.IntegerField(default=1)
    paper = models.CharField(max_length=8)
    cash_fen = models.BigIntegerField()
    errors = models.JSONField(default=list)

    class Meta:
        db_table = "kiosk_pulse"
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk", "hour"), name="kiosk_pulse_is_counted_by_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.hour} {self.beats}"


class Position(models.Model):
    """Where a kiosk stands on the map, in hundred-thousandths of a degree; the last word holds."""

    kiosk = models.OneToOneField(
        "accounts.Kiosk", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    longitude_e5 = models.IntegerField()
    latitude_e5 = models.IntegerField()
    set_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_position"
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    longitude_e5__range=(-18_000_000, 18_000_000),
                    latitude_e5__range=(-9_000_000, 9_000_000),
                ),
                name="kiosk_position_is_on_earth",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.longitude_e5} {self.latitude_e5}"
