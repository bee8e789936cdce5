"""Nothing goes before its time: every table has a class, and what has years cannot be deleted."""

from __future__ import annotations

import io
from datetime import date

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command

from gateway import retention
from gateway.retention import Keeping

RECORDS = ("book", "statement", "transaction")
RULED = [one for one in retention.classes() if one.name in RECORDS]


def test_every_table_of_the_database_has_a_class(db: None) -> None:
    assert [table for table in retention.tables() if retention.class_of(table) is None] == []


@pytest.mark.parametrize(
    ("name", "years"), [("book", 30), ("statement", 10), ("transaction", 10), ("working", None)]
)
def test_years_are_those_of_the_profiles(name: str, years: int | None) -> None:
    assert next(one for one in retention.classes() if one.name == name).years == years


def test_every_class_is_that_of_some_table(db: None) -> None:
    found = {keeping.name for table in retention.tables() if (keeping := retention.class_of(table))}
    assert found == {one.name for one in retention.classes()}


@pytest.mark.parametrize("keeping", RULED, ids=lambda one: one.name)
def test_by_hand_nothing_that_has_years_is_deleted(
    service_connection: psycopg.Connection, db: None, keeping: Keeping
) -> None:
    """As the service role, even where no row would be touched, and by TRUNCATE too."""
    tables = [table for table in retention.tables() if retention.class_of(table) == keeping]
    assert len(tables) > 5
    for table in tables:
        for words in (f"DELETE FROM {table} WHERE false", f"TRUNCATE {table}"):
            with pytest.raises(psycopg.Error) as refused:
                service_connection.execute(words)
            assert refused.value.sqlstate in ("42501", "23001", "LG012"), words
            service_connection.rollback()


def test_channels_pushes_are_kept_as_long_as_transactions() -> None:
    kept = retention.class_of("payments_notice")
    assert kept is not None
    assert kept.years is not None
    assert kept.years * 366 <= settings.NOTICES_KEPT_DAYS


def test_what_may_go_is_told_by_whole_years(db: None) -> None:
    book = next(one for one in retention.classes() if one.name == "book")
    assert retention._ends(date(2026, 11, 22), book) == date(2057, 1, 1)
    assert retention._ends(None, book) is None
    said = io.StringIO()
    call_command("retention", stdout=said)
    assert "payments_payment" in said.getvalue()
    assert "30 年 years" in said.getvalue()
