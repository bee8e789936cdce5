"""What a side says of one movement of money, and what a difference between sides is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Side(StrEnum):
    """The five sides: our order, the channel's bill, the bank, the card, the clearing platform."""

    ORDER = "order"
    BILL = "bill"
    BANK = "bank"
    CARD = "card"
    CLEARING = "clearing"


class Standing(StrEnum):
    """Whether a side claims the money: it stands, is still under way, or is known to be none."""

    STANDS = "stands"
    PENDING = "pending"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLine:
    """One fact of one side, named by `source_id` for ever; amounts in fen, money back is negative.

    `key` is what both sides call it (our order number, a refund's), `number` the outside's own
    number, `batch` what is paid out together (`channel:day`), `story` the order it all belongs to.
    Empty where a side does not know it. `settled_fen` is what the outside pays for it before its
    fee (None: the amount), the fee is in hundred-thousandths of a yuan as channels print it
    (None: not told). `day` is the side's own day of its books, `known_at` when it became known.
    """

    side: Side
    pool: int
    key: str
    amount_fen: int
    day: date
    source_id: UUID
    known_at: datetime
    number: str = ""
    batch: str = ""
    story: str = ""
    settled_fen: int | None = None
    fee_in_100000: int | None = None
    standing: Standing = Standing.STANDS
    facts: Mapping[str, str | int] = field(default_factory=dict)


class Sort(StrEnum):
    """Kinds of difference. Seen from our own side of the pair: the right side is the outside's."""

    LONG = "long"
    SHORT = "short"
    MISSING_ORDER = "missing_order"
    STATE = "state"
    FEE = "fee"
    NOT_WRITTEN = "not_written"
    DUPLICATE = "duplicate"
    NO_FILE = "no_file"
    WRITTEN_UNPAID = "written_unpaid"
    NOT_CLEARED = "not_cleared"
    CLEARED_UNWRITTEN = "cleared_unwritten"
    PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a kind of difference is called, what it means, and whose work it is."""

    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    owner: str


WORDS: Mapping[Sort, Words] = {
    Sort.LONG: Words(
        zh="长款",
        en="more than ours",
        meaning_zh="对方的钱比我方账面多",
        meaning_en="the outside has more money than we have booked",
        owner="finance",
    ),
    Sort.SHORT: Words(
        zh="短款",
        en="less than ours",
        meaning_zh="对方的钱比我方账面少, 或根本没有",
        meaning_en="the outside has less money than we have booked, or none",
        owner="finance",
    ),
    Sort.MISSING_ORDER: Words(
        zh="漏单",
        en="unknown to us",
        meaning_zh="渠道有这笔交易, 我方没有对应的收款或退款",
        meaning_en="the channel has a payment or refund that we know nothing of",
        owner="channels",
    ),
    Sort.STATE: Words(
        zh="状态不符",
        en="states differ",
        meaning_zh="双方都有这笔交易, 但一方认为已成立, 另一方不这样认为",
        meaning_en="both sides know it, but only one says that it happened",
        owner="channels",
    ),
    Sort.FEE: Words(
        zh="手续费不符",
        en="fee differs",
        meaning_zh="本金一致, 手续费与约定或账单不同",
        meaning_en="the money agrees, the fee is not the agreed one",
        owner="finance",
    ),
    Sort.NOT_WRITTEN: Words(
        zh="未写卡",
        en="not written to a card",
        meaning_zh="钱已收到, 期限内没有写到卡上, 也没有退回",
        meaning_en="paid, but neither on a card nor given back in time",
        owner="loading",
    ),
    Sort.DUPLICATE: Words(
        zh="重复",
        en="twice",
        meaning_zh="同一笔交易在一方出现了不止一次",
        meaning_en="one side has the same movement more than once",
        owner="channels",
    ),
    Sort.NO_FILE: Words(
        zh="缺对账单",
        en="bill missing",
        meaning_zh="这个渠道这一天一行账单都没有",
        meaning_en="there is no line of this channel's bill for that day at all",
        owner="channels",
    ),
    Sort.WRITTEN_UNPAID: Words(
        zh="写卡无款",
        en="written but not paid",
        meaning_zh="卡上写入的钱多于这笔订单收到的钱",
        meaning_en="the card holds more than was paid for the order",
        owner="loading",
    ),
    Sort.NOT_CLEARED: Words(
        zh="未清分",
        en="not cleared",
        meaning_zh="写卡记录没有出现在清分结果里",
        meaning_en="a card write is missing from the clearing results",
        owner="clearing",
    ),
    Sort.CLEARED_UNWRITTEN: Words(
        zh="清分无源",
        en="cleared without a write",
        meaning_zh="清分结果里有一笔我方没有的写卡记录",
        meaning_en="the clearing results tell of a card write that we do not know",
        owner="clearing",
    ),
    Sort.PERIOD: Words(
        zh="跨期",
        en="days too far apart",
        meaning_zh="双方金额一致, 记账日相差超过允许的天数",
        meaning_en="the amounts agree, the days are further apart than allowed",
        owner="finance",
    ),
}
