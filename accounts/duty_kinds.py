"""The kinds of outstanding work: who does each, how often it is tried, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from threading import RLock
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from accounts.duty_rows import Terms
from accounts.errors import DutyKindTaken, DutyKindUnknown


@dataclass(frozen=True, slots=True)
class Later:
    """A handler's answer that the work is not done yet.

    Without `at` it is tried again by its schedule, which ends. With `at` it is an appointment:
    nothing failed, and the schedule begins afresh at that moment.
    """

    at: datetime | None = None
    because: str = ""


Handler = Callable[[UUID, datetime], Later | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyKind:
    """What is known of one kind of work: who does it, the waits between attempts, the lease."""

    kind: str
    handler: Handler
    schedule: tuple[timedelta, ...]
    lease: timedelta

    @property
    def terms(self) -> Terms:
        return Terms(kind=self.kind, lease=self.lease, span=sum(self.schedule, start=self.lease))


KINDS: dict[str, DutyKind] = {}


def duty(
    kind: str, *, schedule: Sequence[timedelta], lease: timedelta = timedelta(seconds=60)
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind: it gets (subject_id, now) and returns None when done.

    It is tried 1 + len(schedule) times, waiting schedule[n] after attempt n (up to a tenth less,
    so that many do not come back together). It runs outside any transaction, must bear running
    twice, and must end within `lease`, after which another worker may take the work.
    """

    def register(handler: Handler) -> Handler:
        known = KINDS.get(kind)
        if known is not None and _name(known.handler) != _name(handler):
            raise DutyKindTaken(kind=kind, by=_name(known.handler))
        KINDS[kind] = DutyKind(kind=kind, handler=handler, schedule=tuple(schedule), lease=lease)
        return handler

    return register


def terms_of(kinds: Iterable[str] | None) -> list[Terms]:
    """What is needed to take work of these kinds (None: all); DutyKindUnknown."""
    load()
    if kinds is None:
        return [known.terms for known in KINDS.values()]
    wanted = list(kinds)
    if unknown := [kind for kind in wanted if kind not in KINDS]:
        raise DutyKindUnknown(kinds=unknown)
    return [KINDS[kind].terms for kind in wanted]


def longest_lease() -> timedelta:
    """The longest lease of all kinds: nobody is at one piece of work for longer."""
    load()
    return max((known.lease for known in KINDS.values()), default=timedelta(0))


def load() -> None:
    """Import the modules `tasks` and `duties` of every app, and those of DUTY_MODULES, once.

    A thread that comes while another loads waits until all kinds are known.
    """
    with _loading:
        if not _loaded:
            autodiscover_modules("tasks", "duties")
            for module in getattr(settings, "DUTY_MODULES", ()):
                import_module(module)
            _loaded.append(True)


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


_loaded: list[bool] = []
_loading = RLock()
