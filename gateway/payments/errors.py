"""What can go wrong between a payer, a channel and us."""

from accounts.errors import DomainError, Sort


class MerchantUnknown(DomainError):
    """No merchant account of ours takes money for this pool over this channel."""

    code = "channel_not_offered"
    sort = Sort.CALLER
    zh = "这张卡所在城市暂不支持该支付方式，请换一种。"
    en = "This card's operator does not take payments over this channel; choose another."


class BankNotTaking(MerchantUnknown):
    """The partner bank is suspended or closed; payments begun before go on."""

    code = "bank_not_taking_payments"
    sort = Sort.CONFLICT
    zh = "这家银行暂停受理新的付款，请换一种支付方式。"
    en = "This bank takes no new payments at present; choose another way to pay."


class NothingToRefund(DomainError):
    """The payment has no money left that could go back."""

    code = "nothing_to_refund"
    sort = Sort.CONFLICT
    zh = "这笔付款没有可退的金额。"
    en = "Nothing of this payment is left to refund."


class PayerMissing(DomainError):
    """A JSAPI payment needs the payer's number in the wallet: openid, or Alipay's user id."""

    code = "payer_openid_missing"
    sort = Sort.CALLER
    zh = "在钱包应用内支付需要付款人在该钱包的编号（openid 或 user id）。"
    en = "Paying inside a wallet app needs the payer's number there (openid or user id)."


class MatterUnknown(DomainError):
    """Nothing of this name waits for people (any more)."""

    code = "matter_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有这项待处理事项，或它已经处理完毕。"
    en = "There is no such matter, or it is settled already."


class ChoiceNotOffered(DomainError):
    """This matter cannot be decided like this; facts say why."""

    code = "choice_not_offered"
    sort = Sort.CALLER
    zh = "该事项不能这样处理，请核对所选依据。"
    en = "This matter cannot be decided like this; check what the choice rests on."


class ReasonMissing(DomainError):
    """A decision about money says why."""

    code = "decision_reason_missing"
    sort = Sort.CALLER
    zh = "请写明处理理由。"
    en = "Say why."


class ProposalOpen(DomainError):
    """Somebody has proposed something about this matter already."""

    code = "proposal_open"
    sort = Sort.CONFLICT
    zh = "该事项已有待复核的处理意见。"
    en = "A proposal about this matter is waiting for a second officer already."


class ProposalOver(DomainError):
    """The proposal was decided before."""

    code = "proposal_over"
    sort = Sort.CONFLICT
    zh = "该处理意见已有结论。"
    en = "This proposal was decided before."


class EvidenceChanged(DomainError):
    """The evidence is no longer what the officer saw; nothing was done."""

    code = "evidence_changed"
    sort = Sort.CONFLICT
    zh = "证据已发生变化，未作任何处理，请重新查看后再提出。"
    en = "The evidence has changed meanwhile; nothing was done. Look again and propose anew."
