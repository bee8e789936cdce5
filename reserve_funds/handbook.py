"""会计分录手册 as a table: which event may debit and credit what, and under whose word.

`../design/accounting.md` in code. `postings.py` builds the postings; the database refuses every
pair that is not a row made from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reserve_funds.chart import BY_NAME


class Purpose(StrEnum):
    """The permitted purposes of an outflow from the reserve (清结算, 赎回, 清偿, 保本增值)."""

    CLEARING_SETTLEMENT = "CLEARING_SETTLEMENT"
    REDEMPTION = "REDEMPTION"
    REFUND_TO_PAYER = "REFUND_TO_PAYER"
    REPAYMENT = "REPAYMENT"
    DEPOSIT_RETURN = "DEPOSIT_RETURN"
    OWN_INCOME_SWEEP = "OWN_INCOME_SWEEP"
    CUSTODY_TRANSFER = "CUSTODY_TRANSFER"
    CHANNEL_PREFUND = "CHANNEL_PREFUND"
    PRINCIPAL_SAFE_PLACEMENT = "PRINCIPAL_SAFE_PLACEMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the handbook: any of the debits may meet any of the credits."""

    code: str
    zh: str
    debits: tuple[str, ...]
    credits: tuple[str, ...]
    purpose: Purpose | None = None
    needs_approval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the database's handbook. Kinds by name; both are of the same book."""

    profile: str
    code: str
    debit: str
    credit: str
    needs_approval: bool
    purpose: Purpose | None
    zh: str

    @property
    def book(self) -> str:
        return str(BY_NAME[self.debit].book)


def _event(
    code: str,
    zh: str,
    debits: str,
    credits_: str,
    purpose: Purpose | None = None,
    *,
    officer: bool = False,
) -> Event:
    return Event(
        code=code,
        zh=zh,
        debits=tuple(debits.split()),
        credits=tuple(credits_.split()),
        purpose=purpose,
        needs_approval=officer,
    )


_CLAIMS = "unloaded_orders wallet deposits_held agent_deposit"
_PAID_FROM = "settlement_due refunds_in_flight redemption_payable own_income_in_reserve"
_GOES_BACK = f"{_CLAIMS} legacy_float suspense bank_reserve placement channel_receivable"
_P = Purpose

# fmt: off
EVENTS: tuple[Event, ...] = (
    # 收款 money comes in
    _event("payment_confirmed", "渠道支付成功", "channel_receivable", "received"),
    _event("cash_accepted", "自助终端收现", "cash_in_transit", "received"),
    _event("cash_over", "钱箱长款待查", "cash_in_transit", "suspense"),
    _event("cash_over_explained", "长款查明为迟报收款", "suspense", "cash_in_transit"),
    _event("cash_banked", "现金解缴入账", "bank_reserve", "cash_in_transit"),
    _event("payment_allocated", "收款分配", "received", f"{_CLAIMS} own_income_in_reserve"),
    _event("agent_topped_up", "代理网点代充", "agent_deposit", "unloaded_orders"),
    # 企业批量充值 one order of a unit, a claim for each of its people
    _event("bulk_shared", "企业充值分到个人", "unloaded_orders", "unloaded_orders", officer=True),
    _event("bulk_taken_back", "未领的企业充值收回", "unloaded_orders", "unloaded_orders",
           officer=True),
    # 圈存 value goes into cards
    _event("load", "圈存", "unloaded_orders", "card_purse"),
    _event("card_balance_moved", "补卡换卡转移余额", "card_purse", "unloaded_orders"),
    # 退款 back to the payer
    _event("refund_asked", "申请退款",
           "received unloaded_orders wallet agent_deposit", "refunds_in_flight"),
    _event("refund_done_by_channel", "渠道退款完成",
           "refunds_in_flight", "channel_receivable", _P.REFUND_TO_PAYER),
    _event("refund_paid_by_bank", "银行退款付出",
           "refunds_in_flight", "bank_out_in_transit", _P.REFUND_TO_PAYER, officer=True),
    _event("cash_given_back", "留存现金退还本人",
           "received", "cash_in_transit", _P.REFUND_TO_PAYER, officer=True),
    # 赎回, 押金, 清偿
    _event("redemption_asked", "申请赎回",
           "card_purse wallet unloaded_orders", "redemption_payable"),
    _event("redemption_routed", "赎回原路退回",
           "redemption_payable", "refunds_in_flight", _P.REDEMPTION, officer=True),
    _event("redemption_paid_by_bank", "赎回银行付出",
           "redemption_payable", "bank_out_in_transit", _P.REDEMPTION, officer=True),
    _event("redemption_paid_in_cash", "赎回柜台付现",
           "redemption_payable", "cash_in_transit", _P.REDEMPTION, officer=True),
    _event("deposit_returned", "退还押金",
           "deposits_held",
           "refunds_in_flight bank_out_in_transit cash_in_transit",
           _P.DEPOSIT_RETURN,
           officer=True),
    _event("repaid", "清偿",
           "wallet unloaded_orders agent_deposit legacy_float",
           "bank_out_in_transit",
           _P.REPAYMENT,
           officer=True),
    # 渠道结算 what the channels do
    _event("channel_settled", "渠道结算到账", "bank_reserve", "channel_receivable"),
    _event("channel_fee_withheld", "渠道扣收手续费", "own_cover_due", "channel_receivable"),
    _event("channel_fee_returned", "渠道退还手续费",
           "channel_receivable", "own_cover_due own_income_in_reserve"),
    _event("coupon_used", "运营单位优惠券抵扣", "own_cover_due", "channel_receivable"),
    _event("coupon_taken_back", "收回优惠券抵扣",
           "redemption_payable channel_receivable", "own_cover_due own_income_in_reserve"),
    _event("channel_prefunded", "渠道备付预存",
           "channel_receivable", "bank_out_in_transit", _P.CHANNEL_PREFUND, officer=True),
    # 自有资金补足
    _event("operator_covered", "自有资金补足到账", "bank_reserve", "own_cover_due"),
    _event("cover_overpaid", "多补款项转为自有", "own_cover_due", "own_income_in_reserve"),
    _event("loss_covered", "损失由自有资金承担",
           "own_cover_due",
           "channel_receivable cash_in_transit bank_reserve "
           "placement pool_due_from rides_in_clearing card_purse"),
    # 乘车 rides
    _event("ride_ingested", "乘车交易入账",
           "wallet card_purse unloaded_orders", "rides_in_clearing"),
    _event("ride_arrears", "余额不足垫付", "own_cover_due", "rides_in_clearing"),
    _event("ride_verified", "清分验证通过",
           "rides_in_clearing", "settlement_payable clearing_fee_payable own_income_in_reserve"),
    _event("ride_rejected", "清分拒绝", "rides_in_clearing", "suspense"),
    # 划款 transfer instructions and the bank
    _event("instruction_due", "划款指令",
           "settlement_payable clearing_fee_payable", "settlement_due"),
    _event("instruction_sent", "划款指令发出",
           "settlement_due", "bank_out_in_transit", _P.CLEARING_SETTLEMENT, officer=True),
    _event("own_part_funded", "自有资金先行到账", "bank_reserve", "settlement_due"),
    _event("bank_paid_out", "银行付出记账", "bank_out_in_transit", "bank_reserve"),
    _event("bank_rejected", "银行拒付", "bank_out_in_transit", f"{_PAID_FROM} {_GOES_BACK}"),
    _event("bank_returned", "退汇", "bank_reserve", f"{_PAID_FROM} {_GOES_BACK}"),
    _event("own_income_swept", "自有收入划出",
           "own_income_in_reserve", "bank_out_in_transit", _P.OWN_INCOME_SWEEP, officer=True),
    _event("custody_moved", "备付金账户间划转",
           "bank_reserve", "bank_reserve bank_out_in_transit", _P.CUSTODY_TRANSFER,
           officer=True),
    # 保本存放
    _event("placement_made", "保本存放存出",
           "placement", "bank_reserve bank_out_in_transit", _P.PRINCIPAL_SAFE_PLACEMENT,
           officer=True),
    _event("placement_matured", "保本存放收回", "bank_reserve", "placement"),
    _event("interest_received", "利息到账", "bank_reserve", "interest_unallocated"),
    # 待查 not understood, and understood later
    _event("bank_line_unclear", "不明到账", "bank_reserve", "suspense"),
    _event("suspense_understood", "待查款项查清",
           "suspense",
           "received channel_receivable cash_in_transit own_cover_due "
           "settlement_due rides_in_clearing wallet card_purse unloaded_orders",
           officer=True),
    _event("gone_understood", "划出款项查明",
           "bank_out_in_transit suspense", "own_cover_due own_income_in_reserve", officer=True),
    _event("suspense_returned", "错汇款退回",
           "suspense", "bank_out_in_transit", _P.REFUND_TO_PAYER, officer=True),
    # 银行冲正 what a bank takes back of its own entries
    _event("bank_took_back", "银行冲正",
           "suspense channel_receivable cash_in_transit own_cover_due interest_unallocated",
           "bank_reserve"),
    _event("loss_recovered", "损失追回", "bank_reserve", "own_cover_due own_income_in_reserve"),
    # 历史余额
    _event("legacy_opened", "历史余额移交", "bank_reserve own_cover_due", "legacy_float"),
    _event("legacy_arrived", "移交款项已到账", "suspense", "legacy_float", officer=True),
    _event("legacy_card_seen", "历史卡首次验证", "legacy_float", "card_purse"),
    # 跨户 between pools
    _event("pool_order_collected", "代他户收款", "received", "pool_due_to"),
    _event("pool_order_received", "他户代收款", "pool_due_from", "unloaded_orders"),
    _event("pool_refund_asked", "请他户退款", "unloaded_orders", "pool_due_from pool_due_to"),
    _event("pool_refund_taken", "代他户退款", "pool_due_to pool_due_from", "refunds_in_flight"),
    _event("pool_netted", "户间轧差", "pool_due_to", "pool_due_from"),
    _event("pool_settlement_due", "户间应付结算", "pool_due_to", "settlement_due"),
    _event("pool_settled", "户间结算到账", "bank_reserve", "pool_due_from"),
    # 自有账簿: the mirror of what the reserve is owed or owes
    _event("own_cover_owed", "应补备付金",
           "fee_expense loss user_receivable rounding", "due_to_reserve"),
    _event("own_cover_forgiven", "应补备付金冲减", "due_to_reserve", "fee_expense loss"),
    _event("own_cover_paid", "补足备付金付出", "due_to_reserve", "own_bank"),
    _event("own_cover_unpaid", "补足备付金冲回", "own_bank", "due_to_reserve"),
    _event("own_cover_overpaid", "多补款项转为应收", "due_from_reserve", "due_to_reserve"),
    _event("own_income_earned", "备付金内收入确认",
           "due_from_reserve", "income fee_expense loss"),
    _event("own_income_sent_back", "自有收入退回备付金", "due_from_reserve", "own_bank"),
    _event("own_income_arrived", "自有收入划回", "own_bank", "due_from_reserve"),
    _event("own_part_owed", "自有承担部分",
           "subsidy_receivable user_receivable rounding", "own_settlement_payable"),
    _event("own_part_paid", "自有承担部分付出", "own_settlement_payable", "own_bank"),
    _event("own_debt_collected", "应收款收回", "own_bank", "subsidy_receivable user_receivable"),
    # 备查账簿
    _event("kiosk_quota_granted", "授予终端额度",
           "kiosk_quota_granted", "kiosk_quota", officer=True),
    _event("kiosk_quota_used", "占用终端额度", "kiosk_quota", "kiosk_quota_granted"),
    _event("kiosk_quota_restored", "恢复终端额度", "kiosk_quota_granted", "kiosk_quota"),
)
# fmt: on

BY_CODE = {event.code: event for event in EVENTS}

# The purposes of each rule profile; custody/rules/profiles tells them with clause and confidence.
# MOT is the plan's own (省方案); nobody else may place the reserve anywhere.
PURPOSES: dict[str, frozenset[Purpose]] = {
    "MOT": frozenset(Purpose),
    "PBOC": frozenset(Purpose) - {Purpose.PRINCIPAL_SAFE_PLACEMENT},
    "MOFCOM": frozenset(Purpose) - {Purpose.PRINCIPAL_SAFE_PLACEMENT},
}

# A rule profile is the list of events it permits: every fact, and instructions of its purposes.
PROFILES: dict[str, tuple[Event, ...]] = {
    profile: tuple(event for event in EVENTS if event.purpose is None or event.purpose in purposes)
    for profile, purposes in PURPOSES.items()
}

REVERSED = "_reversed"


def _rules_of(profile: str, events: tuple[Event, ...]) -> Iterator[Rule]:
    """What a profile permits, and the correction of whatever any profile permits.

    A pool that changes its profile still corrects what it has booked under the former one.
    """
    for event in EVENTS:
        for debit in event.debits:
            for credit in event.credits:
                if event in events:
                    yield Rule(
                        profile=profile,
                        code=event.code,
                        debit=debit,
                        credit=credit,
                        needs_approval=event.needs_approval,
                        purpose=event.purpose,
                        zh=event.zh,
                    )
                yield Rule(
                    profile=profile,
                    code=event.code + REVERSED,
                    debit=credit,
                    credit=debit,
                    needs_approval=True,
                    purpose=event.purpose,
                    zh=f"冲正:{event.zh}",
                )


# Every permitted posting of every profile, and for each its correction under an approval (冲正).
RULES: tuple[Rule, ...] = tuple(
    rule for profile, events in PROFILES.items() for rule in _rules_of(profile, events)
)
