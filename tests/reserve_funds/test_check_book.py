"""What the check of the book says: nothing of a sound one, and every edit by its name."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from gateway.sandbox import postgres
from gateway.sandbox.postgres_cluster import SUPERUSER
from reserve_funds import tasks
from reserve_funds.ledger import book, catalogue, check
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.stories import folded, paid, sealed


@pytest.fixture
def superuser(lasting_pool: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Whoever can do everything, and a check that sees what he does before it is undone."""
    kept_file = postgres.default_data_dir() / "postgres.json"
    if os.environ.get("DATABASE_URL") or not Path(kept_file).exists():
        pytest.skip("only the embedded PostgreSQL lets the tests be its superuser")
    kept = json.loads(kept_file.read_text())
    with psycopg.connect(
        host="127.0.0.1",
        port=kept["port"],
        user=SUPERUSER,
        password=kept["superuser"],
        dbname=str(connections["default"].settings_dict["NAME"]),
    ) as connection:
        monkeypatch.setattr(check, "connection", connection)
        monkeypatch.setattr(catalogue, "connection", connection)
        yield connection
        connection.rollback()


def named(pool: int) -> set[tuple[str, str]]:
    return {(finding.rule, finding.subject) for finding in check.check(pool).findings}


def rules(pool: int) -> set[str]:
    return {finding.rule for finding in check.check(pool).findings}


def test_a_fresh_book_is_as_written(pool: int) -> None:
    assert catalogue.differences(catalogue.live()) == []
    assert check.check(pool).findings == []


def test_the_command_tells_and_exits(lasting_pool: int) -> None:
    paid(lasting_pool, 100)
    told = io.StringIO()
    call_command("check_book", pool=lasting_pool, json=True, stdout=told)
    assert json.loads(told.getvalue()) == {
        "sound": True, "findings": [], "on_their_way": [],
    }  # fmt: skip


def test_the_command_fails_when_something_is_found(
    lasting_pool: int, superuser: psycopg.Connection
) -> None:
    superuser.execute("DROP TRIGGER ledger_never_truncated ON ledger.transfer")
    told = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_book", pool=lasting_pool, stdout=told)
    assert "trigger ledger_never_truncated on transfer" in told.getvalue()


def test_an_amended_amount_shows_even_when_the_triggers_are_on_again(
    lasting_pool: int, superuser: psycopg.Connection
) -> None:
    story = paid(lasting_pool, 500)
    superuser.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER USER")
    superuser.execute(
        "UPDATE ledger.transfer SET amount_fen = 400 WHERE pool = %s AND id = %s",
        [lasting_pool, story.allocated.id],
    )
    found = named(lasting_pool)
    assert ("guarded_totals_follow", f"2111/{story.order}") in found
    assert ("law_is_as_written", "trigger ledger_never_rewritten on transfer") in found
    for trigger in ("never_rewritten", "never_truncated", "written_only_by_its_functions"):
        superuser.execute(  # type: ignore[call-overload]
            f"ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_{trigger}"
        )
    for trigger in (
        "row_never_rewritten", "placement_keeps_its_floor", "nothing_new_when_winding_down",
        "kiosk_rests_on_its_fact", "nothing_new_is_taken_on", "cash_goes_back_as_it_came",
    ):  # fmt: skip
        superuser.execute(  # type: ignore[call-overload]
            f"ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_{trigger}"
        )
    assert rules(lasting_pool) == {"guarded_totals_follow"}


def test_a_deleted_row_shows(lasting_pool: int, superuser: psycopg.Connection) -> None:
    story = paid(lasting_pool, 500)
    superuser.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER USER")
    superuser.execute("DELETE FROM ledger.transfer WHERE id = %s", [story.allocated.id])
    found = named(lasting_pool)
    assert ("guarded_totals_follow", f"2111/{story.order}") in found
    assert ("guarded_totals_follow", f"2101/{story.payment}") in found


def test_a_falsified_total_shows(lasting_pool: int, superuser: psycopg.Connection) -> None:
    story = paid(lasting_pool, 500)
    superuser.execute("ALTER TABLE ledger.account DISABLE TRIGGER USER")
    superuser.execute(
        "UPDATE ledger.account SET available_fen = 900 WHERE pool = %s AND owner = %s",
        [lasting_pool, str(story.order)],
    )
    assert ("guarded_totals_follow", f"2111/{story.order}") in named(lasting_pool)


def test_a_falsified_tally_shows(lasting_pool: int, superuser: psycopg.Connection) -> None:
    story = paid(lasting_pool, 500)
    folded(lasting_pool, story.confirmed.debit)
    superuser.execute("ALTER TABLE ledger.tally DISABLE TRIGGER USER")
    superuser.execute(
        "INSERT INTO ledger.tally SELECT a.pool, a.id, 1, %s, 7, 0, 0, 0"
        " FROM ledger.account a WHERE a.pool = %s AND a.owner = %s"
        " ON CONFLICT (pool, account) DO UPDATE SET debit_posted = 7",
        [DAY, lasting_pool, story.confirmed.debit.owner],
    )
    assert {"tallied_totals_follow", "books_balance"} <= rules(lasting_pool)


@pytest.mark.parametrize(
    ("table", "rule"), [("tally_day", "day_tallies_follow"), ("kind_day", "kind_days_follow")]
)
def test_a_falsified_day_shows(
    lasting_pool: int, superuser: psycopg.Connection, table: str, rule: str
) -> None:
    story = paid(lasting_pool, 500)
    folded(lasting_pool, story.confirmed.debit)
    tasks.fold_long_tails()
    superuser.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER")  # type: ignore[call-overload]
    for edit in ("debit_posted = debit_posted + 1", "business_day = business_day + 1"):
        superuser.execute("SAVEPOINT edit")
        superuser.execute(  # type: ignore[call-overload]
            f"UPDATE ledger.{table} SET {edit} WHERE pool = {lasting_pool}"
        )
        assert rule in rules(lasting_pool)
        superuser.execute("ROLLBACK TO edit")


def test_a_hold_resolved_twice_shows(lasting_pool: int, superuser: psycopg.Connection) -> None:
    story = paid(lasting_pool, 500)
    held = book.hold(sealed(lasting_pool, story.order, 500))
    superuser.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER USER")
    superuser.execute(
        "INSERT INTO ledger.transfer (pool, id, act, code, profile, debit_account, debit_kind,"
        " credit_account, credit_kind, amount_fen, needs_approval, event_at, created_at,"
        " place, business_day, resolves)"
        " SELECT pool, '019aab00-0000-8000-8000-00000000000b', 3, code, profile, debit_account,"
        " debit_kind, credit_account, credit_kind, amount_fen, needs_approval, event_at,"
        " created_at, place, business_day, id FROM ledger.transfer WHERE id = %s",
        [held.id],
    )
    assert "holds_resolve_once" in rules(lasting_pool)


@pytest.mark.parametrize(
    ("edit", "subject"),
    [
        (
            "ALTER TABLE ledger.transfer DROP CONSTRAINT ledger_transfer_obeys_the_handbook",
            "constraint ledger_transfer_obeys_the_handbook on transfer",
        ),
        (
            "ALTER TABLE ledger.account DROP CONSTRAINT ledger_account_never_overdrawn",
            "constraint ledger_account_never_overdrawn on account",
        ),
        (
            (
                "ALTER TABLE ledger.transfer_{month} DISABLE TRIGGER"
                " ledger_partition_is_never_truncated"
            ),
            "trigger ledger_partition_is_never_truncated on transfer_{month}",
        ),
        (
            "ALTER TABLE ledger.posting_rule DISABLE TRIGGER ALL",
            "keys of constraint ledger_rule_debits_a_kind_of_its_book on posting_rule",
        ),
        (
            (
                "CREATE OR REPLACE FUNCTION ledger.derive(p_cause uuid, p_step text) RETURNS uuid"
                " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT p_cause $$"
            ),
            "function ledger.derive(uuid,text)",
        ),
        ("GRANT INSERT ON ledger.transfer TO gateway_app", "grants on transfer"),
        ("GRANT UPDATE (amount_fen) ON ledger.transfer TO gateway_app", "column amount_fen"),
        ("GRANT ledger_owner TO gateway_service", "role ledger_owner"),
        ("ALTER ROLE ledger_owner LOGIN", "role ledger_owner"),
        (
            "CREATE FUNCTION ledger.gift() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function ledger.gift()",
        ),
        ("DROP INDEX ledger.ledger_transfer_by_debit", "index CREATE INDEX ON ledger.transfer"),
        (
            "ALTER DOMAIN ledger.fen DROP CONSTRAINT ledger_transfer_amount_is_sound",
            "domain ledger_transfer_amount_is_sound of fen",
        ),
        (
            (
                "ALTER TABLE ledger.posting_rule DISABLE TRIGGER USER;"
                "INSERT INTO ledger.posting_rule VALUES ('MOT', 'gift', 2101, 2131, 'reserve',"
                " false, NULL, true, 'credit', true, 'credit')"
            ),
            "rule ('MOT', 'gift', 2101, 2131)",
        ),
    ],
)
def test_whatever_a_superuser_changes_in_the_law_is_named(
    lasting_pool: int, superuser: psycopg.Connection, edit: str, subject: str
) -> None:
    month = f"{DAY + timedelta(days=35):%Y_%m}"  # a month ahead
    superuser.execute(edit.replace("{month}", month))  # type: ignore[call-overload]
    wanted = subject.replace("{month}", month)
    assert any(wanted in each for _rule, each in named(lasting_pool))
