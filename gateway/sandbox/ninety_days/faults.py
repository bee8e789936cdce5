"""What can go wrong in the simulation, and by what name the house must find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reserve_funds.custody.bank.matters import (
    CHARGE_CASE,
    GONE_CASE,
    RETURNED_CASE,
    UNCLEAR_CASE,
)
from reserve_funds.custody.closing.services import BLOCKED
from reserve_funds.custody.errors import StatementDiffers
from reserve_funds.custody.matching.values import Sort

BILL, BANK, CARD, CLEARED = "order_bill", "bill_bank", "order_card", "card_clearing"
CASE, REFUSAL = "case", "refusal"


class Fault(StrEnum):
    """Every kind of difference that is injected."""

    UNKNOWN_ORDER = "unknown_order"
    UNBILLED = "unbilled"
    UNBILLED_LATE = "unbilled_late"
    OVERTAKEN = "overtaken"
    BILLED_MORE = "billed_more"
    BILLED_LESS = "billed_less"
    STATE = "state"
    BILL_FEE = "bill_fee"
    BILL_TWICE = "bill_twice"
    PERIOD = "period"
    NOT_WRITTEN = "not_written"
    WRITTEN_UNPAID = "written_unpaid"
    NOT_CLEARED = "not_cleared"
    CLEARED_UNWRITTEN = "cleared_unwritten"
    CLEARED_LESS = "cleared_less"
    CLEARED_MORE = "cleared_more"
    PAID_LESS = "paid_less"
    PAID_MORE = "paid_more"
    PAID_FEE_MORE = "paid_fee_more"
    PAID_FEE_LESS = "paid_fee_less"
    PAID_TWICE = "paid_twice"
    NEVER_PAID = "never_paid"
    PAID_LATE = "paid_late"
    NO_BILL = "no_bill"
    UNKNOWN_IN = "unknown_in"
    UNKNOWN_OUT = "unknown_out"
    REVERSED = "reversed"
    CHARGED = "charged"
    RETURNED = "returned"
    CORRECTED = "corrected"
    NO_STATEMENT = "no_statement"


class Place(StrEnum):
    """Where a fault happens: in one order, in one channel's day, at the bank."""

    ORDER = "order"
    BATCH = "batch"
    BANK = "bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How it must be found: a difference of a relation and sort, a case, or a refused file."""

    place: Place
    relation: str
    word: str
    zh: str


def _order(relation: str, sort: Sort, zh: str) -> Expected:
    return Expected(place=Place.ORDER, relation=relation, word=sort.value, zh=zh)


def _batch(sort: Sort, zh: str, relation: str = BANK) -> Expected:
    return Expected(place=Place.BATCH, relation=relation, word=sort.value, zh=zh)


def _bank(word: str, zh: str, relation: str = CASE) -> Expected:
    return Expected(place=Place.BANK, relation=relation, word=word, zh=zh)


EXPECTED: Mapping[Fault, Expected] = {
    Fault.UNKNOWN_ORDER: _order(BILL, Sort.MISSING_ORDER, "漏单: 账单有, 我方无"),
    Fault.UNBILLED: _order(BILL, Sort.SHORT, "短款: 我方有, 账单无"),
    Fault.UNBILLED_LATE: _order(BILL, Sort.SHORT, "短款, 迟到的账单行使其自行了结"),
    Fault.OVERTAKEN: _order(BILL, Sort.SHORT, "短款, 记账后账单行才到, 凭证冲回"),
    Fault.BILLED_MORE: _order(BILL, Sort.LONG, "长款: 账单金额大"),
    Fault.BILLED_LESS: _order(BILL, Sort.SHORT, "短款: 账单金额小"),
    Fault.STATE: _order(BILL, Sort.STATE, "状态不符: 渠道已收, 我方未定"),
    Fault.BILL_FEE: _order(BILL, Sort.FEE, "手续费不符: 账单与约定"),
    Fault.BILL_TWICE: _order(BILL, Sort.DUPLICATE, "重复: 账单两行"),
    Fault.PERIOD: _order(BILL, Sort.PERIOD, "跨期: 记账日相差过大"),
    Fault.NOT_WRITTEN: _order(CARD, Sort.NOT_WRITTEN, "未写卡"),
    Fault.WRITTEN_UNPAID: _order(CARD, Sort.WRITTEN_UNPAID, "写卡无款"),
    Fault.NOT_CLEARED: _order(CLEARED, Sort.NOT_CLEARED, "未清分"),
    Fault.CLEARED_UNWRITTEN: _order(CLEARED, Sort.CLEARED_UNWRITTEN, "清分无源"),
    Fault.CLEARED_LESS: _order(CLEARED, Sort.SHORT, "短款: 清分金额小"),
    Fault.CLEARED_MORE: _order(CLEARED, Sort.LONG, "长款: 清分金额大"),
    Fault.PAID_LESS: _batch(Sort.SHORT, "短款: 到账少于账单"),
    Fault.PAID_MORE: _batch(Sort.LONG, "长款: 到账多于账单"),
    Fault.PAID_FEE_MORE: _batch(Sort.FEE, "手续费不符: 到账多扣"),
    Fault.PAID_FEE_LESS: _batch(Sort.FEE, "手续费不符: 到账少扣"),
    Fault.PAID_TWICE: _batch(Sort.DUPLICATE, "重复: 同一批到账两次"),
    Fault.NEVER_PAID: _batch(Sort.SHORT, "短款: 整批未到账"),
    Fault.PAID_LATE: _batch(Sort.SHORT, "短款, 迟到的到账使其自行了结"),
    Fault.NO_BILL: _batch(Sort.NO_FILE, "缺对账单", BILL),
    Fault.UNKNOWN_IN: _bank(UNCLEAR_CASE, "不明到账"),
    Fault.UNKNOWN_OUT: _bank(GONE_CASE, "无指令划出"),
    Fault.REVERSED: _bank(UNCLEAR_CASE, "错入, 次日银行冲正"),
    Fault.CHARGED: _bank(CHARGE_CASE, "银行扣费"),
    Fault.RETURNED: _bank(RETURNED_CASE, "退汇"),
    Fault.CORRECTED: _bank(StatementDiffers.code, "银行更正对账单", REFUSAL),
    Fault.NO_STATEMENT: _bank(BLOCKED, "当日对账单未到, 不得日结"),
}


def of_place(place: Place) -> list[Fault]:
    """The faults that happen at one place, in order."""
    return [fault for fault, expected in EXPECTED.items() if expected.place is place]
