"""微信支付's notices: sealed words, signed by the real clock, repeated by its schedule."""

import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.deliveries import Deliveries
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.neighbours.moments import shown_moment
from gateway.sandbox.wechat_wallet.merchants import KnownMerchant
from gateway.sandbox.wechat_wallet.wire import dump, seal, signature_headers
from gateway.sandbox.wechat_wallet.words import refund_notice_words, transaction_words

# Seconds between deliveries after the first: 15 tries in 24 h 4 min.
SCHEDULE = (
    *(15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600),
    *(10800, 10800, 10800, 21600, 21600),
)
_STALE_SECONDS = 600


class Notices(Deliveries):
    """What is owed to merchants: payments and refunds in 微信支付's words."""

    schedule = SCHEDULE

    def __init__(
        self, book: Book, faults: Faults, keyring: Keyring, merchants: Merchants[KnownMerchant]
    ) -> None:
        super().__init__(book, faults, self)
        self._keyring = keyring
        self._merchants = merchants

    def owe_payment(self, order: sqlite3.Row, *, parked: bool = False) -> None:
        """Tell the merchant of a payment; `parked` waits until a refund of it has been told."""
        self.owe(
            order["mchid"],
            order["notify_url"],
            "TRANSACTION.SUCCESS",
            transaction_words(order),
            order["order_no"],
            parked=parked,
        )

    def owe_refund(self, refund: sqlite3.Row, order: sqlite3.Row) -> None:
        """Tell the merchant how a refund ended."""
        self.owe(
            refund["mchid"],
            refund["notify_url"],
            f"REFUND.{refund['state']}",
            refund_notice_words(refund, order),
            order["order_no"],
            refund_no=refund["refund_no"],
        )

    def message(self, notice: sqlite3.Row) -> tuple[Mapping[str, str], bytes] | None:
        """The sealed words, spoilt as switches say, with signature headers."""
        merchant = self._merchants.get(notice["merchant_no"])
        if merchant is None:
            return None
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
        signed = signed_headers(self._keyring, self._faults, body, kind="notice")
        return {"Content-Type": "application/json", **signed}, body

    def accepts(self, status: int, body: bytes) -> bool:
        """200 or 204, whatever the body."""
        return status in (200, 204)

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
