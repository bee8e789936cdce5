"""Refused pushes: each is counted, few are kept, and a flood raises alarms by powers of ten.

Whoever can reach the address can push, so what a forged push costs us is bounded: one counting
statement each, KEPT_AN_HOUR whole rows an hour and verdict and then one in SAMPLED.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from accounts import trail
from accounts.actors import WORKER, Actor
from accounts.errors import DomainError
from accounts.identifiers import new_id
from gateway.channels.errors import ChannelKeyUnknown
from gateway.channels.port import NOTICE_LIMIT_BYTES
from gateway.payments import keys
from gateway.payments.models import MerchantAccount, Notice

KEPT_AN_HOUR = 20
SAMPLED = 1_000
MOST_SAMPLES_AN_HOUR = 100
KEPT_HEADER_BYTES = 4096
MOST_HEADERS = 64
_NEVER_KEPT = ("authorization", "cookie")

_COUNT = """
INSERT INTO payments_forgery_tally AS t (merchant_id, verdict, hour, seen, kept, last_at)
VALUES (%s, %s, %s, 1, 0, %s)
ON CONFLICT (merchant_id, verdict, hour) DO UPDATE
   SET seen = t.seen + 1, last_at = greatest(t.last_at, excluded.last_at)
RETURNING id, seen, kept
"""
_KEPT = "UPDATE payments_forgery_tally SET kept = kept + 1 WHERE id = %s"


def refused(
    account: MerchantAccount,
    headers: Mapping[str, str],
    body: bytes,
    refusal: DomainError,
    *,
    now: datetime,
) -> None:
    """Counts a push that was not believed, keeps it while the hour's budget lasts, and alarms.

    An unknown key id owes a refresh of the channel's keys (see `keys.sighted`).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            hour = now.replace(minute=0, second=0, microsecond=0)
            cursor.execute(_COUNT, [account.pk, refusal.code, hour, now])
            tally, seen, kept = cursor.fetchone()
        if _worth_keeping(seen, kept):
            _keep(tally, account, headers, body, refusal, now=now)
        if isinstance(refusal, ChannelKeyUnknown):
            keys.sighted(account, refusal.key_id, now=now)
    if _power_of_ten(seen):
        _alarm(account, refusal, seen, now=now)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they came, but for credentials, which no channel has a reason to send."""
    return {
        name: value[:KEPT_HEADER_BYTES]
        for name, value in list(headers.items())[:MOST_HEADERS]
        if name.lower() not in _NEVER_KEPT
    }


def _worth_keeping(seen: int, kept: int) -> bool:
    if seen <= KEPT_AN_HOUR:
        return True
    return seen % SAMPLED == 0 and kept < KEPT_AN_HOUR + MOST_SAMPLES_AN_HOUR


def _keep(
    tally: int,
    account: MerchantAccount,
    headers: Mapping[str, str],
    body: bytes,
    refusal: DomainError,
    *,
    now: datetime,
) -> None:
    notice = Notice(
        id=new_id(now),
        merchant=account,
        verdict=refusal.code,
        headers=kept_headers(headers),
        body=body[:NOTICE_LIMIT_BYTES],
        received_at=now,
    )
    Notice.objects.bulk_create([notice])
    trail.advance(notice, to="refused", actor=WORKER, because=refusal.code, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [tally])


def _power_of_ten(seen: int) -> bool:
    return str(seen).strip("0") == "1"


def _alarm(account: MerchantAccount, refusal: DomainError, seen: int, *, now: datetime) -> None:
    facts = {"key_id": refusal.key_id} if isinstance(refusal, ChannelKeyUnknown) else {}
    trail.alarm(
        refusal.code,
        actor=Actor(kind="channel", id=account.channel),
        now=now,
        subject=account.merchant_no,
        this_hour=seen,
        **facts,
    )
