"""Makes notices of what has moved: each move once, many subjects in a handful of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.identifiers import new_id
from accounts.models import Duty, Person, Transition
from gateway.notifying import catalogue, facts, quiet
from gateway.notifying.catalogue import NoticeKind
from gateway.notifying.facts import Facts
from gateway.notifying.models import Notice, NoticePreference, TextMessage

NEWS = timedelta(days=3)
"""What happened longer ago is no news: it is not told any more."""
BATCH = 200
Found = tuple[Transition, NoticeKind, Facts]


def tell_due(subject_kind: str, subject_id: UUID, *, now: datetime) -> int:
    """Tells of this subject and of others of its kind that are due with it; how many notices.

    The others' own duties then find nothing left to tell.
    """
    others = Duty.objects.filter(
        kind=catalogue.duty_of(subject_kind), state="owed", due_at__lte=now
    ).values_list("subject_id", flat=True)
    return tell(subject_kind, {subject_id, *others[:BATCH]}, now=now)


@transaction.atomic
def tell(subject_kind: str, ids: set[UUID], *, now: datetime) -> int:
    """Notices of every move of these subjects that is news and not told; how many are new.

    Twice is once, also at one time: a move has one notice.
    """
    moves = _untold(subject_kind, ids, now)
    if not moves:
        return 0
    known = facts.of(subject_kind, list({move.subject_id for move in moves}))
    found = _told_of(subject_kind, moves, known)
    notices = [_notice(move, kind, about, now) for move, kind, about in found]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    mine = Notice.objects.filter(pk__in=[one.pk for one in notices])
    kept = set(mine.values_list("pk", flat=True))
    new = [one for one in notices if one.pk in kept]
    TextMessage.objects.bulk_create(_texts(new, now), ignore_conflicts=True)
    return len(new)


def _untold(subject_kind: str, ids: set[UUID], now: datetime) -> list[Transition]:
    moves = Transition.objects.filter(
        kind=subject_kind,
        subject_id__in=ids,
        to_state__in=catalogue.states_of(subject_kind),
        moved_at__gt=now - NEWS,
    ).order_by("id")
    found = list(moves)
    told = Notice.objects.filter(transition_id__in=[move.pk for move in found])
    known = set(told.values_list("transition_id", flat=True))
    return [move for move in found if move.pk not in known]


def _told_of(
    subject_kind: str, moves: Sequence[Transition], known: Mapping[UUID, Facts]
) -> list[Found]:
    found = []
    for move in moves:
        about = known.get(move.subject_id)
        if about is None:
            continue
        kind = catalogue.of_move(subject_kind, move.from_state, move.to_state, about.variant)
        if kind is not None:
            found.append((move, kind, about))
    return found


def _notice(move: Transition, kind: NoticeKind, about: Facts, now: datetime) -> Notice:
    return Notice(
        id=new_id(now),
        person_id=about.person_id,
        kind=kind.name,
        subject_kind=move.kind,
        subject_id=move.subject_id,
        transition_id=move.pk,
        place=about.place,
        place_id=about.place_id,
        facts={name: about.said[name] for name in kind.facts},
        happened_at=move.moved_at,
        made_at=now,
    )


def _texts(notices: Sequence[Notice], now: datetime) -> list[TextMessage]:
    """Short messages for who wants them or must have them; the quiet hours over for the others."""
    people = {one.person_id for one in notices}
    here = set(Person.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    wishes = NoticePreference.objects.in_bulk(list(people))
    awake = quiet.allowed_at(now, settings.NOTICE_QUIET_HOURS)
    found = []
    for notice in notices:
        urgent = catalogue.BY_NAME[notice.kind].urgent
        wish = wishes.get(notice.person_id)
        wanted = urgent or (wish is not None and wish.sms_all)
        if wanted and notice.person_id in here:
            found.append(
                TextMessage(
                    notice=notice,
                    language=wish.language if wish is not None else "zh",
                    urgent=urgent,
                    due_at=now if urgent else awake,
                )
            )
    return found
