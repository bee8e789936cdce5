"""Every database error means one of three things, and its text is never repeated."""

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection

from accounts.database_errors import Meaning, code_of, constraint_of, meaning_of, sqlstate


def met(state: str | None, kind: type[DatabaseError | InterfaceError] = OperationalError):
    """An error as Django raises it, over the driver's with this SQLSTATE."""
    error, cause = kind("row (13812340984) is wrong"), RuntimeError()
    cause.sqlstate = state  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("40001", Meaning.RETRY),
        ("40P01", Meaning.RETRY),
        ("55P03", Meaning.RETRY),
        ("57014", Meaning.RETRY),
        ("08006", Meaning.UNKNOWN),
        ("08003", Meaning.UNKNOWN),
        ("57P01", Meaning.UNKNOWN),
        ("53100", Meaning.UNKNOWN),
        (None, Meaning.UNKNOWN),
        ("23505", Meaning.OURS),
        ("42501", Meaning.OURS),
        ("22012", Meaning.OURS),
    ],
)
def test_a_state_has_a_meaning(state, meaning):
    error = met(state)
    assert meaning_of(error) is meaning
    assert "138" not in code_of(error)
    assert code_of(error).startswith(f"database_{meaning}_")
    assert len(code_of(error)) <= 64


def test_a_broken_connection_without_a_word_is_unknown_and_other_silence_is_ours():
    assert meaning_of(met(None, InterfaceError)) is Meaning.UNKNOWN
    assert meaning_of(met(None, DatabaseError)) is Meaning.OURS


def test_a_real_refusal_names_its_constraint(db):
    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_operator VALUES ('x', 'x', 'x', 'village', NULL, 99)")
    assert constraint_of(refused.value) == "accounts_operator_is_city_or_county"
    assert (sqlstate(refused.value), meaning_of(refused.value)) == ("23514", Meaning.OURS)
    assert constraint_of(IntegrityError("no cause")) == ""
