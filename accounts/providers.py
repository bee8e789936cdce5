"""Wallet providers and their keys: entered, rotated with overlap, suspended through the trail."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.errors import ProviderKeyNotTaken, ProviderNotUnderstood, ProviderUnknown
from accounts.identifiers import new_id
from accounts.models import ProviderKey, WalletProvider
from accounts.models.provider import KEY_ALGORITHMS, KEY_SLOTS

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{3,63}")
_LONGEST_PEM = 2_000


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
    """A new provider, active at once; without a key it can ask nothing. ProviderNotUnderstood."""
    if not _CODE.fullmatch(code) or not name_zh or not name_en:
        raise ProviderNotUnderstood(code=code[:40])
    try:
        with transaction.atomic():
            provider = WalletProvider.objects.create(
                id=new_id(now),
                code=code,
                name_zh=name_zh,
                name_en=name_en,
                order_profile=order_profile,
                rate_per_minute=rate_per_minute,
                added_at=now,
            )
            trail.record("provider_added", actor=actor, now=now, subject=f"provider:{code}")
    except IntegrityError as error:
        raise ProviderNotUnderstood("code taken or rate out of range", code=code) from error
    return provider


def add_key(
    provider: WalletProvider,
    *,
    key_id: str,
    algorithm: str,
    public_pem: str,
    fingerprint: str,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
) -> ProviderKey:
    """A key that works from now on beside the one there is; the caller has checked its material.

    ProviderKeyNotTaken: two keys work already (retire one first), the id was used before, or what
    is given is not a key id, an algorithm with a public key, a moment to come.
    """
    shaped = _KEY_ID.fullmatch(key_id) and algorithm in KEY_ALGORITHMS and expires_at > now
    if not shaped or not 0 < len(public_pem) <= _LONGEST_PEM:
        raise ProviderKeyNotTaken(key_id=key_id[:64], algorithm=algorithm[:24])
    try:
        with transaction.atomic():
            WalletProvider.objects.select_for_update().get(pk=provider.pk)
            taken = provider.keys.filter(state="active").values_list("slot", flat=True)
            free = sorted(set(KEY_SLOTS) - set(taken))
            if not free:
                raise ProviderKeyNotTaken("two keys work already", key_id=key_id)
            key = ProviderKey.objects.create(
                id=new_id(now),
                provider=provider,
                key_id=key_id,
                algorithm=algorithm,
                public_pem=public_pem,
                fingerprint=fingerprint,
                slot=free[0],
                added_at=now,
                expires_at=expires_at,
            )
            trail.record(
                "provider_key_added",
                actor=actor,
                now=now,
                subject=f"provider:{provider.code}",
                key_id=key_id,
                fingerprint=fingerprint,
            )
    except IntegrityError as error:
        raise ProviderKeyNotTaken("the id was used before", key_id=key_id) from error
    return key


def retire_key(key: ProviderKey, *, actor: Actor, because: str, now: datetime) -> None:
    """The key works no more, at once and for good; IllegalTransition for a retired one."""
    trail.advance(key, to="retired", actor=actor, because=because, now=now)


def suspend(provider: WalletProvider, *, actor: Actor, because: str, now: datetime) -> None:
    """No request of the provider is served until it is resumed."""
    trail.advance(provider, to="suspended", actor=actor, because=because, now=now)


def resume(provider: WalletProvider, *, actor: Actor, because: str, now: datetime) -> None:
    """A suspended provider is served again."""
    trail.advance(provider, to="active", actor=actor, because=because, now=now)


def by_code(code: str) -> WalletProvider:
    """The provider of this code that is served now; ProviderUnknown."""
    found = WalletProvider.objects.filter(code=code, state="active").first()
    if found is None:
        raise ProviderUnknown(code=code[:40])
    return found


def key_of(key_id: str, now: datetime) -> ProviderKey | None:
    """The key of this id that works now, with its provider in whatever state; one question."""
    rows = ProviderKey.objects.select_related("provider")
    return rows.filter(key_id=key_id[:64], state="active", expires_at__gt=now).first()
