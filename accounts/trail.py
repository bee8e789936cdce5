"""The trail: the only way a state moves, and where moves, privileged acts and alarms are kept."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from accounts import duties
from accounts.actors import Actor
from accounts.errors import IllegalTransition as IllegalTransition
from accounts.errors import StaleState as StaleState
from accounts.masking import mask_text
from accounts.models import AuditEntry, SecurityEvent, Transition

_log = logging.getLogger("accounts.trail")
_NEVER_TOLD = frozenset({"password", "phone", "pin", "secret", "token"})
_LONGEST_BECAUSE = 200
_LONGEST_SUBJECT = 120
_AT_ONCE = 2_000
_listeners: dict[str, dict[str, frozenset[str]]] = {}


def tell(kind: str, states: Iterable[str], *, duty: str) -> None:
    """From now on whoever moves a `kind` to one of `states` owes `duty` for it, by the same commit.

    Apps say so when they are ready; saying it again replaces what was said for this duty. The
    duty's handler reads the subject's history itself: several moves may have come together.
    """
    _listeners.setdefault(kind, {})[duty] = frozenset(states)


def told_of(kind: str, state: str) -> list[str]:
    """The duties that a move of `kind` to `state` owes."""
    return [duty for duty, states in _listeners.get(kind, {}).items() if state in states]


def advance(
    subject: models.Model, *, to: str, actor: Actor, because: str, now: datetime, **changes: Any
) -> None:
    """Move `subject` to the state `to` and write the move down, together with column `changes`.

    `subject` has a UUID `id`, a `state`, and of its class `MOVES` (state to states), `TRAIL_KIND`.
    One UPDATE that finds the row still in the state we know, so of two who try one wins. Whoever
    asked to be told of such moves (`tell`) is owed the duty in the same transaction. The
    instance then holds the new values. IllegalTransition when MOVES does not list the move (also
    to the present state), StaleState when the row has moved meanwhile; then nothing has changed.
    """
    told: Any = subject
    kind, before = told.TRAIL_KIND, str(told.state)
    if to not in told.MOVES.get(before, frozenset()):
        raise IllegalTransition(kind=kind, id=told.id, state=before, to=to)
    rows = type(subject)._base_manager.filter(pk=told.id, state=before)
    with transaction.atomic(savepoint=False):
        moved = rows.update(state=to, **changes)
        if moved:
            Transition.objects.create(
                kind=kind,
                subject_id=told.id,
                from_state=before,
                to_state=to,
                actor_kind=actor.kind,
                actor_id=actor.id,
                because=mask_text(because)[:_LONGEST_BECAUSE],
                moved_at=now,
            )
            for duty in told_of(kind, to):
                duties.owe(duty, told.id, now=now)
    if not moved:
        raise StaleState(kind=kind, id=told.id, state=before, to=to)
    for name, value in {"state": to, **changes}.items():
        setattr(subject, name, value)


def advance_all(
    model: type[models.Model],
    ids: Collection[UUID],
    *,
    before: str,
    to: str,
    actor: Actor,
    because: str,
    now: datetime,
    **changes: Any,
) -> None:
    """As `advance` for many rows of one model that stand in `before`, in few statements.

    All or none: StaleState when any of them stands elsewhere, IllegalTransition when MOVES does
    not list the move.
    """
    told: Any = model
    if to not in told.MOVES.get(before, frozenset()):
        raise IllegalTransition(kind=told.TRAIL_KIND, state=before, to=to)
    ordered = sorted(ids)
    with transaction.atomic():
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            rows = model._base_manager.filter(pk__in=part, state=before)
            if rows.update(state=to, **changes) != len(part):
                raise StaleState(kind=told.TRAIL_KIND, state=before, to=to)
            Transition.objects.bulk_create(
                Transition(
                    kind=told.TRAIL_KIND,
                    subject_id=subject_id,
                    from_state=before,
                    to_state=to,
                    actor_kind=actor.kind,
                    actor_id=actor.id,
                    because=mask_text(because)[:_LONGEST_BECAUSE],
                    moved_at=now,
                )
                for subject_id in part
            )
            for duty in told_of(told.TRAIL_KIND, to):
                duties.owe_all(duty, part, now=now)


def history(kind: str, subject_id: UUID) -> list[Transition]:
    """Every move of one subject, oldest first."""
    return list(Transition.objects.filter(kind=kind, subject_id=subject_id).order_by("id"))


def histories(subjects: Iterable[tuple[str, UUID]]) -> list[Transition]:
    """Every move of all these subjects (kind, id), oldest first, in one question."""
    wanted = set(subjects)
    rows = Transition.objects.filter(subject_id__in=[subject_id for _, subject_id in wanted])
    return [move for move in rows.order_by("id") if (move.kind, move.subject_id) in wanted]


def alarm(code: str, *, actor: Actor, now: datetime, subject: str = "", **facts: object) -> None:
    """Keep a security event and log it: something that should not happen and may be an attack.

    Call it outside a transaction that is about to be rolled back, or only the log line remains.
    """
    told = _tellable(facts)
    _log.warning("security event %s by %s on %s: %s", code, actor, mask_text(subject), told)
    SecurityEvent.objects.create(
        code=code,
        subject=mask_text(subject)[:_LONGEST_SUBJECT],
        actor_kind=actor.kind,
        actor_id=actor.id,
        facts=told,
        happened_at=now,
    )


def record(act: str, *, actor: Actor, now: datetime, subject: str, **facts: object) -> None:
    """Keep an audit entry of a privileged act, in the caller's transaction: both or neither."""
    AuditEntry.objects.create(
        act=act,
        subject=mask_text(subject)[:_LONGEST_SUBJECT],
        actor_kind=actor.kind,
        actor_id=actor.id,
        facts=_tellable(facts),
        acted_at=now,
    )


def _tellable(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts as they may be kept: no bytes, no numbers of cards or phones, nothing named secret."""
    return {
        name: "***" if name.lower() in _NEVER_TOLD else _tell(value)
        for name, value in facts.items()
    }


def _tell(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return _tellable({str(name): one for name, one in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_tell(one) for one in value]
    return mask_text(str(value))
