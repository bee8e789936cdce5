"""What a migration needs to put a lifecycle, or the promise never to change, into the database."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db.migrations import RunSQL

_WORD = re.compile(r"[a-z][a-z0-9_]{0,47}")


def lifecycle_operations(
    kind: str, table: str, moves: Mapping[str, frozenset[str] | set[str] | tuple[str, ...]]
) -> list[RunSQL]:
    """Operations that let rows of `table` begin in the first state of `moves` and move as it says.

    Any other change of the column `state` is refused with the constraint name
    `accounts_allowed_move`, whoever makes it. The migration depends on ("accounts", "0002_law").
    When the table of moves changes, a later migration runs these operations again.
    """
    for word in (kind, table, *moves, *(state for states in moves.values() for state in states)):
        if not _WORD.fullmatch(word):
            raise ValueError(f"not a word of the law: {word!r}")
    if unknown := {state for states in moves.values() for state in states} - set(moves):
        raise ValueError(f"{kind} moves to states it has no row for: {sorted(unknown)}")
    pairs = [("", next(iter(moves)))]
    pairs += [(before, after) for before in moves for after in sorted(moves[before])]
    rows = ", ".join(f"('{kind}', '{before}', '{after}')" for before, after in pairs)
    forget = f"DELETE FROM accounts_allowed_move WHERE kind = '{kind}';"  # noqa: S608
    put = f"INSERT INTO accounts_allowed_move VALUES {rows};"  # noqa: S608
    begins, moved = f"{table}_begins_at_its_start", f"{table}_moves_as_allowed"
    drop = f"DROP TRIGGER IF EXISTS {begins} ON {table}; DROP TRIGGER IF EXISTS {moved} ON {table};"
    attach = f"""
        CREATE TRIGGER {begins} BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION accounts_refuse_other_moves('{kind}');
        CREATE TRIGGER {moved} BEFORE UPDATE ON {table}
            FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
            EXECUTE FUNCTION accounts_refuse_other_moves('{kind}');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {begins};
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {moved};
    """
    return [
        RunSQL(forget + put, forget),
        RunSQL(drop + attach, drop),
    ]


def append_only_operations(table: str) -> list[RunSQL]:
    """Operations that make `table` append-only: by a trigger for everybody, and by privilege.

    UPDATE, DELETE and TRUNCATE are refused even when they would touch no row. The migration
    depends on ("accounts", "0002_law").
    """
    if not _WORD.fullmatch(table):
        raise ValueError(f"not a word of the law: {table!r}")
    trigger = f"{table}_is_append_only"
    return [
        RunSQL(
            f"""
            CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger};
            REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON {table} FROM gateway_app;
            """,
            f"DROP TRIGGER {trigger} ON {table}; GRANT UPDATE, DELETE ON {table} TO gateway_app;",
        )
    ]


def house_grants_operations() -> list[RunSQL]:
    """Operations that let the house itself grant roles, for a sandbox's own migration alone.

    The migration depends on ("accounts", "0018_two_for_a_role").
    """
    return [
        RunSQL(
            "INSERT INTO accounts_allowed_move VALUES ('role_by_the_house', '', 'granted');",
            "DELETE FROM accounts_allowed_move WHERE kind = 'role_by_the_house';",
        )
    ]
