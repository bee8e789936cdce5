"""Money gone that has its reason: own funds bear it, or it was of an account; no holder pays."""

import psycopg
import pytest

from accounts.errors import MakerIsChecker
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import endings, instructions
from reserve_funds.custody.bank.endings import Truth
from reserve_funds.custody.bank.errors import (
    EndingStale,
    EntryNotGone,
    OutflowMalformed,
    WordUnknown,
)
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.cases import queries as case_queries
from reserve_funds.errors import NotInHandbook
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import account, own_cover_due
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.officers import Desk, moment

DUE = own_cover_due(CoverReason.UNAUTHORISED)


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


@pytest.fixture
def bank(desk):
    desk.account.form = "camt053"
    return Bank(account=desk.account)


def fen(desk, ref):
    return queries.balance_fen(desk.pool, ref)


def asked(desk, reading, truth, **words):
    return endings.ask(
        reading.entry_id, truth=truth, because="a court's order", maker=desk.maker, now=moment(),
        **words,
    )  # fmt: skip


def ended(desk, reading, truth, **words):
    word = asked(desk, reading, truth, **words)
    return endings.approve(word.id, checker=desk.checker, now=moment())


def cases(desk):
    return sorted(one.kind for one in case_queries.open_of(desk.pool))


def sound(desk):
    assert check_figures(desk.pool).findings == []
    assert fen(desk, DUE) == fen(desk, account("due_to_reserve", CoverReason.UNAUTHORISED))


def test_what_a_court_took_is_borne_by_own_money_alone(desk, bank):
    wallet = desk.deposit("wallet", 500_00)
    [taken] = bank.line(-80_00, counterparty_name="法院", summary="司法扣划").book()
    assert (taken.kind, cases(desk)) == (Kind.GONE, ["bank_money_gone"])
    word = asked(desk, taken, Truth.BORNE)
    with pytest.raises(MakerIsChecker):
        endings.approve(word.id, checker=desk.maker, now=moment())
    assert cases(desk) == ["bank_money_gone"]
    with pytest.raises(EntryNotGone):
        asked(desk, taken, Truth.BORNE)
    for _ in range(2):
        endings.approve(word.id, checker=desk.checker, now=moment())
    assert cases(desk) == []
    assert (fen(desk, DUE), fen(desk, wallet)) == (80_00, 500_00), "own money owes it still"
    sound(desk)
    with pytest.raises(WordUnknown):
        endings.refuse(word.id, checker=desk.third, because="late", now=moment())
    [back] = bank.line(80_00, counterparty_name="法院", reversal=True).book()
    assert (back.kind, fen(desk, DUE)) == (Kind.UNDONE, 0), "and forgiven if it comes back"
    sound(desk)


def test_the_bank_took_back_what_it_had_paid_in_by_mistake(desk, bank):
    credited, taken = bank.line(60_00).line(-60_00, summary="更正").book()
    assert (credited.kind, taken.kind) == (Kind.UNCLEAR, Kind.GONE)
    with pytest.raises(OutflowMalformed):
        asked(desk, taken, Truth.CORRECTED)
    with pytest.raises(EndingStale):
        asked(desk, taken, Truth.CORRECTED, credited=taken.entry_id)
    ended(desk, taken, Truth.CORRECTED, credited=credited.entry_id)
    suspense = Ref(kind="suspense", owner=str(credited.entry_id))
    assert (fen(desk, suspense), fen(desk, DUE), cases(desk)) == (0, 0, [])
    sound(desk)
    [again] = bank.line(60_00, reversal=True).book()
    assert again.kind == Kind.UNCLEAR, "the correction undone is money nobody understands again"
    assert fen(desk, Ref(kind="suspense", owner=str(again.entry_id))) == 60_00


def test_it_was_our_instruction_and_what_was_covered_is_own_income_again(desk, bank):
    """The operator had brought half of it already when the bank explained its line."""
    instruction = instructions.sending(desk.approved(Purpose.REDEMPTION, 100_00).id, now=moment())
    [taken] = bank.line(-100_00, counterparty_no="62220000", summary="汇款").book()
    book.post(
        postings.operator_covered(
            desk.pool, taken.entry_id, reason=CoverReason.UNAUTHORISED,
            bank_account=str(desk.account.id), own_bank="own", amount_fen=40_00,
            event_at=moment(),
        )
    )  # fmt: skip
    word = asked(desk, taken, Truth.OURS, instruction_id=instruction.id)
    book.post(
        postings.operator_covered(
            desk.pool, word.id, reason=CoverReason.UNAUTHORISED,
            bank_account=str(desk.account.id), own_bank="own", amount_fen=10_00,
            event_at=moment(),
        )
    )  # fmt: skip
    with pytest.raises(EndingStale):
        endings.approve(word.id, checker=desk.checker, now=moment())
    assert instructions.get(instruction.id).state == "sent"
    endings.refuse(word.id, checker=desk.checker, because="covered since", now=moment())
    ended(desk, taken, Truth.OURS, instruction_id=instruction.id)
    assert instructions.get(instruction.id).state == "paid"
    assert fen(desk, instruction.in_transit) == 0
    income = Ref(kind="own_income_in_reserve", owner="recovered:unauthorised")
    assert (fen(desk, DUE), fen(desk, income), cases(desk)) == (0, 50_00, [])
    sound(desk)
    [back] = bank.of(instruction, 100_00, summary="退汇").book()
    assert (back.kind, fen(desk, instruction.source)) == (Kind.RETURNED, 100_00)
    sound(desk)


def test_no_holder_can_be_made_to_pay_by_any_entry(desk, bank, service_connection):
    wallet = desk.deposit("wallet", 500_00)
    [taken] = bank.line(-80_00).book()
    with pytest.raises(NotInHandbook):
        postings.of(
            "gone_understood", desk.pool, taken.entry_id, debit=wallet, credit=DUE,
            amount_fen=80_00, event_at=moment(),
        )  # fmt: skip
    other = instructions.sending(desk.approved(Purpose.REDEMPTION, 70_00).id, now=moment())
    with pytest.raises(EndingStale):
        asked(desk, taken, Truth.OURS, instruction_id=other.id)
    word = asked(desk, taken, Truth.BORNE)
    spend = "SELECT public.custody_bank_spend_ending(%s)"
    assert service_connection.execute(spend, [word.id]).fetchone() == ("not_approved",)
    service_connection.rollback()
    for words in (
        "UPDATE custody_bank_ending SET state = 'done' WHERE id = %s",
        "UPDATE custody_bank_ending SET truth = 'ours' WHERE id = %s",
        "DELETE FROM custody_bank_ending WHERE id = %s",
    ):
        with pytest.raises(psycopg.Error):
            service_connection.execute(words, [word.id])
        service_connection.rollback()
    word.refresh_from_db()
    assert word.state == "asked"
    assert endings.expire(word.expires_at) >= 1
    assert (cases(desk), fen(desk, wallet)) == (["bank_money_gone"], 500_00)
