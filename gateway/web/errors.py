"""What of money and cards stands in the way of somebody who wants to leave."""

from accounts.errors import DomainError, Sort


class MoneyUnderWay(DomainError):
    code = "deletion_money_under_way"
    sort = Sort.CONFLICT
    zh = "您有还没办完的充值或退款，请先把钱写到卡上或等它退回，再注销。"
    en = "A top-up or refund of yours is under way. Load it or wait until it is back first."


class LoadUnderWay(DomainError):
    code = "deletion_load_under_way"
    sort = Sort.CONFLICT
    zh = "您有一张卡写到一半，请再贴一次同一张卡，再注销。"
    en = "A load to one of your cards is unresolved. Tap the same card once more first."


class NamedCardHoldsMoney(DomainError):
    code = "deletion_named_card_balance"
    sort = Sort.CONFLICT
    zh = "您的记名卡里还有钱，请先用完或赎回，再注销；注销后就不能挂失了。"
    en = "A card registered in your name holds money. Spend or redeem it first."
