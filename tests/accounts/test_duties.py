"""Work that is owed is done, by one at a time, by schedule, and never lost or hidden."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django_q.signing import SignedPackage

from accounts import bell, duties, duty_kinds, duty_rows, tasks
from accounts.duties import Later, duty
from accounts.errors import DutyKindTaken, DutyKindUnknown, StaleState
from accounts.identifiers import new_id
from accounts.models import Duty

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WAITS = [timedelta(minutes=1), timedelta(minutes=5)]
LEASE = timedelta(seconds=60)


class Work:
    """A kind of work of one test: what it was asked to do, and what it answers."""

    def __init__(self) -> None:
        self.kind = f"test.{uuid4().hex}"
        self.subject = new_id(NOW)
        self.done: list[datetime] = []
        self.answers: list[object] = []
        duty(self.kind, schedule=WAITS, lease=LEASE)(self.handle)

    def handle(self, subject_id, now):
        assert subject_id == self.subject
        self.done.append(now)
        answer = self.answers.pop(0) if self.answers else None
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def owe(self, now=NOW, **other) -> None:
        duties.owe(self.kind, self.subject, now=now, **other)

    def work(self, now=NOW) -> int:
        return duties.work(now, kinds=[self.kind])

    def row(self) -> Duty:
        return Duty.objects.get(kind=self.kind, subject_id=self.subject)


@pytest.fixture
def work(lasting_db):
    made = Work()
    yield made
    duty_kinds.KINDS.pop(made.kind)


@pytest.fixture
def rings(monkeypatch):
    heard: list[int] = []
    monkeypatch.setattr(bell, "ring", heard.append)
    return heard


def test_what_is_owed_is_done_once(work):
    work.owe()
    assert work.work() == 1
    assert work.work() == 0
    row = work.row()
    assert (row.state, row.attempts, row.finished_at, row.lease_until) == ("done", 1, NOW, None)
    assert work.done == [NOW]


def test_owing_twice_is_owing_once_and_sooner_wins(work):
    late = NOW + timedelta(hours=1)
    work.owe(due_at=late)
    work.owe(due_at=late + timedelta(hours=1))
    assert work.work() == 0
    assert work.row().due_at == late
    work.owe(now=NOW + timedelta(minutes=1))
    assert work.row().due_at == NOW + timedelta(minutes=1)
    assert work.work(NOW + timedelta(minutes=1)) == 1


def test_the_duty_lives_and_dies_with_the_callers_transaction(work, rings):
    def owe_and_fail() -> None:
        with transaction.atomic():
            work.owe()
            raise StaleState

    with pytest.raises(StaleState):
        owe_and_fail()
    assert not Duty.objects.filter(kind=work.kind).exists()
    assert rings == []
    with transaction.atomic():
        work.owe()
        assert rings == []
    assert rings == [work.row().pk]


def test_the_bell_is_rung_for_what_is_due_only(work, rings):
    work.owe(due_at=NOW + timedelta(seconds=1))
    assert rings == []
    work.owe()
    assert rings == [work.row().pk]


def test_a_bell_that_breaks_is_logged_and_costs_nothing(work, monkeypatch, caplog):
    def broken(duty_pk: int) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(bell, "ring", broken)
    with transaction.atomic():
        work.owe()
    assert "on_commit" in caplog.text
    assert work.work() == 1


def test_the_real_bell_puts_an_integer_into_the_queue_as_the_service_role(work, owner_connection):
    work.owe()
    pk = work.row().pk
    payloads = owner_connection.execute("SELECT payload FROM django_q_ormq").fetchall()
    packs = [SignedPackage.loads(payload) for (payload,) in payloads]
    (ours,) = [pack for pack in packs if pack["args"] == (pk,)]
    assert (ours["func"], ours["kwargs"], ours["save"]) == ("accounts.tasks.ring", {}, False)
    assert ours["ack_failure"] is True


def test_a_ring_does_what_is_due_and_leaves_the_rest_to_its_schedule(work, monkeypatch):
    monkeypatch.setattr(tasks.clock, "now", lambda: NOW)
    work.owe()
    work.answers = [StaleState("first")]
    pk = work.row().pk
    tasks.ring(pk)
    tasks.ring(pk)
    tasks.ring(pk + 10_000_000)
    assert len(work.done) == 1
    assert work.row().attempts == 1
    assert not duties.work_rung(pk, NOW + WAITS[0], longest=LEASE / 2)
    assert duties.work_rung(pk, NOW + WAITS[0], longest=LEASE)


def test_failures_are_tried_again_by_schedule_and_then_shown_to_people(work, caplog):
    work.owe()
    work.answers = [StaleState("a"), Later(because="still pending"), ValueError("secret 123")]
    moments = [NOW, NOW + WAITS[0], NOW + WAITS[0] + WAITS[1]]
    told = []
    for moment in moments:
        assert work.work(moment) == 1
        row = work.row()
        told.append((row.state, row.last_code, row.last_because, row.attempts))
    assert told == [
        ("owed", "stale_state", "", 1),
        ("owed", "", "still pending", 2),
        ("given_up", "ours_ValueError", "", 3),
    ]
    assert work.done == moments
    assert work.row() in duties.given_up()
    assert "given up after 3 attempts" in caplog.text
    assert work.work(NOW + timedelta(days=365)) == 0


def test_a_wait_is_the_schedules_or_up_to_a_tenth_less(work):
    work.owe()
    work.answers = [StaleState()]
    work.work()
    wait = work.row().due_at - NOW
    assert WAITS[0] * 0.9 <= wait <= WAITS[0]
    assert work.row().deadline == NOW + LEASE + sum(WAITS, start=timedelta(0))
    assert work.row() not in duties.overdue(NOW)
    assert work.row() in duties.overdue(NOW + timedelta(hours=1))


def test_what_was_given_up_can_be_owed_again_from_the_beginning(work):
    work.owe()
    work.answers = [StaleState()] * 3
    for moment in (NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)):
        work.work(moment)
    fence = work.row().fence
    assert work.row().state == "given_up"
    again = NOW + timedelta(hours=3)
    work.owe(again)
    assert (work.row().state, work.row().attempts, work.row().finished_at) == ("owed", 0, None)
    assert work.work(again) == 1
    assert (work.row().state, work.row().fence) == ("done", fence + 1)


def test_an_appointment_is_kept_and_costs_no_attempt(work):
    work.owe()
    moment = NOW
    for day in range(1, 6):
        at = NOW + timedelta(days=day)
        work.answers = [Later(at=at, because="not before")]
        assert work.work(moment) == 1
        assert work.work(at - timedelta(seconds=1)) == 0
        moment = at
    assert (work.row().state, work.row().attempts) == ("owed", 0)
    work.answers = [Later(at=NOW - timedelta(days=1))]
    assert work.work(moment) == 1
    assert work.row().due_at == moment + timedelta(seconds=1)


def test_a_database_error_is_classified_and_tried_again(work):
    def broken() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    def torn_away() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    work.owe()
    work.answers = [broken, torn_away]
    work.work(NOW)
    assert work.row().last_code == "database_ours_22012"
    work.work(NOW + WAITS[0])
    assert work.row().last_code == "database_unknown_57P01"
    assert work.work(NOW + timedelta(hours=1)) == 1
    assert work.row().state == "done"


def test_what_nobody_foresaw_keeps_to_the_schedule_too(work):
    """A row that is not there is our mistake; a mistake of no known kind ends the worker."""

    class Unforeseen(Exception):
        pass

    work.owe()
    work.answers = [Duty.DoesNotExist("gone"), Unforeseen("what is this?")]
    assert work.work(NOW) == 1
    assert (work.row().state, work.row().last_code) == ("owed", "ours_DoesNotExist")
    with pytest.raises(Unforeseen):
        work.work(NOW + WAITS[0])
    row = work.row()
    assert (row.state, row.attempts, row.last_code) == ("owed", 2, "unforeseen_Unforeseen")
    assert row.due_at > NOW + WAITS[0] + LEASE
    assert work.work(NOW + timedelta(hours=1)) == 1
    assert work.row().state == "done"


def test_the_attempt_is_counted_before_the_work_begins(work, service_connection):
    seen = []

    def look() -> None:
        query = "SELECT state, attempts, fence FROM accounts_duty WHERE kind = %s"
        seen.append(service_connection.execute(query, [work.kind]).fetchone())
        assert not connection.in_atomic_block

    work.owe()
    work.answers = [look]
    work.work()
    assert seen == [("leased", 1, 1)]


def test_nobody_works_inside_a_transaction(work):
    work.owe()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        work.work()
    assert (work.row().state, work.done) == ("owed", [])


def test_a_lease_that_ran_out_is_taken_by_another_and_the_first_is_not_believed(work, caplog):
    def overtaken() -> Later:
        assert work.work(NOW + LEASE - timedelta(seconds=1)) == 0
        assert not duties.work_one(work.kind, work.subject, NOW + timedelta(seconds=1))
        assert work.work(NOW + LEASE + timedelta(seconds=1)) == 1
        return Later(because="I am late")

    work.owe()
    work.answers = [overtaken]
    assert work.work() == 1
    row = work.row()
    assert (row.state, row.attempts, row.fence, row.last_because) == ("done", 2, 2, "")
    assert len(work.done) == 2
    assert "lost its lease" in caplog.text


def test_work_that_kills_its_worker_is_given_up_in_the_end(work):
    work.owe()
    moment = NOW
    for _ in range(1 + len(WAITS)):
        terms = duty_kinds.terms_of([work.kind])
        assert duty_rows.take_due(terms, now=moment, moment=moment) is not None
        moment += LEASE
    assert work.work(moment) == 1
    row = work.row()
    assert (row.state, row.last_code, work.done) == ("given_up", "worker_died", [])


def test_what_is_owed_again_while_it_is_done_is_done_once_more(work):
    def news() -> None:
        work.owe(NOW + timedelta(seconds=1))

    work.owe()
    work.answers = [news]
    assert work.work() == 2
    assert len(work.done) == 2
    assert work.row().state == "done"


def test_news_during_the_last_failing_attempt_starts_afresh(work):
    def news_then_failure() -> StaleState:
        work.owe(NOW)
        return StaleState()

    work.owe()
    work.answers = [StaleState(), StaleState(), news_then_failure]
    for moment in (NOW, NOW + WAITS[0]):
        work.work(moment)
    assert work.work(NOW + timedelta(hours=1)) == 2
    assert (work.row().state, len(work.done)) == ("done", 4)


def test_what_somebody_else_did_is_no_longer_owed(work):
    work.owe()
    duties.settle(work.kind, work.subject, now=NOW)
    assert work.work() == 0
    assert work.row().state == "done"
    duties.settle(work.kind, new_id(NOW), now=NOW)
    work.owe()
    work.answers = [lambda: duties.settle(work.kind, work.subject, now=NOW) or StaleState()]
    assert work.work() == 1
    assert work.row().state == "done"


def test_one_can_be_done_now_though_it_is_not_due(work):
    work.owe(due_at=NOW + timedelta(hours=1))
    assert duties.work_one(work.kind, work.subject, NOW)
    assert not duties.work_one(work.kind, work.subject, NOW)
    assert len(work.done) == 1
    with pytest.raises(DutyKindUnknown):
        duties.work_one("nobody.knows", work.subject, NOW)


def test_twins_on_two_connections_never_hold_one_duty(work):
    subjects = [new_id(NOW) for _ in range(40)]
    for subject in subjects:
        duties.owe(work.kind, subject, now=NOW)
    done, lock = [], threading.Lock()

    def handle(subject_id, now):
        with lock:
            done.append(subject_id)

    duty_kinds.KINDS[work.kind] = duty_kinds.DutyKind(
        kind=work.kind, handler=handle, schedule=tuple(WAITS), lease=LEASE
    )

    def sweep() -> None:
        work.work()
        connection.close()

    twins = [threading.Thread(target=sweep) for _ in range(4)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert sorted(done) == sorted(subjects)
    rows = Duty.objects.filter(kind=work.kind)
    assert set(rows.values_list("state", "attempts", "fence")) == {("done", 1, 1)}


def test_a_row_in_somebodys_transaction_is_passed_by(work, service_connection):
    work.owe()
    service_connection.execute(
        "SELECT 1 FROM accounts_duty WHERE kind = %s FOR UPDATE", [work.kind]
    )
    assert work.work() == 0
    assert not duties.work_one(work.kind, work.subject, NOW)
    service_connection.rollback()
    assert work.work() == 1


def test_the_limit_is_kept(work):
    for _ in range(5):
        duties.owe(work.kind, work.subject, now=NOW)
        duties.owe(work.kind, work.subject, now=NOW)
    assert duties.work(NOW, kinds=[work.kind], limit=0) == 0
    assert duties.work(NOW, kinds=[], limit=9) == 0
    assert duties.work(NOW, kinds=[work.kind], limit=1) == 1


def test_a_kind_has_one_handler(work):
    duty(work.kind, schedule=WAITS)(work.handle)

    def another(subject_id, now):
        return None

    with pytest.raises(DutyKindTaken):
        duty(work.kind, schedule=WAITS)(another)
