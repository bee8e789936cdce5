"""A bank's daily file: made from its own book, linked for a minute."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.sandbox.neighbours.bill_files import BillFiles
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import SHANGHAI, day_of
from gateway.sandbox.partner_banks.speech import Speech, Words, refused

LINK_SECONDS = 60
_MADE_AT_HOUR = 6
_RATE = Decimal("0.003")


class Bills:
    """Payments, refunds and reversals of a day, in the bank's form."""

    def __init__(self, book: Book, faults: Faults, speech: Speech) -> None:
        self._book = book
        self._faults = faults
        self._speech = speech
        self.files = BillFiles(book, faults, seconds=LINK_SECONDS)

    def link(self, merchant_no: str, asked_day: str, base_url: str) -> Words:
        """bill_day, bill_url, bill_hash."""
        day = self._asked_day(asked_day)
        if self._faults.take("bill_creating"):
            raise refused("bill_creating", "对账文件生成中")
        rows = self._rows(merchant_no, day.isoformat())
        if not rows:
            raise refused("bill_empty", "当日无交易")
        content = self._file(merchant_no, day, rows)
        hashed = content + b" " if self._faults.take("bill_wrong_hash") else content
        if self._faults.take("bill_damaged"):
            content = content[: len(content) // 2]
        token = self.files.keep(merchant_no, day.isoformat(), content)
        return {
            "merchant_no": merchant_no,
            "bill_day": asked_day,
            "bill_url": f"{base_url}{FILE_PATHS[self._speech.channel]}{token}",
            "bill_hash": self._speech.hash_of(hashed),
        }

    def download(self, token: str) -> bytes:
        """The file behind a link that still lives."""
        found = self.files.fetch(token)
        if found is None:
            raise refused("link_dead", "下载链接已失效")
        return found

    def _asked_day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise refused("malformed", "日期格式错误") from None
        now = datetime.fromtimestamp(self._book.now(), UTC).astimezone(SHANGHAI)
        if not now.date() - timedelta(days=92) <= day < now.date():
            raise refused("malformed", "日期不在可下载范围")
        if day == now.date() - timedelta(days=1) and now.hour < _MADE_AT_HOUR:
            raise refused("bill_creating", "对账文件生成中")
        return day

    def _rows(self, merchant_no: str, day: str) -> list[Words]:
        orders = self._book.rows(
            "SELECT * FROM orders WHERE merchant_no = ? AND paid_at IS NOT NULL ORDER BY paid_at",
            merchant_no,
        )
        refunds = self._book.rows(
            "SELECT r.*, o.order_no, o.transaction_no, o.serial_day, o.serial, o.description"
            " FROM refund r JOIN orders o ON o.seq = r.order_seq"
            " WHERE r.merchant_no = ? AND r.state = 'DONE' ORDER BY r.done_at",
            merchant_no,
        )
        found = [_row("payment", row, row["paid_at"], row["paid_fen"]) for row in orders]
        found += [
            _row("reversal", row, row["reversed_at"], row["paid_fen"])
            for row in orders
            if row["reversed_at"] is not None
        ]
        found += [
            _row("refund", row, row["done_at"], row["amount_fen"])
            | {"refund_no": row["refund_no"], "channel_refund_no": row["channel_refund_no"]}
            for row in refunds
        ]
        return sorted((row for row in found if day_of(row["at"]) == day), key=lambda row: row["at"])

    def _file(self, merchant_no: str, day: date, rows: list[Words]) -> bytes:
        if self._faults.take("bill_row_missing"):
            rows = rows[1:]
        if self._faults.take("bill_row_extra"):
            nobody = {"order_no": "nobody-made-me", "transaction_no": "9" * 20, "serial": "9" * 12}
            rows = [*rows, {**rows[0], **nobody}]
        if self._faults.take("bill_row_amount"):
            rows = [{**rows[0], "amount_fen": rows[0]["amount_fen"] + 1}, *rows[1:]]
        sums: Words = {"count": len(rows), "payment": 0, "refund": 0, "reversal": 0, "fee": 0}
        for row in rows:
            sums[row["kind"]] += row["amount_fen"]
            sums["fee"] += row["fee_fen"]
        if self._faults.take("bill_sums_wrong"):
            sums["payment"] += 1
        content = self._speech.bill(merchant_no, day, rows, sums)
        drifts = self._faults.take("bill_column_drift")
        return self._speech.drifted(content) if drifts else content


FILE_PATHS = {
    "bank_guomi": "/epay/bill/file?token=",
    "bank_gbk": "/b2c/file?token=",
    "bank_rfc9421": "/v1/files/",
}


def token_of(target: str) -> str:
    """The token of a file's address."""
    return target.rpartition("token=")[2].rpartition("/")[2]


def _row(kind: str, row: sqlite3.Row, at: float, amount_fen: int) -> dict[str, Any]:
    fee = (Decimal(amount_fen) * _RATE).quantize(Decimal(1), ROUND_HALF_UP)
    return {
        "kind": kind,
        "at": at,
        "amount_fen": amount_fen,
        "fee_fen": int(fee) if kind == "payment" else -int(fee),
        "refund_no": "",
        "channel_refund_no": "",
        **{
            name: row[name]
            for name in ("order_no", "transaction_no", "serial_day", "serial", "description")
        },
    }
