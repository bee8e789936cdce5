"""A pool with one bank account, and what its bank tells of a day."""

import secrets
from datetime import timedelta

import pytest

from accounts import people
from accounts.clock import now
from accounts.identifiers import outside_id
from reserve_funds.custody.closing import channels
from reserve_funds.custody.matching import services as matching
from reserve_funds.custody.matching.values import Side, SideLine
from reserve_funds.ledger import pools
from tests.reserve_funds.conftest import DAY, fresh_pool_number
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.test_taking import of, take
from tests.reserve_funds.custody.statements.printers import PRINTERS

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def kept(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))


@pytest.fixture
def account(kept):
    """The reserve account of an open pool of its own."""
    pool = fresh_pool_number()
    pools.open_pool(pool, "MOT", DAY)
    return an_account(pool)


def bank_tells(account, *amounts, day=DAY, opening_fen=0, number="1"):
    take(PRINTERS["mt940"](of(account, *amounts, day=day, number=number, opening_fen=opening_fen)))


def an_officer(pool):
    person = people.enrol(f"138{secrets.randbelow(10**8):08d}", now())
    people.grant(person, "finance_officer", pool=pool, granted_by=None, now=now())
    return person


def bills_come(pool, day=DAY):
    """The bills of every channel's day up to `day` that has none: one line of the whole sum."""
    matching.deliver(
        SideLine(
            side=Side.BILL, pool=pool, key=f"bill of {owed.batch}", amount_fen=owed.book_fen,
            day=owed.day, batch=owed.batch, known_at=now(),
            source_id=outside_id(f"bill:{pool}", owed.day, owed.batch),
        )
        for owed in channels.unsettled(pool, day, now())
        if not owed.bill_lines
    )  # fmt: skip
