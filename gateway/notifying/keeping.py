"""How long notices are kept, and what the room keeps of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.errors import DomainError
from accounts.models import Person
from accounts.own_data import Row
from gateway.notifying import queries
from gateway.notifying.models import Notice, NoticePreference, TextMessage

KEPT = timedelta(days=400)
BATCH = 5_000


def forget_old(now: datetime) -> int:
    """Forgets at most a batch of notices older than thirteen months; gives how many rows went."""
    old = Notice.objects.filter(made_at__lt=now - KEPT).order_by("made_at")
    return _forget(list(old.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _forget(ids: list[UUID]) -> int:
    TextMessage.objects.filter(notice_id__in=ids).delete()
    return Notice.objects.filter(pk__in=ids).delete()[0]


class Notices:
    """Notices and wishes: told again at the export, gone when their person leaves."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """Every notice, oldest first."""
        rows = queries.of_person(person).order_by("id")
        columns = ("kind", "facts", "happened_at", "read_at")
        return {"notices": iter(rows.values(*columns).iterator(chunk_size=500))}

    def subjects(self, person: Person) -> Iterator[str]:
        """None: what they tell of is a subject of its own room."""
        return iter(())

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """None."""
        return []

    def forget(self, person: Person, now: datetime) -> None:
        """All of it."""
        _forget(list(queries.of_person(person).values_list("pk", flat=True)))
        NoticePreference.objects.filter(person=person).delete()
