"""A close looks at what came since the last seal, names what is wrong with it, and seals no lie."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import transaction

from reserve_funds.errors import DayUnsound
from reserve_funds.ledger import book, check, holders, pools, sealing
from reserve_funds.ledger.prepared import ask
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import confirmed, paid, sealed
from tests.reserve_funds.test_check_book import superuser  # noqa: F401 (a fixture)
from tests.reserve_funds.test_holders import until_folded
from tests.reserve_funds.test_sealed_days import checked, closed, state

NEXT = DAY + timedelta(days=1)
TABLES = ("account", "transfer", "holder", "tally", "kind_day", "seal", "seal_signature")


def faults(connection: psycopg.Connection, pool: int) -> set[str]:
    rows = connection.execute("SELECT rule FROM ledger.day_faults(%s::int, %s)", [pool, NEXT])
    return {row[0] for row in rows}


@pytest.fixture
def second_day(lasting_pool: int) -> int:
    """A sealed day with money on an account, and a cut one in which the same accounts moved."""
    first = paid(lasting_pool, 500)
    held = book.hold(sealed(lasting_pool, first.order, 400))
    closed(lasting_pool)
    book.settle(lasting_pool, held.id, event_at=NOW)
    paid(lasting_pool, 700)
    pools.cut(lasting_pool, NEXT + timedelta(days=1))
    paid(lasting_pool, 900)
    until_folded(lasting_pool)
    ask("SELECT count(*) FROM ledger.fold_book(1)", [])
    return lasting_pool


def test_a_sound_day_has_no_faults_before_and_after_its_seal(second_day: int) -> None:
    assert sealing.check_book(second_day, NEXT, None) == []
    closed(second_day, NEXT)
    assert check.check_figures(second_day).sound
    assert sealing.check_book(second_day, NEXT + timedelta(days=1), None) == []


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (
            (
                "UPDATE ledger.account SET credit_posted = credit_posted + 1 WHERE pool = {pool}"
                " AND kind = 2111 AND debit_posted > 0"
            ),
            "guarded_totals_follow",
        ),
        (
            (
                "UPDATE ledger.transfer SET amount_fen = 1 WHERE pool = {pool}"
                " AND business_day = '{next}' AND amount_fen = 700"
            ),
            "kind_days_follow",
        ),
        (
            (
                "UPDATE ledger.transfer SET business_day = '{day}' WHERE pool = {pool}"
                " AND business_day = '{next}' AND amount_fen = 700"
            ),
            "behind_the_seal",
        ),
        (
            (
                "UPDATE ledger.transfer SET created_at = created_at - interval '9 days'"
                " WHERE pool = {pool} AND business_day = '{next}'"
            ),
            "days_hold",
        ),
        (
            (
                "UPDATE ledger.transfer SET profile = 'PBOC' WHERE pool = {pool}"
                " AND business_day = '{next}'"
            ),
            "handbook_obeyed",
        ),
        (
            "UPDATE ledger.transfer SET amount_fen = 399 WHERE pool = {pool} AND act = 3",
            "holds_resolve_once",
        ),
        (
            (
                "UPDATE ledger.holder SET balance_fen = balance_fen + 1 WHERE pool = {pool}"
                " AND kind = 2121"
            ),
            "holders_follow",
        ),
        (
            (
                "UPDATE ledger.kind_day SET debit_posted = debit_posted + 1 WHERE pool = {pool}"
                " AND kind = 1121"
            ),
            "books_balance",
        ),
        ("DELETE FROM ledger.seal_signature WHERE pool = {pool}", "seals_hold"),
    ],
)
def test_what_a_superuser_did_since_the_seal_is_named(
    second_day: int,
    superuser: psycopg.Connection,  # noqa: F811
    edit: str,
    rule: str,
) -> None:
    assert faults(superuser, second_day) == set()
    for table in TABLES:
        superuser.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ALL")  # type: ignore[call-overload]
    changed = superuser.execute(edit.format(pool=second_day, day=DAY, next=NEXT))  # type: ignore[call-overload]
    assert changed.rowcount
    assert rule in faults(superuser, second_day)


def test_a_day_that_was_sealed_beside_a_long_transaction_blocks_no_later_day(
    lasting_pool: int, owner_connection: psycopg.Connection
) -> None:
    """What the seal froze may lie above the place the totals are folded up to."""
    before = paid(lasting_pool, 300)
    with owner_connection.transaction():
        owner_connection.execute("SELECT pg_current_xact_id()")
        book.post([confirmed(lasting_pool, 500)])
        closed(lasting_pool)
        book.post([confirmed(lasting_pool, 700)])
        pools.cut(lasting_pool, NEXT + timedelta(days=1))
        for ref in (before.confirmed.debit, before.confirmed.credit):
            pools.fold(lasting_pool, ref)
        holders.fold()
        assert sealing.check_book(lasting_pool, NEXT, None) == []


def test_raw_sql_seals_no_day_without_a_sound_book_and_every_gate(
    lasting_pool: int, service_connection: psycopg.Connection
) -> None:
    """As the service role, by hand: each step left out is a refusal by its name."""
    paid(lasting_pool, 500)
    pools.cut(lasting_pool, NEXT)
    seal = "SELECT ledger.seal_day(%s::int, %s, %s::int, '', NULL)"

    def refused(check_number: int) -> str:
        with pytest.raises(psycopg.Error) as said, service_connection.transaction():
            service_connection.execute(seal, [lasting_pool, DAY, check_number])
        assert said.value.sqlstate == "LG017"
        return str(said.value)

    number = sealing.check_day(lasting_pool, DAY)
    assert "its book was not found sound" in refused(number)
    assert sealing.check_book(lasting_pool, DAY, number) == []
    assert "was not told" in refused(number)
    number = checked(lasting_pool, failed={"R8": b"no statement"})
    assert "gate R8 did not pass" in refused(number)
    number = checked(lasting_pool, failed={"R3": b"cash"})
    assert "the exception is not of what was found" in refused(number)
    with pytest.raises(psycopg.Error) as twice, service_connection.transaction():
        service_connection.execute(
            "SELECT ledger.tell_gates(%s::int, %s, %s::int, '{R3}', '{t}', '{x}')",
            [lasting_pool, DAY, number],
        )
    assert twice.value.sqlstate == "23505", "what a gate said in a check is said once"
    for sql in (
        "UPDATE ledger.gate_result SET passed = true WHERE pool = %s",
        "DELETE FROM ledger.gate_result WHERE pool = %s",
        "UPDATE ledger.business_day SET sound_check = checks WHERE pool = %s",
        "DELETE FROM ledger.close_gate WHERE %s > 0",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), service_connection.transaction():
            service_connection.execute(sql, [lasting_pool])
    assert state(lasting_pool) == "checking"
    assert sealing.seals(lasting_pool, first=DAY, last=DAY) == []


@pytest.mark.parametrize("rule", ["I2", "order"])
def test_nobody_tells_the_database_what_it_sees_itself(pool: int, rule: str) -> None:
    pools.cut(pool, NEXT)
    number = sealing.check_day(pool, DAY)
    with pytest.raises(DayUnsound), transaction.atomic():
        sealing.tell_gates(pool, DAY, number, [
            sealing.ToldGate(rule=rule, passed=True, found=b"-")
        ])  # fmt: skip


def test_the_gates_of_an_earlier_check_seal_nothing(pool: int) -> None:
    pools.cut(pool, NEXT)
    checked(pool)
    again = sealing.check_day(pool, DAY)
    with pytest.raises(DayUnsound), transaction.atomic():
        sealing.seal_day(pool, DAY, again)
    assert state(pool) == "checking"
