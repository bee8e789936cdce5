"""Which role a process speaks as, what limits it keeps, and that only the owner migrates."""

import psycopg
import pytest
from django.db import connection, connections, router
from hypothesis import given
from hypothesis import strategies as st

from gateway.databases import databases
from manage import with_owner

URLS = {
    "DATABASE_URL": "postgresql://gateway_service:a@db:5432/gateway",
    "DATABASE_WORKER_URL": "postgresql://gateway_worker:b@db:5432/gateway",
    "DATABASE_OWNER_URL": "postgresql://gateway_owner:c@db:5432/gateway",
}


def test_web_and_worker_speak_as_different_roles() -> None:
    assert databases(URLS, "web")["default"]["USER"] == "gateway_service"
    assert databases(URLS, "worker")["default"]["USER"] == "gateway_worker"


def test_a_serving_process_need_not_know_the_owner() -> None:
    without = {name: url for name, url in URLS.items() if "OWNER" not in name}

    assert set(databases(without, "web")) == {"default"}
    assert set(databases(URLS, "web")) == {"default", "owner"}


def test_a_password_may_hold_any_character() -> None:
    made = databases({"DATABASE_URL": "postgresql://u:p%40s%2Fs%23@db/gateway"}, "web")

    assert made["default"]["PASSWORD"] == "p@s/s#"


def test_no_statement_of_the_web_waits_for_ever(lasting_db: None) -> None:
    shown = {}
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]

    assert shown == {
        "statement_timeout": "15s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "5s",
    }


def test_only_the_owner_migrates() -> None:
    assert router.allow_migrate("owner", "accounts")
    assert not router.allow_migrate("default", "accounts")


def test_schema_commands_go_to_the_owner_by_themselves() -> None:
    assert with_owner(["manage.py", "migrate"]) == ["manage.py", "migrate", "--database", "owner"]
    assert with_owner(["manage.py", "check"]) == ["manage.py", "check"]
    named = ["manage.py", "migrate", "--database=default"]
    assert with_owner(named) == named


@given(st.lists(st.text(), max_size=3))
def test_other_words_pass_unchanged(words: list[str]) -> None:
    assert with_owner(["manage.py", "play_card", *words]) == ["manage.py", "play_card", *words]


def test_tests_speak_as_the_service_inside_a_transaction(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, database = cursor.fetchone()

    assert user == "gateway_service"
    assert database == connections["owner"].settings_dict["NAME"]
    assert database.startswith("test_")
    assert connection.in_atomic_block


def test_a_lasting_test_really_commits(lasting_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("gateway_service",)

    assert not connection.in_atomic_block


def test_by_hand_one_is_the_role_one_asked_for(
    owner_connection: psycopg.Connection[tuple[object, ...]],
    service_connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    who = "SELECT current_user, current_database()"
    owner = owner_connection.execute(who).fetchone()
    service = service_connection.execute(who).fetchone()

    assert owner
    assert service
    assert (owner[0], service[0]) == ("gateway_owner", "gateway_service")
    assert owner[1] == service[1]


def test_the_service_cannot_make_or_drop_anything(
    service_connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service_connection.execute("CREATE TABLE public.mine (id int)")
