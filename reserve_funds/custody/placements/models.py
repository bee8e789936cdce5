"""One placement: what was placed where, until when, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reserve_funds.ledger.values import Ref

SAFE_KINDS = ("agreed_deposit", "term_deposit", "treasury_bond", "principal_guaranteed")


class Placement(models.Model):
    """Reserve money placed under one contract; its id names its account in the book.

    `rate_bp` is the agreed yearly rate in hundredths of a percent, for the report only. The row
    says what was agreed and how far it has come; what it still amounts to is in the book. A dropped
    one is placed again when its payment, declared not instructed, was paid after all.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"placed", "dropped"}),
        "placed": frozenset({"ended", "dropped"}),
        "ended": frozenset(),
        "dropped": frozenset({"placed"}),
    }
    TRAIL_KIND: ClassVar[str] = "placement"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=24)
    institution = models.CharField(max_length=120)
    contract_no = models.CharField(max_length=40)
    principal_fen = models.BigIntegerField()
    rate_bp = models.IntegerField()
    matures_on = models.DateField()
    asked_on = models.DateField()
    state = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=SAFE_KINDS), name="custody_placements_principal_is_safe"
            ),
            models.CheckConstraint(
                condition=Q(principal_fen__gt=0), name="custody_placements_principal_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(rate_bp__gte=0), name="custody_placements_rate_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(matures_on__gt=F("asked_on")),
                name="custody_placements_matures_after_it_is_asked",
            ),
            models.UniqueConstraint(
                fields=("account", "contract_no"),
                condition=Q(state__in=("asked", "placed")),
                name="custody_placements_one_live_per_contract",
            ),
        )
        indexes = (models.Index(fields=("pool", "state"), name="custody_placements_of"),)

    def __str__(self) -> str:
        return f"placement {self.id} ({self.state})"

    @property
    def ref(self) -> Ref:
        """保本存放 of this instrument in the book."""
        return Ref(kind="placement", owner=str(self.id))


class PlacementReturn(models.Model):
    """A placement asked back before it matures; its id is that of its approval.

    `number` is what the bank is told and may print; `left_fen` what the book had when it was asked.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"approved", "refused", "expired"}),
        "approved": frozenset({"back", "called_off"}),
        "refused": frozenset(),
        "expired": frozenset(),
        "back": frozenset(),
        "called_off": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "placement_return"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="returns")
    number = models.CharField(max_length=16, unique=True)
    principal_fen = models.BigIntegerField()
    left_fen = models.BigIntegerField()
    due_on = models.DateField()
    because = models.CharField(max_length=200)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(principal_fen__gt=0, principal_fen__lte=F("left_fen")),
                name="custody_placements_return_is_of_what_is_left",
            ),
            models.UniqueConstraint(
                fields=("placement",),
                condition=Q(state__in=("asked", "approved")),
                name="custody_placements_one_return_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"return {self.number} ({self.state})"

    @property
    def is_whole(self) -> bool:
        """Whether nothing shall be left of the placement."""
        return self.principal_fen == self.left_fen
