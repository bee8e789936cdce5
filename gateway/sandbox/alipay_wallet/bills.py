"""The wallet's trade bill of a day: made from its own book, a zip behind a link that dies."""

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.sandbox.alipay_wallet.bill_text import HEADER, Row, detail, line_of, packed, summary
from gateway.sandbox.alipay_wallet.wire import refused
from gateway.sandbox.neighbours.bill_files import BillFiles
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import day_of, local, plain_moment
from gateway.sandbox.neighbours.yuan import yuan

LINK_SECONDS = 30
_MADE_AT_HOUR = 9
_RATE = Decimal("0.006")


class Bills:
    """Bills on demand; a link lives thirty seconds of the book's time."""

    def __init__(self, book: Book, faults: Faults) -> None:
        self._book = book
        self._faults = faults
        self._files = BillFiles(book, faults, seconds=LINK_SECONDS)

    def link(self, seller_id: str, asked: Mapping[str, Any], base_url: str) -> dict[str, Any]:
        """bill_download_url, printed with http as ever."""
        day = self._asked_day(asked)
        rows = self._rows(seller_id, day)
        if not rows:
            raise refused("40004", "isp.bill_not_exist", "账单不存在")
        content = self._zip(seller_id, day, rows)
        if self._faults.take("bill_damaged"):
            content = content[: len(content) // 2]
        token = self._files.keep(seller_id, day, content)
        return {"bill_download_url": f"{base_url}/downloadBillFile.resource?token={token}"}

    def download(self, token: str) -> bytes | None:
        """The file behind a link that still lives."""
        return self._files.fetch(token)

    def _asked_day(self, asked: Mapping[str, Any]) -> str:
        if asked.get("bill_type") != "trade":
            raise refused("40004", "isp.invalid_arguments", "入参不合法")
        try:
            day = date.fromisoformat(str(asked.get("bill_date", "")))
        except ValueError:
            raise refused("40004", "isp.invalid_arguments", "入参不合法") from None
        now = local(self._book.now())
        made = now.hour >= _MADE_AT_HOUR or day < now.date() - timedelta(days=1)
        if not day < now.date() or not made:
            raise refused("40004", "isp.bill_not_exist", "账单不存在")
        return day.isoformat()

    def _rows(self, seller_id: str, day: str) -> list[Row]:
        paid = self._book.rows(
            "SELECT * FROM orders WHERE seller_id = ? AND paid_at IS NOT NULL ORDER BY paid_at",
            seller_id,
        )
        back = self._book.rows(
            "SELECT o.*, r.refund_no, r.amount_fen AS back_fen, r.done_at FROM refund r"
            " JOIN orders o ON o.seq = r.order_seq WHERE r.seller_id = ? AND r.state = 'DONE'"
            " ORDER BY r.done_at",
            seller_id,
        )
        return [
            _row("交易", row, row["paid_fen"], -_fee_fen(row["paid_fen"]), row["paid_at"], "")
            for row in paid
            if day_of(row["paid_at"]) == day
        ] + [
            _row(
                "退款",
                row,
                -row["back_fen"],
                _fee_fen(row["back_fen"]),
                row["done_at"],
                row["refund_no"],
            )
            for row in back
            if day_of(row["done_at"]) == day
        ]

    def _zip(self, seller_id: str, day: str, rows: list[Row]) -> bytes:
        take = self._faults.take
        if take("bill_row_missing"):
            rows = rows[1:]
        if take("bill_row_extra"):
            kind, amount_fen, fee_fen, line = rows[0]
            rows = [*rows, (kind, amount_fen, fee_fen, "9" + line[1:])]
        if take("bill_row_amount"):
            kind, amount_fen, fee_fen, line = rows[0]
            said, more = (f",{yuan(fen)},{yuan(fen)}," for fen in (amount_fen, amount_fen + 1))
            line = line.replace(said, more)
            rows = [(kind, amount_fen + 1, fee_fen, line), *rows[1:]]
        header = HEADER
        if take("bill_column_drift"):
            header = header.replace("服务费（元）", "手续费（元）") + ",新列"
        account = f"{seller_id}0156"
        stamp = day.replace("-", "")
        wrong = 1 if take("bill_sums_wrong") else 0
        return packed(
            f"{account}_{stamp}",
            detail(account, day, rows, header=header, too_much=wrong),
            summary(account, day, rows, too_many=1 if take("bill_summary_wrong") else 0),
        )


def _row(
    kind: str, order: sqlite3.Row, amount_fen: int, fee_fen: int, at: float, refund_no: str
) -> Row:
    cells = {
        "支付宝交易号": order["trade_no"],
        "商户订单号": order["order_no"],
        "商品名称": order["subject"],
        "创建时间": plain_moment(order["made_at"]),
        "完成时间": plain_moment(at),
        "对方账户": "*民(159****5620)",
        "退款批次号/请求号": refund_no,
    }
    return line_of(kind, amount_fen, fee_fen, cells)


def _fee_fen(amount_fen: int) -> int:
    return int((Decimal(amount_fen) * _RATE).quantize(Decimal(1), ROUND_HALF_UP))
