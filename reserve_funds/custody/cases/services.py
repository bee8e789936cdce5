"""Opening cases, telling more of them, and ending them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import SYSTEM, Actor
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.masking import mask_text
from reserve_funds.custody.cases.kinds import CaseKind, kind_of
from reserve_funds.custody.cases.models import OPEN, RESOLVED, Case, CaseNote
from reserve_funds.custody.errors import CalendarUnknown, CaseNotOpen
from reserve_funds.custody.rules import calendar

_LONGEST_SUBJECT = 120
_LONGEST_TEXT = 200


def open_case(
    kind: str,
    *,
    pool: int | None,
    subject: str,
    now: datetime,
    amount_fen: int = 0,
    deadline: date | None = None,
    **facts: object,
) -> Case:
    """The open case of this kind, pool and subject; a new one when there is none.

    Seen again while open it stays the same case and keeps its deadline; an amount or facts that
    differ are noted, and the case holds the newest. Without `deadline` the kind's own days count.
    In the caller's transaction. CaseKindUnknown.
    """
    known = kind_of(kind)
    told = _tellable(facts)
    with transaction.atomic():
        case, is_new = _found_or_made(known, pool, subject, amount_fen, deadline, told, now)
        if is_new:
            return case
        if (case.amount_fen, case.facts) != (amount_fen, told):
            _note(case, "", amount_fen=amount_fen, facts=told, actor=SYSTEM, now=now)
            Case.objects.filter(pk=case.pk).update(amount_fen=amount_fen, facts=told)
            case.amount_fen, case.facts = amount_fen, told
    return case


def close_case(
    kind: str, *, pool: int | None, subject: str, actor: Actor, because: str, now: datetime
) -> bool:
    """Resolve the open case of this kind, pool and subject, if there is one. CaseKindUnknown."""
    known = kind_of(kind)
    with transaction.atomic():
        case = _open(known, pool, subject)
        if case is None:
            return False
        trail.advance(case, to=RESOLVED, actor=actor, because=because, now=now, resolved_at=now)
    return True


def resolve(case_id: UUID, *, actor: Actor, because: str, now: datetime) -> Case:
    """Resolve this very case. CaseNotOpen."""
    with transaction.atomic():
        case = _locked(case_id)
        trail.advance(case, to=RESOLVED, actor=actor, because=because, now=now, resolved_at=now)
    return case


def note(case_id: UUID, text: str, *, actor: Actor, now: datetime) -> CaseNote:
    """Add a word of somebody to an open case. CaseNotOpen."""
    with transaction.atomic():
        case = _locked(case_id)
        return _note(case, text, amount_fen=case.amount_fen, facts=case.facts, actor=actor, now=now)


def _found_or_made(
    kind: CaseKind,
    pool: int | None,
    subject: str,
    amount_fen: int,
    deadline: date | None,
    facts: Mapping[str, Any],
    now: datetime,
) -> tuple[Case, bool]:
    wanted = Case(
        id=new_id(now),
        kind=kind.word,
        pool=pool,
        subject=_subject(subject),
        state=OPEN,
        owner=kind.owner,
        amount_fen=amount_fen,
        deadline=deadline or _deadline(kind, business_day(now)),
        facts=dict(facts),
        opened_at=now,
    )
    # The one that is open may be resolved by another between our two looks: look again then.
    while (case := _open(kind, pool, subject)) is None:
        Case.objects.bulk_create([wanted], ignore_conflicts=True)
        if Case.objects.filter(pk=wanted.pk).exists():
            return wanted, True
    return case, False


def _deadline(kind: CaseKind, today: date) -> date | None:
    if kind.working_days is None:
        return None
    try:
        return calendar.add_working(today, kind.working_days)
    except CalendarUnknown:
        # A case must be opened in any year: plain days never end later than working days.
        return today + timedelta(days=kind.working_days)


def _open(kind: CaseKind, pool: int | None, subject: str) -> Case | None:
    rows = Case.objects.select_for_update()
    return rows.filter(kind=kind.word, pool=pool, subject=_subject(subject), state=OPEN).first()


def _locked(case_id: UUID) -> Case:
    case = Case.objects.select_for_update().filter(pk=case_id, state=OPEN).first()
    if case is None:
        raise CaseNotOpen(id=case_id)
    return case


def _note(
    case: Case,
    text: str,
    *,
    amount_fen: int,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> CaseNote:
    return CaseNote.objects.create(
        case=case,
        text=mask_text(text)[:_LONGEST_TEXT],
        amount_fen=amount_fen,
        facts=dict(facts),
        actor_kind=actor.kind,
        actor_id=actor.id,
        noted_at=now,
    )


def _subject(subject: str) -> str:
    if not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise ValueError("the subject of a case has 1 to 120 characters")
    return subject


def _tellable(facts: Mapping[str, object]) -> dict[str, Any]:
    return {name: _tell(value) for name, value in facts.items()}


def _tell(value: object) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _tell(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_tell(one) for one in value]
    return mask_text(str(value))
