"""What can go wrong between us and a payment channel, sorted by what is known afterwards.

Known to have failed: ChannelRefused. Unknown: ChannelSilent and its children, the only honest word
for a lost answer. Not the channel at all: NoticeForged, AnswerForged. No message carries a secret.
"""

from accounts.errors import DomainError, Sort


class ChannelNotKnown(DomainError):
    """No adapter of that name is registered."""

    code = "channel_not_known"
    sort = Sort.NOT_FOUND
    zh = "没有这个支付渠道。"
    en = "There is no such payment channel."


class ChannelMisconfigured(DomainError):
    """Our own rows or secrets for a channel cannot work; nothing was sent."""

    code = "channel_misconfigured"
    sort = Sort.OURS
    zh = "支付渠道配置有误。"
    en = "The payment channel is not configured correctly."


class HostNotAllowed(DomainError):
    """The address is not one we may speak to; nothing was sent."""

    code = "channel_host_not_allowed"
    sort = Sort.OURS
    zh = "不允许访问该地址。"
    en = "That address is not one we may speak to."


class WishRefused(DomainError):
    """The wish cannot be said in the channel's language; nothing was sent."""

    code = "channel_wish_refused"
    sort = Sort.CALLER
    zh = "该支付渠道无法受理这个请求。"
    en = "The payment channel cannot take this request."


class BillNotOffered(WishRefused):
    """The channel gives no bill by this door; its accounts come another way."""

    code = "channel_bill_not_offered"


class ChannelSilent(DomainError):
    """The outcome is unknown: it may or may not have happened. Query with the same numbers."""

    code = "channel_silent"
    sort = Sort.PARTNER
    zh = "支付渠道暂无明确答复,结果待查。"
    en = "The payment channel gave no clear answer; the outcome is being checked."


class ChannelUnreachable(ChannelSilent):
    """No connection came about, so the request never left; still to be asked again."""

    code = "channel_unreachable"


class ChannelAskAgain(ChannelSilent):
    """The channel asks for the same request with the same numbers later."""

    code = "channel_ask_again"


class AnswerUnreadable(ChannelSilent):
    """An answer that makes no sense to us; what it meant is unknown."""

    code = "channel_answer_unreadable"


class RefusalUnproven(ChannelSilent):
    """A refusal without a valid signature: perhaps not the channel's, so not believed."""

    code = "channel_refusal_unproven"


class ChannelRefused(DomainError):
    """The channel verifiably refused and nothing happened. Facts: channel_code, http_status."""

    code = "channel_refused"
    sort = Sort.PARTNER
    zh = "支付渠道拒绝了该请求。"
    en = "The payment channel refused the request."

    @property
    def channel_code(self) -> str:
        """The channel's own word for the reason."""
        return str(self.facts.get("channel_code", ""))


class ChannelShortOfFunds(ChannelRefused):
    """Our balance there cannot pay this refund now; the same refund_no works once it can."""

    code = "channel_short_of_funds"


class ChannelOrderUnknown(ChannelRefused):
    """The channel has never taken an order of that number."""

    code = "channel_order_unknown"


class ChannelRefundUnknown(ChannelRefused):
    """The channel has never taken a refund of that number."""

    code = "channel_refund_unknown"


class BillNotThere(ChannelRefused):
    """The channel has no bill for that day (nothing was traded)."""

    code = "channel_bill_not_there"


class BillNotReady(ChannelAskAgain):
    """The channel is still making the bill."""

    code = "channel_bill_not_ready"


class BillUnreadable(DomainError):
    """Not what we know a bill to be; use none of its lines. Facts tell the difference."""

    code = "channel_bill_unreadable"
    sort = Sort.PARTNER
    zh = "渠道对账单无法读取。"
    en = "The channel's bill cannot be read."


class ChannelKeyUnknown(DomainError):
    """Signed under a key id we do not hold: refresh the keys once, then refuse. Facts: key_id."""

    code = "channel_key_unknown"
    sort = Sort.PARTNER
    zh = "支付渠道使用了未知的密钥。"
    en = "The payment channel used a key we do not know."

    @property
    def key_id(self) -> str:
        """The id that was named."""
        return str(self.facts.get("key_id", ""))


class NoticeForged(DomainError):
    """A push that is not proven to be the channel's word to us; nothing in it may be believed."""

    code = "notice_forged"
    sort = Sort.CALLER
    zh = "通知验证失败。"
    en = "The notice could not be verified."


class NoticeUnsigned(NoticeForged):
    """A signature header is missing or not in its form."""

    code = "notice_unsigned"


class NoticeProbe(NoticeForged):
    """The channel tests whether we verify: it must be refused."""

    code = "notice_probe"


class NoticeStale(NoticeForged):
    """Signed more than five minutes away from now, before or after."""

    code = "notice_stale"


class NoticeSignatureWrong(NoticeForged):
    """The signature is not the named key's over these bytes."""

    code = "notice_signature_wrong"


class NoticeTooLarge(NoticeForged):
    """Longer than 64 KiB; not read."""

    code = "notice_too_large"


class NoticeUnreadable(NoticeForged):
    """Signed, yet not decryptable or not in the form of a notice."""

    code = "notice_unreadable"


class NoticeForeign(NoticeForged):
    """Signed, yet about another merchant, app or currency than ours."""

    code = "notice_foreign"


class AnswerForged(DomainError):
    """An answer that is not proven to be the channel's: the outcome of what we asked is unknown."""

    code = "channel_answer_forged"
    sort = Sort.PARTNER
    zh = "支付渠道应答验签失败。"
    en = "The payment channel's answer could not be verified."


class AnswerUnsigned(AnswerForged):
    """A signature header is missing or not in its form."""

    code = "channel_answer_unsigned"


class AnswerProbe(AnswerForged):
    """The channel tests whether we verify: it must be refused."""

    code = "channel_answer_probe"


class AnswerStale(AnswerForged):
    """Signed more than five minutes away from now, before or after."""

    code = "channel_answer_stale"


class AnswerSignatureWrong(AnswerForged):
    """The signature is not the named key's over these bytes."""

    code = "channel_answer_signature_wrong"


class AnswerForeign(AnswerForged):
    """Signed, yet about another merchant, app or currency than ours."""

    code = "channel_answer_foreign"
