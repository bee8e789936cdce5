"""A placement comes back: principal to the placement, interest apart, a loss to own funds."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from uuid import uuid4

import pytest

from accounts.clock import start_of_day
from accounts.identifiers import outside_id
from reserve_funds.custody.bank import booking
from reserve_funds.custody.bank.models import BankEntry, Reading, Statement, StatementFile
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.coverage import figures
from reserve_funds.custody.placements import following, interest
from reserve_funds.custody.placements.models import Placement
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.placements.test_asking import asked, banked, placed


@pytest.fixture
def desk(lasting_db: None) -> Desk:
    made = Desk()
    banked(made, 1_000_000)
    return made


def arrives(desk: Desk, fen: int, words: str, *, day: date) -> None:
    """The bank's statement shows it, and it is booked."""
    file = StatementFile.objects.create(
        id=uuid4(), digest=secrets.token_hex(32), size=1, name="f", form="mt940", source="upload",
        actor_kind="officer", actor_id="1", taken_at=moment(),
    )  # fmt: skip
    statement = Statement.objects.create(
        id=uuid4(), account=desk.account, file=file, number=secrets.token_hex(4), first_day=day,
        last_day=day, opening_fen=0, closing_fen=fen, lines=1, in_fen=fen, out_fen=0,
    )  # fmt: skip
    number = secrets.token_hex(8)
    BankEntry.objects.create(
        id=outside_id(f"bank:{desk.account.account_no}", day, number), account=desk.account,
        statement=statement, line_no=1,
        entry_no=number, booked_day=day, value_day=day, side="in", amount_fen=fen,
        reversal=False, our_no="", counterparty_no="", counterparty_name="示例银行", summary=words,
        remark="", kind="",
    )  # fmt: skip
    booking.book(desk.account, now=moment())


def state(placement: Placement) -> str:
    placement.refresh_from_db()
    return placement.state


def earned(placement: Placement) -> int:
    return queries.balance_fen(
        placement.pool, Ref(kind="interest_unallocated", owner=str(placement.id))
    )


def test_principal_and_interest_of_one_line_are_told_apart(desk: Desk) -> None:
    placement = placed(desk)
    arrives(desk, 500_625, f"定期存款本息 {placement.contract_no}", day=placement.matures_on)
    assert queries.balance_fen(desk.pool, placement.ref) == 0
    assert earned(placement) == 625
    later = moment() + timedelta(days=21)
    following.watch(later)
    assert state(placement) == "ended"
    assert cases.open_of(desk.pool) == []
    assert figures.of(desk.pool).shortfall_fen == 0
    told = interest.accrual(desk.pool, moment().date() - timedelta(days=3), placement.matures_on)
    assert (told.interest_fen, told.goes_to, told.risk_reserve_fen) == (625, "hold", None)
    assert check_figures(desk.pool).findings == []


def test_interest_by_itself_leaves_the_principal_where_it_is(desk: Desk) -> None:
    placement = placed(desk)
    arrives(desk, 625, f"存款利息 {placement.contract_no}", day=placement.matures_on)
    assert (queries.balance_fen(desk.pool, placement.ref), earned(placement)) == (500_000, 625)
    following.watch(moment())
    assert state(placement) == "placed"


def test_back_below_its_principal_is_own_cover_due_the_same_day_with_a_case(desk: Desk) -> None:
    placement = placed(desk)
    arrives(desk, 499_000, f"存款到期本金 {placement.contract_no}", day=placement.matures_on)
    assert queries.balance_fen(desk.pool, placement.ref) == 1_000
    that_day = start_of_day(placement.matures_on) + timedelta(hours=9)
    following.watch(that_day)
    due = Ref(kind="own_cover_due", owner="placement_loss")
    mirror = Ref(kind="due_to_reserve", owner="placement_loss")
    assert [queries.balance_fen(desk.pool, ref) for ref in (due, mirror)] == [1_000, 1_000]
    assert figures.of(desk.pool).shortfall_fen == 1_000
    (case,) = cases.open_of(desk.pool)
    assert (case.kind, case.amount_fen, case.deadline) == (
        "placement_below_principal", 1_000, placement.matures_on)  # fmt: skip
    assert state(placement) == "ended"
    following.watch(that_day)
    assert queries.balance_fen(desk.pool, due) == 1_000, "once"
    assert check_figures(desk.pool).findings == []


@pytest.mark.parametrize("words", ["定期存款本息 C000000000000", "转账", "存款到期"])
def test_what_names_no_contract_of_ours_is_not_understood(desk: Desk, words: str) -> None:
    placement = placed(desk)
    arrives(desk, 500_000, words, day=placement.matures_on)
    assert queries.balance_fen(desk.pool, placement.ref) == 500_000
    assert Reading.objects.get(pool=desk.pool).kind == "unclear"


def test_what_was_only_asked_for_takes_nothing_back(desk: Desk) -> None:
    placement = asked(desk)
    arrives(desk, 500_000, f"存款本金 {placement.contract_no}", day=placement.matures_on)
    assert Reading.objects.get(pool=desk.pool).kind == "unclear"
    assert check_figures(desk.pool).findings == []
