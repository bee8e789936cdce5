"""The one table of what runs regularly; the queue's own table is made to agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django_q.models import Schedule as QueueSchedule

from accounts import duties
from accounts.errors import ScheduleTaken

# A failed run is not run again: the next one comes by itself. No results are kept.
_OPTIONS = "{'q_options': {'save': False, 'ack_failure': True}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A function without arguments, by its dotted path, and how often it runs."""

    name: str
    path: str
    interval: timedelta


_SCHEDULES: dict[str, Schedule] = {}


def every(name: str, path: str, interval: timedelta) -> None:
    """Register a schedule; modules `tasks` call it when they are imported.

    The interval is whole minutes (the queue looks twice a minute). ScheduleTaken when the name
    belongs to something else.
    """
    if interval < timedelta(minutes=1) or interval % timedelta(minutes=1):
        raise ValueError("a schedule runs every whole minute or minutes")
    schedule = Schedule(name=name, path=path, interval=interval)
    if _SCHEDULES.setdefault(name, schedule) != schedule:
        raise ScheduleTaken(name=name)


def registered() -> list[Schedule]:
    """Every schedule of the house, by name."""
    duties.load()
    return [_SCHEDULES[name] for name in sorted(_SCHEDULES)]


def sync(now: datetime) -> None:
    """Make the queue's table say what this table says, and nothing else; twice is once.

    A row there executes whatever it names, so rows that are not ours are removed.
    """
    wanted = registered()
    with transaction.atomic():
        rows = list(QueueSchedule.objects.select_for_update().order_by("id"))
        kept: dict[str, QueueSchedule] = {}
        for row in rows:
            schedule = _SCHEDULES.get(row.name or "")
            if schedule is None or row.name in kept or not _agrees(row, schedule):
                row.delete()
            else:
                kept[schedule.name] = row
        for schedule in wanted:
            if schedule.name not in kept:
                QueueSchedule.objects.create(next_run=now, **_columns(schedule))


def _agrees(row: QueueSchedule, schedule: Schedule) -> bool:
    nothing_else = not row.args and not row.hook and not row.cluster and not row.cron
    columns = _columns(schedule)
    return nothing_else and all(getattr(row, name) == value for name, value in columns.items())


def _columns(schedule: Schedule) -> dict[str, object]:
    return {
        "name": schedule.name,
        "func": schedule.path,
        "kwargs": _OPTIONS,
        "schedule_type": QueueSchedule.MINUTES,
        "minutes": schedule.interval // timedelta(minutes=1),
        "repeats": -1,
    }
