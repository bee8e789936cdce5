"""A placement is asked back before it matures by two people; back once a statement shows it."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from accounts import trail
from accounts.actors import WORKER
from accounts.clock import business_day, start_of_day
from accounts.errors import MakerIsChecker
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.placements import following, ladder, returning
from reserve_funds.custody.placements.errors import PlacementMalformed, ReturnOver
from reserve_funds.custody.placements.models import Placement, PlacementReturn
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.placements.test_asking import banked, placed
from tests.reserve_funds.custody.placements.test_maturity import arrives, state


@pytest.fixture
def desk(lasting_db: None) -> Desk:
    made = Desk()
    banked(made, 1_000_000)
    return made


def in_days(days: int):
    return business_day(moment()) + timedelta(days=days)


def asked_back(desk: Desk, placement: Placement, **words: object) -> PlacementReturn:
    told = {"due_on": in_days(2), "because": "money is needed", "maker": desk.maker} | words
    return returning.ask(placement.id, now=moment(), **told)


def allowed(desk: Desk, placement: Placement, **words: object) -> PlacementReturn:
    back = asked_back(desk, placement, **words)
    return returning.approve(back.id, checker=desk.checker, now=moment())


def left(placement: Placement) -> int:
    return queries.balance_fen(placement.pool, placement.ref)


def open_kinds(desk: Desk) -> list[str]:
    return sorted(case.kind for case in cases.open_of(desk.pool))


def test_two_people_ask_it_back_and_it_is_back_below_its_principal_the_same_day(desk: Desk) -> None:
    placement = placed(desk)
    for wrong in ({"principal_fen": 500_001}, {"due_on": in_days(-1)}, {"because": " "}):
        with pytest.raises(PlacementMalformed):
            asked_back(desk, placement, **wrong)
    back = asked_back(desk, placement)
    with pytest.raises(PlacementMalformed):
        asked_back(desk, placement)
    with pytest.raises(MakerIsChecker):
        returning.approve(back.id, checker=desk.maker, now=moment())
    assert returning.due_on(placement) == placement.matures_on, "nothing is allowed yet"
    for _ in range(2):
        returning.approve(back.id, checker=desk.checker, now=moment())
    with pytest.raises(ReturnOver):
        returning.refuse(back.id, checker=desk.third, because="late", now=moment())
    assert left(placement) == 500_000, "nothing moves by asking"
    rung = next(one for one in ladder.ladder(desk.pool, in_days(0)) if one.day == back.due_on)
    assert rung.back_fen == 500_000, "counted on from that day"

    following.watch(start_of_day(back.due_on + timedelta(days=1)))
    assert open_kinds(desk) == ["placement_not_back"]
    arrives(desk, 499_000, f"支取 {back.number}", day=back.due_on)
    following.watch(start_of_day(back.due_on + timedelta(days=1)))
    back.refresh_from_db()
    due = Ref(kind="own_cover_due", owner="placement_loss")
    assert (back.state, state(placement), left(placement)) == ("back", "ended", 0)
    assert (queries.balance_fen(desk.pool, due), open_kinds(desk)) == (
        1_000, ["placement_below_principal"])  # fmt: skip
    assert check_figures(desk.pool).findings == []


def test_a_part_comes_back_and_the_rest_stays_until_it_matures(desk: Desk) -> None:
    placement = placed(desk)
    back = allowed(desk, placement, principal_fen=200_000)
    following.watch(start_of_day(back.due_on + timedelta(days=1)))
    assert open_kinds(desk) == ["placement_not_back"]
    arrives(desk, 200_000, f"部分支取 {back.number}", day=back.due_on)
    following.watch(start_of_day(back.due_on + timedelta(days=1)))
    back.refresh_from_db()
    assert (back.state, state(placement), left(placement)) == ("back", "placed", 300_000)
    assert open_kinds(desk) == []
    again = allowed(desk, placement)
    returning.call_off(again.id, officer=desk.maker, because="refused", now=moment())
    assert returning.due_on(placement) == placement.matures_on
    with pytest.raises(ReturnOver):
        returning.call_off(again.id, officer=desk.maker, because="twice", now=moment())
    late = asked_back(desk, placement)
    assert returning.expire(late.expires_at) >= 1
    assert left(placement) == 300_000


def test_sql_asks_nothing_back_alone(desk: Desk, service_connection: psycopg.Connection) -> None:
    placement = placed(desk)
    back = asked_back(desk, placement)
    spend = "SELECT public.custody_placements_spend_return(%s)"
    assert service_connection.execute(spend, [back.id]).fetchone() == ("not_approved",)
    service_connection.rollback()
    for words in (
        "UPDATE custody_placements_placementreturn SET state = 'approved' WHERE id = %s",
        "UPDATE custody_placements_placementreturn SET principal_fen = 1 WHERE id = %s",
        "DELETE FROM custody_placements_placementreturn WHERE id = %s",
    ):
        with pytest.raises(psycopg.Error):
            service_connection.execute(words, [back.id])
        service_connection.rollback()
    back.refresh_from_db()
    assert back.state == "asked"


def test_a_placement_that_was_paid_after_all_is_placed_again(desk: Desk) -> None:
    """Its instruction was declared not instructed, and then a statement showed it."""
    placement = placed(desk)
    moved = Instruction.objects.get(source_kind="placement", source_owner=str(placement.id))
    trail.advance(placement, to="dropped", actor=WORKER, because="not instructed", now=moment(),
                  ended_at=moment())  # fmt: skip
    instructions.sending(moved.id, now=moment())
    instructions.answered(moved.id, Answer(state=Said.PAID), now=moment())
    following.follow(moved.id, moment())
    assert state(placement) == "dropped", "a word of the bank's is not a statement"
    Instruction.objects.filter(pk=moved.id).update(state="paid")
    following.follow(moved.id, moment())
    assert state(placement) == "placed"
