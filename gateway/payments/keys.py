"""Channels' keys as accounts of ours know them: learned once, counted, and warned of in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from django.db import connection
from django.db.models import Max, Sum

from accounts import duties, duty_queries, trail
from accounts.actors import WORKER
from accounts.clock import business_day
from gateway.payments.models import KeyUse, KeyWarning, MerchantAccount

SHOWN = timedelta(days=7)
WARN_DAYS = (30, 7, 1)
WINDOW = timedelta(hours=1)
GAP = timedelta(minutes=10)
MOST_SIGHTINGS_A_WINDOW = 20

_SIGHT = """
INSERT INTO payments_key_sighting AS s (merchant_id, key_id, first_seen_at, refresh_asked_at)
SELECT %(account)s, %(key)s, %(now)s, %(now)s
 WHERE EXISTS (SELECT FROM payments_key_sighting k
                WHERE k.merchant_id = %(account)s AND k.key_id = %(key)s)
    OR (SELECT count(*) FROM payments_key_sighting k
         WHERE k.merchant_id = %(account)s AND k.refresh_asked_at > %(since)s) < %(most)s
ON CONFLICT (merchant_id, key_id) DO UPDATE SET refresh_asked_at = excluded.refresh_asked_at
 WHERE s.refresh_asked_at <= %(since)s
RETURNING id
"""
_LAST_ANSWER = """
SELECT max(refresh_asked_at) FROM payments_key_sighting
 WHERE merchant_id = %s AND key_id LIKE 'answer:%%'
"""
_COUNT_ANSWER = """
INSERT INTO payments_key_use AS u (merchant_id, key_id, day, answers, last_at)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (merchant_id, key_id, day) DO UPDATE
   SET answers = u.answers + 1, last_at = greatest(u.last_at, excluded.last_at)
"""
# Notices are named by the time they came, so a span of time is a span of the primary key.
_NOTICES = """
SELECT merchant_id, key_id, count(*), max(received_at) FROM payments_notice
 WHERE id >= %s AND verdict = 'genuine' GROUP BY merchant_id, key_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShown:
    """One key of a channel as an account of ours knows it.

    `style` is certificate or public_key; `valid_until` is None where the key carries no date.
    `notices` and `answers` are what the channel signed under it in the last days, `share_percent`
    their part of all traffic of the account (None without traffic). `known` is False for a key
    id that was met and is not ours.
    """

    account_id: UUID
    channel: str
    merchant_no: str
    key_id: str
    style: str
    known: bool
    valid_until: datetime | None
    notices: int
    answers: int
    share_percent: int | None
    last_seen_at: datetime | None
    alarm_days: int | None = None


class WatchedKeys(Mapping[str, bytes]):
    """An account's keys that remember which of them was last looked up to prove a message."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys
        self.used: str | None = None

    def __getitem__(self, key_id: str) -> bytes:
        pem = self._keys[key_id]
        self.used = key_id
        return pem

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def sighted(account: MerchantAccount, key_id: str, *, now: datetime) -> bool:
    """Notes an unknown key id and owes a refresh of the account's keys; True when it is owed anew.

    Whoever can reach our door can name a key, so nothing that is named here is used up: ids are
    noted for people, MOST_SIGHTINGS_A_WINDOW of them in WINDOW, and any id at all, noted or not,
    is reason to refresh once the last refresh is GAP ago (each learns every key that is
    published). A refresh that is owed already is left to its schedule.
    """
    known_as = key_id[:80]
    with connection.cursor() as cursor:
        cursor.execute(
            _SIGHT,
            {
                "account": account.pk,
                "key": known_as,
                "now": now,
                "since": now - WINDOW,
                "most": MOST_SIGHTINGS_A_WINDOW,
            },
        )
        cursor.execute(_LAST_ANSWER, [account.pk])
        [answered] = cursor.fetchone()
    standing = duty_queries.find("merchant.keys", account.pk)
    if standing is not None and standing.state in ("owed", "leased"):
        return False
    ended = None if standing is None else standing.finished_at
    last = max((one for one in (ended, answered) if one), default=None)
    due_at = now if last is None else max(now, last + GAP)
    duties.owe("merchant.keys", account.pk, now=now, due_at=due_at)
    return True


def may_refresh_for_answer(account: MerchantAccount, key_id: str, *, now: datetime) -> bool:
    """Whether an answer under an unknown key is reason to ask for the keys: once in a GAP each.

    Counted apart from pushes: nobody but the channel answers us, so no forger can use this up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SIGHT,
            {
                "account": account.pk,
                "key": f"answer:{key_id}"[:80],
                "now": now,
                "since": now - GAP,
                "most": MOST_SIGHTINGS_A_WINDOW * 10,
            },
        )
        return cursor.fetchone() is not None


def count_answer(account: MerchantAccount, key_id: str, *, now: datetime) -> None:
    """One more answer that this key proved."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ANSWER, [account.pk, key_id, business_day(now), now])


def shown(now: datetime) -> list[KeyShown]:
    """Every key an account knows or was lately spoken to under, with its share of the traffic."""
    since = now - SHOWN
    with connection.cursor() as cursor:
        cursor.execute(_NOTICES, [first_id_at(since)])
        notices = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
    uses = (
        KeyUse.objects.filter(day__gt=business_day(since))
        .values_list("merchant_id", "key_id")
        .annotate(Sum("answers"), Max("last_at"))
    )
    answers = {(row[0], row[1]): (row[2], row[3]) for row in uses}
    found = []
    for account in MerchantAccount.objects.order_by("channel", "merchant_no"):
        met = {key for owner, key in (*notices, *answers) if owner == account.pk and key}
        ids = sorted({*account.platform_keys, *met})
        whole = sum(
            notices.get((account.pk, one), (0, None))[0]
            + answers.get((account.pk, one), (0, None))[0]
            for one in ids
        )
        found += [_shown(account, one, notices, answers, whole, now=now) for one in ids]
    return found


def warn(now: datetime) -> int:
    """Raises an alarm for every key that ends within 30, 7 and 1 days, once each; how many."""
    raised = 0
    for account in MerchantAccount.objects.all():
        for key_id, pem in account.platform_keys.items():
            end = valid_until(pem)
            reached = [days for days in WARN_DAYS if end and end - now <= timedelta(days=days)]
            for days in reached[-1:]:
                raised += _warn(account, key_id, days, end, now=now)
    return raised


def valid_until(pem: str) -> datetime | None:
    """When a certificate ends; None for a bare public key, which carries no date."""
    if "BEGIN CERTIFICATE" not in pem:
        return None
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def first_id_at(moment: datetime) -> UUID:
    """The smallest identifier that a row of this moment can have."""
    return UUID(int=int(moment.timestamp()) * 1000 << 80)


Seen = Mapping[tuple[UUID, str], tuple[int, datetime]]


def _shown(
    account: MerchantAccount,
    key_id: str,
    notices: Seen,
    answers: Seen,
    whole: int,
    *,
    now: datetime,
) -> KeyShown:
    pem = account.platform_keys.get(key_id)
    pushed, pushed_at = notices.get((account.pk, key_id), (0, None))
    answered, answered_at = answers.get((account.pk, key_id), (0, None))
    end = valid_until(pem) if pem else None
    left = [days for days in WARN_DAYS if end and end - now <= timedelta(days=days)]
    return KeyShown(
        account_id=account.pk,
        channel=account.channel,
        merchant_no=account.merchant_no,
        key_id=key_id,
        style="certificate" if pem and "BEGIN CERTIFICATE" in pem else "public_key",
        known=pem is not None,
        valid_until=end,
        notices=pushed,
        answers=answered,
        share_percent=round(100 * (pushed + answered) / whole) if whole else None,
        last_seen_at=max((at for at in (pushed_at, answered_at) if at), default=None),
        alarm_days=left[-1] if left else None,
    )


def _warn(
    account: MerchantAccount, key_id: str, days: int, end: datetime | None, *, now: datetime
) -> int:
    _, fresh = KeyWarning.objects.get_or_create(
        merchant=account, key_id=key_id, days=days, defaults={"warned_at": now}
    )
    if not fresh:
        return 0
    trail.alarm(
        "channel_key_ends",
        actor=WORKER,
        now=now,
        subject=account.merchant_no,
        channel=account.channel,
        key_id=key_id,
        days=days,
        ends_at=end,
    )
    return 1
