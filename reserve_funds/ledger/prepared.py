"""Statements of the book's hot path, planned once a connection instead of once a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]

# Django never prepares; its own cursors bind in the client and are not touched by this.
_PREPARE_AFTER = 1


def ask(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of the answer, in the caller's transaction, counted and logged as any query."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    driver = connection.connection
    assert driver is not None
    if driver.prepare_threshold is None:
        driver.prepare_threshold = _PREPARE_AFTER
    with connection.wrap_database_errors:
        bare = ServerBindingCursor(driver)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
