"""Cash boxes, what was counted in them, and what was taken for one card at one time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gateway.kiosk.lifecycle import BOX_MOVES, COUNT_MOVES, INTAKE_MOVES

_PEOPLE = settings.AUTH_USER_MODEL


class Box(models.Model):
    """One cash box in one kiosk; `label` is its account in the book and on the pay-in slip.

    `restored_fen` is the quota given back for its banked cash so far, in `restored_times` steps.
    """

    TRAIL_KIND: ClassVar[str] = "cash_box"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = BOX_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="boxes")
    pool = models.IntegerField()
    label = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, default="in_kiosk")
    opened_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    restored_fen = models.BigIntegerField(default=0)
    restored_times = models.IntegerField(default=0)

    class Meta:
        db_table = "kiosk_box"
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk",), condition=Q(state="in_kiosk"), name="kiosk_holds_one_box"
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} {self.state}"


class Count(models.Model):
    """What a removed box held, by two people or by a counting machine; its difference is booked.

    With two people the id is the approval's; a counting machine signed its `record` itself.
    `difference_fen` is counted less booked.
    """

    TRAIL_KIND: ClassVar[str] = "cash_count"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = COUNT_MOVES

    id = models.UUIDField(primary_key=True)
    box = models.ForeignKey(Box, on_delete=models.PROTECT, related_name="counts")
    state = models.CharField(max_length=8, default="asked")
    counted_fen = models.BigIntegerField()
    notes = models.JSONField(default=dict)
    first = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, null=True, related_name="+")
    counter_slip = models.CharField(max_length=64, default="")
    record = models.OneToOneField(
        "kiosk.CounterRecord", on_delete=models.PROTECT, null=True, related_name="+"
    )
    difference_fen = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_count"
        constraints = (
            models.CheckConstraint(condition=Q(counted_fen__gte=0), name="kiosk_count_is_no_debt"),
            models.CheckConstraint(
                condition=Q(second__isnull=True) | ~Q(second=F("first")),
                name="kiosk_count_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(second__isnull=False) | ~Q(counter_slip=""),
                name="kiosk_count_is_by_two_or_by_counter",
            ),
            models.UniqueConstraint(
                fields=("box",), condition=Q(state="booked"), name="kiosk_box_is_counted_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.box_id} {self.counted_fen}"


class Intake(models.Model):
    """Cash taken for one card at one kiosk; its id is the payment's in the book.

    `most_fen` was promised to the card for the day when the slot was opened. A slot that was over
    when notes of it were still told is followed by another one, which holds these (`follows`).
    """

    TRAIL_KIND: ClassVar[str] = "cash_intake"
    MOVES: ClassVar[Mapping[str, frozenset[str]]] = INTAKE_MOVES

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="+")
    card = models.ForeignKey("accounts.TransitCard", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, default="open")
    most_fen = models.BigIntegerField()
    taken_fen = models.BigIntegerField(default=0)
    topup_id = models.UUIDField(null=True, unique=True)
    opened_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    day = models.DateField()
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="followers"
    )

    class Meta:
        db_table = "kiosk_intake"
        constraints = (
            models.CheckConstraint(
                condition=Q(most_fen__gt=0, taken_fen__gte=0), name="kiosk_intake_takes_money"
            ),
            models.CheckConstraint(
                condition=Q(state="ordered", topup_id__isnull=False)
                | (~Q(state="ordered") & Q(topup_id__isnull=True)),
                name="kiosk_intake_ordered_means_its_order",
            ),
        )
        indexes = (
            models.Index(fields=("card", "day"), name="kiosk_intakes_of_card"),
            models.Index(
                fields=("opened_at",),
                condition=Q(state__in=("open", "kept")),
                name="kiosk_intakes_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.taken_fen} {self.state}"


class Grant(models.Model):
    """Quota (授权额度) that two officers gave a kiosk; append-only, its id is the approval's."""

    id = models.UUIDField(primary_key=True)
    kiosk = models.ForeignKey("accounts.Kiosk", on_delete=models.PROTECT, related_name="grants")
    amount_fen = models.BigIntegerField()
    maker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(_PEOPLE, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        db_table = "kiosk_grant"
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="kiosk_grant_is_positive"),
            models.CheckConstraint(
                condition=~Q(maker=F("checker")), name="kiosk_grant_takes_two_officers"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.amount_fen}"


class ShopKiosk(models.Model):
    """That a shop keeps a kiosk, on its own prepayment; append-only."""

    kiosk = models.OneToOneField(
        "accounts.Kiosk", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    shop = models.CharField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        db_table = "kiosk_shop"

    def __str__(self) -> str:
        return f"{self.kiosk_id} {self.shop}"
