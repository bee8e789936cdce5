"""Events, the endpoints they are told to, and what is known of each telling, as rows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from gateway.events.lifecycle import ENDPOINT_MOVES


class Told(models.Model):
    """How far a subject's history has become events; outlives them, so nothing is made twice."""

    subject_kind = models.CharField(max_length=48)
    subject_id = models.UUIDField()
    transition_id = models.BigIntegerField(default=0)
    sequence = models.IntegerField(default=0)

    class Meta:
        db_table = "events_told"
        constraints = (
            models.UniqueConstraint(
                fields=("subject_kind", "subject_id"), name="events_subject_is_told_by_one_row"
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} {self.sequence}"


class Event(models.Model):
    """One thing that happened, as it is told to everybody; written once."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    version = models.IntegerField()
    pool = models.IntegerField()
    operator_code = models.CharField(max_length=32)
    subject_kind = models.CharField(max_length=48)
    subject_id = models.UUIDField()
    sequence = models.IntegerField()
    transition_id = models.BigIntegerField()
    happened_at = models.DateTimeField()
    made_at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        db_table = "events_event"
        constraints = (
            models.UniqueConstraint(
                fields=("transition_id",), name="events_a_move_is_told_as_one_event"
            ),
            models.UniqueConstraint(
                fields=("subject_id", "subject_kind", "sequence"),
                name="events_of_a_subject_are_counted_once",
            ),
        )
        indexes = (models.Index(fields=("happened_at",), name="events_by_moment"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Endpoint(models.Model):
    """Where one subscriber wants events: an address, and which kinds of which pools.

    `kinds` and `pools` empty mean all. `failures` are those since the last success; until
    `resting_until` nothing is sent.
    """

    TRAIL_KIND: ClassVar[str] = "event_endpoint"
    MOVES: ClassVar = ENDPOINT_MOVES

    id = models.UUIDField(primary_key=True)
    subscriber = models.CharField(max_length=64)
    url = models.URLField(max_length=500)
    state = models.CharField(max_length=12, default="unproven")
    kinds = models.JSONField(default=list)
    pools = models.JSONField(default=list)
    failures = models.IntegerField(default=0)
    resting_until = models.DateTimeField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "events_endpoint"
        constraints = (
            models.UniqueConstraint(
                fields=("subscriber", "url"),
                condition=~Q(state="retired"),
                name="events_endpoint_is_registered_once",
            ),
            models.CheckConstraint(
                condition=Q(subscriber__regex=r"^(operator|app):[a-z0-9][a-z0-9-]{0,40}$"),
                name="events_subscriber_is_an_operator_or_an_app",
            ),
            models.CheckConstraint(
                condition=~Q(subscriber__startswith="operator:") | ~Q(pools=[]),
                name="events_operator_is_told_of_named_pools",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subscriber} {self.id}"


class Delivery(models.Model):
    """One event owed to one endpoint: work with a finite schedule, kept after it is done.

    Its id names the telling and stays the same whenever it is sent. `attempts` are counted before
    each; `last_status` is HTTP's, `last_code` why no answer counts.
    """

    id = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=12, default="waiting")
    attempts = models.IntegerField(default=0)
    replays = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    last_status = models.IntegerField(null=True)
    last_code = models.CharField(max_length=64, default="")
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "events_delivery"
        constraints = (
            models.UniqueConstraint(
                fields=("event", "endpoint"), name="events_event_is_owed_once_to_an_endpoint"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "delivered", "given_up")),
                name="events_delivery_waits_or_is_over",
            ),
        )
        indexes = (
            models.Index(
                fields=("endpoint", "next_at"),
                condition=Q(state="waiting"),
                name="events_delivery_waiting",
            ),
            models.Index(
                fields=("give_up_at",),
                condition=Q(state="waiting"),
                name="events_delivery_to_give_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
