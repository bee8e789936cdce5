"""Reads one's notices, and says them in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Person
from gateway.notifying import catalogue
from gateway.notifying.errors import NoticeUnknown
from gateway.notifying.models import Notice, NoticePreference

MOST_COUNTED = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A notice in one language."""

    notice: Notice
    title: str
    text: str


def of_person(person: Person) -> QuerySet[Notice]:
    """One's notices, newest first."""
    return Notice.objects.filter(person=person).order_by("-id")


def get(person: Person, notice_id: UUID) -> Notice:
    """One of one's notices; another person's is NoticeUnknown."""
    found = Notice.objects.filter(person=person, pk=notice_id).first()
    if found is None:
        raise NoticeUnknown(notice_id=notice_id)
    return found


def unread_count(person: Person) -> int:
    """How many are not read, at most one hundred."""
    rows = Notice.objects.filter(person=person, read_at__isnull=True)
    return rows[: MOST_COUNTED + 1].count()


def said(notice: Notice, language: str) -> Said:
    """Title and text in zh or en."""
    kind, spoken = catalogue.BY_NAME[notice.kind], "en" if language == "en" else "zh"
    text = kind.text[spoken].format_map(notice.facts)
    return Said(notice=notice, title=kind.title[spoken], text=text)


def mark_read(person: Person, *, now: datetime, notice_id: UUID | None = None) -> int:
    """Marks one of one's notices as read, or all; how many were new. NoticeUnknown."""
    rows = Notice.objects.filter(person=person)
    if notice_id is not None:
        rows = rows.filter(pk=get(person, notice_id).pk)
    return rows.filter(read_at__isnull=True).update(read_at=now)


def preference_of(person: Person) -> NoticePreference:
    """What this person wants; who never said gets only the urgent, in Chinese."""
    found = NoticePreference.objects.filter(person=person).first()
    return found or NoticePreference(person=person)


def prefer(person: Person, *, sms_all: bool, language: str) -> None:
    """From now on this person wants that."""
    spoken = "en" if language == "en" else "zh"
    NoticePreference.objects.update_or_create(
        person=person, defaults={"sms_all": sms_all, "language": spoken}
    )
