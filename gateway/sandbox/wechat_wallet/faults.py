"""The wallet's misbehaviour on demand: named switches with a number of times and, some, options."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.wechat_wallet.book import Book

ALWAYS = 1_000_000_000
# Each switch and what it does. Those on answers take {"on": "create"|"query"|"close"|"refund"|
# "query_refund"|"keys"|"bill"|"download"} to wait for that kind of request.
SWITCHES: Mapping[str, str] = {
    "duplicate_notice": "every delivery is made twice",
    "notice_before_create_returns": "the order is paid and told before the create answer leaves",
    "reordered_notices": "the payment's notice waits until after the refund's",
    "lost_notice": "a notice is never sent",
    "late_success_after_close": "a payment lands on the order just closed",
    "notice_wrong_amount": "the notice says one fen more",
    "notice_wrong_mchid": "the notice names another merchant",
    "notice_wrong_appid": "the notice names another app",
    "notice_wrong_currency": "the notice is in USD",
    "notice_unknown_state": "the notice uses a state word nobody knows",
    "notice_bad_signature": "the notice's signature is of other bytes",
    "notice_unsigned": "the notice has no signature",
    "notice_expired_timestamp": "the notice was signed ten minutes ago",
    "notice_unknown_serial": "the notice is signed under a key nobody was told about",
    "notice_signtest_probe": "the notice carries a probe signature",
    "notice_truncated": "the notice's body is cut in half",
    "answer_wrong_amount": "the query's answer says one fen more",
    "answer_wrong_mchid": "the query's answer names another merchant",
    "answer_wrong_appid": "the query's answer names another app",
    "answer_wrong_currency": "the query's answer is in USD",
    "answer_unknown_state": "the query's answer uses a state word nobody knows",
    "answer_bad_signature": "the answer's signature is of other bytes",
    "answer_unsigned": "the answer has no signature",
    "answer_expired_timestamp": "the answer was signed ten minutes ago",
    "answer_unknown_serial": "the answer is signed under a key nobody was told about",
    "answer_signtest_probe": "the answer carries a probe signature",
    "answer_truncated": "the answer's connection breaks half way",
    "error_after_accepting": "500 SYSTEM_ERROR although it was done",
    "error_before_accepting": "500 SYSTEM_ERROR and nothing done",
    "frequency_limited": "429 FREQUENCY_LIMITED and nothing done",
    "slow_reply": "done, and answered after {seconds: 6}",
    "no_answer": "done, and the connection closed without a word",
    "no_answer_before": "nothing done, and the connection closed without a word",
    "not_enough": "403 NOT_ENOUGH for a refund",
    "refund_abnormal": "the refund ends ABNORMAL",
    "refund_closed": "the refund ends CLOSED",
    "refund_stays": "the refund stays PROCESSING",
    "bill_wrong_hash": "the link's hash is of another file",
    "bill_damaged": "the bill's file is cut in half",
    "bill_url_expired": "the link is dead when used",
    "bill_row_missing": "the bill lacks its first row",
    "bill_row_extra": "the bill has a row of an order nobody made",
    "bill_row_amount": "the bill's first row says one fen more",
    "bill_summary_wrong": "the bill's sums are not its rows'",
    "bill_column_drift": "the bill has a column more, one renamed",
    "bill_creating": "400 STATEMENT_CREATING",
}


class UnknownFault(ValueError):
    """No switch of that name."""


class Faults:
    """Switches live in the book, so that they survive a kill as everything else does."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def set(self, wanted: Mapping[str, Any]) -> None:
        """{name: times | True | False | {times, on, seconds}}."""
        unknown = sorted(set(wanted) - set(SWITCHES))
        if unknown:
            raise UnknownFault(", ".join(unknown))
        with self._book.change():
            for name, value in wanted.items():
                options = dict(value) if isinstance(value, dict) else {"times": value}
                times = options.pop("times", 1)
                count = ALWAYS if times is True else int(times)
                self._book.do(
                    "INSERT OR REPLACE INTO fault VALUES (?, ?, ?)",
                    name,
                    count,
                    json.dumps(options),
                )

    def clear(self) -> None:
        """Behave."""
        self._book.do("DELETE FROM fault")

    def listed(self) -> dict[str, int]:
        """Switches that are on and how many times they will still act."""
        found = self._book.rows("SELECT name, times FROM fault WHERE times > 0")
        return {row["name"]: row["times"] for row in found}

    def take(self, name: str, *, on: str | None = None) -> Mapping[str, Any] | None:
        """The switch's options when it acts now (one time is then used up), else None."""
        if name not in SWITCHES:
            raise UnknownFault(name)
        with self._book.change():
            found = self._book.row("SELECT * FROM fault WHERE name = ? AND times > 0", name)
            if found is None:
                return None
            options: Mapping[str, Any] = json.loads(found["options"])
            if on is not None and options.get("on") not in (None, on):
                return None
            if found["times"] < ALWAYS:
                self._book.do("UPDATE fault SET times = times - 1 WHERE name = ?", name)
            return {"acts": True, **options}
