"""The cases that bank entries open: what people must end, and how soon."""

from __future__ import annotations

from reserve_funds.custody.cases import kinds

UNCLEAR_CASE = kinds.register(
    "bank_line_unclear",
    zh="银行流水不明，款项待查",
    en="A bank entry nobody understands yet; its money is in suspense",
    working_days=3,
)
CHARGE_CASE = kinds.register(
    "bank_charge",
    zh="银行从备付金扣收费用，须由自有资金补足",
    en="A bank charged the reserve; own money has to cover it",
    working_days=5,
)
GONE_CASE = kinds.register(
    "bank_money_gone",
    zh="备付金被划出而没有我方指令",
    en="Money left the reserve without any instruction of ours",
    working_days=1,
)
RETURNED_CASE = kinds.register(
    "bank_payment_returned",
    zh="付款被退汇，须决定是否重新申请",
    en="A payment was returned; somebody decides whether it is asked for again",
    working_days=3,
)
PAID_AFTER_ALL_CASE = kinds.register(
    "payment_paid_after_all",
    zh="已认定未办理的付款又在对账单上付出：已按事实记账，请核实是否另行付过",
    en="A payment declared not instructed was paid after all; booked as it is. Was it paid twice?",
    working_days=1,
)
