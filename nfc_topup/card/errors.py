"""What goes wrong when bytes from a card, or text about it, cannot be read."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class CardAnswerUnreadable(DomainError):
    """Bytes or text that are not what a card may answer. `facts` say where, never the bytes."""

    code = "card_answer_unreadable"
    sort = Sort.CALLER
    zh = "读不懂卡片的回答,请重新贴卡。"
    en = "The card's answer could not be read. Please tap the card again."


class TranscriptMismatch(CardAnswerUnreadable):
    """The list of answers does not fit the script that was sent out."""

    code = "card_transcript_mismatch"
    zh = "收到的卡片回答与发出的指令对不上,请重新贴卡。"
    en = "The answers do not fit the commands that were sent. Please tap the card again."


class CardNotOurs(DomainError):
    """The card answers to no application identifier that a profile names, or was taken away."""

    code = "card_not_ours"
    sort = Sort.CALLER
    zh = "这不是本系统支持的交通卡,或卡片已离开。"
    en = "This is no transport card we know, or it was taken away."


class ProfileUnknown(DomainError):
    """No card profile has this name."""

    code = "card_profile_unknown"
    sort = Sort.OURS
    zh = "系统里没有这种卡的参数。"
    en = "There is no profile for this kind of card."


class FactorUnavailable(DomainError):
    """A diversification level names a factor that this card did not give."""

    code = "card_factor_unavailable"
    sort = Sort.OURS
    zh = "这张卡缺少计算密钥所需的数据。"
    en = "The card lacks a value needed to find its key."


class ProfileWrong(DomainError):
    """A profile's file does not keep the schema; the message names the file and what is amiss."""

    code = "card_profile_wrong"
    sort = Sort.OURS
    zh = "卡片参数文件有误。"
    en = "A card profile's file is wrong."
