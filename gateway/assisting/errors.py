"""What can stand between a clerk and a citizen at the counter."""

from accounts.errors import DomainError, Sort


class AssistReasonMissing(DomainError):
    """No look-up without a reason of the list."""

    code = "assist_reason_missing"
    sort = Sort.CALLER
    zh = "请先选择查询理由，它会记入日志。"
    en = "Choose why you look; it goes into the trail."


class NobodyThere(DomainError):
    """Nobody of this number, or no card of this pool; the look-up is kept all the same."""

    code = "assist_nobody_there"
    sort = Sort.NOT_FOUND
    zh = "没有找到：号码不对，或这张卡不归本单位。"
    en = "Not found: the number is wrong, or the card is not this operator's."


class TooManyLookUps(DomainError):
    """More look-ups than a counter needs. Facts: `wait_seconds`."""

    code = "assist_too_many_look_ups"
    sort = Sort.CONFLICT
    zh = "查询次数太多，请稍后再试。这件事已经告警。"
    en = "Too many look-ups; wait. This has raised an alarm."


class OwnAccount(DomainError):
    """Nobody serves themselves over the counter."""

    code = "assist_own_account"
    sort = Sort.FORBIDDEN
    zh = "不能为自己代办，请用自己的手机，或找另一位同事。"
    en = "You cannot serve yourself; use your own phone or ask a colleague."


class AssistUnknown(DomainError):
    """No such session of this clerk."""

    code = "assist_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这次代办。"
    en = "This assisted session was not found."


class AssistOver(DomainError):
    """The session has ended, or consent was not given yet."""

    code = "assist_over"
    sort = Sort.CONFLICT
    zh = "这次代办已经结束或还没有本人同意，请重新开始。"
    en = "This assisted session has ended, or consent is missing; begin anew."


class CardNotShown(DomainError):
    """The card was not proved to be here since the session was asked for."""

    code = "assist_card_not_shown"
    sort = Sort.CONFLICT
    zh = "还没有读到这张卡：请把卡放到柜台读卡器或终端上再试。"
    en = "The card has not been read yet: put it on the counter's reader and try again."


class ConsentOtherwise(DomainError):
    """This citizen consents by the other way."""

    code = "assist_consent_otherwise"
    sort = Sort.CONFLICT
    zh = "本人有手机号时用验证码同意；只有不记名卡才用出示卡片。"
    en = "A person with a phone consents by code; only a card of nobody is shown instead."


class ActNotAllowed(DomainError):
    """Not among what a counter may do for this citizen or card."""

    code = "assist_act_not_allowed"
    sort = Sort.CONFLICT
    zh = "柜面不能为这张卡办这件事。"
    en = "A counter cannot do this for this card."
