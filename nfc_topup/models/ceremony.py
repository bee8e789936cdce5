"""Key ceremonies (密钥仪式): what was planned, who gave which part, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person
from nfc_topup.lifecycle import CEREMONY_MOVES, CEREMONY_OPEN
from nfc_topup.models.key import CardKey
from nfc_topup.vault.port import KeyRef, Purpose

WAYS = ("components", "key_block")
FEWEST_COMPONENTS = 2
MOST_COMPONENTS = 5


class KeyCeremony(models.Model):
    """One key's way in: by `needed` components of different custodians, or as a key block.

    What the key will be is frozen at planning (`card_byte`: see CardKey); `check_value` is what it
    must come out as. `pair_public` seals components; its private half is in the token, or for the
    software home in `pair_sealed`; both end with the gathering. `export_under` names the transport
    key under which the vault also made `block_out`, in the moment the key came in.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = CEREMONY_MOVES
    TRAIL_KIND: ClassVar[str] = "key_ceremony"

    id = models.UUIDField(primary_key=True, editable=False)
    purpose = models.CharField(max_length=16)
    index = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=8)
    levels = models.JSONField(default=list)
    home = models.CharField(max_length=63)
    check_rule = models.CharField(max_length=16)
    check_value = models.CharField(max_length=6)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    way = models.CharField(max_length=16)
    needed = models.PositiveSmallIntegerField()
    transport = models.ForeignKey(CardKey, on_delete=models.PROTECT, null=True, related_name="+")
    card_byte = models.PositiveSmallIntegerField(null=True)
    block_usage = models.CharField(max_length=2, default="", blank=True)
    export_under = models.ForeignKey(CardKey, on_delete=models.PROTECT, null=True, related_name="+")
    block_out = models.TextField(default="", blank=True)
    pair_public = models.BinaryField(default=b"")
    pair_sealed = models.BinaryField(default=b"")
    state = models.CharField(max_length=16, default="gathering")
    planned_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    key = models.OneToOneField(
        CardKey, on_delete=models.PROTECT, null=True, related_name="ceremony"
    )
    approval_id = models.UUIDField(null=True)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "index", "version"],
                name="nfc_topup_ceremony_version_is_planned_once",
            ),
            models.UniqueConstraint(
                fields=["purpose", "index"],
                condition=Q(state__in=CEREMONY_OPEN),
                name="nfc_topup_one_open_ceremony_per_purpose_and_index",
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_has_its_way_in",
                condition=Q(
                    way="components",
                    needed__gte=FEWEST_COMPONENTS,
                    needed__lte=MOST_COMPONENTS,
                    transport__isnull=True,
                    block_usage="",
                )
                | (Q(way="key_block", needed=1, transport__isnull=False) & ~Q(block_usage="")),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_brings_a_load_tac_or_transport_key",
                condition=Q(purpose__in=["load", "tac", "transport"]),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_is_asked_and_approved_by_two",
                condition=Q(asked_by__isnull=True)
                | Q(approved_by__isnull=True)
                | ~Q(asked_by=F("approved_by")),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_has_its_key_once_brought",
                condition=Q(state__in=["gathering", "refused"], key__isnull=True)
                | Q(state__in=["aborted", "expired"])
                | Q(state="brought", key__isnull=False)
                | Q(
                    state="activated",
                    key__isnull=False,
                    approval_id__isnull=False,
                    asked_by__isnull=False,
                    approved_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_pair_ends_with_the_gathering",
                condition=Q(state="gathering") | Q(pair_public=b"", pair_sealed=b""),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_expects_6_hex_digits",
                condition=Q(check_value__regex=r"^[0-9A-F]{6}$"),
            ),
            models.CheckConstraint(
                name="nfc_topup_ceremony_closes_after_it_is_planned",
                condition=Q(closes_at__gt=F("planned_at")) & Q(expires_at__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"ceremony {self.id} for {self.purpose} {self.index} ({self.state})"

    @property
    def ref(self) -> KeyRef:
        """The key that comes in by it."""
        return KeyRef(purpose=Purpose(self.purpose), index=self.index, version=self.version)


class KeyComponent(models.Model):
    """That one custodian gave one part; `sealed` to the ceremony's pair, emptied when it ends."""

    id = models.UUIDField(primary_key=True, editable=False)
    ceremony = models.ForeignKey(KeyCeremony, on_delete=models.PROTECT, related_name="components")
    number = models.PositiveSmallIntegerField()
    custodian = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    check_value = models.CharField(max_length=6, default="", blank=True)
    sealed = models.BinaryField(default=b"")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ceremony", "custodian"],
                name="nfc_topup_component_custodians_are_different_people",
            ),
            models.UniqueConstraint(
                fields=["ceremony", "number"], name="nfc_topup_component_is_given_once"
            ),
            models.CheckConstraint(
                name="nfc_topup_component_number_is_1_to_5",
                condition=Q(number__gte=1, number__lte=MOST_COMPONENTS),
            ),
        ]

    def __str__(self) -> str:
        return f"component {self.number} of ceremony {self.ceremony_id}"


class ExpiryWarning(models.Model):
    """That people were warned of one key's end, `days` before it: each warning is raised once."""

    key = models.ForeignKey(CardKey, on_delete=models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    warned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "days"], name="nfc_topup_expiry_is_warned_of_once"
            )
        ]

    def __str__(self) -> str:
        return f"key {self.key_id} ends in {self.days} days"
