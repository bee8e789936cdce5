"""Transfers at the sandbox's banks: one for ever per number, on the account they were paid from."""

import secrets

import pytest

from gateway.channels.banks.payouts.speaking import line_of
from gateway.channels.banks.payouts.values import PayoutState, PayoutWish
from gateway.channels.errors import AnswerForeign, ChannelAskAgain, ChannelSilent
from gateway.channels.transport import Patience
from tests.sandbox.partner_banks.accounts import Account

OPENING_FEN = 1_000_000


@pytest.fixture
def account(us):
    return Account(us, form="camt053", opening_fen=OPENING_FEN)


def wish(account, **changed):
    return PayoutWish(
        **{
            "payout_no": f"P{secrets.token_hex(10)}",
            "payer_account": account.number,
            "payee_account": "6222000000000000001",
            "payee_name": "示例公交公司",
            "amount_fen": 30_000,
            "purpose": "清结算",
            **changed,
        }
    )


def pay(us, asked, **ways):
    line = line_of(us.peer.name)
    return us.ask(
        lambda merchant, **stamp: line.pay_out(merchant, asked, **stamp), line.read_pay_out, **ways
    )


def query(us, asked):
    line = line_of(us.peer.name)
    return us.ask(
        lambda merchant, **stamp: line.query(merchant, asked.payout_no, asked.amount_fen, **stamp),
        line.read_query,
    )


def transfer(us, asked):
    [found] = [row for row in us.bank.book()["payouts"] if row["payout_no"] == asked.payout_no]
    return found


def test_a_transfer_is_taken_then_paid_and_stands_on_the_account_once(us, account):
    asked = wish(account)
    assert query(us, asked).never_taken
    assert pay(us, asked).state is PayoutState.ACCEPTED
    assert account.balance_fen() == OPENING_FEN
    us.bank.advance(2)
    fact = query(us, asked)
    assert (fact.state, fact.amount_fen) == (PayoutState.PAID, 30_000)
    assert fact.bank_no
    assert fact.done_at is not None
    assert account.balance_fen() == OPENING_FEN - 30_000
    assert transfer(us, asked)["times"] == 1


def test_the_same_number_again_pays_nothing_more_and_is_seen_by_the_bank(us, account):
    asked = wish(account)
    pay(us, asked)
    us.bank.advance(2)
    assert pay(us, asked).state is PayoutState.PAID
    assert account.balance_fen() == OPENING_FEN - 30_000
    assert transfer(us, asked)["times"] == 2
    with pytest.raises(ChannelSilent):
        pay(us, wish(account, payout_no=asked.payout_no, amount_fen=30_001))
    assert account.balance_fen() == OPENING_FEN - 30_000


@pytest.mark.parametrize("fault", ["no_answer", "answer_truncated", "error_after_accepting"])
def test_a_lost_answer_has_paid_all_the_same_and_the_query_tells(us, account, fault):
    asked = wish(account)
    us.bank.faults(**{fault: {"times": 1, "on": "pay_out"}})
    with pytest.raises(ChannelSilent):
        pay(us, asked, patience=Patience(read_seconds=2))
    us.bank.advance(2)
    assert query(us, asked).state is PayoutState.PAID
    assert transfer(us, asked)["times"] == 1


@pytest.mark.parametrize(
    "fault", ["no_answer_before", "error_before_accepting", "frequency_limited"]
)
def test_an_instruction_that_was_never_taken_is_said_to_be_so(us, account, fault):
    asked = wish(account)
    us.bank.faults(**{fault: {"times": 1, "on": "pay_out"}})
    with pytest.raises((ChannelSilent, ChannelAskAgain)):
        pay(us, asked)
    assert query(us, asked).never_taken
    assert account.balance_fen() == OPENING_FEN


@pytest.mark.parametrize("fault", ["payout_short", "payout_payee_refused"])
def test_a_refusal_takes_nothing(us, account, fault):
    asked = wish(account)
    us.bank.faults(**{fault: 1})
    assert pay(us, asked).state is PayoutState.REJECTED
    assert query(us, asked).never_taken
    assert account.balance_fen() == OPENING_FEN


def test_a_bank_may_refuse_what_it_took_and_the_query_tells(us, account):
    asked = wish(account)
    us.bank.faults(payout_refused_though_taken=1)
    assert pay(us, asked).state is PayoutState.REJECTED
    assert query(us, asked).state is PayoutState.ACCEPTED


def test_more_than_the_account_holds_is_refused_even_while_others_are_in_work(us, account):
    us.bank.faults(payout_stays=1)
    assert pay(us, wish(account, amount_fen=800_000)).state is PayoutState.ACCEPTED
    assert pay(us, wish(account, amount_fen=300_000)).state is PayoutState.REJECTED


def test_a_transfer_ends_rejected_or_stays_in_work_or_settles_late(us, account):
    refused, staying, slow = wish(account), wish(account), wish(account)
    us.bank.faults(payout_rejected=1)
    pay(us, refused)
    us.bank.faults(payout_stays=1)
    pay(us, staying)
    us.bank.faults(payout_slow={"times": 1, "seconds": 600})
    pay(us, slow)
    us.bank.advance(5)
    assert query(us, refused).state is PayoutState.REJECTED
    assert query(us, staying).state is query(us, slow).state is PayoutState.ACCEPTED
    us.bank.advance(600)
    assert query(us, staying).state is PayoutState.ACCEPTED
    assert query(us, slow).state is PayoutState.PAID
    assert account.balance_fen() == OPENING_FEN - 30_000


def test_a_returned_transfer_comes_back_days_later_as_an_entry_of_its_own(us, account):
    asked = wish(account)
    us.bank.faults(payout_returned={"times": 1, "seconds": 90_000})
    pay(us, asked)
    us.bank.advance(2)
    assert not query(us, asked).given_back
    assert account.balance_fen() == OPENING_FEN - 30_000
    us.bank.advance(90_000)
    fact = query(us, asked)
    assert fact.state is PayoutState.PAID
    assert fact.given_back
    assert account.balance_fen() == OPENING_FEN


def test_an_answer_twisted_by_the_bank_is_unknown_or_foreign(us, account):
    asked = wish(account)
    pay(us, asked)
    us.bank.advance(2)
    us.bank.faults(answer_unknown_state=1)
    assert query(us, asked).state is PayoutState.UNKNOWN
    for fault in ("answer_wrong_amount", "answer_wrong_merchant", "answer_wrong_currency"):
        us.bank.faults(**{fault: 1})
        with pytest.raises(AnswerForeign):
            query(us, asked)
    assert query(us, asked).state is PayoutState.PAID


def test_another_customers_account_pays_nobody(us, account):
    other = Account(us, form="camt053", opening_fen=1, merchant_no="B00000000000777")
    assert pay(us, wish(other)).state is PayoutState.REJECTED
    assert other.balance_fen() == 1
