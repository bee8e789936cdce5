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


class CardBusy(DomainError):
    """A card is to be removed while money or a loss report waits for it."""

    code = "card_is_busy"
    sort = Sort.CONFLICT
    zh = "这张卡还有没办完的充值或挂失，请先办完，再移除。"
    en = "A top-up or loss report of this card is not finished. Finish it first, then remove it."


class AmountNotUnderstood(DomainError):
    """What was typed as a sum is none, or none was chosen."""

    code = "amount_not_understood"
    sort = Sort.CALLER
    zh = "请选一个金额，或者填一个金额，比如 35 或 35.50。"
    en = "Choose an amount, or type one, such as 35 or 35.50."


class CardNotChosen(DomainError):
    """No card of one's own was chosen."""

    code = "card_not_chosen"
    sort = Sort.CALLER
    zh = "请先选一张卡。"
    en = "Choose a card first."
