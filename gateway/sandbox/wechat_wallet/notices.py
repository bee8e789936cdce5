"""The wallet's notices: owed in the book, sent by WeChat Pay's schedule under the book's clock."""

import http.client
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway.sandbox.wechat_wallet.book import Book
from gateway.sandbox.wechat_wallet.faults import Faults
from gateway.sandbox.wechat_wallet.keyring import Keyring
from gateway.sandbox.wechat_wallet.merchants import Merchants
from gateway.sandbox.wechat_wallet.wire import dump, seal, signature_headers
from gateway.sandbox.wechat_wallet.words import (
    refund_notice_words,
    shown_moment,
    transaction_words,
)

# Seconds between deliveries after the first: 15 tries in 24 h 4 min.
SCHEDULE = (
    *(15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600),
    *(10800, 10800, 10800, 21600, 21600),
)
_ANSWER_SECONDS = 5
_STALE_SECONDS = 600


class Notices:
    """What is owed to merchants, and its delivery."""

    def __init__(self, book: Book, faults: Faults, keyring: Keyring, merchants: Merchants) -> None:
        self._book = book
        self._faults = faults
        self._keyring = keyring
        self._merchants = merchants
        self._delivering = threading.Lock()

    def owe_payment(self, order: sqlite3.Row, *, parked: bool = False) -> None:
        """Tell the merchant of a payment; `parked` waits until a refund of it has been told."""
        self._owe(
            order["mchid"],
            order["notify_url"],
            "TRANSACTION.SUCCESS",
            transaction_words(order),
            order["order_no"],
            state="parked" if parked else "waiting",
        )

    def owe_refund(self, refund: sqlite3.Row, order: sqlite3.Row) -> None:
        """Tell the merchant how a refund ended."""
        self._owe(
            refund["mchid"],
            refund["notify_url"],
            f"REFUND.{refund['state']}",
            refund_notice_words(refund, order),
            order["order_no"],
            refund_no=refund["refund_no"],
        )

    def again(self, mchid: str, order_no: str) -> int:
        """Send everything of the order once more, accepted or not; how many notices."""
        with self._book.change():
            return self._book.do(
                "UPDATE notice SET state = 'waiting', next_at = ?, attempts = 0"
                " WHERE mchid = ? AND order_no = ?",
                self._book.now(),
                mchid,
                order_no,
            )

    def next_due(self) -> float | None:
        """When the next notice is to be sent."""
        found = self._book.row("SELECT min(next_at) AS at FROM notice WHERE state = 'waiting'")
        return found["at"] if found else None

    def deliver_due(self) -> int:
        """Send every notice whose time has come, one after the other; how many were sent."""
        sent = 0
        with self._delivering:
            for notice in self._book.rows(
                "SELECT * FROM notice WHERE state = 'waiting' AND next_at <= ? ORDER BY seq",
                self._book.now(),
            ):
                self._deliver(notice)
                sent += 1
        return sent

    def _owe(
        self,
        mchid: str,
        url: str,
        event: str,
        words: Mapping[str, Any],
        order_no: str,
        *,
        refund_no: str | None = None,
        state: str = "waiting",
    ) -> None:
        if not url:
            return
        if self._faults.take("lost_notice"):
            state = "lost"
        self._book.add(
            "INSERT INTO notice (notice_no, mchid, url, event, order_no, refund_no, plain, next_at,"
            " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            f"EV-{secrets.token_hex(16)}",
            mchid,
            url,
            event,
            order_no,
            refund_no,
            json.dumps(words, ensure_ascii=False),
            self._book.now(),
            state,
        )

    def _deliver(self, notice: sqlite3.Row) -> None:
        times = 2 if self._faults.take("duplicate_notice") else 1
        answers = [self._post(notice) for _ in range(times)]
        accepted = any(answer in ("200", "204") for answer in answers)
        attempts = notice["attempts"] + 1
        if accepted:
            state, next_at = "accepted", None
        elif attempts > len(SCHEDULE):
            state, next_at = "given_up", None
        else:
            state, next_at = "waiting", self._book.now() + SCHEDULE[attempts - 1]
        with self._book.change():
            self._book.do(
                "UPDATE notice SET state = ?, next_at = ?, attempts = ?, last_answer = ?"
                " WHERE seq = ?",
                state,
                next_at,
                attempts,
                answers[-1],
                notice["seq"],
            )
            if notice["refund_no"] is not None:
                self._book.do(
                    "UPDATE notice SET state = 'waiting', next_at = ?"
                    " WHERE mchid = ? AND order_no = ? AND state = 'parked'",
                    self._book.now(),
                    notice["mchid"],
                    notice["order_no"],
                )

    def _post(self, notice: sqlite3.Row) -> str:
        """The status the merchant answered with, or the kind of trouble."""
        merchant = self._merchants.get(notice["mchid"])
        if merchant is None:
            return "no such merchant"
        words = json.loads(notice["plain"])
        self._twist(words)
        kind = "refund" if notice["refund_no"] else "transaction"
        body = dump(
            {
                "id": notice["notice_no"],
                "create_time": shown_moment(self._book.now()),
                "resource_type": "encrypt-resource",
                "event_type": notice["event"],
                "summary": "退款通知" if notice["refund_no"] else "支付成功",
                "resource": {
                    "original_type": kind,
                    **seal(merchant.api_v3_key, dump(words), kind),
                },
            }
        )
        headers = {"Content-Type": "application/json", **self._signed(body)}
        if self._faults.take("notice_truncated"):
            body = body[: len(body) // 2]
        return _posted(notice["url"], headers, body)

    def _twist(self, words: dict[str, Any]) -> None:
        if self._faults.take("notice_wrong_amount"):
            words["amount"]["total"] += 1
        if self._faults.take("notice_wrong_mchid"):
            words["mchid"] = "1900000999"
        if self._faults.take("notice_wrong_appid"):
            words["appid"] = "wx0000000000000000"
        if self._faults.take("notice_wrong_currency"):
            words["amount"]["currency"] = "USD"
        if self._faults.take("notice_unknown_state"):
            words["trade_state"] = "MOONSTRUCK"

    def _signed(self, body: bytes) -> dict[str, str]:
        return signed_headers(self._keyring, self._faults, body, kind="notice")


def signed_headers(
    keyring: Keyring,
    faults: Faults,
    body: bytes,
    *,
    kind: str,
    asked: str | None = None,
    on: str | None = None,
) -> dict[str, str]:
    """Signature headers by the real clock, spoilt as the switches of `kind` say."""
    if faults.take(f"{kind}_unsigned", on=on):
        return {}
    unknown = faults.take(f"{kind}_unknown_serial", on=on)
    key = keyring.rogue() if unknown else keyring.current(asked)
    stale = faults.take(f"{kind}_expired_timestamp", on=on)
    stamp = int(time.time()) - (_STALE_SECONDS if stale else 0)
    signed = body + b" " if faults.take(f"{kind}_bad_signature", on=on) else body
    headers = signature_headers(key.private_pem, key.key_id, signed, stamp=stamp)
    if faults.take(f"{kind}_signtest_probe", on=on):
        headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
    return headers


def _posted(url: str, headers: Mapping[str, str], body: bytes) -> str:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(64 * 1024)
        return str(answer.status)
    except (OSError, http.client.HTTPException) as trouble:
        return type(trouble).__name__
    finally:
        connection.close()
