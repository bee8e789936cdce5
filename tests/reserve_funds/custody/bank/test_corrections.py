"""A bank that tells a day again, and otherwise: what it told first stays, two people accept."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.models import SecurityEvent
from reserve_funds.custody.bank import booking, continuity, corrections, understanding
from reserve_funds.custody.bank.errors import CorrectionNotNeeded, WordUnknown
from reserve_funds.custody.bank.models import (
    BankEntry,
    Statement,
    StatementCorrection,
    StatementFile,
)
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.errors import StatementDiffers
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.custody.bank.banks import Bank, take
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.statements.printers import Told, camt053


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


@pytest.fixture
def told(desk):
    """A day of three lines, taken and booked: 10 yuan, 20 yuan in, 5 yuan out."""
    bank = Bank(account=desk.account)
    bank.line(10_00).line(20_00).line(-5_00)
    first = bank.printed()
    bank.book()
    return first


def otherwise(told, *lines, number=None):
    """The same statement with other lines."""
    opening = replace(told.opening, number=number or told.opening.number)
    return Told(opening=opening, lines=tuple(lines))


def refused(told):
    """The file as it is refused and kept."""
    with pytest.raises(StatementDiffers):
        take(camt053(told))
    return StatementFile.objects.filter(refusal="statement_differs").latest("taken_at", "id")


def asked(desk, file, **more):
    words = {"account": desk.account, "because": "银行更正", "maker": desk.maker, "now": moment()}
    return corrections.ask(file.id, **(words | more))


def bank_fen(desk):
    return queries.balance_fen(desk.pool, desk.account.ref)


def state_of(desk):
    """Everything that a refusal must leave as it was."""
    return (
        BankEntry.objects.filter(account=desk.account).count(),
        Statement.objects.filter(account=desk.account).count(),
        bank_fen(desk),
    )


def changed(told):
    """The first line is of 12 yuan, the second was never there, and there is a fourth."""
    first, _second, third = told.lines
    extra = replace(first, bank_no="99", amount_fen=7_00, line_no=4)
    return otherwise(told, replace(first, amount_fen=12_00), third, extra)


def test_the_differences_are_listed_and_nothing_moves_until_two_accept(desk, told):
    before = state_of(desk)
    correction = asked(desk, refused(changed(told)))
    assert [(one["what"], one["stood"] and one["stood"]["amount_fen"],
             one["told"] and one["told"]["amount_fen"]) for one in correction.differences] == [
        ("changed", 10_00, 12_00), ("dropped", 20_00, None), ("added", None, 7_00),
    ]  # fmt: skip
    with pytest.raises(MakerIsChecker):
        corrections.accept(correction.id, checker=desk.maker, now=moment())
    with pytest.raises(NotAllowed):
        corrections.accept(correction.id, checker=Desk().checker, now=moment())
    assert state_of(desk) == before


def test_accepted_every_difference_is_an_entry_of_its_own_and_is_booked(desk, told):
    stood = list(BankEntry.objects.filter(account=desk.account).order_by("id"))
    file = refused(changed(told))
    correction = asked(desk, file)
    assert corrections.accept(correction.id, checker=desk.checker, now=moment()) == []
    assert bank_fen(desk) == 25_00
    booking.book(desk.account, now=moment())
    assert bank_fen(desk) == 14_00 == changed(told).closing_fen
    assert check_figures(desk.pool).findings == []
    entries = BankEntry.objects.filter(account=desk.account)
    assert [one for one in stood if one not in entries] == []
    first = understanding.suspense_of(stood_of(stood, 10_00).id)
    assert queries.balance_fen(desk.pool, first) == 0
    undone = [one.reading for one in entries if one.reversal]
    assert {one.kind for one in undone} == {Kind.UNDONE}
    assert {one.undoes_id for one in undone} == {
        stood_of(stood, 10_00).id, stood_of(stood, 20_00).id
    }  # fmt: skip
    again = take(camt053(changed(told)))
    assert (again.file_id, again.is_new) == (file.id, False)


def stood_of(entries, amount_fen):
    return next(one for one in entries if one.amount_fen == amount_fen)


def test_continuity_follows_the_corrected_statement(desk, told):
    follows = Bank(account=desk.account, balance_fen=14_00, told=1)
    follows.day = told.opening.last_day.replace(day=told.opening.last_day.day + 1)
    follows.line(1_00).tell()
    (gap,) = continuity.gaps([desk.account.id])
    assert (gap.closed_fen, gap.opening_fen) == (25_00, 14_00)
    correction = asked(desk, refused(changed(told)))
    assert corrections.accept(correction.id, checker=desk.checker, now=moment()) == []
    assert continuity.gaps([desk.account.id]) == []


def test_a_correction_that_breaks_what_follows_is_told(desk, told):
    follows = Bank(account=desk.account, balance_fen=25_00, told=1)
    follows.day = told.opening.last_day.replace(day=told.opening.last_day.day + 1)
    follows.line(1_00).tell()
    correction = asked(desk, refused(changed(told)))
    (gap,) = corrections.accept(correction.id, checker=desk.checker, now=moment())
    assert (gap.closed_fen, gap.opening_fen) == (14_00, 25_00)
    assert SecurityEvent.objects.filter(
        code="bank_statement_missing", subject=str(gap.statement_id)
    ).exists()


def test_a_second_correction_corrects_the_first(desk, told):
    first = asked(desk, refused(changed(told)))
    corrections.accept(first.id, checker=desk.checker, now=moment())
    booking.book(desk.account, now=moment())
    one, two, three = told.lines
    second = asked(desk, refused(otherwise(told, replace(one, amount_fen=13_00), two, three)))
    assert {each["what"] for each in second.differences} == {"changed", "added", "dropped"}
    corrections.accept(second.id, checker=desk.checker, now=moment())
    booking.book(desk.account, now=moment())
    assert bank_fen(desk) == 13_00 + 20_00 - 5_00
    assert check_figures(desk.pool).findings == []
    assert continuity.gaps([desk.account.id]) == []


def test_other_words_for_the_same_money_move_nothing(desk, told):
    one, two, three = told.lines
    correction = asked(desk, refused(otherwise(told, replace(one, remark="附言更正"), two, three)))
    assert [each["what"] for each in correction.differences] == ["worded"]
    corrections.accept(correction.id, checker=desk.checker, now=moment())
    assert booking.book(desk.account, now=moment()).entries == 0
    assert bank_fen(desk) == 25_00


def test_what_was_decided_or_has_changed_is_asked_again(desk, told):
    refusal = asked(desk, refused(changed(told)))
    corrections.refuse(refusal.id, checker=desk.checker, because="no", now=moment())
    late = asked(desk, refusal.file)
    corrections.expire(moment() + corrections.TIME_TO_DECIDE)
    for word in (refusal, late):
        with pytest.raises(WordUnknown):
            corrections.accept(word.id, checker=desk.third, now=moment())
    twins = [asked(desk, refusal.file) for _ in range(2)]
    corrections.accept(twins[0].id, checker=desk.checker, now=moment())
    with pytest.raises(StatementDiffers):
        corrections.accept(twins[1].id, checker=desk.checker, now=moment())
    with pytest.raises(CorrectionNotNeeded):
        asked(desk, refusal.file)


def test_only_what_was_refused_for_differing_is_a_correction(desk, told):
    taken = StatementFile.objects.filter(statements__account=desk.account).first()
    with pytest.raises(CorrectionNotNeeded):
        asked(desk, taken)
    with pytest.raises(CorrectionNotNeeded):
        asked(desk, refused(changed(told)), account=desk.other)
    with pytest.raises(NotAllowed):
        asked(desk, refused(changed(told)), maker=Desk().maker)


@pytest.mark.parametrize(
    "words",
    [
        {"state": "accepted"},
        {"differences": []},
        {"because": "x"},
    ],
)
def test_sql_accepts_nothing_by_itself(desk, told, words):
    correction = asked(desk, refused(changed(told)))
    before = state_of(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        StatementCorrection.objects.filter(pk=correction.pk).update(**words)
    with pytest.raises((DatabaseError, ApprovalDecided)), transaction.atomic():
        corrections._spend(correction, bytes(32))
    assert state_of(desk) == before
