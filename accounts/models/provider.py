"""Wallet providers (手机钱包服务商): whose servers fetch loads for cards in a phone's chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q

KEY_ALGORITHMS = ("ed25519", "ecdsa-p256-sha256", "sm2-sm3")
KEY_SLOTS = (1, 2)


class WalletProvider(models.Model):
    """One provider. `order_profile` names how orders are signed for its app's call.

    `rate_per_minute` is how many signed requests it may send in a minute of the clock.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "active": frozenset({"suspended", "closed"}),
        "suspended": frozenset({"active", "closed"}),
        "closed": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "wallet_provider"

    id = models.UUIDField(primary_key=True, editable=False)
    code = models.CharField(max_length=32, unique=True)
    name_zh = models.CharField(max_length=64)
    name_en = models.CharField(max_length=64)
    order_profile = models.CharField(max_length=32)
    rate_per_minute = models.PositiveIntegerField()
    state = models.CharField(max_length=16, default="active")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_provider_rate_is_1_to_100000",
                condition=Q(rate_per_minute__gte=1, rate_per_minute__lte=100_000),
            ),
        ]

    def __str__(self) -> str:
        return f"provider {self.code}"


class ProviderKey(models.Model):
    """A public key of a provider, bound to one algorithm; at most two work at once (`slot`).

    A key id is used once in the life of the house, so that a signature always names one key.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "active": frozenset({"retired"}),
        "retired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "provider_key"

    id = models.UUIDField(primary_key=True, editable=False)
    provider = models.ForeignKey(WalletProvider, on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=64, unique=True)
    algorithm = models.CharField(max_length=24)
    public_pem = models.TextField()
    fingerprint = models.CharField(max_length=64)
    slot = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, default="active")
    added_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "slot"],
                condition=Q(state="active"),
                name="accounts_provider_has_two_active_keys_at_most",
            ),
            models.CheckConstraint(
                name="accounts_provider_key_slot_is_1_or_2", condition=Q(slot__in=KEY_SLOTS)
            ),
            models.CheckConstraint(
                name="accounts_provider_key_algorithm_has_a_public_key",
                condition=Q(algorithm__in=KEY_ALGORITHMS),
            ),
            models.CheckConstraint(
                name="accounts_provider_key_expires_after_it_is_added",
                condition=Q(expires_at__gt=models.F("added_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"provider key {self.key_id}"
