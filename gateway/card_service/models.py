"""Namings, loss reports, the list of cards out of use, and balances that leave their cards."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.card_service.lifecycle import (
    DEPARTURE_MOVES,
    LOSS_MOVES,
    NAMING_MOVES,
    PART_MOVES,
)


def _card(**more: object) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        "accounts.TransitCard",
        on_delete=models.PROTECT,
        related_name="+",
        **more,  # type: ignore[arg-type]
    )


def _person() -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Naming(models.Model):
    """Somebody registers a card in their confirmed name by showing it; `load_id` is the showing."""

    TRAIL_KIND: ClassVar[str] = "naming"
    MOVES: ClassVar = NAMING_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    card = _card()
    person = _person()
    state = models.CharField(max_length=12, default="asked")
    load_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "card_service_naming"
        constraints = (
            models.UniqueConstraint(
                fields=("card", "person"),
                condition=Q(state="asked"),
                name="card_service_naming_is_asked_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(load_id__isnull=False),
                name="card_service_named_means_shown",
            ),
        )

    def __str__(self) -> str:
        return f"naming {self.id} ({self.state})"


class LossReport(models.Model):
    """挂失 of one named card: in force from `in_force_at` on."""

    TRAIL_KIND: ClassVar[str] = "loss_report"
    MOVES: ClassVar = LOSS_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    card = _card()
    person = _person()
    state = models.CharField(max_length=12, default="reported")
    reported_at = models.DateTimeField()
    in_force_at = models.DateTimeField()

    class Meta:
        db_table = "card_service_loss_report"
        constraints = (
            models.UniqueConstraint(
                fields=("card",),
                condition=Q(state__in=("reported", "in_force")),
                name="card_service_a_card_is_lost_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(in_force_at__gte=F("reported_at")),
                name="card_service_loss_takes_effect_later",
            ),
        )

    def __str__(self) -> str:
        return f"loss {self.id} ({self.state})"


class ListVersion(models.Model):
    """The newest version of the list; its one row is the lock that puts versions in order."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    class Meta:
        db_table = "card_service_list_version"
        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="card_service_list_has_one_version"),
        )

    def __str__(self) -> str:
        return f"version {self.version}"


class ListEntry(models.Model):
    """One change of the list of cards out of use, under its version; append-only.

    `act` is listed, delisted or renewed; `since` is when it counts (a loss's effect), `until` to
    what day a renewed card is good.
    """

    version = models.BigIntegerField(primary_key=True)
    pool = models.IntegerField()
    asn = models.CharField(max_length=20)
    act = models.CharField(max_length=10)
    because = models.CharField(max_length=12)
    since = models.DateTimeField()
    until = models.DateField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "card_service_list_entry"
        constraints = (
            models.CheckConstraint(
                condition=Q(act__in=("listed", "delisted", "renewed")),
                name="card_service_list_acts_are_three",
            ),
        )
        indexes = (models.Index(fields=("asn", "-version"), name="card_service_list_of_card"),)

    def __str__(self) -> str:
        return f"{self.version} {self.act}"


class Departure(models.Model):
    """A balance that leaves a card: 补卡/换卡 or 迁移 to `new_card`, or 赎回 to its holder.

    `why`: lost, unreadable, expired, new_phone or given_up. `moves_at`: not before. `amount_fen`:
    what has moved. `proven_fen`: what a migrated card proved that it holds. `covered_fen`: late
    trips since, which own money has covered.
    """

    TRAIL_KIND: ClassVar[str] = "departure"
    MOVES: ClassVar = DEPARTURE_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=12)
    why = models.CharField(max_length=12)
    pool = models.IntegerField()
    card = _card()
    new_card = _card(null=True)
    person = _person()
    state = models.CharField(max_length=12, default="asked")
    payee_no = models.CharField(max_length=40, default="", blank=True)
    payee_name = models.CharField(max_length=120, default="", blank=True)
    payee_bank = models.CharField(max_length=120, default="", blank=True)
    asked_at = models.DateTimeField()
    moves_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    amount_fen = models.BigIntegerField(default=0)
    proven_fen = models.BigIntegerField(null=True)
    covered_fen = models.BigIntegerField(default=0)
    round_no = models.PositiveSmallIntegerField(default=0)
    approval_id = models.UUIDField(null=True)
    request_id = models.UUIDField(null=True)

    class Meta:
        db_table = "card_service_departure"
        constraints = (
            models.UniqueConstraint(
                fields=("card",),
                condition=~Q(state="withdrawn"),
                name="card_service_a_balance_leaves_a_card_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("replacement", "migration"), new_card__isnull=False)
                | Q(kind="redemption", new_card__isnull=True),
                name="card_service_a_redemption_has_no_new_card",
            ),
            models.CheckConstraint(
                condition=~Q(kind="migration")
                | Q(state__in=("asked", "withdrawn"))
                | Q(proven_fen__isnull=False),
                name="card_service_migrated_means_shown",
            ),
            models.CheckConstraint(
                condition=Q(new_card__isnull=True) | ~Q(new_card=F("card")),
                name="card_service_a_card_does_not_replace_itself",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, covered_fen__gte=0),
                name="card_service_departure_amounts_are_not_negative",
            ),
        )
        indexes = (
            models.Index(fields=("person", "-id"), name="card_service_departures_of"),
            models.Index(fields=("pool", "state"), name="card_service_departures_in"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"


class Part(models.Model):
    """One way that part of a departure's money goes: claim, original, bank, cash or coupon.

    A coupon's part was never the holder's: it goes back to the operator who gave it. `goes_as` is
    the top-up of a claim, the refund, or the bank's instruction request. Of one round (`round_no`)
    all parts together are what was payable then.
    """

    TRAIL_KIND: ClassVar[str] = "departure_part"
    MOVES: ClassVar = PART_MOVES

    id = models.UUIDField(primary_key=True, editable=False)
    departure = models.ForeignKey(Departure, on_delete=models.PROTECT, related_name="parts")
    round_no = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=10)
    amount_fen = models.BigIntegerField()
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    goes_as = models.UUIDField(null=True, unique=True)
    box = models.CharField(max_length=80, default="", blank=True)
    state = models.CharField(max_length=10, default="planned")

    class Meta:
        db_table = "card_service_part"
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="card_service_part_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(way__in=("original", "coupon"), payment__isnull=False)
                | (Q(way__in=("claim", "bank", "cash")) & Q(payment__isnull=True)),
                name="card_service_what_was_paid_has_its_payment",
            ),
        )

    def __str__(self) -> str:
        return f"part {self.id} ({self.way}, {self.state})"
