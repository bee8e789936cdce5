"""A bank's notices: signed by the real clock, repeated by the bank's own schedule."""

import json
import secrets
import sqlite3
import time
from collections.abc import Mapping

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.deliveries import Deliveries
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.merchants import Merchants
from gateway.sandbox.partner_banks.rows import order_words, refund_words
from gateway.sandbox.partner_banks.speech import KnownMerchant, Manner, Speech, Words

_STALE_SECONDS = 600
FOREIGN_MERCHANT, FOREIGN_APP = "B00000000000999", "00000999"


class Notices(Deliveries):
    """What is owed to merchants: payments and refunds in the bank's words."""

    def __init__(
        self,
        book: Book,
        faults: Faults,
        keyring: Keyring,
        merchants: Merchants[KnownMerchant],
        speech: Speech,
    ) -> None:
        super().__init__(book, faults, self)
        self.schedule = speech.schedule
        self._keyring = keyring
        self._merchants = merchants
        self._speech = speech

    def owe_payment(self, order: sqlite3.Row, *, parked: bool = False) -> None:
        """Tell the merchant of a payment; `parked` waits until a refund of it has been told."""
        self.owe(
            order["merchant_no"],
            order["notify_url"],
            "payment",
            order_words(order),
            order["order_no"],
            parked=parked,
        )

    def owe_refund(self, refund: sqlite3.Row, order: sqlite3.Row) -> None:
        """Tell the merchant how a refund ended."""
        self.owe(
            refund["merchant_no"],
            refund["notify_url"],
            "refund",
            refund_words(refund, order),
            order["order_no"],
            refund_no=refund["refund_no"],
        )

    def message(self, notice: sqlite3.Row) -> tuple[Mapping[str, str], bytes] | None:
        """The words, spoilt as switches say, signed anew for each delivery."""
        if self._merchants.get(notice["merchant_no"]) is None:
            return None
        words = {
            **json.loads(notice["plain"]),
            "notice_no": notice["notice_no"],
            "event": notice["event"],
        }
        twist(self._faults, "notice", words)
        said = self._speech.say(words, self.manner("notice"), url=notice["url"])
        return said.headers, said.body

    def accepts(self, status: int, body: bytes) -> bool:
        """As the bank's contract says."""
        return self._speech.accepts(status, body)

    def manner(self, kind: str, *, on: str | None = None) -> Manner:
        """How the next message of a kind is signed: by the real clock, spoilt as switches say.

        The list of keys is signed under the oldest in use, so that a new one is introduced by it.
        """
        faults = self._faults
        keyring = self._keyring
        stale = faults.take(f"{kind}_expired_timestamp", on=on)
        unknown = faults.take(f"{kind}_unknown_key", on=on)
        introducing = keyring.all()[0] if on == "keys" else keyring.current()
        return Manner(
            key=keyring.rogue() if unknown else introducing,
            at=time.time() - (_STALE_SECONDS if stale else 0),
            nonce=secrets.token_hex(16),
            unsigned=faults.take(f"{kind}_unsigned", on=on) is not None,
            other_bytes=faults.take(f"{kind}_bad_signature", on=on) is not None,
            other_algorithm="none" if faults.take(f"{kind}_other_algorithm", on=on) else "",
        )


def twist(faults: Faults, kind: str, words: Words) -> None:
    """Change what the switches of notices or of query answers say."""
    amount = "payout_fen" if "payout_fen" in words else "amount_fen"
    if amount in words and faults.take(f"{kind}_wrong_amount"):
        words[amount] += 1
    if faults.take(f"{kind}_wrong_merchant"):
        words["merchant_no"] = FOREIGN_MERCHANT
    if faults.take(f"{kind}_wrong_app"):
        words["app_no"] = FOREIGN_APP
    if faults.take(f"{kind}_wrong_currency"):
        words["currency"] = "840"
    if faults.take(f"{kind}_unknown_state"):
        told = [name for name in ("refund_state", "payout_state") if name in words]
        words[told[0] if told else "state"] = "MOONSTRUCK"
