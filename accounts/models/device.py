"""Kiosks (自助充值终端) and partner banks (合作银行)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.operator import Operator


class Kiosk(models.Model):
    """One self-service terminal; `terminal_no` is the purse's terminal id (6 bytes BCD)."""

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "planned": frozenset({"in_service", "retired"}),
        "in_service": frozenset({"suspended", "retired"}),
        "suspended": frozenset({"in_service", "retired"}),
        "retired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "kiosk"

    id = models.UUIDField(primary_key=True, editable=False)
    code = models.CharField(max_length=32, unique=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=120)
    terminal_no = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=16, default="planned")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_kiosk_terminal_no_has_12_digits",
                condition=Q(terminal_no__regex=r"^[0-9]{12}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"kiosk {self.code}"


class PartnerBank(models.Model):
    """A bank through which people top up, or which keeps a pool's reserve.

    `decision_id` is the approval by which two officers last moved it.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "active": frozenset({"suspended", "closed"}),
        "suspended": frozenset({"active", "closed"}),
        "closed": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "partner_bank"

    id = models.UUIDField(primary_key=True, editable=False)
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default="active")
    decision_id = models.UUIDField(null=True)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"bank {self.code}"
