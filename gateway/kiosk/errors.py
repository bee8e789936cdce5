"""What a kiosk and the people behind it may be refused."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class KioskUnknown(DomainError):
    """No kiosk of this code or id."""

    code = "kiosk_unknown"
    sort = Sort.NOT_FOUND
    zh = "没有找到这台终端。"
    en = "There is no such kiosk."


class EnrolmentRefused(DomainError):
    """The code is unknown, used or over, or the proof of possession does not verify."""

    code = "kiosk_enrolment_refused"
    sort = Sort.FORBIDDEN
    zh = "注册码无效、已用过或已过期，终端没有启用。"
    en = "The enrolment code is wrong, used or over; the kiosk was not put into service."


class EnrolmentNotOpen(DomainError):
    """The enrolment is in another state than is needed; facts: state."""

    code = "kiosk_enrolment_not_open"
    sort = Sort.CONFLICT
    zh = "这项终端启用申请已经处理过，或终端已退役。"
    en = "This enrolment was decided already, or the kiosk is retired."


class KioskKeyNotTaken(DomainError):
    """Two keys work already, or this key was known before."""

    code = "kiosk_key_not_taken"
    sort = Sort.CONFLICT
    zh = "密钥未被接受：已用过，或已有两把有效密钥。"
    en = "The key was not taken: it was used before, or two keys work already."


class SequenceMissing(DomainError):
    """The header is missing or no positive whole number."""

    code = "kiosk_sequence_missing"
    sort = Sort.CALLER
    zh = "请求缺少 Kiosk-Sequence 序号，什么都没有发生。"
    en = "The request carries no Kiosk-Sequence; nothing happened."


class SequenceUsed(DomainError):
    """The number does not rise and is not that very request again; facts: sequence, last."""

    code = "kiosk_sequence_used"
    sort = Sort.CONFLICT
    zh = "请求序号已用过或倒退，什么都没有发生。请用更大的序号重新签名。"
    en = "The sequence number does not rise; nothing happened. Sign again with a higher one."


class KioskNotInService(DomainError):
    """The kiosk was stopped, retired or never enrolled; facts: state."""

    code = "kiosk_not_in_service"
    sort = Sort.FORBIDDEN
    zh = "终端未启用、已停用或已退役，不能办理业务。"
    en = "The kiosk is not in service; no business can be done."


class NotSignedOn(DomainError):
    """Nothing works before sign-on."""

    code = "kiosk_not_signed_on"
    sort = Sort.CONFLICT
    zh = "终端尚未签到，请先签到。"
    en = "The kiosk has not signed on; sign on first."


class CashNotTaken(DomainError):
    """Rules, quota or the machine leave no room for any note; facts: because, most_fen."""

    code = "kiosk_cash_not_taken"
    sort = Sort.CONFLICT
    zh = "这张卡现在不能在本终端用现金充值，或今天的现金额度已用完。"
    en = "No cash can be taken for this card here now, or its cash for the day is used up."


class NoBoxInPlace(DomainError):
    """No box is in the kiosk, or the one named is not this kiosk's."""

    code = "kiosk_no_box"
    sort = Sort.CONFLICT
    zh = "终端没有登记钱箱，不能收现金。"
    en = "The kiosk holds no cash box; no cash can be taken."


class IntakeNotFound(DomainError):
    """No such intake of this kiosk."""

    code = "kiosk_intake_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔收款。"
    en = "This intake of cash was not found."


class IntakeOver(DomainError):
    """The intake became an order or ended; facts: state."""

    code = "kiosk_intake_over"
    sort = Sort.CONFLICT
    zh = "这笔收款已经结束。"
    en = "This intake of cash is over."


class NothingTaken(DomainError):
    """An order was asked for without cash."""

    code = "kiosk_nothing_taken"
    sort = Sort.CONFLICT
    zh = "还没有收到纸币。"
    en = "No note has fallen yet."


class QuotaUsedUp(DomainError):
    """The quota does not cover the order; the cash stays the intake's and a case is open."""

    code = "kiosk_quota_used_up"
    sort = Sort.CONFLICT
    zh = "终端的授权额度不足，没有充值。现金已记录：补足后自动成为充值，也可凭卡和小票领回。"
    en = "The kiosk's quota is used up. Your cash is kept: it is topped up later, or given back."


class RecordDiffers(DomainError):
    """A record of this number was kept with other content; facts: number."""

    code = "kiosk_record_differs"
    sort = Sort.CONFLICT
    zh = "同一流水号已有不同内容的记录，什么都没有发生。"
    en = "Another record has this number; nothing happened."


class OtherCardsOrder(DomainError):
    """The order named is not of the card presented."""

    code = "kiosk_order_of_other_card"
    sort = Sort.CONFLICT
    zh = "这笔订单不属于这张卡，什么都没有发生。"
    en = "The order is another card's; nothing happened."


class LoadOfAnother(DomainError):
    """The load is not one that this kiosk carries."""

    code = "kiosk_load_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这笔写卡。"
    en = "This load was not found."


class PrepaidElsewhere(DomainError):
    """A shop's prepayment cannot serve another pool's card."""

    code = "kiosk_prepaid_other_pool"
    sort = Sort.CONFLICT
    zh = "网点预存款终端只能为本运营单位的卡充值。"
    en = "A shop's kiosk loads cards of its own operator only."


class BoxNotReady(DomainError):
    """A box is counted once, after it was removed; facts: state."""

    code = "kiosk_box_not_ready"
    sort = Sort.CONFLICT
    zh = "钱箱的状态不允许此操作。"
    en = "The box is not in a state that allows this."


class CountNotUnderstood(DomainError):
    """The two counts differ, or no counting machine signed this for the box."""

    code = "kiosk_count_not_understood"
    sort = Sort.CALLER
    zh = "清点的张数不对，或两次清点不一致，或点钞机没有为这只钱箱签发记录。请重新清点。"
    en = "Wrong notes, two counts that differ, or no machine signed one for this box. Count again."


class SecondCounts(DomainError):
    """A count is not approved by a verdict: the second person counts for themselves."""

    code = "kiosk_second_counts"
    sort = Sort.CONFLICT
    zh = "钱箱要由第二个人自己再清点一遍，请到这只钱箱的页面填写清点结果。"
    en = "A second person counts the box for themselves; fill the count in on the box's page."


class CounterNotUnderstood(DomainError):
    """No such counting machine, a code that is none, or one that is taken. Facts: counter."""

    code = "kiosk_counter_not_understood"
    sort = Sort.CALLER
    zh = "没有这台点钞机，或编号格式不对、已被使用。"
    en = "There is no such counting machine, or its code is wrong or taken."


class ClaimNotOpen(DomainError):
    """The claim is not one to give back now. Facts: state."""

    code = "kiosk_claim_not_open"
    sort = Sort.CONFLICT
    zh = "这笔现金已写到卡上、正在写卡、已成为订单或已退还，或申请后又收了钱，这样不能退。"
    en = "This cash is on a card, being loaded, an order or given back, or more fell meanwhile."


class TransferNotOpen(DomainError):
    """Nothing of the claim waits for a transfer that nobody has asked for. Facts: claim."""

    code = "kiosk_transfer_not_open"
    sort = Sort.CONFLICT
    zh = "这笔现金没有等着划出的钱：还没有复核退还，或划出已经申请、已经付出。"
    en = "Nothing of it waits for a transfer: not agreed yet, asked for already, or paid."


class BoxCannotPay(DomainError):
    """The box is not the pool's, not out of its kiosk, or holds too little. Facts: box."""

    code = "kiosk_box_cannot_pay"
    sort = Sort.CONFLICT
    zh = "这只钱箱不属于本运营单位、还在终端里，或箱内现金不够付。"
    en = "The box is another operator's, still in its kiosk, or holds too little."


class PositionNotUnderstood(DomainError):
    """Degrees are decimal numbers within the province's map."""

    code = "kiosk_position_not_understood"
    sort = Sort.CALLER
    zh = "经纬度格式不对，或不在本省范围内。"
    en = "The position is not understood, or lies outside the province."


class AmountNotGranted(DomainError):
    """Quota is granted in positive amounts. Facts: amount_fen."""

    code = "kiosk_amount_not_granted"
    sort = Sort.CALLER
    zh = "授权额度必须是大于零的金额。"
    en = "Quota is granted in positive amounts."


class SettlementNotInOrder(DomainError):
    """Facts: next (the record it must begin with)."""

    code = "kiosk_settlement_not_in_order"
    sort = Sort.CONFLICT
    zh = "日结必须从上次日结之后的下一条流水开始。"
    en = "A settlement begins with the record after the last settled one."


class SettlementNotFound(DomainError):
    """No such settlement of this kiosk."""

    code = "kiosk_settlement_not_found"
    sort = Sort.NOT_FOUND
    zh = "没有找到这次日结。"
    en = "This settlement was not found."


class ShopUnknown(DomainError):
    """A shop's code is 3 to 32 small letters, digits and hyphens."""

    code = "kiosk_shop_unknown"
    sort = Sort.CALLER
    zh = "网点编号格式不正确。"
    en = "A shop's code is not understood."


class KioskHoldsCash(DomainError):
    """It can still tell of cash, so it is not retired. Facts: kiosk."""

    code = "kiosk_holds_cash"
    sort = Sort.CONFLICT
    zh = "这台终端还有未成订单的现金或未上传的流水，先让它上传；失联满 7 天后可以退役。"
    en = "This kiosk holds cash without an order or records to send; retire it after that."
