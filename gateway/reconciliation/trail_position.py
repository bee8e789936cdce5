"""How far the trail may be read without missing a move that commits late.

Numbers of moves are given before they are committed, so the highest one seen proves nothing. A
number is safe when no transaction that ran when it was seen runs any more.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Max

from accounts.models import Transition
from gateway.reconciliation.models import Watermark

TRAIL = "trail"
_ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(1919116399)"
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def alone() -> bool:
    """Whether nobody else delivers until this transaction ends."""
    return bool(_asked(_ONE_AT_A_TIME))


def look() -> None:
    """Remembers how far the trail goes now, unless an earlier look waits; commit before `safe`.

    A transaction that writes holds the horizon itself, so looking and reading are two of them.
    """
    mark, _ = Watermark.objects.get_or_create(name=TRAIL)
    waits = mark.pending is not None and mark.pending > mark.position
    if waits and mark.horizon is not None and _asked(_NEXT) >= mark.horizon:
        return  # else transactions count from the beginning: a cluster restored from a dump
    highest = Transition.objects.aggregate(highest=Max("id"))["highest"] or 0
    Watermark.objects.filter(pk=TRAIL).update(pending=highest, horizon=_asked(_NEXT))


def safe() -> tuple[int, int]:
    """From which number (not included) up to which every move is there to be read, for good.

    Ask before this transaction writes anything.
    """
    mark = Watermark.objects.get(pk=TRAIL)
    if mark.pending is None or mark.horizon is None or _asked(_OLDEST) < mark.horizon:
        return mark.position, mark.position
    return mark.position, mark.pending


def reached(position: int) -> None:
    """Everything up to here was delivered."""
    mark = Watermark.objects.get(pk=TRAIL)
    over = mark.pending is not None and position >= mark.pending
    Watermark.objects.filter(pk=TRAIL).update(
        position=position, **({"pending": None, "horizon": None} if over else {})
    )


def _asked(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
