"""Money that two officers move between accounts of one pool, on the way while days are cut."""

from __future__ import annotations

from datetime import timedelta

from accounts.clock import business_day
from reserve_funds import postings
from reserve_funds.custody.bank import instructions, payees
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.closing import services as closing
from reserve_funds.custody.placements import asking
from reserve_funds.custody.rules import calendar
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import pools
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.custody.bank.officers import PAYEE, an_officer, moment
from tests.reserve_funds.custody.closing.conftest import bills_come
from tests.reserve_funds.custody.stories.house import House, failed

FEN = 1_000_000


def two_banks(day=DAY):
    """A pool with two accounts."""
    house = House(day=day)
    other = Bank(account=an_account(house.pool, form="camt053"), day=day)
    house.names[other.account.id] = "other"
    return house, other


def moved(house, other, fen):
    return house.instructed(Purpose.CUSTODY_TRANSFER, other.account.ref, fen,
                            payee=payees.of_account(other.account))  # fmt: skip


def placed_by_three(house, fen):
    """A placement that one officer asks and two others approve, told to the bank."""
    third = an_officer(house.pool)
    placement = asking.ask(
        pool=house.pool, account=house.account, kind="term_deposit", institution="示例银行",
        contract_no="CD20261122009", payee=PAYEE, principal_fen=fen, rate_bp=150,
        matures_on=business_day(moment()) + timedelta(days=20), because="保值",
        maker=house.maker, now=moment(),
    )  # fmt: skip
    asking.approve(placement.id, checker=house.checker, now=moment())
    (made,) = asking.approve(placement.id, checker=third, now=moment())
    return instructions.sending(made.id, now=moment())


def told(house, other, day):
    """The day is cut, both banks tell it, and it is tried; what I3c says, listed or not."""
    pools.cut(house.pool, day + timedelta(days=1))
    return tried(house, other, day)


def tried(house, other, day):
    for bank in (house.bank, other):
        if bank.day == day:
            bank.book()
    bills_come(house.pool, day)
    result = closing.close(house.pool, day, now=moment())
    gate = next(each for each in result.gates if each.rule == "I3c")
    return result, [(each.subject, each.amount_fen) for each in gate.findings]


def test_approved_before_the_cut_and_carried_out_after_it(kept):
    """Three ways it goes on: shown by both banks, rejected, and gone at one and never shown."""
    house, other = two_banks()
    where, day = str(other.account.id), DAY
    house.paid(house.call("payment"), house.call("order"), FEN)
    house.knows("payouts", Known.CHANNEL_PAYOUT, words="财付通",
                terms={"channel": "wechat", "days_before": 0, "working_days": False})  # fmt: skip
    house.bank.line(FEN, summary="财付通").book()
    first, second = moved(house, other, 4_000), moved(house, other, 700)
    order = postings.account("unloaded_orders", next(
        owner for owner, name in house.names.items() if name == "order"))  # fmt: skip
    repaid = house.instructed(Purpose.REPAYMENT, order, 300)
    placed = placed_by_three(house, 100_000)
    result, listed = told(house, other, day)
    assert (result.state, listed) == ("closed", [(where, 4_000), (where, 700)]), "nothing else"
    assert house.fen("bank_reserve", where) == 4_700, "the book is ahead, as two officers said"

    day += timedelta(days=1)
    house.bank.of(first).of(repaid).of(placed)
    other.line(4_000, our_no=first.number)
    instructions.answered(second.id, Answer(state=Said.REJECTED, reason="no"), now=moment())
    for bank in (house.bank, other):
        bank.book()
    result, listed = told(house, other, day)
    assert (result.state, listed) == ("closed", []), "shown by both; the other is back"
    house.sound(held=FEN - 300, owed=FEN - 300)

    day += timedelta(days=1)
    third = moved(house, other, 900)
    house.bank.of(third).book()
    last = calendar.add_working(day, 1)
    while day <= last:
        result, listed = told(house, other, day)
        assert (result.state, listed) == ("closed", [(where, 900)])
        day += timedelta(days=1)
    result, listed = told(house, other, day)
    assert (result.state, failed(result), listed) == (
        "blocked", {"I3c"}, [(where, -900)]), "a working day later nothing explains it"  # fmt: skip
    other.line(900, our_no=third.number).book()
    result, listed = tried(house, other, day)
    assert (result.state, listed) == ("closed", [(where, 900)]), "it came after all, the day after"
    result, listed = told(house, other, day + timedelta(days=1))
    assert (result.state, listed) == ("closed", [])
    house.sound(held=FEN - 300, owed=FEN - 300)


def test_approved_after_the_cut_and_dated_by_the_bank_before_it(kept):
    """The cut came early: the bank's day is the old one, the book's the new one."""
    today = business_day(moment())
    house, other = two_banks(today)
    pools.cut(house.pool, today + timedelta(days=1))
    made, stays = moved(house, other, 4_000), moved(house, other, 50)
    house.bank.of(made)
    other.line(4_000, our_no=made.number)
    result, listed = tried(house, other, today)
    assert "I3c" not in failed(result), listed
    assert (str(other.account.id), stays.amount_fen) in listed, "booked since, and on its way"
