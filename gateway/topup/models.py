"""A citizen's top-up as a row: what was wished, for which card, and how far it has come."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gateway.topup.lifecycle import TOPUP_MOVES


class TopUp(models.Model):
    """One wish to put ``amount_fen`` onto one card; without a person it was made at a kiosk."""

    TRAIL_KIND: ClassVar[str] = "topup"
    MOVES: ClassVar = TOPUP_MOVES

    id = models.UUIDField(primary_key=True)
    pool = models.IntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    card = models.ForeignKey("accounts.TransitCard", on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=12, default="placed")
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField(null=True)
    return_at = models.DateTimeField(null=True)
    by_code = models.BooleanField(default=False)

    class Meta:
        db_table = "topup_topup"
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="topup_amount_is_positive"),
            models.CheckConstraint(
                condition=~Q(state="loaded") | Q(loaded_at__isnull=False),
                name="topup_loaded_means_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=("person", "-id"), name="topup_of_person"),
            models.Index(fields=("id",), condition=Q(state="loading"), name="topup_loading"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
