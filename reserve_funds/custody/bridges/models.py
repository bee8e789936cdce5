"""What goes from one pool's book to another's: the outbox of the second leg."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

ORDER, REFUND, NETTING, SETTLEMENT = "order", "refund", "netting", "settlement"
ON_ITS_WAY, ARRIVED = "on_its_way", "arrived"


class Crossing(models.Model):
    """One business between two pools: the near leg is booked in `from_pool` when it is made.

    The far leg is booked in `to_pool` by its duty, a settlement's by the receiving bank's entry.
    `source` and `target` are the payment, order or refund the money leaves and reaches.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        ON_ITS_WAY: frozenset({ARRIVED}),
        ARRIVED: frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "crossing"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=12)
    from_pool = models.IntegerField()
    to_pool = models.IntegerField()
    source = models.CharField(max_length=64)
    target = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    event_at = models.DateTimeField()
    begun_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=ON_ITS_WAY)
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="custody_bridges_crossing_is_positive"
            ),
            models.CheckConstraint(
                condition=~Q(from_pool=F("to_pool")), name="custody_bridges_crossing_has_two_pools"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=(ORDER, REFUND, NETTING, SETTLEMENT)),
                name="custody_bridges_crossing_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state=ON_ITS_WAY, arrived_at=None)
                | Q(state=ARRIVED, arrived_at__isnull=False),
                name="custody_bridges_arrived_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=("from_pool", "to_pool"), name="custody_bridges_pair"),
            models.Index(fields=("to_pool",), name="custody_bridges_to"),
            models.Index(
                fields=("begun_at",),
                condition=Q(state=ON_ITS_WAY),
                name="custody_bridges_on_its_way",
            ),
        )

    def __str__(self) -> str:
        return f"crossing {self.id} ({self.kind}, {self.state})"
