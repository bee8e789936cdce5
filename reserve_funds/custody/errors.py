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
