"""Tokens of apps: a short access token and a refresh token that is spent by every use."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as dice
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import secrets, sign_ins, trail
from accounts.citizen_errors import RefreshNotValid, RefreshReused
from accounts.identifiers import new_id
from accounts.models import BearerToken, RefreshToken, SignIn

ACCESS_FOR = timedelta(minutes=15)
CHAIN_KEY = "token-chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What an app carries; told once, kept here as digests."""

    access: str
    access_until: datetime
    refresh: str
    refresh_until: datetime


def mint(sign_in: SignIn, now: datetime) -> Pair:
    """The first pair of an app that has just signed in, in the caller's transaction."""
    pair = _pair(sign_in, dice.token_bytes(32), dice.token_bytes(32), now)
    BearerToken.objects.create(
        id=new_id(now),
        digest=_digest(pair.access),
        person_id=sign_in.person_id,
        sign_in=sign_in,
        label=sign_in.label,
        minted_at=now,
        expires_at=pair.access_until,
    )
    _keep(sign_in, pair, now)
    return pair


def refresh(token: str, *, key: str, now: datetime) -> Pair:
    """The next pair; the old pair works no more. `key` is the asker's Idempotency-Key.

    The same token with the same key is told the same pair again while that pair is unused (a
    reply may be lost); with any other key it is an old token come back: the sign-in ends whole,
    an alarm is kept, RefreshReused. RefreshNotValid for what is unknown, over or ended.
    """
    found = RefreshToken.objects.filter(digest=_digest(token)).only("sign_in_id").first()
    if found is None:
        raise RefreshNotValid
    with transaction.atomic():
        sign_in = (
            SignIn.objects.select_for_update(of=("self",))
            .select_related("person")
            .get(pk=found.sign_in_id)
        )
        row = RefreshToken.objects.get(pk=found.pk)
        if sign_in.ended_at is not None or not sign_in.person.is_active or row.expires_at <= now:
            raise RefreshNotValid
        refresh_seed, access_seed = _seeds(token, key)
        if row.spent_at is None:
            return _advance(sign_in, row, refresh_seed, access_seed, key, now)
        told_again = _told_again(sign_in, row, refresh_seed, access_seed, key)
        if told_again is not None:
            return told_again
        sign_ins.end(sign_in, because="token_reused", now=now)
    trail.alarm(
        "refresh_token_reused",
        actor=sign_ins.citizen(sign_in.person_id),
        now=now,
        subject=f"person:{sign_in.person_id}",
        sign_in_id=sign_in.pk,
    )
    raise RefreshReused


def revoke(token: str, now: datetime) -> None:
    """End the sign-in of this access or refresh token; what is unknown or over stays as it is."""
    digest = _digest(token)
    row = RefreshToken.objects.select_related("sign_in").filter(digest=digest).first()
    access = BearerToken.objects.select_related("sign_in").filter(digest=digest).first()
    sign_in = row.sign_in if row is not None else access.sign_in if access is not None else None
    if sign_in is not None:
        sign_ins.end(sign_in, because="signed_out", now=now)
    elif access is not None and access.person_id is not None:
        BearerToken.objects.filter(pk=access.pk, revoked_at__isnull=True).update(revoked_at=now)


def sign_in_of(access: str) -> UUID | None:
    """The sign-in that an access token belongs to; None for one that was minted by hand."""
    row = BearerToken.objects.filter(digest=_digest(access)).only("sign_in_id").first()
    return None if row is None else row.sign_in_id


def forget(before: datetime) -> int:
    """Drop refresh tokens that were over before this moment; how many there were."""
    return RefreshToken.objects.filter(expires_at__lt=before).delete()[0]


def _advance(
    sign_in: SignIn, row: RefreshToken, refresh: bytes, access: bytes, key: str, now: datetime
) -> Pair:
    pair = _pair(sign_in, refresh, access, now)
    RefreshToken.objects.filter(pk=row.pk).update(spent_at=now, spent_key=_digest(key))
    _keep(sign_in, pair, now)
    BearerToken.objects.filter(sign_in=sign_in).update(
        digest=_digest(pair.access), minted_at=now, expires_at=pair.access_until
    )
    SignIn.objects.filter(pk=sign_in.pk, seen_at__lt=now).update(seen_at=now)
    return pair


def _told_again(
    sign_in: SignIn, row: RefreshToken, refresh: bytes, access: bytes, key: str
) -> Pair | None:
    """The pair this token was already exchanged for by this key, while it is the newest."""
    if not hmac.compare_digest(bytes(row.spent_key or b""), _digest(key)):
        return None
    pair = _named(refresh, access)
    newest = RefreshToken.objects.filter(
        sign_in=sign_in, digest=_digest(pair[0]), spent_at__isnull=True
    ).first()
    working = BearerToken.objects.filter(sign_in=sign_in, digest=_digest(pair[1])).first()
    if newest is None or working is None:
        return None
    return Pair(
        access=pair[1],
        access_until=working.expires_at,
        refresh=pair[0],
        refresh_until=newest.expires_at,
    )


def _pair(sign_in: SignIn, refresh: bytes, access: bytes, now: datetime) -> Pair:
    named = _named(refresh, access)
    last = sign_in.began_at + sign_ins.APP_LONGEST
    return Pair(
        access=named[1],
        access_until=now + ACCESS_FOR,
        refresh=named[0],
        refresh_until=min(now + sign_ins.APP_IDLE, last),
    )


def _keep(sign_in: SignIn, pair: Pair, now: datetime) -> None:
    RefreshToken.objects.create(
        id=new_id(now),
        sign_in=sign_in,
        digest=_digest(pair.refresh),
        minted_at=now,
        expires_at=pair.refresh_until,
    )


def _seeds(token: str, key: str) -> tuple[bytes, bytes]:
    """What the next pair is made of: nobody without our key, the token and its use finds it."""
    chain, said = secrets.read_key(CHAIN_KEY), token.encode() + b"\0" + key.encode()
    return (
        hmac.digest(chain, b"refresh\0" + said, hashlib.sha256),
        hmac.digest(chain, b"access\0" + said, hashlib.sha256),
    )


def _named(refresh: bytes, access: bytes) -> tuple[str, str]:
    return f"rfr_{_spelled(refresh)}", f"ctz_{_spelled(access)}"


def _spelled(seed: bytes) -> str:
    return base64.urlsafe_b64encode(seed).decode().rstrip("=")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
