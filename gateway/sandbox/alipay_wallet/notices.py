"""支付宝's notices: signed forms, repeated by its schedule until the answer is `success`."""

import json
import sqlite3
from collections.abc import Mapping
from urllib.parse import urlencode

from gateway.sandbox.alipay_wallet.wire import signed_form
from gateway.sandbox.alipay_wallet.words import notice_words
from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.deliveries import Deliveries
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.moments import plain_moment
from gateway.sandbox.neighbours.yuan import fen, yuan

# Seconds between deliveries after the first: 8 sends in 24 h 24 min.
SCHEDULE = (240, 600, 600, 3600, 7200, 21600, 54000)


class Notices(Deliveries):
    """What is owed to sellers."""

    schedule = SCHEDULE

    def __init__(self, book: Book, faults: Faults, keyring: Keyring) -> None:
        super().__init__(book, faults, self)
        self._keyring = keyring

    def owe_trade(self, order: sqlite3.Row, *, parked: bool = False) -> None:
        """Tell the seller how a trade stands."""
        self._owe(order, notice_words(order), parked=parked)

    def owe_refund(self, order: sqlite3.Row, refund: sqlite3.Row) -> None:
        """Tell the seller that money of a trade went back."""
        self._owe(order, notice_words(order, refund), refund_no=refund["refund_no"])

    def message(self, notice: sqlite3.Row) -> tuple[Mapping[str, str], bytes] | None:
        """The words of the moment they were owed, sent now, signed now."""
        take = self._faults.take
        values = {
            **json.loads(notice["plain"]),
            "notify_id": notice["notice_no"].removeprefix("EV-"),
            "notify_time": plain_moment(self._book.now()),
            "charset": "GBK" if take("notice_gbk") else "utf-8",
            "version": "1.0",
        }
        self._twist(values)
        key = self._keyring.rogue() if take("notice_unknown_key") else self._keyring.current()
        sign_type = "RSA" if take("notice_sha1") else "RSA2"
        signed = signed_form(key.private_pem, values, sign_type=sign_type)
        if take("notice_bad_signature"):
            signed["subject"] += "。"
        if take("notice_unsigned"):
            del signed["sign"]
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return headers, urlencode(signed, encoding=values["charset"]).encode()

    def accepts(self, status: int, body: bytes) -> bool:
        """Seven letters and nothing else."""
        return status == 200 and body == b"success"

    def _owe(
        self,
        order: sqlite3.Row,
        words: Mapping[str, str],
        *,
        refund_no: str | None = None,
        parked: bool = False,
    ) -> None:
        self.owe(
            order["seller_id"],
            order["notify_url"],
            words["trade_status"],
            words,
            order["order_no"],
            refund_no=refund_no,
            parked=parked,
        )

    def _twist(self, values: dict[str, str]) -> None:
        take = self._faults.take
        if take("notice_wrong_amount"):
            values["total_amount"] = yuan(fen(values["total_amount"]) + 1)
        if take("notice_wrong_seller"):
            values["seller_id"] = "2088999999999999"
        if take("notice_wrong_app"):
            values["app_id"] = "2021999999999999"
        if take("notice_unknown_state"):
            values["trade_status"] = "MOONSTRUCK"
