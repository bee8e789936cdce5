"""What can stand between a citizen's wish and value on the card."""

from accounts.errors import DomainError, Sort
from nfc_topup.errors import CardNotInUse as CardNotInUse


class AmountNotOffered(DomainError):
    """The amount is outside what this card may be topped up by."""

    code = "amount_not_offered"
    sort = Sort.CALLER
    zh = "这个金额不能充值，请换一个金额。"
    en = "This card cannot be topped up by this amount; choose another."


class CardWouldHoldTooMuch(DomainError):
    """The card would hold more than its pool's rules allow (R14). Facts: `most_fen`."""

    code = "card_would_hold_too_much"
    sort = Sort.CALLER
    zh = "充值后卡内余额会超过规定的上限，请减少金额。"
    en = "The card would hold more than the rules allow; choose a smaller amount."


class RealNameNeeded(DomainError):
    """Who pays so much in a day is known by name (R16). Facts: `most_fen`."""

    code = "real_name_needed"
    sort = Sort.CALLER
    zh = "今天累计充值金额较大，请先实名。"
    en = "For so much in one day confirm your name first."


class TopupNotFound(DomainError):
    """No such top-up, or it is somebody else's."""

    code = "topup_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔充值。"
    en = "This top-up was not found."


class NotPaidYet(DomainError):
    """A load was asked for before the payment is confirmed."""

    code = "topup_not_paid"
    sort = Sort.CONFLICT
    zh = "这笔充值还没有确认付款，暂不能写卡。"
    en = "The payment of this top-up is not confirmed yet, so the card cannot be loaded."


class PaidInCash(DomainError):
    """Cash has no original route: any kiosk still loads it, or a counter gives it back."""

    code = "topup_paid_in_cash"
    sort = Sort.CONFLICT
    zh = "这笔是在终端用现金充的，不能原路退回。请到任一终端补登，或凭卡和小票到柜台领回。"
    en = "This was paid in cash at a kiosk. Load it at any kiosk, or claim it at a counter."


class NothingLeftToLoad(DomainError):
    """The top-up is over: loaded, expired, or its money is going back."""

    code = "topup_is_over"
    sort = Sort.CONFLICT
    zh = "这笔充值已经结束，没有可写到卡上的金额。"
    en = "This top-up is over; nothing of it is left to load."


class RefundWhileUnresolved(DomainError):
    """A refund was asked for while it is not known whether the card was credited."""

    code = "refund_while_load_unresolved"
    sort = Sort.CONFLICT
    zh = "还不知道这笔钱是否已写到卡上，暂不能退款。请把同一张卡再贴一次，结果马上会清楚。"
    en = (
        "It is not yet known whether the card was credited, so nothing can be refunded. "
        "Present the same card once more and it will be settled at once."
    )


class CodeOver(DomainError):
    """The code can begin no payment any more: its time or its order is over."""

    code = "topup_code_over"
    sort = Sort.CONFLICT
    zh = "这个付款码已经失效，请回到充值页面重新生成。"
    en = "This payment code is over; make a new one where you began the top-up."


class NothingToScan(DomainError):
    """No native payment of this top-up is waiting to be scanned."""

    code = "nothing_to_scan"
    sort = Sort.NOT_FOUND
    zh = "这笔充值没有待扫的付款码。"
    en = "No code of this top-up is waiting to be paid."
