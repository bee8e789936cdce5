"""What custody refuses, each refusal by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class StatementUnreadable(DomainError):
    """The file is not a bank statement of the form it claims. Facts: `line`, `text`."""

    code = "statement_unreadable"
    sort = Sort.CALLER
    zh = "这个文件不是所选格式的银行对账单，没有记任何账。"
    en = "The file is not a bank statement of this form; nothing was booked."


class StatementDoesNotAdd(DomainError):
    """Opening, lines and closing of a statement contradict each other. Facts: `line`, `printed`."""

    code = "statement_does_not_add"
    sort = Sort.CALLER
    zh = "对账单的期初、明细与期末互相矛盾，没有记任何账。"
    en = "The statement's opening, lines and closing contradict each other; nothing was booked."


class StatementFormUnknown(DomainError):
    """No form of bank statement has this name."""

    code = "statement_form_unknown"
    sort = Sort.CALLER
    zh = "没有这种对账单格式。"
    en = "There is no bank statement form of this name."


class StatementFormWrong(DomainError):
    """The data that describes a form of bank statement contradicts itself. Facts: `form`."""

    code = "statement_form_wrong"
    sort = Sort.OURS
    zh = "对账单格式的配置有误。"
    en = "The description of this bank statement form is wrong."


class StatementOfUnknownAccount(DomainError):
    """The statement is of an account that is none of ours, or not of these pools."""

    code = "statement_of_unknown_account"
    sort = Sort.CALLER
    zh = "对账单的账号不是这些备付金专户的账户，没有记任何账。"
    en = "The statement is of no account of these pools; nothing was booked."


class StatementDiffers(DomainError):
    """The bank tells again, and otherwise, what it has told before. Facts: `line`, `lines`."""

    code = "statement_differs"
    sort = Sort.CONFLICT
    zh = "同一账户同一期间的对账单已经收过，内容不同，请向银行核实。"
    en = "A statement of this account and period was taken before, with other content."


class CustodyAccountDiffers(DomainError):
    """The account number belongs to another pool, bank or use."""

    code = "custody_account_differs"
    sort = Sort.CONFLICT
    zh = "这个账号已登记在别的专户、银行或用途下。"
    en = "This account number is registered for another pool, bank or use."


class RuleProfileUnknown(DomainError):
    """No rule profile has this name."""

    code = "rule_profile_unknown"
    sort = Sort.CALLER
    zh = "没有这种备付金规则。"
    en = "There is no rule profile of this name."


class ProfileFaulty(DomainError):
    """The data of a rule profile contradicts the schema. Facts: `rule`."""

    code = "rule_profile_faulty"
    sort = Sort.OURS
    zh = "备付金规则的数据有误。"
    en = "The data of this rule profile is faulty."


class CalendarUnknown(DomainError):
    """Nobody has told which days of this year are working days. Facts: `year`."""

    code = "calendar_unknown"
    sort = Sort.OURS
    zh = "这一年的节假日安排尚未登记，无法计算工作日。"
    en = "The holidays of this year have not been told, so working days cannot be counted."


class CalendarFaulty(DomainError):
    """A file that should tell a year's holidays contradicts itself. Facts: `year`."""

    code = "calendar_faulty"
    sort = Sort.OURS
    zh = "节假日安排文件有误。"
    en = "The file of a year's holidays is faulty."


class CaseKindUnknown(DomainError):
    """No room of the house opens cases of this kind. Facts: `kind`."""

    code = "case_kind_unknown"
    sort = Sort.OURS
    zh = "没有这种待办事项。"
    en = "There is no case of this kind."


class CaseNotOpen(DomainError):
    """The case was resolved before, or there never was one. Facts: `id`."""

    code = "case_not_open"
    sort = Sort.CONFLICT
    zh = "这个待办事项已办结或不存在。"
    en = "This case was resolved before, or never was."


class DayUnknown(DomainError):
    """The pool has no such business day. Facts: `pool`, `day`."""

    code = "day_unknown"
    sort = Sort.NOT_FOUND
    zh = "该备付金专户没有这个营业日。"
    en = "The pool has no such business day."


class DayNeedsNoException(DomainError):
    """Nothing is to be signed: the day is open or closed, sound, or blocked for integrity."""

    code = "day_needs_no_exception"
    sort = Sort.CONFLICT
    zh = "该营业日没有可以例外签署的事项。"
    en = "There is nothing about this day that an exception could be signed for."


class SealBroken(DomainError):
    """A day's seal is not sound. Facts: `pool`, `day`, `because`."""

    code = "day_seal_broken"
    sort = Sort.OURS
    zh = "营业日封签验证不通过。"
    en = "The seal of a business day does not verify."
