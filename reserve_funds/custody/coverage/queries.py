"""What pages ask of coverage: the course of several pools at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from reserve_funds.custody.coverage.models import Mark


def trends(pools: Collection[int] | None, since: datetime) -> Mapping[int, list[Mark]]:
    """The hourly marks of these pools (None: of all) since then, oldest first, in one question."""
    rows = Mark.objects.filter(hour__gte=since)
    rows = rows if pools is None else rows.filter(pool__in=pools)
    found: dict[int, list[Mark]] = {}
    for mark in rows.order_by("pool", "hour"):
        found.setdefault(mark.pool, []).append(mark)
    return found
