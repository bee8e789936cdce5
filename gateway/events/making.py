"""Makes events of what has moved: each move once, counted for each subject, owed to endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import pools, trail
from accounts.identifiers import new_id
from accounts.models import Transition
from gateway.events import catalogue, facts, owing
from gateway.events.catalogue import EventKind
from gateway.events.models import Event, Told


def make(subject_kind: str, subject_id: UUID, *, now: datetime) -> int:
    """Makes the events of every move since the last one told, and owes them; gives how many.

    One transaction: a crash before its end leaves nothing, and the duty comes again. Moves of one
    subject are numbered in the order in which they were committed, since each holds its row.
    """
    with transaction.atomic():
        told = _told(subject_kind, subject_id)
        moves = _untold(told)
        if not moves:
            return 0
        events = _events(told, moves, now=now)
        Told.objects.filter(pk=told.pk).update(
            transition_id=moves[-1].pk, sequence=told.sequence + len(events)
        )
        if events:
            Event.objects.bulk_create(events)
            owing.owe(events, now=now)
        return len(events)


def _told(subject_kind: str, subject_id: UUID) -> Told:
    """The subject's row, locked: whoever else makes its events waits."""
    Told.objects.bulk_create(
        [Told(subject_kind=subject_kind, subject_id=subject_id)], ignore_conflicts=True
    )
    return Told.objects.select_for_update().get(subject_kind=subject_kind, subject_id=subject_id)


def _untold(told: Told) -> Sequence[Transition]:
    history = trail.history(told.subject_kind, told.subject_id)
    return [move for move in history if move.pk > told.transition_id]


def _events(told: Told, moves: Sequence[Transition], *, now: datetime) -> list[Event]:
    found: list[tuple[EventKind, Transition]] = []
    for move in moves:
        kind = catalogue.of_move(told.subject_kind, move.from_state, move.to_state)
        if kind is not None:
            found.append((kind, move))
    if not found:
        return []
    known = facts.of(told.subject_kind, told.subject_id)
    operator = pools.operator_of_pool(known.pool)
    return [
        Event(
            id=new_id(now),
            kind=kind.name,
            version=kind.version,
            pool=known.pool,
            operator_code=operator.code,
            subject_kind=told.subject_kind,
            subject_id=told.subject_id,
            sequence=told.sequence + place,
            transition_id=move.pk,
            happened_at=move.moved_at,
            made_at=now,
            data={name: known.said[name] for name in kind.fields},
        )
        for place, (kind, move) in enumerate(found, start=1)
    ]
