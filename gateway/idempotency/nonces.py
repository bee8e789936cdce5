"""Nonces of signed requests, kept until their signature is too old to be sent again."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from gateway.idempotency.errors import RequestReplayed
from gateway.idempotency.models import SeenNonce

_REMEMBER = """
INSERT INTO idempotency_seen_nonce (principal, nonce, forget_at) VALUES (%s, %s, %s)
ON CONFLICT ON CONSTRAINT idempotency_nonce_is_used_once DO NOTHING RETURNING id
"""


def remember(*, principal: str, nonce: str, forget_at: datetime) -> None:
    """Uses a nonce up, committed by itself; RequestReplayed when this principal used it before.

    `forget_at` is when the signature could no longer be taken anyhow: its creation, the window
    and the skew together. Of any number at once one wins.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [principal, nonce, forget_at])
        if cursor.fetchone() is None:
            raise RequestReplayed(principal=principal)


def purge(now: datetime) -> int:
    """Forgets nonces whose signatures are too old by themselves; gives how many."""
    return SeenNonce.objects.filter(forget_at__lt=now).delete()[0]
