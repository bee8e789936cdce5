"""The office's book: sellers it knows, documents by request number, and what it makes when."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from sqlite3 import Row
from typing import Any

from gateway.sandbox.invoice_office import papers
from gateway.sandbox.invoice_office.wire import make_key
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.state import NeighbourState

SWITCHES = {
    "no_answer_before": "nothing done, and the connection closed without a word",
    "no_answer": "done, and the connection closed without a word",
    "slow_reply": "done, and answered after {seconds: 6}",
    "answer_truncated": "the answer's connection breaks half way",
    "late": "taken, and made {seconds: 60} later; until then PENDING",
    "refuses": "the wish is refused",
    "duplicate_word": "a number that was met before is answered DUPLICATE, not with its state",
    "answer_bad_signature": "the answer is signed by a key nobody was told about",
    "wrong_amount": "the answer's amount is one fen more",
    "wrong_file": "the file has another byte than the hash that was signed",
}
SELLERS = "sellers.json"
_TABLES = """
CREATE TABLE IF NOT EXISTS document (
  request_no TEXT PRIMARY KEY, seller_no TEXT NOT NULL, color TEXT NOT NULL, reverses TEXT,
  wish TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  invoice_no TEXT UNIQUE, issued_at REAL, due_at REAL, pdf BLOB, ofd BLOB,
  asked INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS numbering (
  number INTEGER PRIMARY KEY AUTOINCREMENT, request_no TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS booked (invoice_no TEXT PRIMARY KEY, confirmed INTEGER NOT NULL);
"""
_YUAN = re.compile(r"-?[0-9]{1,9}\.[0-9]{2}")
_SHANGHAI = timezone(timedelta(hours=8))


class OfficeState(NeighbourState):
    """Everything behind the office's doors. What is late is made by its errand."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(state_dir, tables=_TABLES, switches=SWITCHES)
        self.keyring = Keyring(self.book, make_key, ("ed25519",))
        self._sellers: Merchants[dict[str, str]] = Merchants(
            state_dir / SELLERS, lambda _, entry: dict(entry)
        )
        self.errands = (self,)

    def seller(self, seller_no: str) -> dict[str, str]:
        """{name, key_id, public_pem} of a seller; Refusal."""
        found = self._sellers.get(seller_no)
        if found is None:
            raise Refusal(403, "SELLER_UNKNOWN", "no such seller")
        return found

    def document(self, request_no: str) -> Row | None:
        """What there is under this number."""
        return self.book.row("SELECT * FROM document WHERE request_no = ?", request_no)

    def take(self, seller_no: str, wish: dict[str, Any]) -> Row:
        """What became of a wish; the same number again is the same document."""
        with self.book.change():
            present = self.document(wish["request_no"])
            if present is not None:
                self.book.do(
                    "UPDATE document SET asked = asked + 1 WHERE request_no = ?",
                    wish["request_no"],
                )
                if json.loads(present["wish"]) != wish and present["state"] != "WITHDRAWN":
                    raise Refusal(409, "REQUEST_DIFFERS", "the number was used for another wish")
                return present
            state, reason = self._verdict(seller_no, wish)
            late = self.faults.take("late") if state == "PENDING" else None
            due_at = self.book.now() + float(late.get("seconds", 60)) if late else None
            self.book.add(
                "INSERT INTO document (request_no, seller_no, color, reverses, wish, state, reason,"
                " due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                wish["request_no"], seller_no, wish["color"], wish.get("reverses"),
                json.dumps(wish, ensure_ascii=False), state, reason, due_at,
            )  # fmt: skip
            if state == "PENDING" and not late:
                self._make(wish["request_no"])
        self.ring()
        return self._present(wish["request_no"])

    def withdraw(self, seller_no: str, request_no: str) -> Row:
        """Never to be made, unless it is."""
        with self.book.change():
            if self.document(request_no) is None:
                self.book.add(
                    "INSERT INTO document (request_no, seller_no, color, wish, state)"
                    " VALUES (?, ?, 'blue', '{}', 'WITHDRAWN')",
                    request_no, seller_no,
                )  # fmt: skip
            self.book.do(
                "UPDATE document SET state = 'WITHDRAWN', due_at = NULL"
                " WHERE request_no = ? AND state = 'PENDING'",
                request_no,
            )
        return self._present(request_no)

    def by_number(self, invoice_no: str) -> Row | None:
        """The document of this invoice number."""
        return self.book.row("SELECT * FROM document WHERE invoice_no = ?", invoice_no)

    def buyer(self, invoice_no: str, *, confirms: bool) -> None:
        """The buyer books an invoice, or confirms its reversal."""
        with self.book.change():
            self.book.do(
                "INSERT OR REPLACE INTO booked VALUES (?, ?)", invoice_no, 1 if confirms else 0
            )
            waiting = self.book.rows(
                "SELECT request_no FROM document WHERE reverses = ? AND state = 'WAITING_BUYER'",
                invoice_no,
            )
            for row in waiting if confirms else ():
                self._make(row["request_no"])

    def next_due(self) -> float | None:
        """When the next late document is made."""
        row = self.book.row("SELECT min(due_at) AS at FROM document WHERE state = 'PENDING'")
        return row["at"] if row else None

    def do_due(self) -> int:
        """Make what is late and due."""
        with self.book.change():
            rows = self.book.rows(
                "SELECT request_no FROM document WHERE state = 'PENDING' AND due_at <= ?",
                self.book.now(),
            )
            for row in rows:
                self._make(row["request_no"])
        return len(rows)

    def shown_orders(self) -> list[dict[str, Any]]:
        """Every document, without its papers."""
        rows = self.book.rows("SELECT * FROM document ORDER BY rowid")
        hidden = ("wish", "pdf", "ofd")
        return [
            {name: row[name] for name in row.keys() if name not in hidden}  # noqa: SIM118
            | {"amount": json.loads(row["wish"]).get("amount", "")}
            for row in rows
        ]

    def shown_refunds(self) -> list[dict[str, Any]]:
        """Nothing: red documents are documents."""
        return []

    def _verdict(self, seller_no: str, wish: dict[str, Any]) -> tuple[str, str]:
        """PENDING for what may be made; WAITING_BUYER; or REFUSED with its reason."""
        if self.faults.take("refuses", on=wish["color"]):
            return "REFUSED", "购买方名称与纳税人识别号不匹配"
        item = wish["item"]
        right = (item["code"], item["tax_rate"], item["tax"])
        if right != ("6010000000000000000", "不征税", "0.00"):
            return "REFUSED", "商品编码与税率不匹配"
        if not _YUAN.fullmatch(wish["amount"]):
            return "REFUSED", "金额格式不正确"
        if wish["color"] == "blue":
            return ("REFUSED", "金额") if wish["amount"].startswith("-") else ("PENDING", "")
        blue = self.by_number(wish["reverses"])
        if blue is None or blue["seller_no"] != seller_no:
            return "REFUSED", "没有对应的蓝字发票"
        if f"-{json.loads(blue['wish'])['amount']}" != wish["amount"]:
            return "REFUSED", "未确认用途的发票须全额冲红"
        done = "SELECT 1 FROM document WHERE reverses = ? AND state IN ('ISSUED', 'WAITING_BUYER')"
        if self.book.row(done, wish["reverses"]) is not None:
            return "REFUSED", "蓝字发票已冲红"
        booked = self.book.row("SELECT * FROM booked WHERE invoice_no = ?", wish["reverses"])
        waits = booked is not None and not booked["confirmed"]
        return ("WAITING_BUYER", "") if waits else ("PENDING", "")

    def _make(self, request_no: str) -> None:
        row = self._present(request_no)
        wish, at = json.loads(row["wish"]), self.book.now()
        number = self.book.add("INSERT INTO numbering (request_no) VALUES (?)", request_no)
        invoice_no = f"2641{number:016d}"
        lines = papers.lines_of(
            {
                "invoice_no": invoice_no,
                "issued_at": moment(at),
                "buyer": wish["buyer"]["name"],
                "buyer_no": wish["buyer"]["taxpayer_no"],
                "seller": self.seller(row["seller_no"])["name"],
                "seller_no": row["seller_no"],
                "item": wish["item"]["name"],
                "code": wish["item"]["code"],
                "amount": wish["amount"],
                "tax_rate": wish["item"]["tax_rate"],
                "remark": wish.get("order_no") or f"冲红 {wish.get('reverses')}",
            }
        )
        self.book.do(
            "UPDATE document SET state = 'ISSUED', invoice_no = ?, issued_at = ?, due_at = NULL,"
            " pdf = ?, ofd = ? WHERE request_no = ?",
            invoice_no, at, papers.pdf(lines), papers.ofd(lines), request_no,
        )  # fmt: skip

    def _present(self, request_no: str) -> Row:
        row = self.document(request_no)
        assert row is not None, "it was just written"
        return row


def moment(seconds: float) -> str:
    """RFC 3339 in Shanghai's time."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(_SHANGHAI)
    return at.isoformat(timespec="seconds")


def mark_of(content: bytes) -> dict[str, Any]:
    """{sha256, size}."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
