"""微信支付's trade bill: hash first, then lines by column name, then counts and sums.

Source: the public documentation of the trade bill (下载交易账单). Amounts are yuan text there.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from gateway.channels.errors import BillUnreadable
from gateway.channels.port import BillKind, BillLine, BillLink, Merchant
from gateway.channels.yuan import fen_of_yuan, hundred_thousandths_of_yuan

_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
COLUMNS = _HEADER.split(",")
# Each sum of the last line and the column it sums.
SUMS: Mapping[str, str] = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_COUNT = "总交易单数"
_FEES = "手续费"
_FREE_TEXT = ("商品名称", "商户数据包")
_KINDS = {
    "SUCCESS": BillKind.PAYMENT,
    "REFUND": BillKind.REFUND,
    "REVOKED": BillKind.REVOKED,
}
SIZE_LIMIT_BYTES = 512 << 20
RATIO_LIMIT = 100
_RATIO_FLOOR_BYTES = 1 << 20
_LINE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_WHOLE_YUAN_AND_FEN = re.compile(r"[0-9]{1,12}\.[0-9]{2}")
_WHOLE_FEE = re.compile(r"-?[0-9]{1,10}\.[0-9]{2}([0-9]{3})?")


def read_bill(merchant: Merchant, stream: BinaryIO, *, link: BillLink) -> Iterator[BillLine]:
    """Lines of the bill in a seekable stream, gzip or plain; BillUnreadable, before or at the end.

    The hash of the un-gzipped file is compared before the first line is given out; count and
    sums after the last. Memory does not grow with the file.
    """
    _check_hash(stream, link)
    return _lines_of(merchant, stream, link.day)


def _check_hash(stream: BinaryIO, link: BillLink) -> None:
    if link.hash_type != "SHA1":
        raise BillUnreadable("a hash we do not know", hash_type=link.hash_type)
    digest = hashlib.sha1(usedforsecurity=False)
    for chunk in _plain_chunks(stream):
        digest.update(chunk)
    if not hmac.compare_digest(digest.hexdigest(), link.hash_hex.lower()):
        raise BillUnreadable("the file is not the one the link named", day=link.day.isoformat())


def _plain_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The un-gzipped bytes, bounded in size and in ratio to what was sent."""
    stream.seek(0)
    first = stream.read(_CHUNK_BYTES)
    box = zlib.decompressobj(wbits=31) if first[:2] == b"\x1f\x8b" else None
    sent = made = 0
    chunk = first
    while chunk:
        sent += len(chunk)
        pending = chunk
        while pending:
            plain, pending = _inflate(box, pending) if box else (pending, b"")
            made += len(plain)
            if made > SIZE_LIMIT_BYTES or made > max(_RATIO_FLOOR_BYTES, RATIO_LIMIT * sent):
                raise BillUnreadable("the file is larger than a bill may be", read_bytes=made)
            yield plain
        chunk = stream.read(_CHUNK_BYTES)
    if box is not None and (not box.eof or box.unused_data):
        raise BillUnreadable("the gzip file is cut short or has something behind it")


def _inflate(box: "zlib._Decompress", data: bytes) -> tuple[bytes, bytes]:
    if box.eof:
        raise BillUnreadable("the gzip file has something behind it")
    try:
        return box.decompress(data, _CHUNK_BYTES), box.unconsumed_tail
    except zlib.error:
        raise BillUnreadable("the gzip file is damaged") from None


def _text_lines(stream: BinaryIO) -> Iterator[str]:
    rest = b""
    for chunk in _plain_chunks(stream):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _decoded(line)
        if len(rest) > _LINE_LIMIT_BYTES:
            raise BillUnreadable("a line longer than a bill's line may be")
    if rest:
        yield _decoded(rest)


def _decoded(line: bytes) -> str:
    try:
        return line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise BillUnreadable("a line is not UTF-8") from None


@dataclass(slots=True)
class _Totals:
    count: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMS.values(), 0))

    def add(self, cells: Mapping[str, str]) -> None:
        self.count += 1
        for column in self.sums:
            read = hundred_thousandths_of_yuan if column == _FEES else fen_of_yuan
            self.sums[column] += read(cells[column])


def _lines_of(merchant: Merchant, stream: BinaryIO, day: date) -> Iterator[BillLine]:
    lines = _text_lines(stream)
    header = _header(next(lines, ""))
    totals = _Totals()
    for line in lines:
        if line.removeprefix("`").startswith(_COUNT):
            _compare(totals, _header_cells(line), next(lines, ""))
            break
        cells = _row(line, header, totals.count + 1)
        try:
            totals.add(cells)
            fact = _bill_line(merchant, cells, day, totals.count)
        except ValueError as reason:
            raise BillUnreadable(str(reason), line_no=totals.count) from None
        yield fact
    else:
        raise BillUnreadable("the bill ends without its sums")
    if any(line.strip() for line in lines):
        raise BillUnreadable("there is something behind the sums")


def _header_cells(line: str) -> list[str]:
    return [cell.strip().removeprefix("`") for cell in line.removeprefix("\ufeff").split(",")]


def _header(line: str) -> list[str]:
    names = _header_cells(line)
    missing = [name for name in COLUMNS if name not in names]
    unexpected = [name[:40] for name in names if name not in COLUMNS]
    if missing or unexpected or len(names) != len(COLUMNS):
        raise BillUnreadable(
            f"the columns are not the {len(COLUMNS)} we know: "
            f"missing {missing or 'none'}, unexpected {unexpected[:30] or 'none'}",
            missing=missing,
            unexpected=unexpected[:30],
            columns=len(names),
        )
    return names


def _row(line: str, header: list[str], line_no: int) -> Mapping[str, str]:
    """Cells by column name. Surplus separators belong to the free text between the others."""
    cells = line[1:].split(",`") if line.startswith("`") else []
    surplus = len(cells) - len(header)
    if surplus > 0:
        start = min(header.index(name) for name in _FREE_TEXT)
        cells[start : start + surplus + 1] = [",`".join(cells[start : start + surplus + 1])]
    if len(cells) != len(header):
        raise BillUnreadable("a line has not one cell a column", line_no=line_no, cells=len(cells))
    return dict(zip(header, cells, strict=True))


def _bill_line(merchant: Merchant, cells: Mapping[str, str], day: date, line_no: int) -> BillLine:
    """The line's fact; ValueError for a cell that is not what its column holds."""
    kind = _KINDS.get(cells["交易状态"])
    if kind is None:
        raise ValueError(f"a trade state we do not know: {cells['交易状态'][:32]!r}")
    if cells["商户号"] != merchant.merchant_no:
        raise ValueError("a line of another merchant")
    if cells["货币种类"] != "CNY":
        raise ValueError(f"another currency: {cells['货币种类'][:16]!r}")
    back = kind is BillKind.REFUND
    at = datetime.strptime(cells["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHANGHAI)
    return BillLine(
        line_no=line_no,
        kind=kind,
        day=day,
        at=at.astimezone(UTC),
        merchant_no=cells["商户号"],
        app_no=cells["公众账号ID"],
        transaction_no=_present(cells, "微信订单号"),
        order_no=_present(cells, "商户订单号"),
        amount_fen=fen_of_yuan(cells["申请退款金额" if back else "订单金额"]),
        settled_fen=fen_of_yuan(cells["退款金额" if back else "应结订单金额"]),
        coupon_fen=fen_of_yuan(cells["充值券退款金额" if back else "代金券金额"]),
        currency="CNY",
        raw_state=cells["交易状态"],
        fee_text=cells["手续费"],
        fee_in_100000=hundred_thousandths_of_yuan(cells["手续费"]),
        rate_text=cells["费率"],
        channel_refund_no=_present(cells, "微信退款单号") if back else None,
        refund_no=_present(cells, "商户退款单号") if back else None,
        refund_state=_present(cells, "退款状态") if back else None,
        trade_type=cells["交易类型"],
        description=cells["商品名称"],
        attach=cells["商户数据包"],
    )


def _present(cells: Mapping[str, str], name: str) -> str:
    if not cells[name] or cells[name] == "0":
        raise ValueError(f"{name} is empty")
    return cells[name]


def _compare(totals: _Totals, names: list[str], line: str) -> None:
    cells = line[1:].split(",`") if line.startswith("`") else []
    if sorted(names) != sorted([_COUNT, *SUMS]) or len(cells) != len(names):
        raise BillUnreadable("the sums are not the ones we know", names=[n[:40] for n in names])
    given = dict(zip(names, cells, strict=True))
    differences = {}
    if given[_COUNT] != str(totals.count):
        differences[_COUNT] = f"{given[_COUNT][:20]} said, {totals.count} counted"
    for name, column in SUMS.items():
        if _sum_said(given[name], column) != totals.sums[column]:
            differences[name] = f"{given[name][:20]} said, {totals.sums[column]} summed"
    if differences:
        raise BillUnreadable(f"the bill's sums differ: {differences}", differences=differences)


def _sum_said(text: str, column: str) -> int | None:
    """The sum as an integer of its column's unit; None unless written with all its decimals."""
    if column == _FEES:
        return hundred_thousandths_of_yuan(text) if _WHOLE_FEE.fullmatch(text) else None
    return fen_of_yuan(text) if _WHOLE_YUAN_AND_FEN.fullmatch(text) else None
