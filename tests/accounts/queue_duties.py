"""Duties that tests have done by real worker processes: a quick one, and one that is killed."""

import os
import time
from datetime import datetime, timedelta
from uuid import UUID

from accounts import heartbeats
from accounts.duties import duty
from accounts.models import Duty

SOON = timedelta(milliseconds=100)


@duty("test.quick", schedule=[SOON, SOON])
def quick(subject_id: UUID, now: datetime) -> None:
    """Write down which process did it."""
    heartbeats.beat(f"{subject_id.hex[-16:]}.{os.getpid()}", now)


@duty("test.slow_once", schedule=[SOON] * 3, lease=timedelta(seconds=2))
def slow_once(subject_id: UUID, now: datetime) -> None:
    """Take longer than the test lasts at first, and no time at all the second time."""
    heartbeats.beat(f"{subject_id.hex[-16:]}.{os.getpid()}", now)
    if Duty.objects.get(kind="test.slow_once", subject_id=subject_id).attempts == 1:
        time.sleep(120)


@duty("test.killer", schedule=[SOON] * 2, lease=timedelta(milliseconds=200))
def killer(subject_id: UUID, now: datetime) -> None:
    """Kill whoever does it."""
    os.kill(os.getpid(), 9)
