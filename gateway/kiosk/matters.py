"""The kinds of case that this room opens."""

from __future__ import annotations

from accounts.roles import FINANCE_OFFICER, KIOSK_OPERATOR
from reserve_funds.custody.cases import kinds

CASH_SHORT = kinds.register(
    "kiosk_cash_short",
    zh="钱箱清点短款,已由自有资金承担,须查明原因。",
    en="A cash box held less than was booked; own money owes it. Find out why.",
    owner=FINANCE_OFFICER,
    working_days=5,
)
CASH_OVER = kinds.register(
    "kiosk_cash_over",
    zh="钱箱清点长款,已列入待查,须查明属于谁。",
    en="A cash box held more than was booked; it lies in suspense. Find out whose it is.",
    owner=FINANCE_OFFICER,
    working_days=5,
)
CASH_KEPT = kinds.register(
    "kiosk_cash_kept",
    zh="终端收到的现金未能成为充值订单,须补授额度,或由两人凭卡和小票退还。",
    en="Cash at a kiosk became no order: grant quota, or two officers give it back for its slip.",
    owner=KIOSK_OPERATOR,
    working_days=1,
)
DAY_DIFFERS = kinds.register(
    "kiosk_day_differs",
    zh="终端日结不一致,已逐笔列出差异。",
    en="A kiosk's day does not agree with ours; the differences are listed record by record.",
    owner=KIOSK_OPERATOR,
    working_days=2,
)
QUOTA_TAKEN_BACK = kinds.register(
    "kiosk_quota_not_covered",
    zh="银行冲正了已解缴的现金,终端额度不足以收回。",
    en="A bank took banked cash back and the kiosk's quota does not suffice to follow.",
    owner=FINANCE_OFFICER,
    working_days=1,
)
CASH_UNCLAIMED = kinds.register(
    "kiosk_cash_unclaimed",
    zh="现金充值到期仍未写卡,持卡人可到任一终端补登,或凭卡和小票到柜台领回。",
    en="Cash was never put onto its card: any kiosk still loads it, or a counter gives it back.",
    owner=FINANCE_OFFICER,
    working_days=10,
)
PAYOUT_UNPAID = kinds.register(
    "kiosk_payout_unpaid",
    zh="退还的现金已列入在途退款，银行还没有付成：须申请划出，被拒或退汇的须更正后再申请。",
    en="Cash to be given back lies in refunds in flight: ask for its transfer, again if it failed.",
    owner=FINANCE_OFFICER,
    working_days=3,
)
