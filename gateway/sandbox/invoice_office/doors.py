"""The office's HTTP contract: wishes, questions, withdrawals, files; every answer signed."""

from __future__ import annotations

import json
import re
import time
from sqlite3 import Row
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gateway.sandbox.invoice_office import wire
from gateway.sandbox.invoice_office.office import OfficeState, mark_of, moment
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply, answered

_ONE = re.compile(r"/v1/invoices/([^/]+)")
_WITHDRAW = re.compile(r"/v1/invoices/([^/]+)/withdraw")
_FILE = re.compile(r"/v1/files/([0-9]+)\.(pdf|ofd)")


class Doors:
    """Everything a seller may ask."""

    def __init__(self, state: OfficeState) -> None:
        self._state = state

    def answer(self, call: Call) -> Reply:
        """The reply to one call, its faults laid over it."""
        return answered(self._state.faults, self._kind(call), lambda: self._reply(call))

    def _kind(self, call: Call) -> str:
        path = urlsplit(call.target).path
        if call.method == "GET":
            return "file" if _FILE.fullmatch(path) else "query"
        if _WITHDRAW.fullmatch(path):
            return "withdraw"
        return "reverse" if b'"color":"red"' in call.body else "issue"

    def _reply(self, call: Call) -> Reply:
        try:
            return self._act(call)
        except Refusal as refusal:
            words = {"request_no": "", "state": refusal.code, "reason": refusal.message}
            return self._signed(refusal.status, words)
        except (KeyError, TypeError, ValueError) as wrong:
            return self._signed(
                400, {"request_no": "", "state": "MALFORMED", "reason": repr(wrong)}
            )

    def _act(self, call: Call) -> Reply:
        parts = urlsplit(call.target)
        said: dict[str, Any] = json.loads(call.body) if call.body else {}
        seller_no = said.get("seller_no") or dict(parse_qsl(parts.query)).get("seller", "")
        wire.prove(call, self._state.seller(seller_no), time.time())
        if file := _FILE.fullmatch(parts.path):
            return self._file(seller_no, file.group(1), file.group(2))
        if one := _WITHDRAW.fullmatch(parts.path):
            return self._document(self._state.withdraw(seller_no, unquote(one.group(1))))
        if one := _ONE.fullmatch(parts.path):
            number = unquote(one.group(1))
            found = self._state.document(number)
            if found is None or found["seller_no"] != seller_no:
                return self._signed(404, {"request_no": number, "state": "NOT_RECEIVED"})
            return self._document(found)
        if parts.path != "/v1/invoices" or call.method != "POST":
            raise Refusal(404, "NO_SUCH_DOOR", parts.path)
        known = self._state.document(said["request_no"]) is not None
        found = self._state.take(seller_no, said)
        if known and self._state.faults.take("duplicate_word"):
            return self._signed(409, {"request_no": said["request_no"], "state": "DUPLICATE"})
        return self._document(found)

    def _document(self, row: Row) -> Reply:
        words: dict[str, Any] = {"request_no": row["request_no"], "state": row["state"]}
        words |= {"reason": row["reason"]} if row["reason"] else {}
        if row["state"] == "ISSUED":
            wish = json.loads(row["wish"])
            amount = wish["amount"]
            if self._state.faults.take("wrong_amount"):
                amount = f"{amount[:-1]}{(int(amount[-1]) + 1) % 10}"
            words |= {
                "invoice_no": row["invoice_no"],
                "issued_at": moment(row["issued_at"]),
                "amount": amount,
                "item_code": wish["item"]["code"],
                "tax_rate": wish["item"]["tax_rate"],
                "tax": wish["item"]["tax"],
                "seller_no": row["seller_no"],
                "buyer": {name: wish["buyer"][name] for name in ("name", "taxpayer_no")},
                "files": {"pdf": mark_of(row["pdf"]), "ofd": mark_of(row["ofd"])},
            }
        return self._signed(200, words)

    def _file(self, seller_no: str, invoice_no: str, form: str) -> Reply:
        row = self._state.by_number(invoice_no)
        if row is None or row["seller_no"] != seller_no:
            raise Refusal(404, "NO_SUCH_FILE", invoice_no)
        content = bytes(row[form])
        if self._state.faults.take("wrong_file"):
            content = content[:-1] + bytes([content[-1] ^ 1])
        return Reply(status=200, headers={"Content-Type": f"application/{form}"}, body=content)

    def _signed(self, status: int, words: dict[str, Any]) -> Reply:
        keyring = self._state.keyring
        rogue = self._state.faults.take("answer_bad_signature")
        return wire.signed(
            keyring.rogue() if rogue else keyring.current(), status, words, time.time()
        )
