"""银联's statement of a settlement day: a zip inside a signed answer, lines of fixed width inside.

The file came in words that 银联 signed, so its hash is one we took ourselves. There are no sums in
it; the zip's own check proves each member whole.
"""

import base64
import binascii
import hashlib
import hmac
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import BinaryIO

from gateway.channels.errors import AnswerUnreadable, BillUnreadable
from gateway.channels.port import BillKind, BillLine, BillLink, Merchant
from gateway.channels.unionpay import layout
from gateway.channels.unionpay.meanings import SHANGHAI, moment_near

ZIP_LIMIT_BYTES = 64 << 20
SIZE_LIMIT_BYTES = 1 << 30
RATIO_LIMIT = 200
MOST_MEMBERS = 50
HASH = "SHA256"
_RATIO_FLOOR_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
_FEN = re.compile(r"[0-9]{12}")
_SIGNED_FEN = re.compile(r"([CD])([0-9]{12})")
_KINDS = {"01": BillKind.PAYMENT, "04": BillKind.REFUND, "31": BillKind.REVOKED}


def content_of(said: Mapping[str, str]) -> bytes:
    """The file in an answer's fileContent: Base64 of deflated bytes; AnswerUnreadable."""
    inflater = zlib.decompressobj()
    try:
        squeezed = base64.b64decode(said.get("fileContent", ""), validate=True)
        content = inflater.decompress(squeezed, ZIP_LIMIT_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        raise AnswerUnreadable("fileContent is not deflated bytes in Base64") from None
    if not inflater.eof or inflater.unused_data:
        raise AnswerUnreadable("fileContent is cut short, or longer than a file may be")
    return content


def link_of(day: date, content: bytes) -> BillLink:
    """The statement in hand, under the hash of what was proven."""
    return BillLink(
        day=day,
        url="",
        hash_type=HASH,
        hash_hex=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def read_bill(merchant: Merchant, stream: BinaryIO, *, link: BillLink) -> Iterator[BillLine]:
    """Lines of the statement in a seekable zip; BillUnreadable, before or at the end."""
    digest = _digest_of(stream)
    if link.hash_type != HASH or not hmac.compare_digest(digest, link.hash_hex.lower()):
        raise BillUnreadable("the file is not the one that was proven", day=link.day.isoformat())
    try:
        with zipfile.ZipFile(stream) as box:
            statement, exceptions = _members(merchant, box)
            if exceptions is not None and any(line.strip() for line in _lines(box, exceptions)):
                raise BillUnreadable(
                    "the statement has exceptional entries (ZME), which people must judge",
                    day=link.day.isoformat(),
                )
            for line_no, line in enumerate(_lines(box, statement), start=1):
                yield _bill_line(merchant, _cells(line, line_no), link.day, line_no)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as reason:
        raise BillUnreadable(f"the zip is damaged: {type(reason).__name__}") from None


def _digest_of(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _members(
    merchant: Merchant, box: zipfile.ZipFile
) -> tuple[zipfile.ZipInfo, zipfile.ZipInfo | None]:
    found = box.infolist()
    if len(found) > MOST_MEMBERS or len({one.filename for one in found}) != len(found):
        raise BillUnreadable("the zip holds too many files, or one name twice", files=len(found))
    statements = _named(merchant, found, layout.MEMBER)
    exceptions = _named(merchant, found, layout.EXCEPTIONS)
    if len(statements) != 1 or len(exceptions) > 1:
        raise BillUnreadable(
            "the zip does not hold one statement of ours",
            names=[one.filename[:60] for one in found],
        )
    for one in (*statements, *exceptions):
        if one.file_size > max(_RATIO_FLOOR_BYTES, RATIO_LIMIT * one.compress_size):
            raise BillUnreadable("the file is larger than a bill may be", read_bytes=one.file_size)
    return statements[0], exceptions[0] if exceptions else None


def _named(merchant: Merchant, found: list[zipfile.ZipInfo], form: str) -> list[zipfile.ZipInfo]:
    named = [(one, re.fullmatch(form, one.filename)) for one in found]
    return [one for one, name in named if name and name["merchant"] == merchant.merchant_no]


def _lines(box: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    if member.file_size > SIZE_LIMIT_BYTES:
        raise BillUnreadable("the file is larger than a bill may be", read_bytes=member.file_size)
    with box.open(member) as content:
        while line := content.readline(4 * layout.LINE_BYTES):
            yield line.rstrip(b"\r\n")


def _cells(line: bytes, line_no: int) -> dict[str, str]:
    """Cells by column name; BillUnreadable tells where the layout is another."""
    if len(line) != layout.LINE_BYTES:
        raise BillUnreadable(
            f"a line of {len(line)} bytes where {layout.LINE_BYTES} are known", line_no=line_no
        )
    cells, start = {}, 0
    for name, width in layout.COLUMNS:
        end = start + width
        if line[end : end + 1] not in (b" ", b""):
            raise BillUnreadable(f"no space after {name}, at byte {end}", line_no=line_no)
        try:
            cells[name] = line[start:end].decode("gbk").strip(" ")
        except UnicodeDecodeError:
            raise BillUnreadable(f"{name} is not GBK", line_no=line_no) from None
        start = end + 1
    return cells


def _bill_line(merchant: Merchant, cells: Mapping[str, str], day: date, line_no: int) -> BillLine:
    try:
        return _line(merchant, cells, day, line_no)
    except ValueError as reason:
        raise BillUnreadable(str(reason), line_no=line_no) from None


def _line(merchant: Merchant, cells: Mapping[str, str], day: date, line_no: int) -> BillLine:
    kind = _KINDS.get(cells["交易类型"])
    if kind is None:
        raise ValueError(f"a kind of transaction we do not know: {cells['交易类型'][:8]!r}")
    if cells["商户代码"] != merchant.merchant_no:
        raise ValueError("a line of another merchant")
    back = kind is BillKind.REFUND
    noon = datetime.combine(day, time(12), tzinfo=SHANGHAI).astimezone(UTC)
    fee_fen = _signed_fen(cells, "商户手续费")
    return BillLine(
        line_no=line_no,
        kind=kind,
        day=day,
        at=moment_near(cells["交易传输时间"], noon),
        merchant_no=cells["商户代码"],
        app_no=merchant.app_no,
        transaction_no=_present(cells, "原交易查询流水号" if back else "查询流水号"),
        order_no=_order_no(cells) if back else _present(cells, "商户订单号"),
        amount_fen=_fen(cells, "交易金额"),
        settled_fen=abs(_signed_fen(cells, "结算金额")),
        coupon_fen=abs(_signed_fen(cells, "优惠金额")) if cells["优惠金额"] else 0,
        currency="CNY",
        raw_state=cells["交易代码"],
        fee_text=cells["商户手续费"],
        fee_in_100000=-fee_fen * 1000,
        rate_text="",
        channel_refund_no=_present(cells, "查询流水号") if back else None,
        refund_no=_present(cells, "商户订单号") if back else None,
        trade_type=cells["业务类型"],
        attach=cells["商户自定义域"],
    )


def _order_no(cells: Mapping[str, str]) -> str:
    """The order a refund was of: our own word, sent along and cut to its column."""
    order_no = cells["商户自定义域"].partition("|")[0]
    if not order_no:
        raise ValueError("a refund without the order it was of")
    return order_no


def _present(cells: Mapping[str, str], name: str) -> str:
    if not cells[name]:
        raise ValueError(f"{name} is empty")
    return cells[name]


def _fen(cells: Mapping[str, str], name: str) -> int:
    if not _FEN.fullmatch(cells[name]):
        raise ValueError(f"{name} is not twelve digits")
    return int(cells[name])


def _signed_fen(cells: Mapping[str, str], name: str) -> int:
    """C is ours (positive), D is owed by us (negative), as the kit's comments have it (C)."""
    found = _SIGNED_FEN.fullmatch(cells[name])
    if found is None:
        raise ValueError(f"{name} is not C or D and twelve digits")
    return int(found[2]) if found[1] == "C" else -int(found[2])
