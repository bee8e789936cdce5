"""A bank's daily file: hash first, then its lines in the profile's form, then count and sums."""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes

from gateway.channels.banks.bill_forms import Cells
from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.profile import BankProfile
from gateway.channels.errors import BillUnreadable
from gateway.channels.values import BillKind, BillLine, BillLink, Merchant

SIZE_LIMIT_BYTES = 512 << 20
_LINE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024
_NUMBER = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,9}")
_SUM_OF = {
    BillKind.PAYMENT: "paid",
    BillKind.REFUND: "refunded",
    BillKind.REVOKED: "reversed",
}


def read_bill(
    profile: BankProfile, merchant: Merchant, stream: BinaryIO, *, link: BillLink
) -> Iterator[BillLine]:
    """Lines of the file in a seekable stream; BillUnreadable, before, between or at the end."""
    _check_hash(profile, stream, link)
    return _lines_of(profile, merchant, stream, link.day)


def _check_hash(profile: BankProfile, stream: BinaryIO, link: BillLink) -> None:
    if link.hash_type != profile.hash_type:
        raise BillUnreadable("a hash that is not agreed", hash_type=link.hash_type)
    digest = _digest(link.hash_type)
    stream.seek(0)
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > SIZE_LIMIT_BYTES:
            raise BillUnreadable("the file is larger than a bill may be", read_bytes=size)
        digest.update(chunk)
    if not hmac.compare_digest(digest.finalize().hex(), link.hash_hex.lower()):
        raise BillUnreadable("the file is not the one the link named", day=link.day.isoformat())


def _digest(hash_type: str) -> hashes.Hash:
    known = {"SM3": hashes.SM3, "SHA-256": hashes.SHA256}
    return hashes.Hash(known[hash_type]())


@dataclass(slots=True)
class _Totals:
    """What has been counted, in fen and in 1/100000 yuan for the fee."""

    count: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SUM_OF.values(), 0))
    fee_in_100000: int = 0

    def add(self, line: BillLine) -> None:
        self.count += 1
        self.sums[_SUM_OF[line.kind]] += line.amount_fen
        self.fee_in_100000 += line.fee_in_100000


def _lines_of(
    profile: BankProfile, merchant: Merchant, stream: BinaryIO, day: date
) -> Iterator[BillLine]:
    lines = _raw_lines(stream)
    totals = _Totals()
    form = profile.bill
    try:
        _check_head(form.head(next(lines, b"")), merchant, day)
        for line in lines:
            if form.is_tail(line):
                _compare(profile, totals, form.tail(line))
                break
            fact = _bill_line(profile, merchant, form.row(line), day, totals.count + 1)
            totals.add(fact)
            yield fact
        else:
            raise NotInForm("the file ends without its sums")
    except NotInForm as reason:
        raise BillUnreadable(str(reason), line_no=totals.count + 1) from None
    if any(line for line in lines):
        raise BillUnreadable("there is something behind the sums")


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends. A line feed is never a part of a GB18030 or UTF-8 character."""
    stream.seek(0)
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
        if len(rest) > _LINE_LIMIT_BYTES:
            raise BillUnreadable("a line longer than a bill's line may be")
    if rest:
        raise BillUnreadable("the last line has no end: the file is cut short")


def _check_head(cells: Cells, merchant: Merchant, day: date) -> None:
    if cells["merchant_no"] != merchant.merchant_no:
        raise NotInForm("a bill of another merchant")
    if cells["day"].replace("-", "") != day.strftime("%Y%m%d"):
        raise NotInForm(f"a bill of {cells['day'][:20]}, asked for {day.isoformat()}")


def _bill_line(
    profile: BankProfile, merchant: Merchant, cells: Cells, day: date, line_no: int
) -> BillLine:
    form = profile.bill
    if cells["seq"].lstrip("0") != str(line_no):
        raise NotInForm(f"row {cells['seq'][:12]} where {line_no} belongs: a gap or a repetition")
    kind = form.kinds.get(cells["kind"])
    if kind is None:
        raise NotInForm(f"a kind of row that is not agreed: {cells['kind'][:16]!r}")
    if cells["currency"] != profile.currency:
        raise NotInForm(f"another currency: {cells['currency'][:16]!r}")
    back = kind is BillKind.REFUND
    amount_fen = form.money.read(cells["amount"])
    return BillLine(
        line_no=line_no,
        kind=kind,
        day=day,
        at=form.moments.read(cells["at"]),
        merchant_no=merchant.merchant_no,
        app_no=merchant.app_no,
        transaction_no=_serial(cells),
        order_no=_number(cells, "order_no"),
        amount_fen=amount_fen,
        settled_fen=amount_fen,
        coupon_fen=0,
        currency="CNY",
        raw_state=cells["kind"],
        fee_text=cells["fee"],
        fee_in_100000=_fee(profile, cells["fee"]),
        rate_text="",
        channel_refund_no=_number(cells, "channel_refund_no") if back else None,
        refund_no=_number(cells, "refund_no") if back else None,
        refund_state=cells["state"] if back else None,
        description=cells["description"],
    )


def _number(cells: Cells, name: str) -> str:
    if not _NUMBER.fullmatch(cells[name]):
        raise NotInForm(f"{name} is empty or not a number")
    return cells[name]


def _serial(cells: Cells) -> str:
    serial = _number(cells, "transaction_no")
    return f"{_number(cells, 'serial_day')}-{serial}" if "serial_day" in cells else serial


def _fee(profile: BankProfile, text: str) -> int:
    """1/100000 yuan of a fee in the form of amounts; a minus where a refund gives it back."""
    sign = -1 if text.startswith("-") else 1
    return sign * profile.bill.money.read(text.removeprefix("-")) * 1000


def _compare(profile: BankProfile, totals: _Totals, said: Cells) -> None:
    differences = []
    if not _COUNT.fullmatch(said["count"]) or int(said["count"]) != totals.count:
        differences.append(f"count {said['count'][:20]} said, {totals.count} counted")
    for name, summed in totals.sums.items():
        if profile.bill.money.read(said[name]) != summed:
            differences.append(f"{name} {said[name][:20]} said, {summed} fen summed")
    if _fee(profile, said["fee"]) != totals.fee_in_100000:
        differences.append(f"fee {said['fee'][:20]} said, {totals.fee_in_100000} summed")
    if differences:
        raise BillUnreadable(f"the bill's sums differ: {'; '.join(differences)}")
