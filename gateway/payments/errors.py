"""What can go wrong between a payer, a channel and us."""

from accounts.errors import DomainError, Sort


class MerchantUnknown(DomainError):
    """No merchant account of ours takes money for this pool over this channel."""

    code = "channel_not_offered"
    sort = Sort.CALLER
    zh = "这张卡所在城市暂不支持该支付方式，请换一种。"
    en = "This card's operator does not take payments over this channel; choose another."


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
