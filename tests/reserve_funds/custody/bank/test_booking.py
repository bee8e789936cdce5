"""Every bank entry is read once and booked: what we sent, what is known, and what nobody knows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from accounts import duties
from accounts.errors import MakerIsChecker, NotAllowed
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import (
    booking,
    instructions,
    standing,
    tasks,
    understanding,
    verdicts,
)
from reserve_funds.custody.bank.errors import (
    EntryNotUnclear,
    OutflowMalformed,
    StandingWordMalformed,
    WordUnknown,
)
from reserve_funds.custody.bank.models import BankEntry, Reading
from reserve_funds.custody.bank.recognition import Known, Rule
from reserve_funds.custody.bank.verdicts import Kind
from reserve_funds.custody.cases import queries as case_queries
from reserve_funds.custody.rules import calendar
from reserve_funds.errors import NotInHandbook
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import account, channel_receivable, own_cover_due
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.banks import TOMORROW, Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.officers import PAYEE, Desk, moment


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


@pytest.fixture
def bank(desk):
    desk.account.form = "camt053"
    return Bank(account=desk.account)


def rule(desk, name, kind, **words):
    """A rule of the desk's account, said by two officers."""
    wanted = Rule(name=name, kind=kind, **words)
    word = standing.ask_rule(wanted, account=desk.account, maker=desk.maker, now=moment())
    return standing.approve(word.id, checker=desk.checker, now=moment())


def sent(desk, purpose, amount_fen=100_00, **more):
    instruction = desk.approved(purpose, amount_fen, **more)
    return instructions.sending(instruction.id, now=moment())


def fen(desk, ref):
    return queries.balance_fen(desk.pool, ref)


def opened(desk, *readings_):
    """The kinds of open case about these verdicts."""
    subjects = {booking.subject_of(reading.entry_id) for reading in readings_}
    return sorted(one.kind for one in case_queries.open_of(desk.pool) if one.subject in subjects)


def mirrors(desk):
    """Both books balance, and what one owes the other is owed."""
    assert check_figures(desk.pool).findings == []
    for reason in CoverReason:
        assert fen(desk, own_cover_due(reason)) == fen(desk, account("due_to_reserve", reason))


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_left_by_our_number_is_paid(desk, bank, purpose):
    instruction = sent(desk, purpose)
    before = fen(desk, desk.account.ref)
    (reading,) = bank.of(instruction).book()
    assert (reading.kind, reading.instruction_id) == (Kind.PAID, instruction.id)
    assert instructions.get(instruction.id).state == "paid"
    assert fen(desk, instruction.in_transit) == 0
    assert fen(desk, desk.account.ref) == before - 100_00
    assert opened(desk, reading) == []
    mirrors(desk)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_came_back_is_due_again_and_nothing_is_sent_by_itself(desk, bank, purpose):
    instruction = sent(desk, purpose)
    before = fen(desk, instruction.source), fen(desk, desk.account.ref)
    out, back = bank.of(instruction).of(instruction, 100_00, summary="退汇").book()
    assert (out.kind, back.kind) == (Kind.PAID, Kind.RETURNED)
    assert instructions.get(instruction.id).state == "returned"
    assert abs(fen(desk, instruction.source) - before[0]) == 100_00
    assert fen(desk, desk.account.ref) == before[1]
    assert opened(desk, back) == ["bank_payment_returned"]
    assert instruction not in instructions.to_send(moment(), limit=10_000)
    mirrors(desk)


def test_a_return_told_before_its_payment_in_the_file_is_a_return(desk, bank):
    instruction = sent(desk, Purpose.REDEMPTION)
    back, out = bank.of(instruction, 100_00, summary="退汇").of(instruction).book()
    assert (out.kind, back.kind) == (Kind.PAID, Kind.RETURNED)
    assert fen(desk, instruction.source) == 100_00


def test_a_bank_that_drops_our_number_is_known_by_payee_and_amount(desk, bank):
    first, second = sent(desk, Purpose.REDEMPTION), sent(desk, Purpose.REDEMPTION, 70_00)
    bank.line(-100_00, counterparty_no=PAYEE.account_no)
    bank.line(-70_00, counterparty_no="6222020000000000000")
    known, unknown = bank.book()
    assert (known.kind, known.instruction_id) == (Kind.PAID, first.id)
    assert unknown.kind == Kind.GONE
    assert instructions.get(second.id).state == "sent"


@pytest.mark.parametrize(
    ("amount", "state"), [(-99_99, "sent"), (-100_01, "sent"), (-100_00, "ready")]
)
def test_our_number_on_what_we_did_not_instruct_is_money_gone(desk, bank, amount, state):
    instruction = desk.approved(Purpose.REDEMPTION)
    if state == "sent":
        instructions.sending(instruction.id, now=moment())
    (reading,) = bank.of(instruction, amount).book()
    assert (reading.kind, reading.facts["number"]) == (Kind.GONE, instruction.number)
    assert instructions.get(instruction.id).state == state
    assert fen(desk, instruction.in_transit) == 100_00
    assert fen(desk, own_cover_due(CoverReason.UNAUTHORISED)) == -amount
    assert opened(desk, reading) == ["bank_money_gone"]
    mirrors(desk)


def test_a_payment_the_bank_makes_twice_is_paid_once_and_gone_once(desk, bank):
    instruction = sent(desk, Purpose.REDEMPTION)
    kinds = [reading.kind for reading in bank.of(instruction).of(instruction).book()]
    assert kinds == [Kind.PAID, Kind.GONE]
    assert fen(desk, instruction.in_transit) == 0
    mirrors(desk)


def test_money_that_leaves_without_instruction_is_own_cover_and_a_case_at_once(desk, bank):
    (reading,) = bank.line(-12_34, counterparty_name="不知何人").book()
    assert reading.kind == Kind.GONE
    assert fen(desk, own_cover_due(CoverReason.UNAUTHORISED)) == 12_34
    assert fen(desk, desk.account.ref) == -12_34
    assert opened(desk, reading) == ["bank_money_gone"]
    mirrors(desk)


PAYOUT = {"counterparty": "财付通", "words": r"结算款(?P<day>\d{8})"}
CHANNEL = {"channel": "wechat", "days_before": 1, "working_days": False}


def test_a_channels_payout_is_of_the_day_it_says(desk, bank):
    rule(desk, "wechat", Known.CHANNEL_PAYOUT, terms=CHANNEL, **PAYOUT)
    name = {"counterparty_name": "财付通支付科技有限公司"}
    bank.line(994_00, remark=f"结算款{DAY:%Y%m%d}", **name)
    bank.line(1_00, remark="结算款20991231", **name)
    bank.line(2_00, remark="结算款20261332", **name)
    bank.line(3_00, remark=f"结算款{DAY:%Y%m%d}", counterparty_name="某公司")
    read = bank.book()
    assert [one.kind for one in read] == [Kind.CHANNEL_PAYOUT, *[Kind.UNCLEAR] * 3]
    assert fen(desk, channel_receivable("wechat", DAY)) == -994_00
    assert opened(desk, *read) == ["bank_line_unclear"] * 3
    mirrors(desk)


@pytest.mark.parametrize("working", [False, True])
def test_a_payout_that_names_no_day_is_of_so_many_days_before(desk, bank, working):
    """One working day before a Monday is the Friday."""
    before = (TOMORROW - timedelta(days=number) for number in range(1, 15))
    day = next(day for day in before if not working or calendar.is_working(day))
    terms = {"channel": "alipay", "days_before": 1, "working_days": working}
    rule(desk, "alipay", Known.CHANNEL_PAYOUT, terms=terms, counterparty="支付宝")
    (reading,) = bank.line(5_00, counterparty_name="支付宝（中国）").book()
    assert reading.facts["against"] == ["channel_receivable", f"alipay:{day}"]


def test_cash_interest_cover_and_charges_are_known_by_their_rules(desk, bank):
    own = {"reason": "fee", "own_account_id": str(desk.income.id)}
    rule(desk, "cash", Known.CASH_BANKED, words=r"解款单(?P<box>[A-Z0-9]+)")
    rule(desk, "interest", Known.INTEREST, words="结息")
    rule(desk, "cover", Known.OWN_COVER, counterparty=desk.income.account_no, terms=own)
    rule(desk, "charge", Known.BANK_CHARGE, words="账户管理费|手续费")
    book.post(
        postings.fee_withheld(
            desk.pool, moment_id(), channel="wechat", settlement_day=DAY, amount_fen=6_00,
            event_at=moment(),
        )
    )  # fmt: skip
    bank.line(300_00, remark="解款单K07").line(1_23, summary="结息")
    bank.line(6_00, counterparty_no=desk.income.account_no).line(-15_00, summary="账户管理费")
    read = bank.book()
    assert [one.kind for one in read] == [
        Kind.CASH_BANKED, Kind.INTEREST, Kind.OWN_COVER, Kind.BANK_CHARGE,
    ]  # fmt: skip
    assert fen(desk, account("cash_in_transit", "K07")) == -300_00
    assert fen(desk, account("interest_unallocated", desk.account.id)) == 1_23
    assert fen(desk, own_cover_due(CoverReason.FEE)) == 0
    assert fen(desk, own_cover_due(CoverReason.BANK_CHARGE)) == 15_00
    assert fen(desk, account("own_bank", desk.income.id)) == -6_00
    assert opened(desk, *read) == ["bank_charge"]
    mirrors(desk)


def moment_id():
    from accounts.identifiers import new_id

    return new_id(moment())


def test_a_sweep_and_a_move_are_seen_where_they_arrive_and_booked_once(desk, bank):
    sweep, move = sent(desk, Purpose.OWN_INCOME_SWEEP), sent(desk, Purpose.CUSTODY_TRANSFER, 40_00)
    bank.of(sweep).of(move).book()
    on_income, on_other = Bank(account=desk.income), Bank(account=desk.other)
    on_income.of(sweep, 100_00).line(7_00, remark="别的生意").line(-3_00, summary="工资")
    on_other.line(40_00, counterparty_no=desk.account.account_no)
    assert [one.kind for one in on_income.book()] == [
        Kind.INCOME_ARRIVED, Kind.OWN_BUSINESS, Kind.OWN_BUSINESS,
    ]  # fmt: skip
    (arrived,) = on_other.book()
    assert (arrived.kind, arrived.instruction_id) == (Kind.CUSTODY_ARRIVED, move.id)
    assert fen(desk, account("own_bank", desk.income.id)) == 100_00
    assert fen(desk, desk.other.ref) == 40_00
    (again,) = on_other.line(40_00, counterparty_no=desk.account.account_no).book()
    assert again.kind == Kind.UNCLEAR
    mirrors(desk)


def test_what_nobody_understands_waits_in_suspense_until_two_people_say(desk, bank):
    (reading,) = bank.line(88_00, remark="感谢").book()
    suspense = understanding.suspense_of(reading.entry_id)
    assert (reading.kind, fen(desk, suspense)) == (Kind.UNCLEAR, 88_00)
    assert opened(desk, reading) == ["bank_line_unclear"]
    target = account("cash_in_transit", "K9")
    words = {"because": "解款单无字", "maker": desk.maker, "now": moment()}
    part = understanding.ask(reading.entry_id, as_=target, amount_fen=80_00, **words)
    with pytest.raises(MakerIsChecker):
        understanding.approve(part.id, checker=desk.maker, now=moment())
    assert fen(desk, suspense) == 88_00
    for _ in range(2):
        understanding.approve(part.id, checker=desk.checker, now=moment())
    assert (fen(desk, suspense), fen(desk, target)) == (8_00, -80_00)
    assert opened(desk, reading) == ["bank_line_unclear"]
    rest = understanding.ask(
        reading.entry_id, as_=own_cover_due(CoverReason.FEE), own_account=desk.income, **words
    )
    understanding.approve(rest.id, checker=desk.third, now=moment())
    assert fen(desk, suspense) == 0
    assert fen(desk, account("own_bank", desk.income.id)) == -8_00
    assert opened(desk, reading) == []
    mirrors(desk)
    with pytest.raises(EntryNotUnclear):
        understanding.ask(reading.entry_id, as_=target, **words)


def test_what_is_said_of_suspense_is_held_to_the_handbook_and_the_pool(desk, bank):
    (reading,) = bank.line(10_00).book()
    words = {"because": "x", "maker": desk.maker, "now": moment()}
    for wrong, refusal in (
        ({"as_": account("own_income_in_reserve", "gift")}, NotInHandbook),
        ({"as_": own_cover_due(CoverReason.FEE)}, OutflowMalformed),
        ({"as_": account("wallet", "r"), "own_account": desk.income}, OutflowMalformed),
        ({"as_": account("wallet", "r"), "amount_fen": 10_01}, EntryNotUnclear),
        ({"as_": account("wallet", "r"), "because": " "}, OutflowMalformed),
        ({"as_": account("wallet", "r"), "maker": Desk().maker}, NotAllowed),
    ):
        with pytest.raises(refusal):
            understanding.ask(reading.entry_id, **(words | wrong))
    refused = understanding.ask(reading.entry_id, as_=account("wallet", "r"), **words)
    understanding.refuse(refused.id, checker=desk.checker, because="no", now=moment())
    with pytest.raises(WordUnknown):
        understanding.approve(refused.id, checker=desk.third, now=moment())
    late = understanding.ask(reading.entry_id, as_=account("wallet", "r"), **words)
    understanding.expire(moment() + understanding.TIME_TO_DECIDE)
    with pytest.raises(WordUnknown):
        understanding.approve(late.id, checker=desk.third, now=moment())
    assert fen(desk, understanding.suspense_of(reading.entry_id)) == 10_00


def test_money_wrongly_sent_to_us_goes_back_by_an_instruction(desk, bank):
    (reading,) = bank.line(10_00, remark="汇错").book()
    suspense = understanding.suspense_of(reading.entry_id)
    instruction = desk.approved(Purpose.REFUND_TO_PAYER, 10_00, source=suspense, payee=PAYEE)
    instructions.sending(instruction.id, now=moment())
    bank.of(instruction).book()
    assert (fen(desk, suspense), fen(desk, desk.account.ref)) == (0, 0)


REVERSED = [
    ("wechat", 50_00, {"counterparty_name": "财付通", "remark": f"结算款{DAY:%Y%m%d}"}),
    ("cash", 50_00, {"remark": "解款单K07"}),
    ("interest", 50_00, {"summary": "结息"}),
    ("cover", 50_00, {"counterparty_no": "OWN"}),
    ("charge", -50_00, {"summary": "手续费"}),
    ("unclear", 50_00, {"remark": "？"}),
    ("gone", -50_00, {"remark": "？"}),
]


@pytest.mark.parametrize(("name", "amount", "words"), REVERSED, ids=[one[0] for one in REVERSED])
def test_what_a_bank_takes_back_is_booked_back_to_the_fen(desk, bank, name, amount, words):
    own = {"reason": "fee", "own_account_id": str(desk.income.id)}
    rule(desk, "wechat", Known.CHANNEL_PAYOUT, terms=CHANNEL, **PAYOUT)
    rule(desk, "cash", Known.CASH_BANKED, words=r"解款单(?P<box>[A-Z0-9]+)")
    rule(desk, "interest", Known.INTEREST, words="结息")
    rule(desk, "cover", Known.OWN_COVER, counterparty=desk.income.account_no, terms=own)
    rule(desk, "charge", Known.BANK_CHARGE, words="手续费")
    if "counterparty_no" in words:
        words = words | {"counterparty_no": desk.income.account_no}
    before = queries.trial_balance(desk.pool, DAY)
    (first,) = bank.line(amount, **words).book()
    (undo,) = bank.line(-amount, reversal=True, **words).book()
    assert undo.undoes_id == first.entry_id
    assert case_queries.open_of(desk.pool) == [], "nobody is asked about it any more"
    assert fen(desk, desk.account.ref) == 0
    assert nets(queries.trial_balance(desk.pool, DAY)) == nets(before)
    mirrors(desk)
    (twice,) = bank.line(-amount, reversal=True, **words).book()
    assert twice.undoes_id is None
    assert twice.kind == (Kind.GONE if amount > 0 else Kind.UNCLEAR)
    mirrors(desk)


def nets(trial):
    return {line.name: line.debit_fen - line.credit_fen for line in trial
            if line.debit_fen != line.credit_fen}  # fmt: skip


def test_a_payment_the_bank_takes_back_is_returned(desk, bank):
    instruction = sent(desk, Purpose.REDEMPTION)
    bank.of(instruction).book()
    (undo,) = bank.of(instruction, 100_00, reversal=True).book()
    assert undo.kind == Kind.RETURNED
    assert instructions.get(instruction.id).state == "returned"
    assert fen(desk, instruction.source) == 100_00


def test_money_understood_since_cannot_be_taken_back_from_its_holder(desk, bank):
    (first,) = bank.line(50_00, remark="？").book()
    word = understanding.ask(
        first.entry_id, as_=account("wallet", "rider"), because="x", maker=desk.maker, now=moment()
    )
    understanding.approve(word.id, checker=desk.checker, now=moment())
    (undo,) = bank.line(-50_00, reversal=True, remark="？").book()
    assert (undo.kind, undo.facts["instead_of"]) == (Kind.GONE, Kind.UNDONE)
    assert fen(desk, account("wallet", "rider")) == 50_00
    assert fen(desk, own_cover_due(CoverReason.UNAUTHORISED)) == 50_00
    mirrors(desk)


def test_a_charge_given_back_after_it_was_covered_is_own_income(desk, bank):
    own = {"reason": "bank_charge", "own_account_id": str(desk.income.id)}
    rule(desk, "charge", Known.BANK_CHARGE, words="手续费")
    rule(desk, "cover", Known.OWN_COVER, counterparty=desk.income.account_no, terms=own)
    bank.line(-50_00, summary="手续费").line(20_00, counterparty_no=desk.income.account_no).book()
    bank.line(50_00, reversal=True, summary="手续费").book()
    assert fen(desk, own_cover_due(CoverReason.BANK_CHARGE)) == 0
    assert fen(desk, account("own_income_in_reserve", "recovered:bank_charge")) == 20_00
    assert fen(desk, account("due_from_reserve", "recovered:bank_charge")) == 20_00
    mirrors(desk)


def test_entries_are_booked_once_whoever_books_and_however_often(desk, bank):
    for number in range(1, 41):
        bank.line(number * 100)
    bank.tell()

    def work(_):
        try:
            return booking.book(desk.account, now=moment(), batch=7).entries
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 40
    assert booking.book(desk.account, now=moment()).entries == 0
    assert booking.unbooked(desk.account) == 0
    assert Reading.objects.filter(pool=desk.pool).count() == 40
    assert fen(desk, desk.account.ref) == sum(range(1, 41)) * 100
    assert check_figures(desk.pool).findings == []


def test_a_duty_books_what_was_taken(desk, bank):
    (entry,) = bank.line(5_00).tell()
    assert duties.work_one(tasks.BOOKING, desk.account.id, moment())
    assert BankEntry.objects.get(pk=entry.pk).reading.kind == Kind.UNCLEAR
    tasks.sweep()
    tasks.expire()
    assert fen(desk, desk.account.ref) == 5_00


def test_an_entry_of_a_day_that_is_cut_is_booked_today_with_its_own_day(desk, bank):
    bank.day = DAY
    bank.line(5_00)
    pools.cut(desk.pool, TOMORROW)
    before = queries.trial_balance(desk.pool, DAY)
    (reading,) = bank.book()
    transfer = queries.transfers_of(desk.pool, understanding.suspense_of(reading.entry_id))[0]
    assert transfer.business_day == TOMORROW
    assert transfer.event_at == verdicts.at(reading.entry)
    assert queries.trial_balance(desk.pool, DAY) == before


def test_what_a_bank_told_of_before_the_book_began_is_not_booked(desk, bank):
    bank.day = DAY - timedelta(days=1)
    (reading,) = bank.line(5_00).book()
    assert reading.kind == Kind.BEFORE_BOOK
    assert fen(desk, desk.account.ref) == 0


def test_entries_of_a_pool_without_a_book_wait_for_it(desk):
    waiting = an_account(form="camt053")
    bank = Bank(account=waiting)
    bank.line(5_00).tell()
    assert booking.book(waiting, now=moment()).entries == 0
    assert (booking.unbooked(waiting), booking.unread(waiting.pool)) == (1, 1)
    pools.open_pool(waiting.pool, "MOT", DAY)
    assert booking.book(waiting, now=moment()).entries == 1
    assert (booking.unbooked(waiting), booking.unread(waiting.pool)) == (0, 0)


def test_a_room_above_may_read_what_is_its_own(desk, bank, monkeypatch):
    monkeypatch.setattr(verdicts, "readers", {})

    @verdicts.before_rules
    def _matured(entry, of):
        if "到期" not in entry.summary:
            return None
        ref = Ref(kind="interest_unallocated", owner="term-1")
        posting = postings.of(
            "interest_received", of.pool, entry.id, debit=of.ref, credit=ref,
            amount_fen=entry.amount_fen, event_at=verdicts.at(entry),
        )  # fmt: skip
        return verdicts.Read(entry=entry, kind=Kind.OTHER, postings=[posting], against=ref)

    kinds = [one.kind for one in bank.line(9_00, summary="到期").line(1_00).book()]
    assert kinds == [Kind.OTHER, Kind.UNCLEAR]
    assert fen(desk, account("interest_unallocated", "term-1")) == 9_00


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Bad Name"},
        {"words": ""},
        {"words": "("},
        {"words": "x" * 201},
        {"terms": {}},
        {"terms": CHANNEL | {"extra": 1}},
        {"terms": CHANNEL | {"days_before": -1}},
        {"terms": CHANNEL | {"channel": "微信"}},
        {"kind": Known.CASH_BANKED, "terms": {}, "words": "解款单"},
        {"kind": Known.OWN_COVER, "terms": {"reason": "fee", "own_account_id": "nobody"}},
        {"place": -1},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(desk, wrong):
    good = {"name": "wechat", "kind": Known.CHANNEL_PAYOUT, "words": "结算", "terms": CHANNEL}
    with pytest.raises(StandingWordMalformed):
        rule(desk, **(good | wrong))


def test_a_rule_is_two_peoples_word_also_in_sql_and_the_newest_of_a_name_counts(desk, bank):
    wanted = Rule(name="interest", kind=Known.INTEREST, words="结息")
    word = standing.ask_rule(wanted, account=desk.account, maker=desk.maker, now=moment())
    with pytest.raises(MakerIsChecker):
        standing.approve(word.id, checker=desk.maker, now=moment())
    standing.approve(word.id, checker=desk.checker, now=moment())
    newer = rule(desk, "interest", Known.INTEREST, words="利息")
    old, new = bank.line(1_00, summary="结息").line(1_00, summary="利息").book()
    assert (old.kind, new.kind, new.rule_id) == (Kind.UNCLEAR, Kind.INTEREST, newer.id)
    standing.end_rule(newer.id, officer=desk.maker, now=moment())
    (ended,) = bank.line(1_00, summary="利息").book()
    assert ended.kind == Kind.UNCLEAR


BY_HAND = [
    "UPDATE custody_bank_recognitionrule SET words = '.*', ended_at = NULL",
    (
        "INSERT INTO custody_bank_recognitionrule (id, account_id, name, place, kind, side,"
        " counterparty, words, terms, put_at) SELECT gen_random_uuid(), account_id, 'mine', 1,"
        " kind, side, '', '.*', terms, now() FROM custody_bank_recognitionrule LIMIT 1"
    ),
    "DELETE FROM custody_bank_recognitionrule",
    "UPDATE custody_bank_reading SET kind = 'interest'",
    "DELETE FROM custody_bank_reading",
]


@pytest.mark.parametrize("statement", BY_HAND)
def test_rules_and_readings_are_not_made_by_hand(desk, bank, service_connection, statement):
    rule(desk, "interest", Known.INTEREST, words="结息")
    bank.line(1_00, summary="结息").book()
    with pytest.raises(psycopg.Error, match=r"kept|approval|append|permission"):
        service_connection.execute(statement)
