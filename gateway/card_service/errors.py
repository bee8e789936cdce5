"""What can stand between a citizen and a card service."""

from accounts.errors import DomainError, Sort


class RealNameFirst(DomainError):
    """Only who is known by name can put a name to a card."""

    code = "card_real_name_first"
    sort = Sort.CONFLICT
    zh = "请先完成实名核验，再登记记名卡。"
    en = "Confirm your real name first; then the card can be registered in it."


class CardNamedAlready(DomainError):
    """The card is named."""

    code = "card_named_already"
    sort = Sort.CONFLICT
    zh = "这张卡已经是您的记名卡。"
    en = "This card is already registered in your name."


class NamingNotFound(DomainError):
    """No such registration, or somebody else's."""

    code = "card_naming_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这次记名登记。"
    en = "This registration was not found."


class CardNotNamed(DomainError):
    """An anonymous card cannot be reported lost (R20)."""

    code = "card_not_named"
    sort = Sort.CONFLICT
    zh = "只有记名卡可以挂失；不记名卡视同现金。"
    en = "Only a card in your name can be reported lost; an anonymous one is like cash."


class LossNotFound(DomainError):
    """The card has no loss report that could be lifted or built upon."""

    code = "card_loss_not_found"
    sort = Sort.NOT_FOUND
    zh = "这张卡没有在挂失中。"
    en = "This card is not reported lost."


class BalanceLeaving(DomainError):
    """The balance has left the card or is about to."""

    code = "card_balance_leaving"
    sort = Sort.CONFLICT
    zh = "这张卡正在办理补卡或退卡，先撤回才能继续；余额转出后不能撤回。"
    en = "This card is being replaced or redeemed; withdraw that first, before the balance moves."


class ServiceUnderWay(DomainError):
    """Somebody who wants to leave has a replacement or redemption that is not over."""

    code = "card_service_under_way"
    sort = Sort.CONFLICT
    zh = "您还有补换卡或退卡没有办完，余额到账以后才能注销。"
    en = "A replacement or redemption of yours is not over; its money must reach you first."


class DepartureNotFound(DomainError):
    """No such replacement or redemption, or somebody else's."""

    code = "card_departure_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔补卡或退卡。"
    en = "This replacement or redemption was not found."


class DepartureNotThere(DomainError):
    """The step does not fit the state it is in. Facts: `state`."""

    code = "card_departure_not_there"
    sort = Sort.CONFLICT
    zh = "这笔补卡或退卡现在不能办这一步，请刷新查看进度。"
    en = "This step does not fit where the replacement or redemption stands; look again."


class NewCardUnfit(DomainError):
    """The new card is not one that may take over."""

    code = "card_new_card_unfit"
    sort = Sort.CALLER
    zh = "新卡须是您名下同一城市、正在使用的另一张卡；旧卡记名的，新卡也要先记名。"
    en = (
        "The new card must be another card of yours, of the same city and in use; if the old one "
        "is in your name, the new one must be too."
    )


class RedemptionNotAllowed(DomainError):
    """The rule profile lets no such card be redeemed (R20, R21)."""

    code = "card_redemption_not_allowed"
    sort = Sort.CONFLICT
    zh = "按本地规则，不记名卡不能赎回；登记为记名卡后可以办理，余额一直有效。"
    en = "By local rules an anonymous card is not redeemed; register it. Its balance stays valid."


class RedemptionTooEarly(DomainError):
    """A named card is redeemed after the profile's days (R22). Facts: `from_day`."""

    code = "card_redemption_too_early"
    sort = Sort.CONFLICT
    zh = "按本地规则，记名满规定天数后才能赎回。"
    en = "By local rules a card is redeemed only some time after it was registered."


class OpenRideFirst(DomainError):
    """A trip on the card has no end yet."""

    code = "card_open_ride_first"
    sort = Sort.CONFLICT
    zh = "卡上有一次乘车还没有出站记录，请先补齐，再退卡。"
    en = "A ride on this card has no end yet. Have it completed first."


class PayeeNotSameName(DomainError):
    """The account is not in the confirmed name of whoever asks."""

    code = "card_payee_not_same_name"
    sort = Sort.CALLER
    zh = "收款账户须是您本人实名的账户。"
    en = "The account must be in your own confirmed name."


class CashTooMuch(DomainError):
    """More than a counter may pay in cash (R22). Facts: `most_fen`."""

    code = "card_cash_too_much"
    sort = Sort.CALLER
    zh = "超过柜台可以付现的金额，请转到本人账户。"
    en = "This is more than a counter may pay in cash; it goes to your own account."


class RouteNeeded(DomainError):
    """What cannot go back by the original route has no way to go."""

    code = "card_route_needed"
    sort = Sort.CALLER
    zh = "有一部分不能原路退回，请填写本人账户或选择柜台付现。"
    en = "Part of it cannot go back the way it came: an account of the same name is needed."
