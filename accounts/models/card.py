"""Transit cards: which number, whose issuer, in whose hand, in which state."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.card_lifecycle import CARD_MOVES
from accounts.masking import mask_card_no
from accounts.models.operator import Operator
from accounts.models.person import Person


class TransitCard(models.Model):
    """One card (or card application in a phone), known by its ASN of 20 digits.

    `profile_name` names the profile by which the card is spoken to.
    """

    MOVES: ClassVar = CARD_MOVES
    TRAIL_KIND: ClassVar[str] = "transit_card"

    id = models.UUIDField(primary_key=True, editable=False)
    asn = models.CharField(max_length=20, unique=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="cards")
    named = models.BooleanField(default=False)
    state = models.CharField(max_length=16, default="in_use")
    profile_name = models.CharField(max_length=48, default="tunion")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_card_asn_is_a_zero_and_19_digits",
                condition=Q(asn__regex=r"^0[0-9]{19}$"),
            ),
            models.CheckConstraint(
                name="accounts_card_named_has_a_holder",
                condition=Q(named=False) | Q(holder__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def card_no(self) -> str:
        """The 19 digits printed on the card; for the chip and the ledger, never for a log."""
        return self.asn[1:]

    @property
    def masked(self) -> str:
        """The number as people are shown it: `3105 **** **** 0984`."""
        return mask_card_no(self.asn)
