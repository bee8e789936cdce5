"""The wallet's trade bill of a day: made from its own book, linked for seconds."""

import gzip
import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.sandbox.neighbours.bill_files import BillFiles
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.moments import SHANGHAI, day_of
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.yuan import yuan
from gateway.sandbox.wechat_wallet.wire import refused_parameter

LINK_SECONDS = 30
_MADE_AT_HOUR = 9
_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_SUMMARY_HEADER = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
_RATE = Decimal("0.006")
_ZERO = "0.00"


class Bills:
    """Bills on demand; a link lives thirty seconds of the book's time."""

    def __init__(self, book: Book, faults: Faults) -> None:
        self._book = book
        self._faults = faults
        self._files = BillFiles(book, faults, seconds=LINK_SECONDS)

    def link(self, mchid: str, asked: Mapping[str, str], base_url: str) -> dict[str, Any]:
        """hash_type, hash_value of the un-gzipped file, download_url."""
        day = self._asked_day(asked)
        if self._faults.take("bill_creating"):
            raise Refusal(400, "STATEMENT_CREATING", "账单生成中")
        rows = self._rows(mchid, day)
        if not rows:
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        plain = self._file(rows)
        hashed = plain + b" " if self._faults.take("bill_wrong_hash") else plain
        content = gzip.compress(plain) if asked.get("tar_type") == "GZIP" else plain
        if self._faults.take("bill_damaged"):
            content = content[: len(content) // 2]
        token = self._files.keep(mchid, day, content)
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(hashed, usedforsecurity=False).hexdigest(),
            "download_url": f"{base_url}/v3/billdownload/file?token={token}",
        }

    def download(self, mchid: str, token: str) -> bytes:
        """The file behind a link that still lives."""
        found = self._files.fetch(token, mchid)
        if found is None:
            raise Refusal(403, "NO_AUTH", "下载链接已失效")
        return found

    def _asked_day(self, asked: Mapping[str, str]) -> str:
        try:
            day = date.fromisoformat(asked.get("bill_date", ""))
        except ValueError:
            raise refused_parameter("bill_date 格式错误") from None
        now = datetime.fromtimestamp(self._book.now(), UTC).astimezone(SHANGHAI)
        if not now.date() - timedelta(days=92) <= day < now.date():
            raise refused_parameter("bill_date 不在可下载范围")
        if day == now.date() - timedelta(days=1) and now.hour < _MADE_AT_HOUR:
            raise Refusal(400, "STATEMENT_CREATING", "账单生成中")
        return day.isoformat()

    def _rows(self, mchid: str, day: str) -> list[dict[str, Any]]:
        paid = self._book.rows(
            "SELECT * FROM orders WHERE mchid = ? AND paid_at IS NOT NULL ORDER BY paid_at", mchid
        )
        back = self._book.rows(
            "SELECT r.*, o.order_no, o.appid, o.transaction_no, o.openid, o.product, o.description,"
            " o.attach FROM refund r JOIN orders o ON o.seq = r.order_seq"
            " WHERE r.mchid = ? AND r.state = 'SUCCESS' ORDER BY r.done_at",
            mchid,
        )
        return [_payment_row(row) for row in paid if day_of(row["paid_at"]) == day] + [
            _refund_row(row) for row in back if day_of(row["done_at"]) == day
        ]

    def _file(self, rows: list[dict[str, Any]]) -> bytes:
        if self._faults.take("bill_row_missing"):
            rows = rows[1:]
        if self._faults.take("bill_row_extra"):
            extra = rows[0] if rows else {}
            rows = [
                *rows,
                {**extra, "商户订单号": "nobody-made-me", "微信订单号": "4200" + "9" * 24},
            ]
        if self._faults.take("bill_row_amount"):
            first = dict(rows[0])
            for column in ("应结订单金额", "订单金额"):
                first[column] = yuan(int(Decimal(first[column]) * 100) + 1)
            rows = [first, *rows[1:]]
        summary = _summary(rows)
        if self._faults.take("bill_summary_wrong"):
            summary[0] = str(len(rows) + 1)
        header = _HEADER
        if self._faults.take("bill_column_drift"):
            header = header.replace("手续费,", "服务费,") + ",新列"
        lines = [header, *(_line(row) for row in rows), _SUMMARY_HEADER]
        lines.append(",".join(f"`{cell}" for cell in summary))
        return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _line(row: Mapping[str, Any]) -> str:
    return ",".join(f"`{row[name]}" for name in _HEADER.split(","))


def _fee(amount_fen: int) -> Decimal:
    fen = (Decimal(amount_fen) * _RATE).quantize(Decimal(1), ROUND_HALF_UP)
    return fen / 100


def _row(row: sqlite3.Row, at: float, state: str, fee: Decimal) -> dict[str, Any]:
    shown = datetime.fromtimestamp(int(at), UTC).astimezone(SHANGHAI)
    empty = dict.fromkeys(_HEADER.split(","), "")
    zeros = dict.fromkeys(
        ["应结订单金额", "代金券金额", "退款金额", "充值券退款金额", "订单金额", "申请退款金额"],
        _ZERO,
    )
    return {
        **empty,
        **zeros,
        "交易时间": shown.strftime("%Y-%m-%d %H:%M:%S"),
        "公众账号ID": row["appid"],
        "商户号": row["mchid"],
        "特约商户号": "0",
        "微信订单号": row["transaction_no"],
        "商户订单号": row["order_no"],
        "用户标识": row["openid"],
        "交易类型": {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}[row["product"]],
        "交易状态": state,
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "商品名称": row["description"],
        "商户数据包": row["attach"],
        "手续费": f"{fee:.5f}",
        "费率": "0.60%",
    }


def _payment_row(order: sqlite3.Row) -> dict[str, Any]:
    amount = yuan(order["paid_fen"])
    return {
        **_row(order, order["paid_at"], "SUCCESS", _fee(order["paid_fen"])),
        "应结订单金额": amount,
        "订单金额": amount,
    }


def _refund_row(refund: sqlite3.Row) -> dict[str, Any]:
    amount = yuan(refund["amount_fen"])
    return {
        **_row(refund, refund["done_at"], "REFUND", -_fee(refund["amount_fen"])),
        "微信退款单号": refund["channel_refund_no"],
        "商户退款单号": refund["refund_no"],
        "退款金额": amount,
        "申请退款金额": amount,
        "退款类型": "ORIGINAL",
        "退款状态": "SUCCESS",
    }


def _summary(rows: list[dict[str, Any]]) -> list[str]:
    columns = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
    sums = [sum((Decimal(row[name]) for row in rows), Decimal(0)) for name in columns]
    return [
        str(len(rows)),
        *(
            f"{total:.5f}" if name == "手续费" else f"{total:.2f}"
            for name, total in zip(columns, sums, strict=True)
        ),
    ]
