"""What can go wrong on the line to a bank, each by its name."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class BankContractUnknown(DomainError):
    """No contract of ours speaks to the bank about this account, or it is not for paying."""

    code = "bank_contract_unknown"
    sort = Sort.OURS
    zh = "这个账户没有可用的银企直联协议。"
    en = "No contract with the bank is in force for this account."


class BankTermsMalformed(DomainError):
    """What was asked of a contract or a folder is not what it can be. Facts: `field`."""

    code = "bank_terms_malformed"
    sort = Sort.CALLER
    zh = "协议或文件夹的内容有一项没有填对。"
    en = "Something of the contract or the folder is not right."


class BankTermsChanged(DomainError):
    """They were changed by others after this was asked. Facts: `id`."""

    code = "bank_terms_changed"
    sort = Sort.CONFLICT
    zh = "提交之后它已被改成别的样子，请按现在的内容重新提交。"
    en = "It was changed after this was asked. Please ask again from how it stands now."


class NotOfTheBankLine(DomainError):
    """This approval is not about a contract or a folder of a bank. Facts: `id`, `purpose`."""

    code = "not_of_the_bank_line"
    sort = Sort.CONFLICT
    zh = "这项审批不是关于银行协议或文件夹的。"
    en = "This approval is not about a bank's contract or folder."


class PayoutNumberTaken(DomainError):
    """The bank has an instruction of our number that we never sent. Facts: `number`, `state`."""

    code = "payout_number_taken"
    sort = Sort.PARTNER
    zh = "银行称这个指令号已经存在，没有发送，请核实。"
    en = "The bank already has an instruction of this number; nothing was sent."


class MailboxUnknown(DomainError):
    """There is no folder of a bank by that name."""

    code = "bank_mailbox_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这个银行文件夹。"
    en = "There is no such folder of a bank."


class MailboxFaulty(DomainError):
    """The row that describes a folder contradicts itself. Facts: `field`."""

    code = "bank_mailbox_faulty"
    sort = Sort.OURS
    zh = "银行文件夹的配置有误。"
    en = "The description of this bank's folder is wrong."


class MailboxSilent(DomainError):
    """The bank's SFTP server did not answer, or broke off."""

    code = "bank_mailbox_silent"
    sort = Sort.PARTNER
    zh = "银行的文件服务器没有应答，稍后再取。"
    en = "The bank's file server did not answer; it is asked again later."


class MailboxRefused(DomainError):
    """The bank's SFTP server does not let us in, or has not got the folder."""

    code = "bank_mailbox_refused"
    sort = Sort.PARTNER
    zh = "银行的文件服务器拒绝了我们的登录或没有约定的文件夹。"
    en = "The bank's file server does not let us in, or the folder is not there."


class HostKeyWrong(DomainError):
    """The server shows a key that is none of those pinned: nothing was said to it. An alarm."""

    code = "bank_host_key_wrong"
    sort = Sort.PARTNER
    zh = "银行文件服务器的主机密钥与登记的不符，已拒绝连接并报警。"
    en = "The bank's file server shows another host key than registered; the line was cut."


class BankFileTooLarge(DomainError):
    """A file in the folder is larger than any statement. Facts: `size`."""

    code = "bank_file_too_large"
    sort = Sort.PARTNER
    zh = "银行文件夹里的文件过大，没有收取。"
    en = "A file in the bank's folder is larger than any statement; it was not taken."


class StatementOfAnotherBank(DomainError):
    """A bank's own door gave a statement of an account that is kept at another bank."""

    code = "statement_of_another_bank"
    sort = Sort.PARTNER
    zh = "这份对账单的账户不在这家银行，没有记任何账。"
    en = "The statement is of an account that is kept at another bank; nothing was booked."


class StatementHashWrong(DomainError):
    """The statement that was downloaded is not the one whose hash the bank signed."""

    code = "statement_hash_wrong"
    sort = Sort.PARTNER
    zh = "下载的对账单与银行签名的摘要不符，没有采用。"
    en = "The downloaded statement does not match the hash the bank signed; it was not used."


class PartnerBankUnknown(DomainError):
    """There is no partner bank of this code. Facts: `code`."""

    code = "partner_bank_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这家合作银行。"
    en = "There is no such partner bank."


class PartnerBankStands(DomainError):
    """The bank is not in the state this was asked of. Facts: `code`, `state`."""

    code = "partner_bank_stands"
    sort = Sort.CONFLICT
    zh = "这家银行的状态已经不是申请时的状态，什么都没有改变。"
    en = "The bank no longer stands as it did when this was asked; nothing has changed."


class PartnerBankAskedAlready(DomainError):
    """Something asked about this bank waits for its second officer. Facts: `code`."""

    code = "partner_bank_asked_already"
    sort = Sort.CONFLICT
    zh = "这家银行已有一项申请在等待复核。"
    en = "Something asked about this bank already waits for a second officer."
