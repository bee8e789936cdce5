"""A neighbour's misbehaviour on demand: named switches, each for a number of times."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.sandbox.neighbours.book import Book

ALWAYS = 1_000_000_000
# What any institution may do to us. A channel adds its own. Those on answers take {"on": kind} to
# wait for that kind of request, with the kinds its doors name ("create", "query", ...).
EVERYWHERE: Mapping[str, str] = {
    "duplicate_notice": "every delivery is made twice",
    "notice_before_create_returns": "the order is paid and told before the create answer leaves",
    "lost_notice": "a notice is never sent",
    "late_success_after_close": "a payment lands on the order just closed",
    "notice_wrong_amount": "the notice says one fen more",
    "notice_unknown_state": "the notice uses a state word nobody knows",
    "notice_bad_signature": "the notice's signature is of other bytes",
    "notice_unsigned": "the notice has no signature",
    "notice_truncated": "the notice's body is cut in half",
    "answer_wrong_amount": "the query's answer says one fen more",
    "answer_unknown_state": "the query's answer uses a state word nobody knows",
    "answer_bad_signature": "the answer's signature is of other bytes",
    "answer_unsigned": "the answer has no signature",
    "answer_truncated": "the answer's connection breaks half way",
    "slow_reply": "done, and answered after {seconds: 6}",
    "no_answer": "done, and the connection closed without a word",
    "no_answer_before": "nothing done, and the connection closed without a word",
    "bill_url_expired": "the link is dead when used",
}


class UnknownFault(ValueError):
    """No switch of that name."""


class Faults:
    """Switches live in the book, so that they survive a kill as everything else does."""

    def __init__(self, book: Book, known: Mapping[str, str]) -> None:
        self._book = book
        self.known = known

    def set(self, wanted: Mapping[str, Any]) -> None:
        """{name: times | True | False | {times, on, seconds}}."""
        unknown = sorted(set(wanted) - set(self.known))
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
        if name not in self.known:
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
