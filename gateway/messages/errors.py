"""What may become of a short message."""

from accounts.errors import DomainError, Sort


class NoMessenger(DomainError):
    code = "message_no_provider"
    zh = "短信暂时发不出去，请稍后再试。"
    en = "Messages cannot be sent at present. Try again later."


class MessageRefused(DomainError):
    """It surely went nowhere. `facts`: the provider's own word."""

    code = "message_refused"
    sort = Sort.PARTNER
    zh = "短信没有发出去，请过一分钟再试，或拨打客服热线。"
    en = "The message was not sent. Try again in a minute, or call the hotline."


class TemplateMissing(MessageRefused):
    """The provider holds no text of this name for us. Facts: template."""

    code = "message_no_template"


class MessageDoubtful(DomainError):
    """It may have gone out: nobody answered."""

    code = "message_doubtful"
    sort = Sort.PARTNER
    zh = "短信可能会晚一点到；一分钟后还没有，请重新获取。"
    en = "The message may come late. If it is not there in a minute, ask again."
