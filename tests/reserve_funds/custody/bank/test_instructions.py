"""A bank is told once: silence is queried, a proven rejection books back, nothing is sent again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, connections, transaction

from accounts.models import SecurityEvent
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.errors import InstructionNotReady, InstructionUnknown
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.refs import account
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.bank.test_requests import request_id


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


def sent(desk, purpose=Purpose.REDEMPTION):
    instruction = desk.approved(purpose)
    assert instruction in instructions.to_send(moment(), limit=10_000)
    return instructions.sending(instruction.id, now=moment())


def test_it_is_told_once_whoever_asks(desk):
    instruction = desk.approved(Purpose.REDEMPTION)

    def tell(_):
        try:
            instructions.sending(instruction.id, now=moment())
        except InstructionNotReady:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(tell, range(6))) == 1
    assert instruction not in instructions.to_send(moment(), limit=10_000)
    assert instruction in instructions.to_query(moment(), limit=10_000)


def test_sent_is_on_disk_before_the_call(desk, service_connection):
    instruction = sent(desk)
    seen = service_connection.execute(
        "SELECT state, sent_at IS NOT NULL FROM custody_bank_instruction WHERE id = %s",
        [instruction.id],
    ).fetchone()
    assert seen == ("sent", True)
    with pytest.raises(RuntimeError), transaction.atomic():
        instructions.sending(desk.approved(Purpose.REDEMPTION).id, now=moment())


@pytest.mark.parametrize("said", [Said.UNKNOWN, Said.ACCEPTED, Said.PAID])
def test_a_banks_word_moves_no_money(desk, said):
    instruction = sent(desk)
    instructions.answered(instruction.id, Answer(state=said, bank_no="B1"), now=moment())
    instruction.refresh_from_db()
    assert instruction.state == "sent"
    assert instruction.said == ("" if said is Said.UNKNOWN else said)
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 100_00
    with pytest.raises(InstructionNotReady):
        instructions.sending(instruction.id, now=moment())


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_proven_rejection_gives_the_money_back_to_where_it_came_from(desk, purpose):
    instruction = sent(desk, purpose)
    before = queries.balance_fen(desk.pool, instruction.source)
    for _ in range(2):
        answer = Answer(state=Said.REJECTED, reason="户名不符")
        instructions.answered(instruction.id, answer, now=moment())
    instruction.refresh_from_db()
    assert (instruction.state, instruction.reason) == ("rejected", "户名不符")
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 0
    back = queries.balance_fen(desk.pool, instruction.source) - before
    assert abs(back) == 100_00
    if purpose is Purpose.OWN_INCOME_SWEEP:
        own = account("own_bank", desk.income.id)
        assert queries.balance_fen(desk.pool, own) == 0
        assert queries.balance_fen(desk.pool, account("due_from_reserve", "fares")) == 100_00
    assert check_figures(desk.pool).findings == []
    with pytest.raises(InstructionNotReady):
        instructions.sending(instruction.id, now=moment())


def test_a_rejection_of_what_was_never_sent_is_an_alarm_and_moves_nothing(desk):
    instruction = desk.approved(Purpose.REDEMPTION)
    instructions.answered(instruction.id, Answer(state=Said.REJECTED), now=moment())
    assert SecurityEvent.objects.filter(
        code="bank_contradicts_itself", subject=f"instruction:{instruction.id}"
    ).exists()
    assert queries.balance_fen(desk.pool, instruction.in_transit) == 100_00
    assert instructions.get(instruction.id).state == "ready"


def test_what_was_never_sent_can_be_called_off_and_what_was_cannot(desk):
    ready, gone = desk.approved(Purpose.REDEMPTION), sent(desk)
    words = {"officer": desk.maker, "because": "a mistake", "now": moment()}
    instructions.call_off(ready.id, **words)
    assert instructions.get(ready.id).state == "dropped"
    assert queries.balance_fen(desk.pool, ready.in_transit) == 0
    assert queries.balance_fen(desk.pool, ready.source) == 100_00
    with pytest.raises(InstructionNotReady):
        instructions.call_off(gone.id, **words)
    assert queries.balance_fen(desk.pool, gone.in_transit) == 100_00


@pytest.mark.parametrize(
    "words",
    [
        "state = 'ready'",
        "state = 'dropped'",
        "amount_fen = 1",
        "number = 'P000000AAAAAAAAA'",
        "payee_name = '别人'",
    ],
)
def test_sql_neither_sends_again_nor_changes_what_was_sent(desk, words):
    instruction = sent(desk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE custody_bank_instruction SET {words} WHERE id = %s", [instruction.id]
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Instruction.objects.filter(pk=instruction.pk).delete()


def test_numbers_are_safe_for_every_bank(desk):
    numbers = {desk.approved(Purpose.REDEMPTION).number for _ in range(5)}
    assert len(numbers) == 5
    assert all(len(number) == 16 and number.isascii() and number.isalnum() for number in numbers)
    assert instructions.by_number(min(numbers)).number == min(numbers)
    with pytest.raises(InstructionUnknown):
        instructions.by_number("P000000NOTOURS22")
    with pytest.raises(InstructionUnknown):
        instructions.get(request_id())
