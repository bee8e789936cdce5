"""R23: a pool is wound down from a day on: nothing new, and a list of what is owed to whom."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from accounts.errors import MakerIsChecker, NotAllowed
from reserve_funds import postings
from reserve_funds.custody.bank import requests
from reserve_funds.custody.errors import NotAWindingDown
from reserve_funds.custody.reports.winding_down import winding_down
from reserve_funds.custody.rules import winding
from reserve_funds.errors import ApprovalNotUsable, PoolDiffers, PoolWindingDown, ProfileDayIsOpen
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.custody.bank.officers import Desk, an_officer, moment

NAMES = ("MOT", "PBOC", "MOFCOM")


@pytest.fixture
def desk(lasting_db: None) -> Desk:
    return Desk(profile="PBOC")


def declared(desk: Desk, from_day: date | None = None) -> date:
    asked = winding.ask(
        pool=desk.pool, from_day=from_day or pools.open_day(desk.pool), because="licence ends",
        maker=desk.maker, now=moment(),
    )  # fmt: skip
    return winding.approve(asked.id, checker=desk.checker, now=moment())


def test_two_officers_declare_it_once_and_for_good(desk: Desk) -> None:
    today = pools.open_day(desk.pool)
    words = {"pool": desk.pool, "because": "licence ends", "now": moment()}
    with pytest.raises(NotAllowed):
        winding.ask(from_day=today, maker=an_officer(desk.pool, "clerk"), **words)
    with pytest.raises(ProfileDayIsOpen):
        winding.ask(from_day=today - timedelta(days=1), maker=desk.maker, **words)
    with pytest.raises(NotAWindingDown):
        winding.ask(from_day=today, maker=desk.maker, **(words | {"because": " "}))
    asked = winding.ask(from_day=today + timedelta(days=30), maker=desk.maker, **words)
    other = winding.ask(from_day=today, maker=desk.maker, **words)
    with pytest.raises(MakerIsChecker):
        winding.approve(asked.id, checker=desk.maker, now=moment())
    assert winding.from_day_of(desk.pool) is None
    with pytest.raises(ApprovalNotUsable):
        pools.wind_down(desk.pool, today, asked.id)
    winding.approve(asked.id, checker=desk.checker, now=moment())
    assert winding.from_day_of(desk.pool) == today + timedelta(days=30)
    assert not winding.is_winding_down(desk.pool, today + timedelta(days=29))
    assert winding.is_winding_down(desk.pool, today + timedelta(days=30))
    winding.refuse_new(desk.pool, today)
    with pytest.raises(PoolDiffers):
        winding.ask(from_day=today, maker=desk.maker, **words)
    with pytest.raises(PoolDiffers):
        winding.approve(other.id, checker=desk.checker, now=moment())


@pytest.mark.parametrize("profile", NAMES)
def test_no_income_leaves_and_nothing_is_placed_but_holders_are_paid(
    lasting_db: None, profile: str
) -> None:
    desk = Desk(profile=profile)
    route = {"route": "nucc"} if profile == "PBOC" else {}
    asked = desk.ask(Purpose.OWN_INCOME_SWEEP, **route)
    declared(desk)
    with pytest.raises(PoolWindingDown):
        requests.approve(asked.id, checker=desk.checker, now=moment())
    with pytest.raises(PoolWindingDown):
        desk.ask(Purpose.OWN_INCOME_SWEEP, **route)
    paid = desk.approved(Purpose.REDEMPTION, **route)
    assert queries.balance_fen(desk.pool, paid.in_transit) == 100_00
    assert check_figures(desk.pool).findings == []


def test_by_hand_the_book_takes_nothing_new_either(
    lasting_db: None, service_connection: psycopg.Connection
) -> None:
    desk = Desk(profile="MOT")
    for words in (
        (
            "INSERT INTO ledger.winding_down (pool, from_day, approval_id, decided_at)"
            " VALUES (%(pool)s, current_date, gen_random_uuid(), now())"
        ),
        "SELECT ledger.wind_down(%(pool)s, current_date + 1, gen_random_uuid())",
    ):
        with pytest.raises(psycopg.Error):
            service_connection.execute(words, {"pool": desk.pool})
        service_connection.rollback()
    placing, sweeping = (
        desk.ask(purpose)
        for purpose in (Purpose.PRINCIPAL_SAFE_PLACEMENT, Purpose.OWN_INCOME_SWEEP)
    )
    declared(desk)
    with pytest.raises(psycopg.Error):
        service_connection.execute("DELETE FROM ledger.winding_down")
    service_connection.rollback()
    for one, code in ((placing, "placement_made"), (sweeping, "own_income_swept")):
        instruction = one.instructions.get()
        with pytest.raises(PoolWindingDown):
            book.post([
                postings.of(code, desk.pool, instruction.id, debit=instruction.source,
                            credit=instruction.in_transit, amount_fen=1, event_at=moment(),
                            approval_id=one.id)
            ])  # fmt: skip
    assert queries.balance_fen(desk.pool, placing.instructions.get().source) == 0
    assert check_figures(desk.pool).findings == []


def test_what_is_owed_is_told_by_holder_until_nobody_is_owed_anything(desk: Desk) -> None:
    told = winding_down(desk.pool)
    assert (told.from_day, told.holders_fen, told.is_done) == (None, 0, True)
    desk.deposit("wallet", 300_00)
    desk.deposit("wallet", 200_00)
    desk.deposit("deposits_held", 20_00)
    desk.deposit("own_income_in_reserve", 7_00)
    from_day = declared(desk)
    told = winding_down(desk.pool)
    owed = {one.kind: (one.fen, one.holders) for one in told.to_holders if one.fen}
    assert owed == {"wallet": (500_00, 2), "deposits_held": (20_00, 1)}
    assert [(one.kind, one.fen) for one in told.operators] == [("own_income_in_reserve", 7_00)]
    assert (told.from_day, told.holders_fen, told.is_done) == (from_day, 520_00, False)
    assert (told.held_fen, told.placed_fen, told.shortfall_fen) == (527_00, 0, 0)
