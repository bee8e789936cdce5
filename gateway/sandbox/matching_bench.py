"""A million orders against a million bill lines and as many of a bank, beside a bare COPY of them.

Delivered and matched in a transaction that is rolled back. The yardstick is what PostgreSQL needs
to take the same rows by COPY; seconds depend on the machine, the ratio says what matching adds.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.identifiers import outside_id
from reserve_funds.custody.matching import delivering, services
from reserve_funds.custody.matching.models import Leftover, Line, Link
from reserve_funds.custody.matching.values import Side, SideLine

POOL = 2_147_483_000
DAY = date(2026, 11, 10)
NOW = datetime(2026, 11, 12, 4, 0, tzinfo=UTC)
FEN, FEE_IN_100000 = 5_000, 30_000
_KB = 1024


class _Undo(Exception):
    """Ends a measurement's transaction without keeping anything."""


def run(rows: int) -> dict[str, Any]:
    """Seconds of the bare COPY, of delivering and of matching, their ratio, and peak memory."""
    found: dict[str, Any] = {"orders": rows, "bill_lines": rows, "statement_lines": rows}
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "copy.txt")
        with ready.open("w", encoding="utf-8") as out:
            for side in _SIDES:
                out.writelines(delivering.rendered(UUID(int=0), side(rows)))
        found["bare_copy_seconds"] = _rolled_back(lambda: _copied(ready))
    found |= _measured(rows)
    found["matching_times_bare_copy"] = round(
        found["matched_seconds"] / found["bare_copy_seconds"], 2
    )
    found["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KB
    return found


def _measured(rows: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def act() -> None:
        began = time.perf_counter()
        for side in _SIDES:
            kept = services.deliver(side(rows))
            assert kept == rows, f"{kept} of {rows} lines were kept"
        found["delivered_seconds"] = round(time.perf_counter() - began, 2)
        began, spent = time.perf_counter(), _database_cpu_seconds()
        services.run(POOL, now=NOW)
        found["matched_seconds"] = round(time.perf_counter() - began, 2)
        found["matched_database_cpu_seconds"] = round(_database_cpu_seconds() - spent, 2)
        found["database_memory_mb"] = _database_memory_mb()
        links = {
            number: Link.objects.filter(
                relation=number, left__in=Line.objects.filter(pool=POOL).values("id")
            ).count()
            for number in (1, 2)
        }
        assert links == {1: rows, 2: rows}, f"matched {links} of {rows}"
        waiting = Leftover.objects.filter(pool=POOL).exclude(relation=3).count()
        assert waiting == 0, f"{waiting} lines found no partner"

    _rolled_back(act)
    return found


def _orders(rows: int) -> Iterator[SideLine]:
    for number in range(rows):
        yield _line(Side.ORDER, number, FEN, story=f"{number:032x}", key=f"{number:032x}")


def _bill(rows: int) -> Iterator[SideLine]:
    for number in reversed(range(rows)):
        yield _line(Side.BILL, number, FEN, key=f"{number:032x}", fee_in_100000=FEE_IN_100000)


def _bank(rows: int) -> Iterator[SideLine]:
    for number in range(rows):
        yield _line(Side.BANK, number, FEN - FEE_IN_100000 // 1_000, days=1)


_SIDES: tuple[Callable[[int], Iterable[SideLine]], ...] = (_orders, _bill, _bank)


def _line(side: Side, number: int, fen: int, *, days: int = 0, **other: Any) -> SideLine:
    return SideLine(
        side=side,
        pool=POOL,
        amount_fen=fen,
        day=DAY + timedelta(days=days),
        source_id=outside_id(f"bench:{side}", DAY, str(number)),
        known_at=NOW,
        number=f"4200{number:024d}",
        batch=f"wechatpay:{DAY}",
        **{"key": "", **other},
    )


def _copied(ready: Path) -> None:
    with connection.cursor() as cursor, ready.open("rb") as stream:
        cursor.execute(delivering.PATIENCE)
        with cursor.copy(delivering.COPY) as copy:
            while chunk := stream.read(1 << 18):
                copy.write(chunk)


def _database_memory_mb() -> int:
    """The peak of the database process that serves us, where it is on this machine."""
    status = _serving("status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(peak.split()[1]) // _KB


def _database_cpu_seconds() -> Any:
    """What that process has computed so far: unlike seconds, others do not make it longer."""
    stat = _serving("stat")
    if not stat.exists():
        return 0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _serving(name: str) -> Path:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/{name}")


def _rolled_back(act: Callable[[], None]) -> Any:
    began = time.perf_counter()
    try:
        with transaction.atomic():
            act()
            raise _Undo
    except _Undo:
        return round(time.perf_counter() - began, 2)
