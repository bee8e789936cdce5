"""银联's statement of a settlement day: fixed-width lines in GBK, zipped, deflated, in Base64."""

import base64
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Mapping
from datetime import timedelta

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import local
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.unionpay_host.told import settlement_day, stamp

_MADE_AT_HOUR = 9
WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2),
    *(6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98),
)
_FEE_PER_MILLE = 6


class Statements:
    """Files made on demand from the book."""

    def __init__(self, book: Book, faults: Faults) -> None:
        self._book = book
        self._faults = faults

    def file(self, mer_id: str, settle_date: str) -> dict[str, str]:
        """fileName and fileContent of the last day of that MMDD; 98 where there is none."""
        day = self._day(settle_date)
        rows = self._rows(mer_id, day)
        if not rows or self._faults.take("bill_creating"):
            raise Refusal(200, "98", "文件不存在")
        packed = self.packed(mer_id, day, [line(row) for row in self._twisted(rows)])
        if self._faults.take("bill_damaged"):
            packed = packed[: len(packed) // 2]
        return {
            "fileName": f"{mer_id}_{day.replace('-', '')}.zip",
            "fileContent": base64.b64encode(zlib.compress(packed)).decode(),
            "settleDate": settle_date,
        }

    def packed(self, mer_id: str, day: str, lines: list[bytes]) -> bytes:
        """The zip around a day's lines."""
        if self._faults.take("bill_column_drift"):
            lines = [one + b" 0" for one in lines]
        extra = lines[:1] if self._faults.take("bill_exceptions") else []
        return zipped(mer_id, day, lines, extra)

    def _day(self, settle_date: str) -> str:
        now = self._book.now()
        today = local(now).date()
        for back in range(1, 93):
            day = today - timedelta(days=back)
            if day.strftime("%m%d") == settle_date:
                if back == 1 and local(now).hour < _MADE_AT_HOUR:
                    raise Refusal(200, "98", "文件不存在")
                return day.isoformat()
        raise Refusal(200, "98", "文件不存在")

    def _rows(self, mer_id: str, day: str) -> list[dict[str, str]]:
        paid = self._book.rows(
            "SELECT * FROM orders WHERE mer_id = ? AND paid_at IS NOT NULL ORDER BY paid_at", mer_id
        )
        back = self._book.rows(
            "SELECT r.*, o.transaction_no, o.biz_type, o.order_no FROM refund r"
            " JOIN orders o ON o.seq = r.order_seq"
            " WHERE r.mer_id = ? AND r.done_at IS NOT NULL ORDER BY r.done_at",
            mer_id,
        )
        return [payment_row(row) for row in paid if settlement_day(row["paid_at"]) == day] + [
            refund_row(row) for row in back if settlement_day(row["done_at"]) == day
        ]

    def _twisted(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        if self._faults.take("bill_row_missing"):
            rows = rows[1:]
        if self._faults.take("bill_row_extra"):
            rows = [*rows, {**rows[0], "order": "nobodymademe", "query": "9" * 21}]
        if self._faults.take("bill_row_amount"):
            rows = [{**rows[0], "amount": f"{int(rows[0]['amount']) + 1:012d}"}, *rows[1:]]
        return rows


def payment_row(order: sqlite3.Row | Mapping[str, object]) -> dict[str, str]:
    """A payment's cells by short names."""
    paid_fen = int(str(order["paid_fen"]))
    fee_fen = paid_fen * _FEE_PER_MILLE // 1000
    return {
        "kind": "S22",
        "type": "01",
        "at": stamp(float(str(order["paid_at"])))[4:],
        "amount": f"{paid_fen:012d}",
        "settled": f"C{paid_fen:012d}",
        "fee": f"D{fee_fen:012d}",
        "net": f"C{paid_fen - fee_fen:012d}",
        "query": str(order["transaction_no"]),
        "order": str(order["order_no"]),
        "biz": str(order["biz_type"]),
        "merchant": str(order["mer_id"]),
        "reserved": str(order["reserved"]),
    }


def refund_row(refund: sqlite3.Row) -> dict[str, str]:
    """A refund's cells by short names."""
    fen = refund["amount_fen"]
    return {
        "kind": "S30",
        "type": "04",
        "at": stamp(refund["done_at"])[4:],
        "amount": f"{fen:012d}",
        "settled": f"D{fen:012d}",
        "fee": f"C{0:012d}",
        "net": f"D{fen:012d}",
        "query": refund["query_id"],
        "order": refund["refund_no"],
        "original": refund["transaction_no"],
        "original_order": refund["order_no"],
        "biz": refund["biz_type"],
        "merchant": refund["mer_id"],
        "reserved": refund["reserved"],
    }


def line(row: Mapping[str, str]) -> bytes:
    """The line of a row, every cell to its width."""
    cells = [""] * len(WIDTHS)
    named = {
        0: row["kind"],
        4: row["at"],
        6: row["amount"],
        7: "4111",
        8: "07",
        9: row["query"],
        11: row["order"],
        15: row["fee"],
        16: row["settled"],
        19: row["type"],
        20: "01",
        21: row["biz"],
        25: "0",
        26: row.get("original", ""),
        27: row["merchant"],
        32: row["net"],
        34: row["reserved"],
        40: row.get("original_order", ""),
    }
    for place, value in named.items():
        cells[place] = value
    widths = zip(cells, WIDTHS, strict=True)
    return b" ".join(cell.encode("gbk")[:width].ljust(width) for cell, width in widths)


def zipped(mer_id: str, day: str, lines: list[bytes], exceptions: list[bytes]) -> bytes:
    """A zip of the statement and of its exceptional entries."""
    short = day.replace("-", "")[2:]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr(f"INN{short}88ZM_{mer_id}", b"".join(one + b"\r\n" for one in lines))
        box.writestr(f"INN{short}88ZME_{mer_id}", b"".join(one + b"\r\n" for one in exceptions))
    return made.getvalue()
