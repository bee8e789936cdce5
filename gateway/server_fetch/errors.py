"""What a wallet provider may be refused, and what is wrong with a profile of order signing."""

from accounts.errors import DomainError, Sort


class FetchOrderNotFound(DomainError):
    """No such order for this provider; another provider's is not found either."""

    code = "fetch_order_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这个订单号,或它不属于您。"
    en = "There is no order of this number for you."


class FetchCardDiffers(DomainError):
    """The card named is not the order's."""

    code = "fetch_card_differs"
    sort = Sort.CONFLICT
    zh = "卡号与订单不一致,什么都没有发生。"
    en = "The card is not the order's; nothing happened."


class FetchAmountDiffers(DomainError):
    """The amount named is not the order's; facts: amount_fen (the one named)."""

    code = "fetch_amount_differs"
    sort = Sort.CONFLICT
    zh = "金额与订单不一致,什么都没有发生。"
    en = "The amount is not the order's; nothing happened."


class OrderProfileUnknown(DomainError):
    """No profile of order signing has this name, or it is the sandbox's in production."""

    code = "order_profile_unknown"
    sort = Sort.OURS
    zh = "系统里没有这种订单签名方式。"
    en = "There is no such way of signing orders."


class OrderProfileWrong(DomainError):
    """A file of order signing does not keep the schema; the message names file and setting."""

    code = "order_profile_wrong"
    sort = Sort.OURS
    zh = "订单签名参数文件有误。"
    en = "A file of order signing is wrong."
