"""The queue rings and runs schedules; killed at any point, it comes back and nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django_q.models import Schedule as QueueSchedule

from accounts import clock, duties, heartbeats, queue_parts, schedules, supervision
from accounts.errors import ScheduleTaken
from accounts.identifiers import new_id
from accounts.models import Duty, Heartbeat
from accounts.supervision import Crew, Part
from gateway import settings as house

ROOT = Path(__file__).resolve().parents[2]


def worker_url() -> str:
    """The address of the test database for the worker role."""
    parts = urlsplit(house.environment["DATABASE_WORKER_URL"])
    return urlunsplit(parts._replace(path=f"/{connections['default'].settings_dict['NAME']}"))


def wait_for(what, seconds: float = 15.0):
    """What `what` gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain")


@pytest.fixture
def working(lasting_db) -> Iterator[psutil.Process]:
    """`manage.py work` on the test database, with one cluster and one sweeper."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.accounts.queue_settings",
        "GATEWAY_PROCESS": "web",
        "DATABASE_URL": worker_url(),
        "DATABASE_WORKER_URL": worker_url(),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    words = [sys.executable, "manage.py", "work", "--clusters", "1", "--sweep-every", "1.5"]
    process = subprocess.Popen(words, cwd=ROOT, env=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def as_owner(monkeypatch):
    """The migrating role in place of the service role, which may not see the queue's tables."""
    monkeypatch.setitem(connections.settings, "default", connections.settings["default"])
    kept, connections["default"] = connections["default"], connections["owner"]
    yield
    connections["default"] = kept


def part(working: psutil.Process, name: str) -> psutil.Process | None:
    """The leader of the cluster, or the sweeper."""
    for child in working.children():
        _, words = told(child)
        if name in words or (name == "cluster" and "qcluster" in words):
            return child
    return None


def worker(working: psutil.Process) -> psutil.Process | None:
    """The one process of the cluster that does tasks, when the whole cluster is there."""
    leader = part(working, "cluster")
    try:
        found = [told(one) for one in leader.children(recursive=True)] if leader else []
        idle = [pid for pid, words in found if words.endswith(" idle")]
        return psutil.Process(idle[0]) if len(found) == 4 and idle else None
    except psutil.NoSuchProcess:
        return None


def told(process: psutil.Process) -> tuple[int, str]:
    try:
        return process.pid, " ".join(process.cmdline()).strip()
    except psutil.Error:
        return process.pid, ""


def state(kind: str, subject) -> str:
    return Duty.objects.values_list("state", flat=True).get(kind=kind, subject_id=subject)


def done_by(subject) -> int | None:
    mark = Heartbeat.objects.filter(name__startswith=f"{subject.hex[-16:]}.").first()
    return int(mark.name.rpartition(".")[2]) if mark else None


def owe(kind: str):
    subject = new_id(clock.now())
    duties.owe(kind, subject, now=clock.now())
    return subject


def test_killed_idle_or_busy_the_queue_comes_back_and_ends_cleanly(working):
    idle = wait_for(lambda: worker(working))
    assert wait_for(lambda: heartbeats.last_beat(heartbeats.SWEEPER))
    subject = owe("test.quick")
    wait_for(lambda: state("test.quick", subject) == "done")

    time.sleep(1.5)
    idle.kill()
    fresh = wait_for(lambda: (it := worker(working)) and it.pid != idle.pid and it)
    rung = [owe("test.quick") for _ in range(8)]
    wait_for(lambda: all(state("test.quick", one) == "done" for one in rung))
    assert fresh.is_running()

    slow, killer = owe("test.slow_once"), owe("test.killer")
    with suppress(ProcessLookupError):  # the killer may have been there first
        os.kill(wait_for(lambda: done_by(slow)), signal.SIGKILL)
    wait_for(lambda: state("test.slow_once", slow) == "done")
    wait_for(lambda: state("test.killer", killer) == "given_up")
    row = Duty.objects.get(kind="test.killer", subject_id=killer)
    assert (row.last_code, row.attempts) == ("worker_died", 4)
    after = owe("test.quick")
    wait_for(lambda: state("test.quick", after) == "done")

    family = wait_for(lambda: worker(working)) and working.children(recursive=True)
    working.terminate()
    assert working.wait(15) == 0
    assert psutil.wait_procs(family, timeout=2)[1] == []
    with psycopg.connect(worker_url()) as connection:
        names = connection.execute("SELECT name FROM django_q_schedule").fetchall()
    assert {name for (name,) in names} == {
        "accounts.heartbeat",
        "accounts.sweep",
        "accounts.expire_approvals",
        "accounts.forget_budgets",
        "accounts.forget_codes",
    }


def test_nothing_survives_its_supervisor(working):
    wait_for(lambda: worker(working))
    family = working.children(recursive=True)
    assert len(family) >= 6
    working.kill()
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_the_web_may_only_ring(service_connection):
    for act in (
        "SELECT payload FROM django_q_ormq",
        "DELETE FROM django_q_ormq",
        "UPDATE django_q_ormq SET payload = ''",
        "SELECT * FROM django_q_schedule",
        "INSERT INTO django_q_schedule (func, schedule_type, repeats) VALUES ('os.system', 'O', 1)",
        "SELECT * FROM django_q_task",
        "TRUNCATE django_q_ormq",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service_connection.execute(act)
        service_connection.rollback()


def test_a_schedule_has_one_meaning_and_runs_every_whole_minutes():
    rows = {one.name: one for one in schedules.registered()}
    assert rows["accounts.heartbeat"].interval == timedelta(minutes=1)
    with pytest.raises(ScheduleTaken):
        schedules.every("accounts.heartbeat", "os.getpid", timedelta(minutes=1))
    for wrong in (timedelta(seconds=1), timedelta(0), timedelta(seconds=90)):
        with pytest.raises(ValueError, match="minute"):
            schedules.every("x", "y", wrong)
    assert {one.name for one in schedules.registered()} == rows.keys()


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_schedule_table_is_made_to_agree_with_the_code_and_with_nothing_else(as_owner):
    now = clock.now()
    schedules.sync(now)
    kept = {row.name: row for row in QueueSchedule.objects.all()}
    assert kept.keys() == {one.name for one in schedules.registered()}
    later = now + timedelta(minutes=1)
    QueueSchedule.objects.filter(name="accounts.sweep").update(next_run=later)
    QueueSchedule.objects.filter(name="accounts.heartbeat").update(func="os.abort")
    QueueSchedule.objects.create(name="evil", func="os.system", args="'x'")
    QueueSchedule.objects.create(name="accounts.sweep", func="accounts.tasks.sweep")
    schedules.sync(later)
    again = {row.name: row for row in QueueSchedule.objects.all()}
    assert again.keys() == kept.keys()
    assert QueueSchedule.objects.count() == len(kept)
    assert again["accounts.heartbeat"].func == "accounts.tasks.heartbeat"
    assert (again["accounts.sweep"].pk, again["accounts.sweep"].next_run) == (
        kept["accounts.sweep"].pk,
        later,
    )


def test_who_is_silent_is_told_by_the_heartbeats(db, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(duties, "longest_lease", lambda: timedelta(seconds=60))
    young, old = {"cluster-1": 10.0, "sweeper-1": 10.0}, {"cluster-1": 9e9, "sweeper-1": 9e9}
    assert queue_parts.silent_parts(young) == set()
    assert queue_parts.silent_parts(old) == set(old)
    heartbeats.beat(heartbeats.CANARY, now)
    heartbeats.beat(heartbeats.SWEEPER, now)
    heartbeats.beat(heartbeats.CANARY, now)
    assert queue_parts.silent_parts(old) == set()
    heartbeats.beat(heartbeats.CANARY, now - timedelta(seconds=125))
    heartbeats.beat(heartbeats.SWEEPER, now - timedelta(seconds=125))
    assert queue_parts.silent_parts(old) == {"cluster-1"}
    assert queue_parts.silent_parts(young) == set()


def test_a_part_that_falls_silent_is_killed_whole_and_started_anew(monkeypatch):
    told = [{"a"}]
    sleeper = [sys.executable, "-c", "import os, time; os.fork(); time.sleep(60)"]
    one = Part(name="a", words=sleeper, processes=2)
    crew = Crew(parts=[one], silent=lambda ages: told.pop() if told and one.tree else set())
    crew.watch_seconds, crew.ask_seconds = 0.02, 0.05
    seen: list[int] = []

    def watch() -> None:
        pid = one.process.pid if one.process else 0
        if pid and one.tree and pid not in seen:
            seen.append(pid)
        if len(seen) == 2:
            crew.stop()

    original = crew.silent
    crew.silent = lambda ages: (watch(), original(ages))[1]
    monkeypatch.setattr(supervision, "_STILL_SECONDS", 0.05)
    crew.run()
    assert len(seen) == 2
    assert not any(psutil.pid_exists(pid) for pid in seen)
