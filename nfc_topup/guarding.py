"""Counts wrong MAC1s where they happen, shuts out who shows too many, and lets nobody else suffer.

Each failure is one more in one statement, so that of many at once none is lost and exactly one of
them reaches the limit and locks. From then on nothing of theirs is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from nfc_topup import queries
from nfc_topup.errors import LoadLocked
from nfc_topup.guard_limits import Limit, Scope, scope_of
from nfc_topup.models import CardApplication, FailureTally, Lock


@dataclass(slots=True)
class Comparison:
    """What came of comparing one MAC1; None while the vault has not said."""

    verifies: bool | None = None


@contextmanager
def comparison(application: CardApplication, actor: Actor, now: datetime) -> Iterator[Comparison]:
    """Let one MAC1 of this card be compared for this actor; set `verifies` to what the vault says.

    Call it outside any transaction. LoadLocked, and nothing is compared, while a lock holds. A
    wrong MAC1 is counted at card, actor and both; a right one clears what this actor has shown of
    this card; where the vault did not answer, nothing happened.
    """
    refuse_locked(application, actor, now)
    seen = Comparison()
    try:
        yield seen
    finally:
        if seen.verifies:
            _tally(Scope.CARD_HERE, _here(application, actor)).delete()
        elif seen.verifies is not None:
            _failed(application, actor, now)


def refuse_locked(application: CardApplication, actor: Actor, now: datetime) -> None:
    """LoadLocked while this actor, or this actor with this card, is shut out."""
    _refuse(_in_force(now).filter(_theirs(application, actor)))


def refuse_new(application: CardApplication, actor: Actor, now: datetime) -> None:
    """As `refuse_locked`, and while the card is shut for everybody: nothing new is put onto it.

    A card that is shut may still be asked what became of a load: repair is never locked by it.
    """
    shut = Q(application=application, actor_id="")
    _refuse(_in_force(now).filter(_theirs(application, actor) | shut))


def lock_card(
    application: CardApplication, *, because: str, actor: Actor, now: datetime
) -> Lock | None:
    """Shut a card for everybody until two officers lift it; None where it is shut already."""
    if _in_force(now).filter(application=application, actor_id="").exists():
        return None
    return _lock(Scope.CARD, application, None, because=because, failures=0, by=actor, now=now)


def _theirs(application: CardApplication, actor: Actor) -> Q:
    anywhere_or_here = Q(application__isnull=True) | Q(application=application)
    return anywhere_or_here & Q(actor_kind=actor.kind, actor_id=actor.id)


def _refuse(locks: QuerySet[Lock]) -> None:
    lock = locks.order_by(F("ends_at").desc(nulls_first=True)).first()
    if lock is not None:
        ends_at = lock.ends_at.isoformat() if lock.ends_at else None
        raise LoadLocked(lock_id=lock.id, ends_at=ends_at)


def _in_force(now: datetime) -> QuerySet[Lock]:
    return Lock.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), state="active")


def _failed(application: CardApplication, actor: Actor, now: datetime) -> None:
    """Count a wrong MAC1 everywhere, and lock where it is the last one that is allowed."""
    places = (
        (Scope.CARD_HERE, _here(application, actor)),
        (scope_of(actor.kind), str(actor)),
        (Scope.CARD, str(application.pk)),
    )
    with transaction.atomic():
        for scope, subject in places:
            count = _count(scope, subject, settings.CARD_GUARD_LIMITS[scope], now)
            _reached(scope, count, application, actor, now)


def _reached(
    scope: Scope, count: int, application: CardApplication, actor: Actor, now: datetime
) -> None:
    limit: Limit = settings.CARD_GUARD_LIMITS[scope]
    if count != limit.failures:
        return
    if not limit.lock:
        trail.alarm(
            "card_under_attack",
            actor=actor,
            now=now,
            subject=f"application:{application.pk}",
            failures=count,
        )
        return
    card = application if scope is Scope.CARD_HERE else None
    _lock(scope, card, actor, because="mac1_wrong", failures=count, by=actor, now=now,
          pool=queries.pool_of(application.asn), limit=limit)  # fmt: skip


def _lock(
    scope: Scope,
    application: CardApplication | None,
    shut_out: Actor | None,
    *,
    because: str,
    failures: int,
    by: Actor,
    now: datetime,
    pool: int | None = None,
    limit: Limit | None = None,
) -> Lock:
    if pool is None:
        assert application is not None, "a lock belongs to the pool of some card"
        pool = queries.pool_of(application.asn)
    lock = Lock.objects.create(
        id=new_id(now),
        scope=scope,
        application=application,
        actor_kind=shut_out.kind if shut_out else "",
        actor_id=shut_out.id if shut_out else "",
        pool=pool,
        because=because,
        failures=failures,
        locked_at=now,
        ends_at=now + limit.lock if limit else None,
    )
    trail.alarm(
        "load_locked",
        actor=by,
        now=now,
        subject=f"lock:{lock.id}",
        scope=scope.value,
        because=because,
        failures=failures,
        ends_at=lock.ends_at,
    )
    return lock


def _count(scope: Scope, subject: str, limit: Limit, now: datetime) -> int:
    """One more in the present window, or the first of a new one, whoever else counts right now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO nfc_topup_failuretally AS t (scope, subject, failures, window_began_at)
            VALUES (%(scope)s, %(subject)s, 1, %(now)s)
            ON CONFLICT (scope, subject) DO UPDATE SET
                failures = CASE WHEN t.window_began_at <= %(stale)s THEN 1
                                ELSE t.failures + 1 END,
                window_began_at = CASE WHEN t.window_began_at <= %(stale)s THEN %(now)s
                                       ELSE t.window_began_at END
            RETURNING failures
            """,
            {
                "scope": scope.value,
                "subject": subject,
                "now": now,
                "stale": now - limit.window,
            },
        )
        return int(cursor.fetchone()[0])


def forget(lock: Lock) -> None:
    """Begin the count anew for whom a lifted lock had shut out."""
    if lock.actor_id:
        actor = Actor(kind=lock.actor_kind, id=lock.actor_id)
        if lock.application is None:
            _tally(Scope(lock.scope), str(actor)).delete()
        else:
            _tally(Scope.CARD_HERE, _here(lock.application, actor)).delete()


def _tally(scope: Scope, subject: str) -> QuerySet[FailureTally]:
    return FailureTally.objects.filter(scope=scope.value, subject=subject)


def _here(application: CardApplication, actor: Actor) -> str:
    return f"{application.pk}@{actor}"
