"""支付宝's trade bill (业务明细): lines between their marks, then counts and sums.

Source: the layout that many public readers of it agree on. Whether a fee charged is printed as a
negative amount is not agreed, so the account's option `bill_fee_charged` says negative or positive.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from gateway.channels.alipay.answers import moment
from gateway.channels.alipay.bill_file import BillFile, opened
from gateway.channels.errors import BillUnreadable, ChannelMisconfigured
from gateway.channels.values import BillKind, BillLine, BillLink, Merchant
from gateway.channels.yuan import fen_of_yuan, hundred_thousandths_of_yuan

_HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,"
    "分润（元）,备注"
)
COLUMNS = _HEADER.split(",")
_SUMMARY_HEADER = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,"
    "商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
SUMMARY_COLUMNS = _SUMMARY_HEADER.split(",")
_BEGIN = re.compile(r"#-+业务明细列表-+")
_END = re.compile(r"#-+业务明细列表结束-+")
_ACCOUNT = re.compile(r"#账号：\[([0-9]{16,24})\]")
_SPAN = re.compile(
    r"#起始日期：\[([0-9]{4})年([0-9]{2})月([0-9]{2})日 00:00:00\]\s+"
    r"终止日期：\[[0-9年月日: ]{20,}\]"
)
_PAID = re.compile(r"#交易合计：([0-9]+)笔，商家实收共(-?[0-9.]+)元，商家优惠共-?[0-9.]+元")
_BACK = re.compile(r"#退款合计：([0-9]+)笔，商家实收退款共(-?[0-9.]+)元，商家优惠退款共-?[0-9.]+元")
_PRINTED = re.compile(r"-?[0-9]+\.[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_KINDS = {"交易": BillKind.PAYMENT, "退款": BillKind.REFUND}
_NAME_AT, _MADE_AT = COLUMNS.index("商品名称"), COLUMNS.index("创建时间")
_FEE_SIGNS = {"negative": -1, "positive": 1}


def read_bill(merchant: Merchant, stream: BinaryIO, *, link: BillLink) -> Iterator[BillLine]:
    """Lines of the bill in a seekable stream; BillUnreadable, before or at the end.

    The channel tells no hash: zip checksums, the counts of the summary and the counts and sums
    behind the lines prove the file whole. Memory does not grow with it.
    """
    with opened(stream) as file:
        yield from _lines_of(merchant, file, link.day)


@dataclass(slots=True)
class _Totals:
    count: int = 0
    settled_fen: int = 0

    def add(self, line: BillLine) -> None:
        self.count += 1
        self.settled_fen += line.settled_fen


def _lines_of(merchant: Merchant, file: BillFile, day: date) -> Iterator[BillLine]:
    counts = _summary_counts(file)
    lines = file.detail()
    _check_head(merchant, lines, day)
    fee_sign = _fee_sign(merchant)
    totals = {kind: _Totals() for kind in _KINDS.values()}
    for number, line in enumerate(lines, start=1):
        if _END.fullmatch(line):
            break
        try:
            fact = _bill_line(merchant, _cells(line), day, number, fee_sign)
        except ValueError as reason:
            raise BillUnreadable(str(reason), line_no=number) from None
        totals[fact.kind].add(fact)
        yield fact
    else:
        raise BillUnreadable("the bill ends without its sums")
    _check_tail(lines, totals, counts)


def _check_head(merchant: Merchant, lines: Iterator[str], day: date) -> None:
    """The comments before the lines: whose account, which day; then the columns."""
    account = span = None
    for line in lines:
        if not line.startswith("#"):
            raise BillUnreadable("the lines' mark is missing")
        account = account or _ACCOUNT.fullmatch(line)
        span = span or _SPAN.fullmatch(line)
        if _BEGIN.fullmatch(line):
            break
    if account is None or not account[1].startswith(merchant.merchant_no):
        raise BillUnreadable("a bill of another account, or of none")
    if span is None or "-".join(span.groups()) != day.isoformat():
        raise BillUnreadable("a bill of another day", day=day.isoformat())
    _check_columns(next(lines, ""), COLUMNS)


def _check_columns(line: str, known: list[str]) -> None:
    names = [cell.strip() for cell in line.split(",")]
    if names != known:
        missing = [name for name in known if name not in names]
        unexpected = [name[:40] for name in names if name not in known][:30]
        raise BillUnreadable(
            f"the columns are not the {len(known)} we know in their order: "
            f"missing {missing or 'none'}, unexpected {unexpected or 'none'}",
            missing=missing,
            unexpected=unexpected,
            columns=len(names),
        )


def _cells(line: str) -> Mapping[str, str]:
    """Cells by column; commas in the trade's name end where its two moments begin."""
    cells = [cell.strip() for cell in line.split(",")]
    at = next(
        (
            place
            for place in range(_MADE_AT, len(cells) - 1)
            if _MOMENT.fullmatch(cells[place]) and _MOMENT.fullmatch(cells[place + 1])
        ),
        None,
    )
    if at is None:
        raise ValueError("a line without its moments")
    name = ",".join(cells[_NAME_AT:at])
    behind = cells[at:]
    room = len(COLUMNS) - _MADE_AT
    if len(behind) < room:
        raise ValueError("a line has not one cell a column")
    behind[room - 1 :] = [",".join(behind[room - 1 :])]
    return dict(zip(COLUMNS, [*cells[:_NAME_AT], name, *behind], strict=True))


def _bill_line(
    merchant: Merchant, cells: Mapping[str, str], day: date, line_no: int, fee_sign: int
) -> BillLine:
    """The line's fact; ValueError for a cell that is not what its column holds."""
    kind = _KINDS.get(cells["业务类型"])
    if kind is None:
        raise ValueError(f"a kind of business we do not know: {cells['业务类型'][:32]!r}")
    back = kind is BillKind.REFUND
    amount_fen = _amount(cells["订单金额（元）"], back=back)
    settled_fen = _amount(cells["商家实收（元）"], back=back)
    if settled_fen > amount_fen:
        raise ValueError("more settled than ordered")
    fee_text = cells["服务费（元）"]
    return BillLine(
        line_no=line_no,
        kind=kind,
        day=day,
        at=moment(cells["完成时间"]),
        merchant_no=merchant.merchant_no,
        app_no="",
        transaction_no=_present(cells, "支付宝交易号"),
        order_no=_present(cells, "商户订单号"),
        amount_fen=amount_fen,
        settled_fen=settled_fen,
        coupon_fen=amount_fen - settled_fen,
        currency="CNY",
        raw_state=cells["业务类型"],
        fee_text=fee_text,
        fee_in_100000=fee_sign * hundred_thousandths_of_yuan(fee_text),
        rate_text="",
        refund_no=_present(cells, "退款批次号/请求号") if back else None,
        description=cells["商品名称"],
        attach=cells["备注"],
    )


def _amount(text: str, *, back: bool) -> int:
    """Refunds are printed below zero; the line's kind says the direction."""
    return fen_of_yuan(text.removeprefix("-") if back else text)


def _present(cells: Mapping[str, str], name: str) -> str:
    if not cells[name]:
        raise ValueError(f"{name} is empty")
    return cells[name]


def _check_tail(
    lines: Iterator[str], totals: Mapping[BillKind, _Totals], counts: tuple[int, int]
) -> None:
    """What stands behind the lines, and the summary's counts, held against what was read."""
    rest = list(lines)
    if any(not line.startswith("#") for line in rest if line.strip()):
        raise BillUnreadable("there is something behind the sums")
    said = [_said(rest, form) for form in (_PAID, _BACK)]
    found = [(one.count, one.settled_fen) for one in totals.values()]
    if said != found:
        raise BillUnreadable(f"the bill's sums differ: {said} said, {found} found")
    if counts != tuple(one.count for one in totals.values()):
        raise BillUnreadable(f"the summary counts {counts}, the lines are {found}")


def _said(rest: list[str], form: re.Pattern[str]) -> tuple[int, int]:
    told = [match for line in rest if (match := form.fullmatch(line))]
    if len(told) != 1:
        raise BillUnreadable("the bill ends without its sums")
    try:
        return int(told[0][1]), fen_of_yuan(told[0][2].removeprefix("-"))
    except ValueError as reason:
        raise BillUnreadable(str(reason)) from None


def _summary_counts(file: BillFile) -> tuple[int, int]:
    """Payments and refunds as the summary's last line counts them."""
    rows = [line for line in file.summary() if line.strip() and not line.startswith("#")]
    if len(rows) < 2:
        raise BillUnreadable("the summary is empty")
    _check_columns(rows[0], SUMMARY_COLUMNS)
    cells = [cell.strip() for cell in rows[-1].split(",")]
    if cells[0] != "合计" or len(cells) != len(SUMMARY_COLUMNS):
        raise BillUnreadable("the summary ends without its sum")
    counts = cells[2:4]
    if not all(count.isascii() and count.isdecimal() for count in counts):
        raise BillUnreadable("the summary's counts are not numbers")
    if not all(_PRINTED.fullmatch(cell) for cell in cells[4:]):
        raise BillUnreadable("the summary's amounts are not whole")
    return int(counts[0]), int(counts[1])


def _fee_sign(merchant: Merchant) -> int:
    word = merchant.options.get("bill_fee_charged", "negative")
    if word not in _FEE_SIGNS:
        raise ChannelMisconfigured("bill_fee_charged is negative or positive")
    return _FEE_SIGNS[word]
