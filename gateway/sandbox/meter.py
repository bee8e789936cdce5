"""Measures steps of this process and of its database by the same yardstick: a bare view."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psutil
from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One step, in seconds: CPU of Python, CPU of its database backend, and by the wall's clock."""

    python: float
    database: float
    wall: float


class Meter:
    """What each step spent."""

    def __init__(self) -> None:
        self._spent: dict[str, list[Spent]] = defaultdict(list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measures what happens inside."""
        began, python = time.perf_counter(), time.process_time()
        backend = _backend()
        database = _cpu_seconds(backend)
        yield
        now_backend = _backend()
        if now_backend != backend:  # it was let go of meanwhile; what the new one spent counts
            database = 0.0
        self._spent[name].append(
            Spent(
                python=time.process_time() - python,
                database=_cpu_seconds(now_backend) - database,
                wall=time.perf_counter() - began,
            )
        )

    def report(self, yardstick: str) -> dict[str, dict[str, float]]:
        """Per step: median Python ms, mean database ms, the slowest of twenty (p95) in wall ms;
        Python and p95 also as ratios to the yardstick's."""
        bare = self._spent[yardstick]
        bare_ms, bare_p95_ms = _python_ms(bare), _p95_ms(bare)
        return {
            name: {
                "python_ms": round(_python_ms(spent), 3),
                "database_ms": round(sum(one.database for one in spent) / len(spent) * 1000, 3),
                "times_bare": round(_python_ms(spent) / bare_ms, 1),
                "p95_ms": round(_p95_ms(spent), 1),
                "p95_times_bare": round(_p95_ms(spent) / bare_p95_ms, 1),
            }
            for name, spent in self._spent.items()
        }


def _backend() -> psutil.Process:
    """The process of this connection's server side."""
    connection.ensure_connection()
    return psutil.Process(connection.connection.info.backend_pid)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _python_ms(spent: list[Spent]) -> float:
    return median(one.python for one in spent) * 1000


def _p95_ms(spent: list[Spent]) -> float:
    """The wall's time that nineteen of twenty did not exceed."""
    ordered = sorted(one.wall for one in spent)
    return ordered[-(-len(ordered) * 19 // 20) - 1] * 1000
