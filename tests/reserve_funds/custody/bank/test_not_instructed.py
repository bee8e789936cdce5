"""Sent, and the call never left: after enough days of denial two officers end it, and only they."""

from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.clock import business_day
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import Approval
from reserve_funds.custody.bank import booking, instructions, not_instructed, requests, standing
from reserve_funds.custody.bank.errors import (
    DeclarationTooEarly,
    InstructionNotReady,
    StandingWordMalformed,
    WordUnknown,
)
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Denial, Instruction
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.cases import queries as case_queries
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.refs import account, own_cover_due
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.officers import PAYEE, Desk, an_officer, moment

AGO = timedelta(days=5)
NO_SUCH_NUMBER = Answer(state=Said.UNKNOWN, no_such_number=True, reason="5001")


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


@pytest.fixture
def bank(desk):
    """Its first statement is of the day five days ago, when the instruction was sent."""
    desk.account.form = "camt053"
    made = Bank(account=desk.account)
    made.day = business_day(moment() - AGO)
    return made


def lost(desk, purpose=Purpose.REDEMPTION, amount_fen=100_00):
    """Sent five days ago, and the process died before the first byte."""
    instruction = desk.approved(purpose, amount_fen)
    return instructions.sending(instruction.id, now=moment() - AGO)


def denied(instruction, days=3):
    """The bank was asked by its number, twice a day, and has no such number."""
    for day in range(days):
        for _ in range(2):
            instructions.answered(
                instruction.id, NO_SUCH_NUMBER, now=instruction.sent_at + timedelta(days=day)
            )


def reached(bank):
    """A statement of the day it was sent has come, without it; the next one is of today."""
    bank.line(5).book()
    bank.day = business_day(moment())


def declared(desk, instruction):
    word = not_instructed.ask(
        instruction.id, because="the bank never had it", maker=desk.maker, now=moment()
    )
    return not_instructed.approve(word.id, checker=desk.checker, now=moment())


def why_not(desk, instruction):
    with pytest.raises(DeclarationTooEarly) as refused:
        not_instructed.ask(instruction.id, because="x", maker=desk.maker, now=moment())
    return refused.value.facts["why"]


def fen(desk, ref):
    return queries.balance_fen(desk.pool, ref)


def open_kinds(desk):
    return {one.kind for one in case_queries.open_of(desk.pool)}


def test_it_takes_days_of_denial_a_statement_and_two_people(desk, bank):
    instruction = lost(desk)
    assert why_not(desk, instruction) == "too_few_days"
    denied(instruction, days=2)
    assert Denial.objects.filter(instruction=instruction).count() == 2, "a day counts once"
    assert why_not(desk, instruction) == "too_few_days"
    denied(instruction, days=3)
    assert why_not(desk, instruction) == "no_statement"
    reached(bank)
    stands = not_instructed.standing(instruction.id)
    assert (len(stands.denied), stands.needed, stands.why) == (3, 3, "")
    stranger = an_officer(desk.pool, role="clerk")
    with pytest.raises(NotAllowed):
        not_instructed.ask(instruction.id, because="x", maker=stranger, now=moment())

    word = not_instructed.ask(instruction.id, because="lost", maker=desk.maker, now=moment())
    assert why_not(desk, instruction) == "asked"
    with pytest.raises(MakerIsChecker):
        not_instructed.approve(word.id, checker=desk.maker, now=moment())
    assert fen(desk, instruction.in_transit) == 100_00, "nothing has moved"
    assert {not_instructed.of_approval(one) for one in (word.id, *word.undoing)} == {word.id}
    for _ in range(2):
        not_instructed.approve(word.id, checker=desk.checker, now=moment())
    assert instructions.get(instruction.id).state == "not_instructed"
    assert fen(desk, instruction.in_transit) == 0
    assert fen(desk, instruction.source) == 100_00
    assert check_figures(desk.pool).findings == []
    with pytest.raises(InstructionNotReady):
        instructions.sending(instruction.id, now=moment())
    assert instruction.pk not in {one.pk for one in instructions.to_query(moment(), limit=10_000)}


def test_whoever_refuses_leaves_it_sent_and_it_may_be_asked_again(desk, bank):
    instruction = lost(desk)
    denied(instruction)
    reached(bank)
    word = not_instructed.ask(instruction.id, because="lost", maker=desk.maker, now=moment())
    not_instructed.refuse(word.id, checker=desk.checker, because="ask again", now=moment())
    with pytest.raises(WordUnknown):
        not_instructed.approve(word.id, checker=desk.third, now=moment())
    assert instructions.get(instruction.id).state == "sent"
    again = not_instructed.ask(instruction.id, because="lost", maker=desk.maker, now=moment())
    assert again.id in {one.id for one in not_instructed.open_of({desk.pool})}
    assert not_instructed.expire(moment() + timedelta(days=4)) >= 1
    assert fen(desk, instruction.in_transit) == 100_00


def test_what_the_bank_knows_or_has_shown_is_never_declared(desk, bank):
    known, shown = lost(desk), lost(desk)
    for one in (known, shown):
        denied(one)
    reached(bank)
    word = not_instructed.ask(known.id, because="lost", maker=desk.maker, now=moment())
    instructions.answered(known.id, Answer(state=Said.ACCEPTED, bank_no="B1"), now=moment())
    with pytest.raises(DeclarationTooEarly) as refused:
        not_instructed.approve(word.id, checker=desk.checker, now=moment())
    assert refused.value.facts["why"] == "bank_knows_it"
    assert Approval.objects.get(pk=word.id).state == "asked", "nobody's word was used up"
    bank.of(shown).tell()
    assert why_not(desk, shown) == "shown"
    booking.book(desk.account, now=moment())
    assert why_not(desk, shown) == "not_sent"
    assert fen(desk, known.in_transit) == 100_00


@pytest.mark.parametrize(
    "purpose",
    [Purpose.REDEMPTION, Purpose.OWN_INCOME_SWEEP, Purpose.CUSTODY_TRANSFER,
     Purpose.PRINCIPAL_SAFE_PLACEMENT],
)  # fmt: skip
def test_paid_after_all_is_booked_as_it_is_and_people_are_told(desk, bank, purpose):
    instruction = lost(desk, purpose)
    denied(instruction)
    reached(bank)
    before = fen(desk, instruction.source)
    declared(desk, instruction)
    assert abs(fen(desk, instruction.source) - before) == 100_00
    at_bank = fen(desk, desk.account.ref)
    [reading] = bank.of(instruction).book()
    assert (reading.kind, reading.facts["declared"]) == (Kind.PAID, "not_instructed")
    assert instructions.get(instruction.id).state == "paid"
    assert fen(desk, instruction.in_transit) == 0
    assert fen(desk, instruction.source) == before
    assert fen(desk, desk.account.ref) == at_bank - 100_00
    assert "payment_paid_after_all" in open_kinds(desk)
    assert check_figures(desk.pool).findings == []
    if purpose is Purpose.OWN_INCOME_SWEEP:
        assert fen(desk, account("own_bank", desk.income.id)) == 100_00


def test_paid_a_second_time_over_is_the_operators_and_nobody_elses(desk, bank):
    """Asked again after the declaration and paid; then the first is paid as well."""
    first = lost(desk)
    denied(first)
    reached(bank)
    declared(desk, first)
    request = desk.ask(Purpose.REDEMPTION, source=first.source, payee=PAYEE)
    [second] = requests.approve(request.id, checker=desk.checker, now=moment())
    instructions.sending(second.id, now=moment())
    bank.of(first).of(second)
    late, paid = bank.book()
    assert (paid.kind, late.kind) == (Kind.PAID, Kind.GONE)
    assert late.facts["refused"] == "ledger_overdrawn"
    assert fen(desk, first.source) == 0
    assert fen(desk, own_cover_due("unauthorised")) == 100_00
    assert instructions.get(first.id).state == "not_instructed"
    assert "bank_money_gone" in open_kinds(desk)
    assert check_figures(desk.pool).findings == []


def test_known_by_payee_and_amount_where_a_bank_prints_no_numbers(desk, bank):
    instruction = lost(desk)
    denied(instruction)
    reached(bank)
    declared(desk, instruction)
    [reading] = bank.line(-100_00, counterparty_no=instruction.payee_no).book()
    assert (reading.kind, reading.instruction_id) == (Kind.PAID, instruction.id)


def test_how_many_days_is_two_peoples_word(desk, bank):
    word = standing.ask_patience(pool=desk.pool, days=5, maker=desk.maker, now=moment())
    with pytest.raises(MakerIsChecker):
        standing.approve(word.id, checker=desk.maker, now=moment())
    standing.approve(word.id, checker=desk.checker, now=moment())
    instruction = lost(desk)
    denied(instruction, days=4)
    reached(bank)
    assert why_not(desk, instruction) == "too_few_days"
    denied(instruction, days=5)
    assert not_instructed.standing(instruction.id).why == ""
    for days in (0, 61, True):
        with pytest.raises(StandingWordMalformed):
            standing.ask_patience(pool=desk.pool, days=days, maker=desk.maker, now=moment())


def test_sql_declares_nothing_by_itself(desk, bank, service_connection):
    instruction = lost(desk)
    for words in (
        "UPDATE custody_bank_instruction SET state = 'not_instructed' WHERE id = %(id)s",
        (
            "INSERT INTO custody_bank_denial (instruction_id, day, said_at)"
            " VALUES (%(id)s, '2020-01-01', '2020-01-01T04:00:00Z')"
        ),
        (
            "INSERT INTO custody_bank_denial (instruction_id, day, said_at)"
            " VALUES (%(id)s, current_date - 3, now())"
        ),
        (
            "INSERT INTO custody_bank_patience (id, pool, days, since)"
            " VALUES (%(id)s, %(pool)s, 1, now())"
        ),
        "DELETE FROM custody_bank_denial",
        "UPDATE custody_bank_patience SET days = 1",
    ):
        with pytest.raises(psycopg.Error):
            service_connection.execute(words, {"id": instruction.id, "pool": desk.pool})
        service_connection.rollback()
    denied(instruction)
    reached(bank)
    word = not_instructed.ask(instruction.id, because="lost", maker=desk.maker, now=moment())
    spend = "SELECT public.custody_bank_spend_declaration(%s)"
    assert service_connection.execute(spend, [word.id]).fetchone() == ("not_approved",)
    service_connection.rollback()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.accounts_decide_approval(%s, %s, 'approved', %s)",
                       [word.id, desk.checker.pk, moment()])  # fmt: skip
    assert service_connection.execute(spend, [word.id]).fetchone() == ("spent",)
    with pytest.raises(psycopg.Error, match="custody_bank_declaration_is_carried_out"):
        service_connection.commit()
    with pytest.raises(DatabaseError), transaction.atomic():
        Instruction.objects.filter(pk=instruction.pk).update(state="not_instructed")
    assert fen(desk, instruction.in_transit) == 100_00
