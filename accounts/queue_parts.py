"""The parts of the supervised queue: a cluster with one worker, and the sweeper beside it."""

from __future__ import annotations

import logging
import signal
import threading
import time
from datetime import timedelta
from types import FrameType

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django_q.cluster import Cluster
from django_q.conf import Conf

from accounts import clock, duties, heartbeats, schedules
from accounts.database_errors import code_of
from accounts.tasks import sweep_while

_log = logging.getLogger("accounts.queue")

CLUSTER_PROCESSES = 5
SILENCE = timedelta(minutes=2)
_UNREACHABLE = (DatabaseError, InterfaceError)


def run_cluster() -> None:
    """Run one cluster until it is told to stop: leader, sentinel, pusher, monitor, one worker.

    One worker a cluster, one task in hand; no worker is ever recycled, for that looks like a
    death; missed schedules are not made up for; results are not kept.
    """
    wait_for_database()
    duties.load()
    schedules.sync(clock.now())
    Conf.WORKERS, Conf.QUEUE_LIMIT, Conf.RECYCLE = 1, 1, 1_000_000_000
    Conf.SAVE_LIMIT, Conf.CATCH_UP = -1, False
    connection.close()
    cluster = Cluster()
    cluster.start()
    while cluster.sentinel.is_alive():
        cluster.sentinel.join(1)


def run_sweeper(every_seconds: float) -> None:
    """Do what is due, again and again, until told to stop; what is in hand is finished first."""
    told_to_stop = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        told_to_stop.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    wait_for_database()

    def going() -> bool:
        heartbeats.beat(heartbeats.SWEEPER, clock.now())
        return not told_to_stop.is_set()

    while not told_to_stop.is_set():
        try:
            sweep_while(going)
        except _UNREACHABLE as error:
            _log.warning("the sweeper met a database error: %s", code_of(error))
        close_old_connections()
        told_to_stop.wait(every_seconds)


def silent_parts(ages: dict[str, float]) -> set[str]:
    """The parts (by name, with the seconds since their start) without a heartbeat for too long.

    All clusters share one canary, so all are silent or none. The sweeper may be at one duty for
    as long as the longest lease. When the database does not answer, nobody is called silent.
    """
    try:
        canary, sweeper = _age_of(heartbeats.CANARY), _age_of(heartbeats.SWEEPER)
    except _UNREACHABLE as error:
        _log.warning("heartbeats cannot be read: %s", code_of(error))
        close_old_connections()
        return set()
    patience = SILENCE.total_seconds()
    sweeping = (SILENCE + duties.longest_lease()).total_seconds()
    silent = set()
    for name, age in ages.items():
        beat, limit = (sweeper, sweeping) if name.startswith("sweeper") else (canary, patience)
        if min(age, beat) > limit:
            silent.add(name)
    return silent


def wait_for_database() -> None:
    """Wait until the database answers: a cluster started without one would hang for ever."""
    while True:
        try:
            connection.ensure_connection()
        except _UNREACHABLE as error:
            _log.warning("waiting for the database: %s", code_of(error))
            time.sleep(1)
        else:
            return


def _age_of(part: str) -> float:
    beat = heartbeats.last_beat(part)
    return float("inf") if beat is None else (clock.now() - beat).total_seconds()
