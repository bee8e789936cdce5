"""Every database error is sorted: try again, unknown, or ours."""

from __future__ import annotations

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from reserve_funds.errors import BookRefused, Overdrawn, TransferDiffers
from reserve_funds.ledger import book
from reserve_funds.ledger.faults import Fault, classify, refusal_of
from tests.reserve_funds.stories import confirmed


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (psycopg.errors.SerializationFailure(), Fault.RETRY),
        (psycopg.errors.DeadlockDetected(), Fault.RETRY),
        (psycopg.errors.AdminShutdown(), Fault.UNKNOWN),
        (psycopg.errors.ConnectionFailure(), Fault.UNKNOWN),
        (psycopg.OperationalError("the connection is lost"), Fault.UNKNOWN),
        (psycopg.errors.UniqueViolation(), Fault.OURS),
        (psycopg.errors.UndefinedTable(), Fault.OURS),
    ],
)
def test_whose_move_it_is(error: Exception, fault: Fault) -> None:
    assert classify(error) == fault
    wrapped = OperationalError()
    wrapped.__cause__ = error
    assert classify(wrapped) == fault


def test_refusals_have_their_names() -> None:
    assert isinstance(refusal_of("LG001", '{"id": "x"}'), TransferDiffers)
    assert isinstance(refusal_of("23514", "ledger_account_never_overdrawn"), Overdrawn)
    assert refusal_of("42P01", None) is None


def test_posting_refuses_another_isolation_than_its_law_needs(lasting_pool: int) -> None:
    with transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(BookRefused):
            book.post([confirmed(lasting_pool, 1)])
        transaction.set_rollback(True)
