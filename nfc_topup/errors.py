"""What loading refuses, and why, in words for people."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class LoadUnknown(DomainError):
    """No such load."""

    code = "load_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔圈存。"
    en = "No such load."


class InquiryUnknown(DomainError):
    """No such question to a card."""

    code = "inquiry_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这次复核。"
    en = "No such evidence question."


class LoadUnresolved(DomainError):
    """A seal for this card is out and its end unknown; facts: load_id. Evidence comes first."""

    code = "load_unresolved"
    sort = Sort.CONFLICT
    zh = "这张卡上一笔写卡还没有结果,请先把同一张卡再贴一次。"
    en = "An earlier load of this card has no result yet. Please tap the same card again first."


class NothingUnresolved(DomainError):
    """This card has no load in doubt, so there is nothing to ask it."""

    code = "nothing_unresolved"
    sort = Sort.CONFLICT
    zh = "这张卡没有待确认的写卡。"
    en = "No load of this card is waiting for a result."


class LoadNotOpen(DomainError):
    """The load is not waiting for a challenge any more; facts: load_id, state."""

    code = "load_not_open"
    sort = Sort.CONFLICT
    zh = "这次写卡已经结束,请重新开始。"
    en = "This load has ended. Please start again."


class SessionExpired(LoadNotOpen):
    """The card answered later than the session allows."""

    code = "load_session_expired"
    zh = "操作超时,请重新贴卡。"
    en = "This took too long. Please tap the card again."


class LoadNotSealed(DomainError):
    """A proof for a load that never got its MAC2."""

    code = "load_not_sealed"
    sort = Sort.CONFLICT
    zh = "这笔写卡尚未授权。"
    en = "This load was never authorised."


class AidUnknown(DomainError):
    """The client saw the card answer to an AID that no profile names; facts: aid."""

    code = "card_aid_unknown"
    sort = Sort.CALLER
    zh = "这张卡的应用标识(AID)不在支持之列,什么都没有发生。"
    en = "No profile of ours answers to this application identifier (AID); nothing happened."


class OtherApplication(DomainError):
    """The load in doubt is of another application of this card; facts: aid (the one to select)."""

    code = "card_other_application"
    sort = Sort.CONFLICT
    zh = "待确认的写卡属于这张卡的另一个应用,请选择该应用后再贴卡。"
    en = "The load in doubt belongs to another application of this card; select that one."


class AmountRefused(DomainError):
    """The amount is not positive, or above what one load may carry; facts: amount_fen, cap_fen."""

    code = "load_amount_refused"
    sort = Sort.CALLER
    zh = "金额不在允许范围内。"
    en = "The amount is outside what may be loaded."


class OtherCard(DomainError):
    """Another card was presented than the one the order is for."""

    code = "other_card"
    sort = Sort.CONFLICT
    zh = "请放回原来的那张卡。"
    en = "This is another card. Please present the card of the order."


class ChallengeRefused(DomainError):
    """The card's answer to INITIALIZE cannot be sealed; no MAC2 leaves."""

    code = "challenge_refused"
    sort = Sort.CONFLICT
    zh = "无法为这张卡写入金额,请重新贴卡。"
    en = "The card could not be authorised. Please tap it again."


class CardLeft(ChallengeRefused):
    """The card left the field before it gave a challenge."""

    code = "card_left"
    zh = "卡片离开太早,请重新贴卡并保持不动。"
    en = "The card left too early. Please hold it still and try again."


class CardRefusedStep(ChallengeRefused):
    """The card answered a step with an error; facts: step, sw, meaning."""

    code = "card_refused_step"
    zh = "卡片拒绝了操作。"
    en = "The card refused a step."


class Mac1Wrong(ChallengeRefused):
    """MAC1 does not verify: not this card, or changed on the way."""

    code = "mac1_wrong"
    zh = "卡片验证没有通过,未写入任何金额。"
    en = "The card could not be verified; nothing was written."


class ChallengeReplayed(ChallengeRefused):
    """This INITIALIZE answer was seen before."""

    code = "challenge_replayed"


class CounterRolledBack(ChallengeRefused):
    """The counter is below one this card has already proved; facts: counter, watermark."""

    code = "card_counter_rolled_back"


class CounterExhausted(ChallengeRefused):
    """The counter is at its maximum; the card can never be loaded again."""

    code = "card_counter_exhausted"
    zh = "这张卡的充值次数已用完,请换卡。"
    en = "This card cannot be loaded any more. Please have it replaced."


class PurseWouldOverflow(ChallengeRefused):
    """Balance and amount together exceed the purse's cap; facts: amount_fen, cap_fen."""

    code = "purse_would_overflow"
    zh = "充值后余额会超过卡内上限。"
    en = "The purse would hold more than its limit."


class CardAlgorithmUnsupported(ChallengeRefused):
    """The card's algorithm byte stands for nothing we have; facts: algorithm."""

    code = "card_algorithm_unsupported"
    zh = "暂不支持这张卡使用的算法。"
    en = "The algorithm this card uses is not supported yet."


class KeyVersionUnknown(ChallengeRefused):
    """The card's key version byte names no version we ever had; facts: byte."""

    code = "card_key_version_unknown"
    zh = "这张卡的密钥版本不在登记之列，没有写入任何金额，请联系客服。"
    en = "This card has a key version we do not know; nothing was written. Please ask us."


class KeyVersionNotServing(ChallengeRefused):
    """The card has a key that seals nothing, any more or yet; facts: version."""

    code = "card_key_version_not_serving"
    zh = "这张卡的密钥版本已停用或尚未启用，没有写入任何金额，请到客服网点处理。"
    en = "This card's key version is not in use; nothing was written. Please ask at a desk of ours."


class TestKeysWrong(DomainError):
    """A file of test keys that cannot be used; the message says which part, never a value."""

    __test__ = False
    code = "test_keys_wrong"
    sort = Sort.CALLER
    zh = "测试密钥文件不可用。"
    en = "The file of test keys cannot be used."


class CardNotInUse(DomainError):
    """The card is lost, replaced or closed; facts: card_id, state."""

    code = "card_not_in_use"
    sort = Sort.CONFLICT
    zh = "这张卡已挂失、换卡或停用，不能充值。"
    en = "This card is lost, replaced or closed and cannot be topped up."


class OrderAlreadyLoaded(DomainError):
    """A load of this order has put its value onto a card already; facts: order_id, load_id."""

    code = "order_already_loaded"
    sort = Sort.CONFLICT
    zh = "这笔充值的金额已经在卡上，不会再写一次。"
    en = "The value of this order is on a card already and is not written again."


class DecisionContradicted(ChallengeRefused):
    """The card has just disproved what officers had decided of an earlier load; facts: load_id."""

    code = "load_decision_contradicted"
    zh = "卡片证明了前一笔写卡的真实结果，账目已随之更正，请重新开始。"
    en = "The card proved how an earlier load really ended; the books follow. Please try again."


class LoadLocked(DomainError):
    """Too many answers that did not verify; facts: lock_id, ends_at (ISO; None: until lifted)."""

    code = "load_locked"
    sort = Sort.CONFLICT
    zh = "多次验证没有通过，暂时停止写卡，请稍后再试或联系客服。"
    en = "Too many answers did not verify, so loading is stopped for a while. Try later or ask us."


class KeyExpired(DomainError):
    """A key's time is over: nothing new is begun with it; facts: purpose, index."""

    code = "card_key_expired"
    sort = Sort.OURS
    zh = "写卡密钥已过有效期,暂停写卡,请稍后再试。"
    en = "The card key has expired, so loading is suspended. Please try later."
