"""What can stand between a citizen and an invoice, and between us and the office that makes it."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class InvoicesNotOffered(DomainError):
    """The operator of this pool has no office that makes its invoices; facts: pool."""

    code = "invoice_not_offered"
    sort = Sort.CONFLICT
    zh = "这家公交卡公司暂未开通线上开票，请到客服网点开具。"
    en = "This operator does not issue invoices online yet. Please ask at a service counter."


class InvoiceNotFound(DomainError):
    """No such invoice, or somebody else's."""

    code = "invoice_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这张发票。"
    en = "This invoice was not found."


class OrderNotInvoiceable(DomainError):
    """Not paid, going back, or paid by nobody we know; facts: order_id, state."""

    code = "invoice_order_not_invoiceable"
    sort = Sort.CONFLICT
    zh = "只有已付款、且没有退款的充值才能开发票。"
    en = "Only a top-up that is paid and not refunded can be invoiced."


class CashNotOnCard(DomainError):
    """Paid in cash at a kiosk, and its card has not taken it, or not for sure; facts: state."""

    code = "invoice_cash_not_on_card"
    sort = Sort.CONFLICT
    zh = "在终端用现金充值的，写到卡上以后才能开发票。请先把卡再贴一次。"
    en = "Cash paid at a kiosk can be invoiced once it is on the card. Tap the card again first."


class NothingToInvoice(DomainError):
    """A coupon paid all of it, or all of it went back."""

    code = "invoice_nothing_to_invoice"
    sort = Sort.CONFLICT
    zh = "这笔充值没有您实际支付的金额，不能开发票。"
    en = "Nothing of this top-up was paid by you, so there is nothing to invoice."


class InvoiceStands(DomainError):
    """One order has one invoice, and this one is for another title; facts: invoice_id, state."""

    code = "invoice_stands"
    sort = Sort.CONFLICT
    zh = "这笔充值已经申请过发票，不能再开一张。"
    en = "An invoice of this top-up has been asked for already; there is one for each."


class InvoicesTooMany(DomainError):
    """So many invoices of one order were refused or reversed that people must look."""

    code = "invoice_too_many"
    sort = Sort.CONFLICT
    zh = "这笔充值的开票申请次数过多，请联系客服处理。"
    en = "Too many invoices were asked for this top-up. Please contact customer service."


class TitleNotUnderstood(DomainError):
    """Empty, too long, or with characters that no invoice carries."""

    code = "invoice_title_not_understood"
    sort = Sort.CALLER
    zh = "发票抬头请填写 2 到 50 个字，不能含有特殊符号。"
    en = "The title has 2 to 50 characters and no special symbols."


class TaxpayerNoWrong(DomainError):
    """Not 18 characters of the code's alphabet, or its check character is another."""

    code = "invoice_taxpayer_no_wrong"
    sort = Sort.CALLER
    zh = "纳税人识别号不正确，请核对营业执照上的 18 位统一社会信用代码。"
    en = "The taxpayer number is wrong. Check the 18 characters on the business licence."


class InvoiceFileNotThere(DomainError):
    """Not made, not fetched yet, or not in this form."""

    code = "invoice_file_not_there"
    sort = Sort.NOT_FOUND
    zh = "发票文件还没有准备好，请稍后再来下载。"
    en = "The invoice's file is not ready yet. Come back in a while."


class OfficeUnknown(DomainError):
    """No adapter speaks to an office of this name; facts: office."""

    code = "invoice_office_unknown"
    zh = "没有这个开票服务。"
    en = "There is no such invoicing office."


class OfficeSilent(DomainError):
    """No clear word: it may or may not have happened; asked again by the same number."""

    code = "invoice_office_silent"
    sort = Sort.PARTNER
    zh = "开票服务暂时没有答复，我们会自动再问。"
    en = "The invoicing office gave no clear answer; it is asked again by itself."


class OfficeAnswerForged(DomainError):
    """An answer that is not proven to be the office's: what we asked is unknown."""

    code = "invoice_answer_forged"
    sort = Sort.PARTNER
    zh = "开票服务的应答没有通过验证。"
    en = "The invoicing office's answer could not be verified."


class OfficeAnswerDiffers(DomainError):
    """It made an invoice of something else than what we asked; facts: against."""

    code = "invoice_answer_differs"
    sort = Sort.PARTNER
    zh = "开出的发票与申请不一致，等待人工处理。"
    en = "The invoice is not what was asked for; people must look."


class InvoiceFileDiffers(DomainError):
    """The file is not the one whose hash the office signed; nothing of it was kept."""

    code = "invoice_file_differs"
    sort = Sort.PARTNER
    zh = "发票文件与开票服务给出的摘要不一致。"
    en = "The invoice's file is not the one that the office signed for."


class InvoiceUnderWay(DomainError):
    """Somebody who wants to leave waits for an invoice or its reversal."""

    code = "invoice_under_way"
    sort = Sort.CONFLICT
    zh = "您有发票正在开具或冲红，办完后才能注销。"
    en = "An invoice of yours is being made or reversed; you can leave once it is done."


class InvoiceDecisionUnfit(DomainError):
    """Not in doubt in this way, no reason was given, or a decision waits already. Facts: state."""

    code = "invoice_decision_unfit"
    sort = Sort.CONFLICT
    zh = "这张发票现在不能这样判定：可能已有结果、已有人提议，或没有写依据。"
    en = "This cannot be decided of the invoice now: it may be over, or asked, or has no reason."


class InvoiceDecisionOver(DomainError):
    """Decided already, or the office has spoken since. Facts: state."""

    code = "invoice_decision_over"
    sort = Sort.CONFLICT
    zh = "这个提议已经过时：发票有了新的结果。"
    en = "This proposal is over: the invoice has moved since."


class InvoiceNoWrong(DomainError):
    """Not the 20 digits of an invoice's number, known already, or of a moment to come."""

    code = "invoice_no_wrong"
    sort = Sort.CALLER
    zh = "发票号码须是 20 位数字、没有登记过，开票时间不能晚于现在。"
    en = "The number has 20 digits and is not known yet; its moment is not in the future."
