"""Sealed card keys: which there are, which works now. Their values are seen by the vault alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from nfc_topup.lifecycle import KEY_MOVES
from nfc_topup.vault.port import KeyRef, Purpose


class CardKey(models.Model):
    """One version of a master or card key, sealed under the key-encryption key `kek_name`.

    `levels` are the diversification steps from this key to a card's (see card.profiles); none
    when it is one card's own key. A retired key still verifies what it began.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = KEY_MOVES
    TRAIL_KIND: ClassVar[str] = "card_key"

    id = models.UUIDField(primary_key=True, editable=False)
    purpose = models.CharField(max_length=8)
    index = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=8)
    levels = models.JSONField(default=list)
    kek_name = models.CharField(max_length=63)
    sealed = models.BinaryField()
    check_value = models.CharField(max_length=6)
    state = models.CharField(max_length=16, default="active")
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
            models.CheckConstraint(
                name="nfc_topup_key_purpose_is_load_or_tac",
                condition=Q(purpose__in=[purpose.value for purpose in Purpose]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.index} v{self.version} ({self.state})"

    @property
    def ref(self) -> KeyRef:
        """What the vault is asked with."""
        return KeyRef(purpose=Purpose(self.purpose), index=self.index, version=self.version)
