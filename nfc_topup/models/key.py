"""Card keys as data: which there are, where each rests, which works now; values never."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from nfc_topup.lifecycle import KEY_MOVES, SERVING
from nfc_topup.vault.port import KeyRef, Purpose

SOFTWARE = "software"
SECRETS = "secrets"
"""Homes that are no token: sealed in the row, or a secret by name (a key-encryption key)."""

ORIGINS = ("ceremony", "test_issuer", "house")


class CardKey(models.Model):
    """One version of a key, at rest in its `home`: `software`, `secrets`, or a token's name.

    `levels` are the diversification steps from this key to a card's (see card.profiles); none
    when it is one card's own key. `sealed` (under the key-encryption key `kek_name`) is empty
    unless the home is software. `check_value` is made by `check_rule`; `fingerprint` is the
    home's keyed fingerprint of the value, null where the key came in before there were any.
    `origin`: ceremony, test_issuer (sandbox), or house (its own key-encryption keys).
    `card_byte` is what cards under this version answer as their key version byte, null where
    nobody told. `destruction_id` is the approval that a key of a ceremony was destroyed by.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = KEY_MOVES
    TRAIL_KIND: ClassVar[str] = "card_key"

    id = models.UUIDField(primary_key=True, editable=False)
    purpose = models.CharField(max_length=16)
    index = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=8)
    levels = models.JSONField(default=list)
    home = models.CharField(max_length=63)
    kek_name = models.CharField(max_length=63, default="", blank=True)
    sealed = models.BinaryField(default=b"")
    check_rule = models.CharField(max_length=16, default="ecb-zeros")
    check_value = models.CharField(max_length=6)
    fingerprint = models.CharField(max_length=32, null=True)
    origin = models.CharField(max_length=16)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    approval_id = models.UUIDField(null=True)
    card_byte = models.PositiveSmallIntegerField(null=True)
    destruction_id = models.UUIDField(null=True)
    state = models.CharField(max_length=16, default="prepared")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "index", "version"],
                name="nfc_topup_key_version_is_used_once",
            ),
            models.UniqueConstraint(
                fields=["purpose", "index"],
                condition=Q(state="active"),
                name="nfc_topup_one_active_key_per_purpose_and_index",
            ),
            models.UniqueConstraint(
                fields=["purpose", "index", "card_byte"],
                condition=Q(state__in=["prepared", *SERVING]),
                name="nfc_topup_cards_answer_one_byte_per_serving_key",
            ),
            models.CheckConstraint(
                name="nfc_topup_key_card_byte_is_a_byte",
                condition=Q(card_byte__isnull=True)
                | Q(card_byte__lte=255, purpose__in=["load", "tac"]),
            ),
            models.CheckConstraint(
                name="nfc_topup_key_purpose_is_known",
                condition=Q(purpose__in=[purpose.value for purpose in Purpose]),
            ),
            models.CheckConstraint(
                name="nfc_topup_key_origin_is_known", condition=Q(origin__in=ORIGINS)
            ),
            models.CheckConstraint(
                name="nfc_topup_key_rests_where_its_home_is",
                condition=Q(home=SECRETS, purpose="kek", sealed=b"")
                | Q(home=SOFTWARE, state="destroyed", sealed=b"")
                | (Q(home=SOFTWARE) & ~Q(state="destroyed") & ~Q(sealed=b"") & ~Q(kek_name=""))
                | (~Q(home__in=[SECRETS, SOFTWARE, ""]) & Q(sealed=b"", kek_name="")),
            ),
            models.CheckConstraint(
                name="nfc_topup_key_expires_after_it_begins",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="nfc_topup_key_of_a_ceremony_expires_and_has_a_fingerprint",
                condition=~Q(origin="ceremony")
                | Q(expires_at__isnull=False, fingerprint__isnull=False),
            ),
            models.CheckConstraint(
                name="nfc_topup_key_check_value_is_6_hex_digits",
                condition=Q(check_value__regex=r"^[0-9A-F]{6}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.index} v{self.version} ({self.state})"

    @property
    def ref(self) -> KeyRef:
        """What the vault is asked with."""
        return KeyRef(purpose=Purpose(self.purpose), index=self.index, version=self.version)


class KeyValue(models.Model):
    """That a value came in, and for which purpose: a keyed fingerprint, kept for good.

    Written by the database for every row of CardKey with a fingerprint, so that one value cannot
    have two purposes, however the rows come in, also after the key is destroyed.
    """

    fingerprint = models.CharField(max_length=32, primary_key=True)
    purpose = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"a value for {self.purpose}"
