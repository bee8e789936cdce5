"""What can stand between somebody and a deposit."""

from accounts.errors import DomainError, Sort


class DepositNotFound(DomainError):
    """No such deposit, or not of a card in one's hands."""

    code = "deposit_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔押金。"
    en = "This deposit was not found."


class DepositNotTaken(DomainError):
    """The card's operator takes no deposit."""

    code = "deposit_not_taken"
    sort = Sort.CONFLICT
    zh = "这张卡的发卡单位不收押金。"
    en = "The operator of this card takes no deposit."


class DepositStands(DomainError):
    """The card has one, or one is being paid. Facts: `state`."""

    code = "deposit_stands"
    sort = Sort.CONFLICT
    zh = "这张卡已有押金，不用再交；正在付款的那一笔，付完或过时后再看。"
    en = "This card has its deposit, or one is being paid for it; nothing more is needed."


class DepositNotThere(DomainError):
    """The step does not fit the state it is in. Facts: `state`."""

    code = "deposit_not_there"
    sort = Sort.CONFLICT
    zh = "这笔押金现在不能办这一步，请刷新看进度。"
    en = "This step does not fit where the deposit stands; look again."


class DepositRouteWrong(DomainError):
    """The way asked for is not one it may go back by. Facts: `way`."""

    code = "deposit_route_wrong"
    sort = Sort.CALLER
    zh = "押金先原路退回；退不了的，才由柜台付现或转到本人账户。"
    en = (
        "A deposit goes back the way it was paid; only what cannot is paid in cash or to an "
        "account."
    )


class DepositDrawerEmpty(DomainError):
    """The drawer holds less than is to be paid out. Facts: `box`."""

    code = "deposit_drawer_empty"
    sort = Sort.CONFLICT
    zh = "这个钱箱里没有这么多现金，请换一个。"
    en = "There is not so much cash in this drawer; choose another."


class DepositUnderWay(DomainError):
    """Somebody who wants to leave waits for a deposit to come back."""

    code = "deposit_under_way"
    sort = Sort.CONFLICT
    zh = "您还有押金没有退到，到账以后才能注销。"
    en = "A deposit of yours is on its way back; it must reach you before you leave."
