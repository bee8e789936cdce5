"""What the bank's side of custody refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class OutflowNotPermitted(DomainError):
    """The pool's profile has no such outflow. Facts: `purpose`, `source`."""

    code = "outflow_not_permitted"
    sort = Sort.FORBIDDEN
    zh = "该备付金专户的规则不允许这种用途的付款。"
    en = "The rules of this reserve permit no payment for this purpose from this account."


class OutflowRouteWrong(DomainError):
    """The profile demands a licensed clearing route (R5). Facts: `routes`."""

    code = "outflow_route_wrong"
    sort = Sort.CALLER
    zh = "该规则要求写明持牌清算渠道。"
    en = "The rules demand a licensed clearing route for this payment."


class OutflowMalformed(DomainError):
    """The request lacks something or contradicts itself. Facts: `field`."""

    code = "outflow_malformed"
    sort = Sort.CALLER
    zh = "付款申请填写有误。"
    en = "The request of a payment is malformed."


class PayeeNotOurs(DomainError):
    """Own income and moves between accounts go only to this pool's own registered accounts."""

    code = "payee_not_ours"
    sort = Sort.FORBIDDEN
    zh = "收款账户须是本单位登记的同名账户。"
    en = "The payee must be a registered account of this operator, in its own name."


class SweepTooLarge(DomainError):
    """More than the own income less what own money still owes the reserve (R6, R7)."""

    code = "sweep_too_large"
    sort = Sort.FORBIDDEN
    zh = "划出金额超过备付金内自有收入减去应补款后的余额。"
    en = "More than the own income in the reserve less what is owed to the reserve."


class OutflowAboveLimit(DomainError):
    """The limit was lowered since it was asked: ask again, two people will check it."""

    code = "outflow_above_limit"
    sort = Sort.CONFLICT
    zh = "金额已超过单人复核限额，请重新申请。"
    en = "The amount is above what one checker may approve; ask again."


class OutflowUnknown(DomainError):
    """There is no such request."""

    code = "outflow_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这一付款申请。"
    en = "There is no such request of a payment."


class OutflowOver(DomainError):
    """The request was decided, withdrawn or has expired. Facts: `state`."""

    code = "outflow_over"
    sort = Sort.CONFLICT
    zh = "该付款申请已经结束。"
    en = "The request of a payment is over."


class InstructionUnknown(DomainError):
    """There is no such instruction."""

    code = "instruction_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这一付款指令。"
    en = "There is no such payment instruction."


class InstructionNotReady(DomainError):
    """It was sent before or is over: a bank is told once and asked ever after. Facts: `state`."""

    code = "instruction_not_ready"
    sort = Sort.CONFLICT
    zh = "该付款指令已发出或已结束，只可查询，不可重发。"
    en = "The payment instruction was sent or is over; it is queried, never sent again."


class StandingWordMalformed(DomainError):
    """A limit or recognition rule contradicts itself. Facts: `field`."""

    code = "standing_word_malformed"
    sort = Sort.CALLER
    zh = "限额或识别规则填写有误。"
    en = "The limit or recognition rule is malformed."


class EntryNotUnclear(DomainError):
    """The entry is not in suspense, or less of it is than is to be explained."""

    code = "bank_entry_not_unclear"
    sort = Sort.CONFLICT
    zh = "该笔银行流水不在待查款项中。"
    en = "The bank entry is not in suspense."


class WordUnknown(DomainError):
    """There is no such word of officers, or it is decided. Facts: `state`."""

    code = "bank_word_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有待复核的这一事项。"
    en = "There is no such matter waiting for a second officer."


class CorrectionNotNeeded(DomainError):
    """The file was taken, or tells nothing otherwise than before."""

    code = "statement_correction_not_needed"
    sort = Sort.CONFLICT
    zh = "该文件与已收对账单没有差异，或已收下。"
    en = "The file tells nothing otherwise than the statements that were taken."


class ReversalRefused(DomainError):
    """These transfers are not reversed by officers. Facts: `because`, `transfer`."""

    code = "reversal_refused"
    sort = Sort.CONFLICT
    zh = "这些分录不能由人工冲正：须为已入账、非银行事实，且成对冲正。"
    en = "These transfers cannot be reversed by officers: a bank's fact, half a pair, or unknown."


class DeclarationTooEarly(DomainError):
    """It cannot be declared not instructed (yet). Facts: `why`, `days`, `needed`.

    `why`: not_sent, bank_knows_it, too_few_days, no_statement, shown, asked.
    """

    code = "declaration_too_early"
    sort = Sort.CONFLICT
    zh = "还不能认定银行未收到这笔指令：须银行连续答复查无此号、对账单已到且未见付出。"
    en = (
        "It cannot be declared not instructed: the bank must have denied its number on enough days,"
        " and statements must have come without it."
    )


class EntryNotGone(DomainError):
    """The entry is no money gone, the bank has undone it, or it is ended. Facts: `because`."""

    code = "bank_entry_not_gone"
    sort = Sort.CONFLICT
    zh = "该笔银行流水不是待查明的划出，或已有结论。"
    en = "The bank entry is no money gone that waits for an explanation."


class EndingStale(DomainError):
    """What it rests on has moved since, or is not so. Facts: `because`."""

    code = "ending_stale"
    sort = Sort.CONFLICT
    zh = "查明所依据的账目已变动或不符，请重新申请。"
    en = "What the explanation rests on is not so, or has moved since; ask again."


class CustodyAccountMalformed(DomainError):
    """What is told of an account is incomplete or contradicts itself. Facts: `field`."""

    code = "custody_account_malformed"
    sort = Sort.CALLER
    zh = "银行账户的登记内容填写有误。"
    en = "What is told of the bank account is malformed."


class CustodyAccountUnknown(DomainError):
    """No account has this id, or the approval is about none. Facts: `id`."""

    code = "custody_account_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这个银行账户，或这项审批不是银行账户的登记。"
    en = "There is no such bank account, or the approval is not about one."


class CustodyAccountChanged(DomainError):
    """The account is no longer as it was when this was asked, or is closed. Facts: `id`."""

    code = "custody_account_changed"
    sort = Sort.CONFLICT
    zh = "这个账户在申请之后已有别的变更，或已销户；请按现状重新申请。"
    en = "The account was changed or closed since this was asked; ask again as it is now."


class CustodyAccountHoldsMoney(DomainError):
    """A reserve account is closed only when its book holds nothing. Facts: `balance_fen`, `sent`.

    `sent`: how many instructions are still on their way from it.
    """

    code = "custody_account_holds_money"
    sort = Sort.CONFLICT
    zh = "账上这个账户还有余额，或还有未办完的划出，不能销户。"
    en = "By the book the account still holds money, or payments from it are not done."
