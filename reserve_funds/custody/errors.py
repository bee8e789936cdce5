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


class MatchingFaulty(DomainError):
    """The data that says how sides are matched contradicts itself."""

    code = "matching_faulty"
    sort = Sort.OURS
    zh = "对账规则的数据有误。"
    en = "The data that says how sides are matched is faulty."


class NotAProfileChange(DomainError):
    """The approval is for something else than a change of rule profile. Facts: `purpose`."""

    code = "not_a_profile_change"
    sort = Sort.CONFLICT
    zh = "这个审批不是变更备付金规则。"
    en = "This approval is not of a change of rule profile."


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


class ReserveShort(DomainError):
    """Less is there than is owed. Facts: `pool`, `shortfall_fen`."""

    code = "reserve_short"
    sort = Sort.CONFLICT
    zh = "备付金未全额覆盖，补足之前不得划出自有收入或办理存放。"
    en = "The reserve is short: nothing is swept or placed before own money has covered it."


class OutflowsStopped(DomainError):
    """Something sealed as an exception is not mended yet. Facts: `pool`, `subject`, `because`."""

    code = "outflows_stopped"
    sort = Sort.CONFLICT
    zh = "日结签批的例外事项尚未整改，暂停划出自有收入和存放。"
    en = "An exception that a day was closed with is not mended: sweeps and placements wait."


class StopUnknown(DomainError):
    """Nothing of this subject stops the pool."""

    code = "stop_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这项暂停，或已经解除。"
    en = "There is no such stop, or it was lifted before."


class LineUnknown(DomainError):
    """No side has told of this line."""

    code = "matching_line_unknown"
    sort = Sort.NOT_FOUND
    zh = "五方对账里没有这一行。"
    en = "No side of the reconciliation has told of this line."


class DifferenceUnknown(DomainError):
    """There is no such difference."""

    code = "difference_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这笔对账差异。"
    en = "There is no such difference."


class DifferenceOver(DomainError):
    """The difference has ended or was settled, so nothing is proposed for it. Facts: `state`."""

    code = "difference_over"
    sort = Sort.CONFLICT
    zh = "这笔对账差异已经了结。"
    en = "This difference is over."


class ProposalNotOffered(DomainError):
    """This is not among what may be done about the difference. Facts: `choice`."""

    code = "matching_choice_not_offered"
    sort = Sort.CALLER
    zh = "这笔差异不能这样处理。"
    en = "This is not offered for this difference."


class VoucherNoLongerFits(DomainError):
    """Lines or balances have moved since it was proposed; nothing was booked. Facts: `moved`."""

    code = "voucher_no_longer_fits"
    sort = Sort.CONFLICT
    zh = "提出凭证之后，对账事实或余额已经变化，没有记任何账，请重新提出。"
    en = "Facts or balances have moved since this was proposed; nothing was booked. Propose again."


class MatchingProposalOver(DomainError):
    """The proposal was decided before. Facts: `state`."""

    code = "matching_proposal_over"
    sort = Sort.CONFLICT
    zh = "这项对账处理已经有结果了。"
    en = "This proposal was decided before."


class MatchingProposalOpen(DomainError):
    """Somebody has proposed something about this difference already."""

    code = "matching_proposal_open"
    sort = Sort.CONFLICT
    zh = "这笔差异已有一项处理等待复核。"
    en = "A proposal about this difference is waiting already."


class ReasonWanted(DomainError):
    """A proposal says why."""

    code = "matching_reason_wanted"
    sort = Sort.CALLER
    zh = "请写明理由。"
    en = "Say why."


class HandsDoNotAdd(DomainError):
    """Lines matched by hand are open, of one pool and relation, and add up. Facts: `because`."""

    code = "matching_hands_do_not_add"
    sort = Sort.CALLER
    zh = "手工勾对的各行须同属一户、两方都有、尚未勾对，且金额相等。"
    en = "Lines matched by hand must be open, of one pool and two sides, and equal in sum."


class NobodyActs(DomainError):
    """No room has said that it does this. Facts: `act`."""

    code = "matching_nobody_acts"
    sort = Sort.OURS
    zh = "没有部门承接这项处理。"
    en = "No room of the house does this."


class NotAWindingDown(DomainError):
    """The approval is of something else, or the reason is missing. Facts: `purpose`, `field`."""

    code = "not_a_winding_down"
    sort = Sort.CALLER
    zh = "这不是终止业务的申请，或未写明理由。"
    en = "This is no declaration of winding down, or its reason is missing."


class ClearingNotBuilt(ProposalNotOffered):
    """The house has no line to a clearing platform yet: nobody can ask it. Facts: `id`."""

    code = "clearing_not_built"
    sort = Sort.OURS
    zh = "清分平台的对接尚未建成，不能由系统请其核实，请人工联系并在案件中记录。"
    en = "The line to the clearing platform is not built yet; ask by hand and note it in the case."
