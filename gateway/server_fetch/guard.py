"""Lets a provider's signed request in: its key, its budget, its nonce, in this order."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from rest_framework.exceptions import Throttled

from accounts import providers
from accounts.errors import ProviderSuspended
from accounts.models import ProviderKey, WalletProvider
from gateway.idempotency import nonces
from gateway.signatures import Algorithm, Message, Policy, Verified, VerifyingKey, verify

TAG = "wallet-provider"
POLICY = Policy(wants_nonce=True, tag=TAG)
MINUTE = timedelta(minutes=1)

_ASK = """
INSERT INTO server_fetch_budget AS kept (provider_id, minute, asked) VALUES (%s, %s, 1)
ON CONFLICT (provider_id) DO UPDATE
   SET asked = CASE WHEN kept.minute = EXCLUDED.minute THEN kept.asked + 1 ELSE 1 END,
       minute = EXCLUDED.minute
RETURNING asked
"""


def admit(message: Message, now: datetime) -> WalletProvider:
    """The provider that signed this message just now, for the first time.

    SignatureRefused and its kin, ProviderSuspended, Throttled (the nonce is not used up then),
    RequestReplayed. Three questions to the database, each committed by itself.
    """
    found: list[ProviderKey] = []

    def key_of(key_id: str) -> VerifyingKey | None:
        key = providers.key_of(key_id, now)
        if key is None:
            return None
        found.append(key)
        return verifying_key(key)

    verified = verify(message, key_of=key_of, policy=POLICY, now=now)
    provider = found[0].provider
    if provider.state != "active":
        raise ProviderSuspended(provider=provider.code)
    _spend(provider, now)
    nonces.remember(
        principal=f"provider:{provider.code}",
        nonce=verified.nonce,
        forget_at=_forget_at(verified, now),
    )
    return provider


def verifying_key(key: ProviderKey) -> VerifyingKey:
    """A provider's key as signatures know it; its row alone says the algorithm."""
    return VerifyingKey(
        key_id=key.key_id,
        algorithm=Algorithm(key.algorithm),
        material=key.public_pem.encode("ascii"),
    )


def _spend(provider: WalletProvider, now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [provider.pk, minute])
        row = cursor.fetchone()
    assert row is not None, "an upsert gives its row"
    if row[0] > provider.rate_per_minute:
        raise Throttled(wait=(minute + MINUTE - now).total_seconds() + 1)


def _forget_at(verified: Verified, now: datetime) -> datetime:
    return (verified.created or now) + POLICY.window + POLICY.skew
