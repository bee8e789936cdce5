"""Reserve money is placed safely, above its floor, for no longer than payments can wait for it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import duties
from accounts.errors import MakerIsChecker
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import BankEntry, OutflowRequest, Statement, StatementFile
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.coverage import figures, stops
from reserve_funds.custody.errors import OutflowsStopped, ReserveShort
from reserve_funds.custody.placements import asking, following, ladder
from reserve_funds.custody.placements.errors import (
    PlacementBelowFloor,
    PlacementMalformed,
    PlacementNotSafe,
    PlacementsNotAllowed,
    PlacementTooLong,
    PlacementUnknown,
)
from reserve_funds.custody.placements.models import Placement
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.officers import PAYEE, Desk, moment
from tests.reserve_funds.custody.coverage.stories import covered

TODAY = DAY


@pytest.fixture
def desk(lasting_db: None) -> Desk:
    """A desk with 10,000.00 yuan at the bank that holders are owed."""
    made = Desk()
    banked(made, 1_000_000)
    return made


def banked(desk: Desk, fen: int, fee: int = 0) -> None:
    desk.deposit("wallet", fen)
    book.post(
        postings.channel_settled(
            desk.pool, new_id(moment()), channel="wechat", settlement_day=DAY,
            bank_account=str(desk.account.id), gross_fen=fen, fee_fen=fee, event_at=moment(),
        )
    )  # fmt: skip


def asked(desk: Desk, fen: int = 500_000, **other: object) -> Placement:
    terms: dict[str, object] = {
        "kind": "term_deposit", "institution": "示例银行", "rate_bp": 150, "payee": PAYEE,
        "contract_no": f"C{secrets.randbelow(10**12):012d}", "account": desk.account,
        "matures_on": moment().date() + timedelta(days=20), "because": "保值", "maker": desk.maker,
    }  # fmt: skip
    return asking.ask(pool=desk.pool, principal_fen=fen, now=moment(), **terms | other)  # type: ignore[arg-type]


def placed(desk: Desk, fen: int = 500_000) -> Placement:
    placement = asked(desk, fen)
    assert asking.approve(placement.id, checker=desk.checker, now=moment()) == []
    (instruction,) = asking.approve(placement.id, checker=desk.third, now=moment())
    assert duties.work_one(following.FOLLOW, instruction.id, moment())
    placement.refresh_from_db()
    assert placement.state == "placed"
    return placement


def nothing_moved(desk: Desk) -> None:
    assert figures.of(desk.pool).held_of("placement") == 0
    assert not OutflowRequest.objects.filter(pool=desk.pool).exclude(state="asked").exists()
    assert check_figures(desk.pool).findings == []


def left_before(desk: Desk, days: int, fen: int) -> None:
    """The bank's statement shows that so much left so many days ago."""
    day = moment().date() - timedelta(days=days)
    file = StatementFile.objects.create(
        id=uuid4(), digest=secrets.token_hex(32), size=1, name="f", form="mt940", source="upload",
        actor_kind="officer", actor_id="1", taken_at=moment(),
    )  # fmt: skip
    statement = Statement.objects.create(
        id=uuid4(), account=desk.account, file=file, number=secrets.token_hex(4), first_day=day,
        last_day=day, opening_fen=fen, closing_fen=0, lines=1, in_fen=0, out_fen=fen,
    )  # fmt: skip
    BankEntry.objects.create(
        id=uuid4(), account=desk.account, statement=statement, line_no=1,
        entry_no=secrets.token_hex(8), booked_day=day, value_day=day, side="out", amount_fen=fen,
        reversal=False, our_no="", counterparty_no="", counterparty_name="", summary="", remark="",
        kind="",
    )  # fmt: skip


def test_two_other_officers_place_it_and_coverage_does_not_change(desk: Desk) -> None:
    before = figures.of(desk.pool)
    placement = placed(desk)
    assert queries.balance_fen(desk.pool, placement.ref) == 500_000
    after = figures.of(desk.pool)
    assert (after.shortfall_fen, before.shortfall_fen) == (0, 0)
    assert after.held_of("placement") == 500_000
    assert check_figures(desk.pool).findings == []


def test_whoever_asks_never_approves(desk: Desk) -> None:
    placement = asked(desk)
    with pytest.raises(MakerIsChecker):
        asking.approve(placement.id, checker=desk.maker, now=moment())
    nothing_moved(desk)


@pytest.mark.parametrize("kind", ["stock", "fund", "wealth_product", "TERM_DEPOSIT", ""])
def test_only_principal_safe_kinds(desk: Desk, kind: str) -> None:
    with pytest.raises(PlacementNotSafe):
        asked(desk, kind=kind)
    with (
        pytest.raises(DatabaseError, match="custody_placements_principal_is_safe"),
        transaction.atomic(),
    ):
        Placement.objects.create(
            id=uuid4(), pool=desk.pool, account=desk.account, kind=kind, institution="x",
            contract_no="C000001", principal_fen=1, rate_bp=0, asked_on=DAY,
            matures_on=DAY + timedelta(days=1), state="asked", asked_at=moment(),
        )  # fmt: skip
    nothing_moved(desk)


@pytest.mark.parametrize(
    ("field", "value"),
    [("rate_bp", -1), ("contract_no", "x"), ("institution", " "), ("matures_on", DAY)],
)
def test_what_is_filled_in_wrongly_is_named(desk: Desk, field: str, value: object) -> None:
    with pytest.raises(PlacementMalformed) as refused:
        asked(desk, **{field: value})
    assert refused.value.facts == {"field": field}
    nothing_moved(desk)


@pytest.mark.parametrize("profile", ["PBOC", "MOFCOM"])
def test_other_profiles_place_nothing_at_all(lasting_db: None, profile: str) -> None:
    desk = Desk(profile=profile)
    banked(desk, 1_000_000)
    with pytest.raises(PlacementsNotAllowed):
        asked(desk)
    assert ladder.ladder(desk.pool, moment().date()) == []
    nothing_moved(desk)


def test_the_floor_stays_at_the_bank_when_asked_and_when_approved(desk: Desk) -> None:
    with pytest.raises(PlacementBelowFloor) as refused:
        asked(desk, 700_001)
    assert refused.value.facts["floor_fen"] == 300_000
    first, second = asked(desk, 400_000), asked(desk, 400_000)
    for checker in (desk.checker, desk.third):
        asking.approve(first.id, checker=checker, now=moment())
    with pytest.raises(PlacementBelowFloor):
        asking.approve(second.id, checker=desk.checker, now=moment())
    assert queries.balance_fen(desk.pool, second.ref) == 0
    assert check_figures(desk.pool).findings == []


def test_nothing_is_placed_while_anything_is_missing_or_stopped(desk: Desk) -> None:
    placement = asked(desk, 100_000)
    banked(desk, 1_000, fee=6)
    with pytest.raises(ReserveShort):
        asked(desk, 100_000)
    with pytest.raises(ReserveShort):
        asking.approve(placement.id, checker=desk.checker, now=moment())
    covered(desk.pool, 6)
    stops.stop(desk.pool, subject="day", because="signed", actor=asking.actor_of(desk.maker),
               now=moment())  # fmt: skip
    with pytest.raises(OutflowsStopped):
        asking.approve(placement.id, checker=desk.checker, now=moment())
    nothing_moved(desk)


def test_an_outflow_that_was_not_asked_for_here_places_nothing(desk: Desk) -> None:
    agreed = asked(desk, 100_000)
    stranger = Ref(kind="placement", owner=str(uuid4()))
    for source, fen in ((stranger, 100_000), (agreed.ref, 99_999),
                        (Ref(kind="placement", owner="something"), 100_000)):  # fmt: skip
        with pytest.raises(PlacementUnknown):
            requests.ask(
                pool=desk.pool, purpose=Purpose.PRINCIPAL_SAFE_PLACEMENT, source=source,
                payee=PAYEE, amount_fen=fen, account=desk.account, because="round about",
                maker=desk.maker, now=moment(),
            )  # fmt: skip
    nothing_moved(desk)


def test_what_is_expected_to_leave_is_the_worst_that_ever_left_in_so_many_days() -> None:
    out = {TODAY - timedelta(days=number): fen for number, fen in ((3, 50), (2, 70), (40, 90))}
    worst = ladder.worst_windows(out, TODAY, 40)
    assert worst[:3] == [90, 120, 120]
    assert worst[36:39] == [120, 140, 210], "from the fortieth day to the third are 38"
    rungs = ladder.rungs(
        today=TODAY, liquid_fen=100, back={TODAY + timedelta(days=2): 30, TODAY: 999}, worst=worst
    )
    assert [(rung.back_fen, rung.left_fen) for rung in rungs[:3]] == [(0, 10), (30, 10), (30, 10)]


def test_it_comes_back_before_payments_would_fall_short(desk: Desk) -> None:
    for days in (10, 9, 8):
        left_before(desk, days, 200_000)
    soon, late = (moment().date() + timedelta(days=number) for number in (3, 20))
    with pytest.raises(PlacementTooLong) as refused:
        asked(desk, 500_000, matures_on=late)
    assert refused.value.facts["missing_fen"] == 100_000
    assert asked(desk, 500_000, matures_on=soon).state == "asked", "two days leave 400,000"
    assert asked(desk, 400_000, matures_on=late).state == "asked"


def test_a_withdrawn_request_drops_the_placement(desk: Desk) -> None:
    placement = asked(desk)
    request = OutflowRequest.objects.get(pool=desk.pool)
    requests.withdraw(request.id, maker=desk.maker, because="no", now=moment())
    assert duties.work_one(following.FOLLOW, request.instructions.get().id, moment())
    placement.refresh_from_db()
    assert placement.state == "dropped"
    with pytest.raises(DatabaseError, match="may not move"), transaction.atomic():
        Placement.objects.filter(pk=placement.id).update(state="placed")


def test_principal_below_the_book_is_own_cover_due_the_same_day_with_a_case(desk: Desk) -> None:
    placement = placed(desk)
    actor = asking.actor_of(desk.maker)
    following.below_principal(placement.id, loss_fen=700, because="valuation", actor=actor,
                              now=moment())  # fmt: skip
    due = Ref(kind="own_cover_due", owner=str(CoverReason.PLACEMENT_LOSS))
    mirror = Ref(kind="due_to_reserve", owner=str(CoverReason.PLACEMENT_LOSS))
    assert [queries.balance_fen(desk.pool, ref) for ref in (due, mirror)] == [700, 700]
    assert queries.balance_fen(desk.pool, placement.ref) == 499_300
    assert figures.of(desk.pool).shortfall_fen == 700
    (case,) = cases.open_of(desk.pool)
    assert (case.kind, case.amount_fen) == ("placement_below_principal", 700)
    assert case.deadline is not None
    assert check_figures(desk.pool).findings == []
    with pytest.raises(PlacementMalformed):
        following.below_principal(placement.id, loss_fen=499_301, because="x", actor=actor,
                                  now=moment())  # fmt: skip


def test_what_matured_and_is_not_back_is_a_case_until_it_is(desk: Desk) -> None:
    placement = placed(desk)
    later = moment() + timedelta(days=22)
    following.watch(later)
    assert [case.kind for case in cases.open_of(desk.pool)] == ["placement_not_back"]
    book.post([
        postings.of("placement_matured", desk.pool, new_id(moment()), debit=desk.account.ref,
                    credit=placement.ref, amount_fen=500_000, event_at=moment())
    ])  # fmt: skip
    following.watch(later)
    assert cases.open_of(desk.pool) == []
    placement.refresh_from_db()
    assert placement.state == "ended"


def test_what_was_agreed_is_never_rewritten(desk: Desk) -> None:
    placement = asked(desk)
    for statement in (
        "UPDATE custody_placements_placement SET principal_fen = 1 WHERE id = %s",
        "UPDATE custody_placements_placement SET matures_on = '2040-01-01' WHERE id = %s",
        "DELETE FROM custody_placements_placement WHERE id = %s",
    ):
        with (
            pytest.raises(DatabaseError, match=r"refused|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [placement.id])
