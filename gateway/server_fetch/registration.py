"""Enters wallet providers and their keys, with what only this room can judge of them."""

from __future__ import annotations

from datetime import datetime

from accounts import providers, secrets
from accounts.actors import Actor
from accounts.models import ProviderKey, WalletProvider
from gateway.server_fetch import order_profiles
from gateway.signatures import Algorithm, VerifyingKey
from gateway.signatures.keys import check


def add(
    *,
    code: str,
    name_zh: str,
    name_en: str,
    order_profile: str,
    rate_per_minute: int,
    actor: Actor,
    now: datetime,
) -> WalletProvider:
    """A new provider; OrderProfileUnknown beside what accounts.providers.add raises."""
    order_profiles.by_name(order_profile, sandbox=secrets.in_sandbox())
    return providers.add(
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        order_profile=order_profile,
        rate_per_minute=rate_per_minute,
        actor=actor,
        now=now,
    )


def add_key(
    provider: WalletProvider,
    *,
    key_id: str,
    algorithm: str,
    public_pem: str,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
) -> ProviderKey:
    """A key whose material was read and is of its algorithm; SigningKeyUnusable otherwise.

    It works at once beside the one there is; rotating is adding the new one, then retiring the
    old. What accounts.providers.add_key raises.
    """
    key = VerifyingKey(
        key_id=key_id, algorithm=Algorithm(algorithm), material=public_pem.encode("utf-8")
    )
    check(key)
    return providers.add_key(
        provider,
        key_id=key_id,
        algorithm=algorithm,
        public_pem=public_pem,
        fingerprint=key.fingerprint,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )
