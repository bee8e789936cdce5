"""The real-name tier: a provider confirms that a name and an ID number belong together.

The provider is a port: `offer` says which one is in use. Its silence is a state, not a failure: a
check is asked again by its own number until there is an answer, for a day.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import budgets, duties, id_numbers, trail
from accounts.actors import WORKER
from accounts.citizen_errors import (
    NameNotUnderstood,
    RealNameDone,
    RealNameNotOffered,
    RealNameTooOften,
    RealNameUnderWay,
)
from accounts.clock import business_day
from accounts.database_errors import constraint_of
from accounts.errors import StaleState
from accounts.identifiers import new_id
from accounts.models import Person, RealNameCheck
from accounts.sign_ins import citizen

DUTY = "real_name"
LAPSES_AFTER = timedelta(days=1)
_FIRST_ASKED_AGAIN = timedelta(seconds=30)
_PER_PERSON_AND_DAY, _PER_NUMBER_AND_DAY, _DAY = 5, 10, timedelta(days=1)
_NAME = re.compile(r"[^\W\d_][^\d_<>&@#%*=+/\\|]{0,38}[^\W\d_]")
_UNDER_WAY = ("asked", "unclear")
SCHEDULE = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 360, 360, 360))


class Tier(StrEnum):
    """How well somebody is known: by a phone alone, or by a confirmed name."""

    PHONE = "phone"
    REAL_NAME = "real_name"


class Answer(StrEnum):
    """What a provider says. NOT_RECEIVED: it never met this check's number."""

    MATCHED = "matched"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    NOT_RECEIVED = "not_received"


class Provider(Protocol):
    """Who confirms names. It never raises for silence: that is UNKNOWN."""

    def ask(self, check_id: UUID, *, name: str, id_number: str, now: datetime) -> Answer:
        """Whether name and number belong together; `check_id` is our number of the question."""

    def ask_again(self, check_id: UUID, *, now: datetime) -> Answer:
        """The answer to the question of this number."""


_offered: dict[str, Provider] = {}


def offer(provider: Provider | None) -> None:
    """From now on this provider is asked; None is nobody. Apps say so when they are ready."""
    _offered.clear()
    if provider is not None:
        _offered["in_use"] = provider


def is_offered() -> bool:
    """Whether names can be confirmed here at all."""
    return bool(_offered)


def tier_of(person: Person) -> Tier:
    """The tier of this person now; limits (R16) and loss reports go by it."""
    return Tier.REAL_NAME if confirmed_of(person).exists() else Tier.PHONE


def confirmed_of(person: Person) -> QuerySet[RealNameCheck]:
    """The confirmed check of this person, for a question that is asked anyway."""
    return confirmed().filter(person=person)


def confirmed() -> QuerySet[RealNameCheck]:
    """Every confirmed check."""
    return RealNameCheck.objects.filter(state="confirmed")


def latest(person: Person) -> RealNameCheck | None:
    """The newest check of this person that still says something."""
    rows = RealNameCheck.objects.filter(person=person).exclude(state="withdrawn")
    return rows.order_by("-id").first()


def ask(person: Person, *, name: str, id_number: str, now: datetime) -> RealNameCheck:
    """Ask the provider; the check, *confirmed*, *refused* or (no answer yet) *unclear*.

    The question is kept before it is asked, without name and number, and nothing of them is
    logged. Call it outside a transaction. IdNumberNotUnderstood, NameNotUnderstood, RealNameDone,
    RealNameUnderWay, RealNameTooOften, RealNameNotOffered.
    """
    called = _understood(name)
    number = id_numbers.understand(id_number, business_day(now))
    provider = _provider()
    found = id_numbers.digest(number)
    _refuse_twice(person)
    for budget, limit in (
        (f"real-name:{person.pk}", _PER_PERSON_AND_DAY),
        (f"real-name-of:{found.hex()}", _PER_NUMBER_AND_DAY),
    ):
        if not budgets.spend(budget, limit=limit, window=_DAY, now=now):
            trail.alarm("real_name_too_often", actor=citizen(person.pk), now=now)
            raise RealNameTooOften
    check = _keep(person, called, number, found, now)
    _take(check, provider.ask(check.pk, name=called, id_number=number, now=now), now)
    return check


def ask_again(check_id: UUID, now: datetime) -> duties.Later | None:
    """Ask for the answer that is still missing; after a day the check lapses."""
    check = RealNameCheck.objects.get(pk=check_id)
    if check.state not in _UNDER_WAY:
        return None
    answer = _provider().ask_again(check_id, now=now)
    if answer is Answer.UNKNOWN and now - check.asked_at >= LAPSES_AFTER:
        answer = Answer.NOT_RECEIVED
    _take(check, answer, now)
    return duties.Later(because="no answer yet") if check.state in _UNDER_WAY else None


def withdraw_all(person: Person, now: datetime) -> None:
    """Forget name and number of every decided check, in the caller's transaction."""
    for check in RealNameCheck.objects.filter(person=person).exclude(state="withdrawn"):
        trail.advance(
            check,
            to="withdrawn",
            actor=citizen(person.pk),
            because="own data deleted",
            now=now,
            name_masked="",
            id_masked="",
            id_digest=None,
        )


def _provider() -> Provider:
    if not _offered:
        raise RealNameNotOffered
    return _offered["in_use"]


def _understood(name: str) -> str:
    called = " ".join(name.split()).replace("•", "·")
    if not _NAME.fullmatch(called):
        raise NameNotUnderstood(length=len(called))
    return called


def _refuse_twice(person: Person) -> None:
    known = latest(person)
    if known is not None and known.state == "confirmed":
        raise RealNameDone
    if known is not None and known.state in _UNDER_WAY:
        raise RealNameUnderWay


def _keep(person: Person, name: str, number: str, digest: bytes, now: datetime) -> RealNameCheck:
    try:
        with transaction.atomic():
            check = RealNameCheck.objects.create(
                id=new_id(now),
                person=person,
                name_masked=name[0] + "*" * (len(name) - 1),
                id_masked=id_numbers.masked(number),
                id_digest=digest,
                asked_at=now,
            )
            duties.owe(DUTY, check.pk, now=now, due_at=now + _FIRST_ASKED_AGAIN)
            trail.record(
                "real_name_asked",
                actor=citizen(person.pk),
                now=now,
                subject=f"person:{person.pk}",
                check_id=check.pk,
            )
    except IntegrityError as error:
        if constraint_of(error) != "accounts_real_name_is_one_at_a_time":
            raise
        raise RealNameUnderWay from error
    return check


_STATE_OF = {
    Answer.MATCHED: "confirmed",
    Answer.DIFFERENT: "refused",
    Answer.NOT_RECEIVED: "lapsed",
    Answer.UNKNOWN: "unclear",
}


def _take(check: RealNameCheck, answer: Answer, now: datetime) -> None:
    """Write the answer down, unless another hand was faster; then the check tells what it wrote."""
    to = _STATE_OF[answer]
    if to == check.state:
        return
    decided = {} if to == "unclear" else {"decided_at": now}
    try:
        with transaction.atomic():
            trail.advance(
                check, to=to, actor=WORKER, because=f"provider: {answer}", now=now, **decided
            )
            if decided:
                duties.settle(DUTY, check.pk, now=now)
    except StaleState:
        check.refresh_from_db()
