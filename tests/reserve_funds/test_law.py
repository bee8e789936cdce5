"""SQL by hand cannot change, delete, truncate or invent money: not on any table, for any role."""

from __future__ import annotations

import psycopg
import pytest

from reserve_funds.ledger import book
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.stories import paid

REFUSED = "LG012"
DENIED = "42501"
TABLES = (
    "account_kind",
    "posting_rule",
    "pool",
    "business_day",
    "epoch",
    "account",
    "tally",
    "tally_day",
    "pool_tally",
    "kind_day",
    "transfer",
)


def every_table(connection: psycopg.Connection) -> list[str]:
    """All tables of the book, with every month there is, the months ahead among them."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'ledger'::regnamespace"
        " AND relkind IN ('r', 'p') ORDER BY relname"
    ).fetchall()
    found = [str(row[0]) for row in rows]
    assert set(TABLES) < set(found)
    assert len([name for name in found if name.startswith("transfer_")]) >= 5
    return found


def refusals(connection: psycopg.Connection, table: str) -> dict[str, str | None]:
    column = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND attidentity = '' ORDER BY attnum LIMIT 1",
        [f"ledger.{table}"],
    ).fetchone()
    assert column
    said: dict[str, str | None] = {}
    for what, statement in {
        "insert": f"INSERT INTO ledger.{table} OVERRIDING SYSTEM VALUE TABLE ledger.{table}",
        "update": f"UPDATE ledger.{table} SET {column[0]} = {column[0]}",
        "delete": f"DELETE FROM ledger.{table}",
        "truncate": f"TRUNCATE ledger.{table} CASCADE",
        "copy": f"COPY ledger.{table} FROM STDIN",
    }.items():
        try:
            with connection.transaction():
                if what == "copy":
                    with connection.cursor().copy(statement) as copy:  # type: ignore[arg-type]
                        copy.write(b"")
                else:
                    connection.execute(statement)  # type: ignore[arg-type]
            said[what] = None
        except psycopg.Error as error:
            said[what] = error.sqlstate
    return said


def test_the_service_role_can_write_no_table(
    lasting_pool: int, service_connection: psycopg.Connection
) -> None:
    paid(lasting_pool, 500)
    for table in every_table(service_connection):
        said = refusals(service_connection, table)
        assert set(said.values()) == {DENIED}, (table, said)


def test_the_migrating_role_as_the_owner_itself_can_write_no_table(
    lasting_pool: int, owner_connection: psycopg.Connection
) -> None:
    story = paid(lasting_pool, 500)
    owner_connection.execute("SET ROLE ledger_owner")
    for table in every_table(owner_connection):
        said = refusals(owner_connection, table)
        assert set(said.values()) == {REFUSED}, (table, said)
    owner_connection.rollback()
    assert not book.post([story.confirmed])[0].is_new  # nothing moved: the row is still as it was


def test_the_migrating_role_by_itself_sees_nothing(owner_connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner_connection.execute("SELECT * FROM ledger.transfer")
    owner_connection.rollback()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner_connection.execute("SELECT ledger.cut(1, '2030-01-01')")


def test_a_single_row_is_refused_row_by_row_too(
    lasting_pool: int, owner_connection: psycopg.Connection
) -> None:
    story = paid(lasting_pool, 500)
    owner_connection.execute("SET ROLE ledger_owner")
    months = "SELECT tableoid::regclass::text FROM ledger.transfer WHERE id = %s"
    [(month,)] = owner_connection.execute(months, [story.confirmed.id]).fetchall()
    assert month != "ledger.transfer"
    for table in ("ledger.transfer", month):
        for statement in (
            f"UPDATE {table} SET amount_fen = 1 WHERE id = %s",
            f"DELETE FROM {table} WHERE id = %s",
        ):
            with pytest.raises(psycopg.Error) as refused, owner_connection.transaction():
                owner_connection.execute(statement, [story.confirmed.id])  # type: ignore[arg-type]
            assert refused.value.sqlstate == REFUSED


def test_the_inner_functions_are_nobodys(service_connection: psycopg.Connection) -> None:
    allowed = {
        row[0]
        for row in service_connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace"
            " AND has_function_privilege(oid, 'EXECUTE')"
        )
    }
    assert allowed == {
        "post", "post_one", "resolve", "reverse", "open_pool", "cut", "fold", "fold_book",
        "make_partitions", "account_id", "derive", "place_of", "id_floor", "fresh", "totals",
        "totals_before", "totals_at", "trial", "fold_holders", "holders", "ageing", "coverage",
        "adjust", "check_day", "block_day", "seal_day", "sign_seal", "day_floor", "voucher_text",
        "balance_text", "merkle_root", "day_root", "seal_text", "floor_after", "known_trial",
        "movements", "late_events", "holdings", "unresolved", "profile_on", "change_profile",
        "placeable", "purse_at", "day_faults", "check_day_book", "tell_gates", "balances",
        "overdrawn", "dormant", "wind_down", "winding_from", "refuse_when_winding_down",
        "deposit_of",
    }  # fmt: skip


def call(connection: psycopg.Connection, pool: int, **changed: object) -> str | None:
    """post_one by hand; the SQLSTATE it refuses with, or None."""
    values: dict[str, object] = {
        "act": 1, "id": "019aab00-0000-7000-8000-00000000000a", "code": "payment_confirmed",
        "debit": 1121, "debit_owner": "by hand", "credit": 2101, "credit_owner": "by hand",
        "amount": 100, "event_at": NOW,
    } | changed  # fmt: skip
    try:
        with connection.transaction():
            connection.execute(
                "SELECT ledger.post_one(%s::int, %s::smallint, %s::uuid, %s, %s::smallint, %s,"
                " %s::smallint, %s, %s, %s, NULL, NULL)",
                [pool, *values.values()],
            )
    except psycopg.Error as error:
        return error.sqlstate
    return None


def test_the_database_itself_refuses_what_the_handbook_does_not_name(
    lasting_pool: int, service_connection: psycopg.Connection
) -> None:
    hand = service_connection
    assert call(hand, lasting_pool, credit=2131) == "LG003"  # a pair no rule knows
    assert call(hand, lasting_pool, code="gift") == "LG003"
    assert call(hand, lasting_pool, debit=2101, credit=1121) == "LG003"  # the other way round
    assert call(hand, lasting_pool, debit=6002, credit=2101) == "LG003"  # across books
    assert call(hand, lasting_pool, act=3) == "LG007"  # settling what was never held
    assert call(hand, lasting_pool + 1) == "LG006"  # a pool that is not open
    assert call(hand, lasting_pool, credit_owner="x" * 201) == "23514"
    rows = hand.execute(
        "SELECT count(*) FROM ledger.transfer WHERE pool = %s", [lasting_pool]
    ).fetchone()
    assert rows == (0,)


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 9223372036854775807])
def test_the_database_itself_refuses_an_amount_that_is_none(
    lasting_pool: int, service_connection: psycopg.Connection, amount: int
) -> None:
    assert call(service_connection, lasting_pool, amount=amount) == "23514"


@pytest.mark.parametrize("amount", [1.5, 100.0, True, 2**63])
def test_the_database_knows_no_function_for_what_is_not_a_whole_number(
    lasting_pool: int, service_connection: psycopg.Connection, amount: object
) -> None:
    assert call(service_connection, lasting_pool, amount=amount) in {"42883", "22003"}


def test_outflows_that_officers_instruct_need_an_approval(
    lasting_pool: int, service_connection: psycopg.Connection
) -> None:
    said = call(service_connection, lasting_pool, code="instruction_sent", debit=2221, credit=2231)
    assert said == "23514"
