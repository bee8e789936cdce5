"""Outstanding work as rows: owed in the caller's transaction, leased, tried by schedule, seen.

Whatever waits is a row here before anything else happens, so a killed worker, a lost ring or a
broken queue loses nothing. The queue is a bell; these rows are the work.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import (
    ImproperlyConfigured,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction

from accounts import bell, duty_rows
from accounts.database_errors import code_of
from accounts.duty_kinds import KINDS, DutyKind, terms_of
from accounts.duty_kinds import Later as Later
from accounts.duty_kinds import duty as duty
from accounts.duty_kinds import load as load
from accounts.duty_kinds import longest_lease as longest_lease
from accounts.duty_rows import Taken
from accounts.errors import DomainError
from accounts.models import Duty

_log = logging.getLogger("accounts.duties")
_A_MOMENT = timedelta(seconds=1)

# What a mistake of ours raises. Tried again by schedule like any failure, but logged in full.
MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    ImproperlyConfigured,
    LookupError,
    MultipleObjectsReturned,
    NameError,
    ObjectDoesNotExist,
    OSError,
    RuntimeError,
    TypeError,
    ValidationError,
    ValueError,
)


def owe(kind: str, subject_id: UUID, *, now: datetime, due_at: datetime | None = None) -> None:
    """Owe this work from `due_at` (else now) on, in the caller's transaction; rings after commit.

    One row per kind and subject: owing twice is owing once, sooner of the two. A finished or
    given-up duty is opened anew; one that is being worked on right now is done once more after.
    """
    due = now if due_at is None else due_at
    pk, waits = duty_rows.owe(kind, subject_id, now=now, due_at=due)
    if waits:
        transaction.on_commit(ring_for(pk), robust=True)


def owe_all(kind: str, subject_ids: Sequence[UUID], *, now: datetime) -> None:
    """Owe the same for many subjects by one statement, due now; the sweep finds them: no bell."""
    duty_rows.owe_all(kind, subject_ids, now=now)


def ring_for(duty_pk: int) -> Callable[[], None]:
    """What rings for one duty after commit; a function, for Django names it when it fails."""

    def ring() -> None:
        bell.ring(duty_pk)

    return ring


def settle(kind: str, subject_id: UUID, *, now: datetime) -> None:
    """No longer owed, because somebody else did it; nothing happens when it is not owed."""
    duty_rows.settle(kind, subject_id, now=now)


def work(now: datetime, *, kinds: Iterable[str] | None = None, limit: int = 100) -> int:
    """Take what is due, one by one, do it, and say how many were handled (done or not).

    Each attempt is counted and committed before its handler runs. RuntimeError inside a
    transaction. Handlers are given `now`; leases are reckoned from when each is taken.
    """
    terms = terms_of(kinds)
    started = time.monotonic()
    handled = 0
    while handled < limit:
        lead = timedelta(seconds=time.monotonic() - started)
        taken = duty_rows.take_due(terms, now=now, moment=now + lead)
        if taken is None:
            break
        _attempt(taken, now)
        handled += 1
    return handled


def work_one(kind: str, subject_id: UUID, now: datetime) -> bool:
    """Do this one now unless it is finished or under somebody's lease; whether it was taken."""
    taken = duty_rows.take_this(terms_of([kind])[0], subject_id, now=now)
    if taken is None:
        return False
    _attempt(taken, now)
    return True


def work_rung(duty_pk: int, now: datetime, *, longest: timedelta) -> bool:
    """Do the duty that was rung for, if it is due and its lease is at most `longest`."""
    terms = [terms for terms in terms_of(None) if terms.lease <= longest]
    taken = duty_rows.take_due(terms, now=now, moment=now, pk=duty_pk)
    if taken is None:
        return False
    _attempt(taken, now)
    return True


def given_up() -> list[Duty]:
    """Every duty past its schedule: people look at these, and may `owe` them again."""
    return list(Duty.objects.filter(state="given_up").order_by("finished_at", "id"))


def overdue(now: datetime) -> list[Duty]:
    """Every duty still owed although its schedule should have ended it by now."""
    waiting = Duty.objects.filter(state__in=["owed", "leased"], deadline__lt=now)
    return list(waiting.order_by("deadline", "id"))


def _attempt(taken: Taken, now: datetime) -> None:
    """Run the handler once and write down how it ended, unless our lease was lost meanwhile."""
    known = KINDS[taken.kind]
    if taken.attempts > len(known.schedule) + 1:
        _failed(known, taken, now, code="worker_died", because="")
        return
    try:
        outcome = known.handler(taken.subject_id, now)
    except DomainError as error:
        _failed(known, taken, now, code=error.code, because="")
    except (DatabaseError, InterfaceError) as error:
        _log.warning("%s met a database error: %s", taken, code_of(error))
        if not connection.in_atomic_block:
            close_old_connections()
        _failed(known, taken, now, code=code_of(error), because="")
    except MISTAKES as error:
        _log.exception("%s met a mistake of ours", taken)
        _failed(known, taken, now, code=f"ours_{type(error).__name__}"[:64], because="")
    except Exception as error:
        # Nobody foresaw it, so it ends this worker, but the work keeps to its schedule.
        _failed(known, taken, now, code=f"unforeseen_{type(error).__name__}"[:64], because="")
        raise
    else:
        _ended(known, taken, now, outcome)


def _ended(known: DutyKind, taken: Taken, now: datetime, outcome: Later | None) -> None:
    if outcome is None:
        kept = duty_rows.done(taken, now=now)
    elif outcome.at is None:
        _failed(known, taken, now, code="", because=outcome.because)
        return
    else:
        at = max(outcome.at, now + _A_MOMENT)
        kept = duty_rows.appoint(taken, now=now, due_at=at, because=outcome.because)
    _tell_if_lost(taken, kept)


def _failed(known: DutyKind, taken: Taken, now: datetime, *, code: str, because: str) -> None:
    if taken.attempts > len(known.schedule):
        _log.error("%s is given up after %d attempts: %s", taken, taken.attempts, code or because)
        kept = duty_rows.give_up(taken, now=now, code=code, because=because)
    else:
        due_at = now + _shortened(known.schedule[taken.attempts - 1])
        kept = duty_rows.retry(taken, now=now, due_at=due_at, code=code, because=because)
    _tell_if_lost(taken, kept)


def _tell_if_lost(taken: Taken, kept: bool) -> None:
    if not kept:
        _log.warning("%s lost its lease (fence %d): its outcome is not ours", taken, taken.fence)


def _shortened(wait: timedelta) -> timedelta:
    return wait * (1 - secrets.randbelow(1000) / 10_000)
