"""Looks again at what is closed: every seal by the pinned keys, in turn every pool's history."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from accounts import trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.closing import signing
from reserve_funds.custody.closing.errors import SealBroken
from reserve_funds.custody.closing.models import BookCheck
from reserve_funds.ledger import sealing
from reserve_funds.ledger.check import Report, check

BROKEN = kinds.register(
    "day_seal_broken", zh="营业日封签验证不通过", en="A seal of a closed day does not verify",
    working_days=0,
)  # fmt: skip
UNSOUND = kinds.register(
    "book_unsound", zh="账簿全量核对未通过", en="The book does not follow from its transfers",
    working_days=0,
)  # fmt: skip
PATIENCE = "SET LOCAL statement_timeout = '30min'"
_MOST_FINDINGS = 50


def trusted_keys() -> frozenset[bytes]:
    """The pinned public keys; a sandbox that pins none believes its own. Empty: no seal is."""
    if not settings.DAY_SEAL_PUBLIC_KEYS and settings.IS_SANDBOX:
        return frozenset({signing.own_public_key()})
    return settings.DAY_SEAL_PUBLIC_KEYS


def check_seals(pool: int, *, now: datetime) -> str | None:
    """Every closed day of a pool has a sound seal, signed by a pinned key; else what is wrong.

    What is wrong is an alarm and a case that stays until a later look finds every seal sound.
    """
    because = _seal_fault(pool)
    if because is None:
        close_case(BROKEN, pool=pool, subject="seals", actor=SYSTEM, because="sound", now=now)
        return None
    trail.alarm("day_seal_broken", actor=SYSTEM, now=now, subject=f"pool:{pool}", because=because)
    open_case(BROKEN, pool=pool, subject="seals", now=now, because=because)
    return because


def rederive(pool: int, *, now: datetime) -> Report:
    """Derives a pool's whole book from its transfers; findings are an alarm and a case."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
        report = check(pool)
    found = [f"{each.rule} {each.subject}: {each.detail}"[:200] for each in report.findings]
    BookCheck.objects.bulk_create([
        BookCheck(id=new_id(now), pool=pool, found=len(found), findings=found[:_MOST_FINDINGS],
                  checked_at=now)
    ])  # fmt: skip
    if report.sound:
        close_case(UNSOUND, pool=pool, subject="book", actor=SYSTEM, because="sound", now=now)
    else:
        trail.alarm(
            "book_unsound", actor=SYSTEM, now=now, subject=f"pool:{pool}", found=len(found),
            first=found[0],
        )  # fmt: skip
        open_case(UNSOUND, pool=pool, subject="book", now=now, found=len(found))
    return report


def next_pool() -> int | None:
    """The pool whose history was not derived for the longest time; None when there is no pool."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.pool FROM ledger.pool p LEFT JOIN LATERAL ("
            " SELECT max(c.checked_at) AS at FROM custody_closing_bookcheck c"
            " WHERE c.pool = p.pool) l ON true ORDER BY l.at NULLS FIRST, p.pool LIMIT 1"
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _seal_fault(pool: int) -> str | None:
    days = sealing.days(pool, first=date.min, last=date.max)
    closed = [each.day for each in days if each.state == "closed"]
    try:
        seals = signing.check_again(pool, first=date.min, last=date.max, trusted=trusted_keys())
    except SealBroken as broken:
        return f"{broken.facts['day']} {broken.facts['because']}"
    unsealed = sorted(set(closed) - {seal.day for seal in seals})
    return f"{unsealed[0].isoformat()} no seal" if unsealed else None
