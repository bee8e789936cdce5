"""How far the trail has been delivered, and which bills."""

from __future__ import annotations

from django.db import models


class Watermark(models.Model):
    """Every move of the trail up to `position` was delivered; `pending` may be, once it is safe.

    It is safe when every transaction that ran when `pending` was seen is over: none of them can
    still commit a smaller number. `horizon` is the number the next transaction had then.
    """

    name = models.CharField(max_length=20, primary_key=True)
    position = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(null=True)
    horizon = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.position}"


class DeliveredBill(models.Model):
    """How many lines of a taken bill were delivered: `lines` of its `line_no`s, in order."""

    bill_id = models.UUIDField(primary_key=True)
    last_line_no = models.BigIntegerField(default=-1)
    is_whole = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"bill {self.bill_id} {self.last_line_no}"
