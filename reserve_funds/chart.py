"""科目表: every kind of ledger account, its side, its book, and whether it may be overdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Book(StrEnum):
    """Customers' money, the operator's money, and what is counted but is no money."""

    RESERVE = "reserve"
    OWN = "own"
    MEMO = "memo"


class Side(StrEnum):
    """On which side an account of the kind grows."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of ledger account (科目). `number` is its 科目代码; `owner` says whose each one is.

    Guarded kinds may never be overdrawn, money set aside counted. Tallied kinds may lag.
    """

    number: int
    name: str
    zh: str
    book: Book
    side: Side
    guarded: bool
    owner: str


def _kind(number: int, name: str, zh: str, side: Side, guarded: bool, owner: str) -> Kind:
    book = {"1": Book.RESERVE, "2": Book.RESERVE, "6": Book.OWN, "9": Book.MEMO}[str(number)[0]]
    return Kind(number=number, name=name, zh=zh, book=book, side=side, guarded=guarded, owner=owner)


_D, _C = Side.DEBIT, Side.CREDIT
_GUARDED, _TALLIED = True, False

KINDS: tuple[Kind, ...] = (
    # the reserve book: where customers' money is
    _kind(1002, "bank_reserve", "备付金银行存款", _D, _TALLIED, "bank account"),
    _kind(1011, "cash_in_transit", "在途现金", _D, _TALLIED, "cash box"),
    _kind(1121, "channel_receivable", "应收渠道款", _D, _TALLIED, "channel and its settlement day"),
    _kind(1131, "pool_due_from", "应收他户备付金", _D, _TALLIED, "pool"),
    _kind(1501, "placement", "保本存放", _D, _GUARDED, "instrument"),
    _kind(1991, "own_cover_due", "应由自有资金补足", _D, _TALLIED, "reason"),
    # the reserve book: whose it is
    _kind(2101, "received", "已收待分配款", _C, _GUARDED, "payment"),
    _kind(2111, "unloaded_orders", "待圈存款", _C, _GUARDED, "order or claim"),
    _kind(2121, "card_purse", "卡内余额", _C, _TALLIED, "card"),
    _kind(2131, "wallet", "联机账户余额", _C, _GUARDED, "rider"),
    _kind(2141, "deposits_held", "押金", _C, _GUARDED, "card"),
    _kind(2151, "agent_deposit", "代理网点预存款", _C, _GUARDED, "shop"),
    _kind(2201, "refunds_in_flight", "在途退款", _C, _GUARDED, "refund"),
    _kind(2211, "redemption_payable", "应付赎回款", _C, _GUARDED, "redemption"),
    _kind(2221, "settlement_due", "待划结算款", _C, _GUARDED, "instruction"),
    _kind(2231, "bank_out_in_transit", "在途付款", _C, _GUARDED, "payment instruction"),
    _kind(2301, "rides_in_clearing", "待清分乘车款", _C, _TALLIED, "batch"),
    _kind(2311, "settlement_payable", "应付结算款", _C, _TALLIED, "counterparty"),
    _kind(2321, "clearing_fee_payable", "应付清分服务费", _C, _TALLIED, "clearing platform"),
    _kind(2401, "suspense", "待查款项", _C, _GUARDED, "line"),
    _kind(2411, "legacy_float", "历史卡内余额", _C, _GUARDED, "issuer"),
    _kind(2421, "interest_unallocated", "未分配利息", _C, _GUARDED, "instrument or bank account"),
    _kind(2431, "pool_due_to", "应付他户备付金", _C, _TALLIED, "pool"),
    _kind(2501, "own_income_in_reserve", "备付金内自有收入", _C, _GUARDED, "source"),
    # the operator's own book
    _kind(6002, "own_bank", "自有资金银行存款", _D, _TALLIED, "bank account"),
    _kind(6121, "due_from_reserve", "应收备付金", _D, _TALLIED, "source"),
    _kind(6131, "subsidy_receivable", "应收补贴款", _D, _TALLIED, "city"),
    _kind(6141, "user_receivable", "应收乘客款", _D, _TALLIED, "rider"),
    _kind(6201, "due_to_reserve", "应补备付金", _C, _TALLIED, "reason"),
    _kind(6211, "own_settlement_payable", "自有资金应付结算款", _C, _TALLIED, "counterparty"),
    _kind(6401, "fee_expense", "渠道手续费支出", _D, _TALLIED, "channel"),
    _kind(6411, "loss", "损失", _D, _TALLIED, "reason"),
    _kind(6421, "rounding", "尾差", _D, _TALLIED, "counterparty"),
    _kind(6501, "income", "收入", _C, _TALLIED, "source"),
    # the memo book: counted, no money
    _kind(9101, "kiosk_quota_granted", "已授自助终端额度", _D, _TALLIED, "operator"),
    _kind(9201, "kiosk_quota", "自助终端可用额度", _C, _GUARDED, "kiosk"),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
BY_NUMBER: Mapping[int, Kind] = {kind.number: kind for kind in KINDS}

# Pairs that link two books or two pools: what one side owes, the other is owed (I14).
MIRRORS: tuple[tuple[str, str], ...] = (
    ("own_cover_due", "due_to_reserve"),
    ("own_income_in_reserve", "due_from_reserve"),
)


class CoverReason(StrEnum):
    """Why own money must come into the reserve: the owner of an `own_cover_due` account."""

    FEE = "fee"
    CASH_SHORT = "cash_short"
    LATE_RIDE = "late_ride"
    PLACEMENT_LOSS = "placement_loss"
    CHARGEBACK = "chargeback"
    BANK_CHARGE = "bank_charge"
    COUPON = "coupon"
    ARREARS = "arrears"
    UNAUTHORISED = "unauthorised"
    LEGACY_SHORTFALL = "legacy_shortfall"
