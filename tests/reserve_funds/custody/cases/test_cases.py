"""A case is one thing people must end: the same while open, told of for ever, never deleted."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from accounts import trail
from accounts.actors import Actor
from accounts.errors import IllegalTransition
from accounts.identifiers import new_id
from reserve_funds.custody.cases import kinds, queries, services
from reserve_funds.custody.cases.models import Case
from reserve_funds.custody.errors import CaseKindUnknown, CaseNotOpen
from tests.reserve_funds.conftest import fresh_pool_number

GAP = kinds.register("example_gap", zh="举例的缺口", en="A gap for example", working_days=5)
IDLE = kinds.register("example_idle", zh="举例", en="For example")
OFFICER = Actor(kind="officer", id="018f3c2e-9b7a-7c3d-8e4f-5a6b7c8d9e0f")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # a Sunday; a case is given every moment
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def pool(db):
    return fresh_pool_number()


def opened(pool, kind=GAP, *, subject="day 1", now=NOW, **told):
    return services.open_case(kind, pool=pool, subject=subject, now=now, **told)


def test_a_case_has_a_deadline_an_owner_and_what_is_at_risk(pool):
    case = opened(pool, amount_fen=500, bank="ICBC")
    assert (case.state, case.owner, case.amount_fen) == ("open", "finance_officer", 500)
    assert case.deadline == date(2026, 11, 27)  # Sunday 22nd, and five working days
    assert case.facts == {"bank": "ICBC"}
    assert queries.open_of(pool) == [case]


def test_the_same_while_open_and_a_new_one_afterwards(pool):
    first = opened(pool, amount_fen=500)
    assert opened(pool, amount_fen=500, now=LATER).id == first.id
    assert queries.notes_of(first.id) == []

    assert services.close_case(
        GAP, pool=pool, subject="day 1", actor=OFFICER, because="covered", now=LATER
    )
    assert not services.close_case(
        GAP, pool=pool, subject="day 1", actor=OFFICER, because="covered", now=LATER
    )
    second = opened(pool, amount_fen=500, now=LATER)
    assert second.id != first.id
    assert [case.id for case in queries.open_of(pool)] == [second.id]
    moves = trail.history("case", first.id)
    assert [(move.to_state, move.because, move.actor_id) for move in moves] == [
        ("resolved", "covered", OFFICER.id)
    ]


def test_what_changes_meanwhile_is_noted_and_the_deadline_stays(pool):
    case = opened(pool, amount_fen=500)
    again = opened(pool, amount_fen=700, now=NOW + timedelta(days=3), rows=2)
    assert (again.id, again.deadline, again.amount_fen) == (case.id, case.deadline, 700)
    services.note(case.id, "asked the bank of 13800138000", actor=OFFICER, now=LATER)
    told = [(note.amount_fen, note.facts, note.text) for note in queries.notes_of(case.id)]
    assert told == [(700, {"rows": 2}, ""), (700, {"rows": 2}, "asked the bank of 138****8000")]


def test_other_pools_subjects_and_kinds_are_other_cases(pool):
    cases = {
        opened(pool).id, opened(pool, subject="day 2").id, opened(pool, IDLE).id,
        opened(fresh_pool_number()).id, opened(None, subject=f"file {pool}").id,
    }  # fmt: skip
    assert len(cases) == 5
    assert opened(None, subject=f"file {pool}").id in cases


def test_late_cases_are_listed_first_to_last(pool):
    opened(pool, IDLE)
    late = opened(pool, subject="a", deadline=date(2026, 11, 20))
    opened(pool, subject="b", deadline=date(2026, 11, 22))
    assert queries.overdue(pool, today=date(2026, 11, 22)) == [late]
    assert [case.subject for case in queries.open_of(pool)] == ["a", "b", "day 1"]


def test_in_a_year_nobody_told_the_deadline_is_counted_in_plain_days(pool):
    case = opened(pool, now=NOW.replace(month=12, day=30))
    assert case.deadline == date(2027, 1, 4)


def test_who_is_wrong_about_a_case_is_told(pool):
    with pytest.raises(CaseKindUnknown):
        opened(pool, "nobody_knows_this")
    with pytest.raises(CaseNotOpen):
        services.resolve(new_id(NOW), actor=OFFICER, because="", now=NOW)
    case = opened(pool)
    services.resolve(case.id, actor=OFFICER, because="mended", now=LATER)
    with pytest.raises(CaseNotOpen):
        services.note(case.id, "late", actor=OFFICER, now=LATER)
    stale = Case.objects.get(pk=case.id)
    with pytest.raises(IllegalTransition):
        trail.advance(stale, to="open", actor=OFFICER, because="", now=LATER)
    with pytest.raises(ValueError, match="otherwise"):
        kinds.register(GAP, zh="别的", en="Other")
    with pytest.raises(ValueError, match="no kind"):
        kinds.register("Bad Word", zh="坏", en="Bad")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM custody_cases_case WHERE id = %s",
        "UPDATE custody_cases_case SET deadline = '2030-01-01' WHERE id = %s",
        "UPDATE custody_cases_case SET owner = 'citizen' WHERE id = %s",
        "UPDATE custody_cases_case SET state = 'gone' WHERE id = %s",
        "UPDATE custody_cases_case SET state = 'resolved' WHERE id = %s",
        "UPDATE custody_cases_case SET amount_fen = -1 WHERE id = %s",
        "UPDATE custody_cases_casenote SET text = '' WHERE case_id = %s",
        "DELETE FROM custody_cases_casenote WHERE case_id = %s",
    ],
)
def test_by_hand_nothing_of_a_case_is_bent(lasting_db, service_connection, sql):
    pool = fresh_pool_number()
    case = opened(pool)
    services.note(case.id, "seen", actor=OFFICER, now=NOW)
    with pytest.raises(psycopg.Error) as refused:
        service_connection.execute(sql, [case.id])
    assert refused.value.sqlstate in ("23001", "23514", "42501")
    service_connection.rollback()
    left = Case.objects.get(pk=case.id)
    assert (left.state, left.deadline, left.amount_fen) == ("open", case.deadline, 0)
    assert [note.text for note in queries.notes_of(case.id)] == ["seen"]


def test_a_resolved_case_is_left_as_it_was(lasting_db, service_connection):
    case = opened(fresh_pool_number())
    services.resolve(case.id, actor=OFFICER, because="mended", now=LATER)
    with pytest.raises(psycopg.Error):
        service_connection.execute(
            "UPDATE custody_cases_case SET amount_fen = 9 WHERE id = %s", [case.id]
        )
