"""A bank's transfers out: one for ever per number, settled later, sometimes come back (退汇)."""

import json
import re
import sqlite3
from typing import Any

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.partner_banks.accounts import IN, OUT, Accounts
from gateway.sandbox.partner_banks.speech import KnownMerchant, Words, refused

SETTLED_AFTER_SECONDS = 1.0
RETURNED_AFTER_SECONDS = 2 * 86_400.0
_NUMBER = re.compile(r"[0-9A-Za-z]{6,32}")
_WISH = (
    "payout_no", "payer_account", "payee_account", "payee_name", "payout_fen", "purpose",
)  # fmt: skip


class Payouts:
    """Every transfer of every customer. An errand of its bank.

    `times` counts how often a transfer was instructed: more than once is a customer's mistake.
    """

    def __init__(self, book: Book, faults: Faults, accounts: Accounts) -> None:
        self._book = book
        self._faults = faults
        self._accounts = accounts

    def create(self, merchant: KnownMerchant, wish: Words) -> Words:
        """Take a transfer; the same number with the same content is answered as it stands."""
        self._check(merchant, wish)
        told = json.dumps([wish[name] for name in _WISH])
        with self._book.change():
            known = self._find(merchant.merchant_no, wish["payout_no"])
            if known is not None:
                self._book.do("UPDATE payout SET times = times + 1 WHERE seq = ?", known["seq"])
                if known["wish"] != told:
                    raise refused("payout_differs", "指令号重复且要素不一致")
                return payout_words(known)
            if self._faults.take("payout_payee_refused"):
                raise refused("payee_refused", "收款户名与账号不符")
            free = self._accounts.balance_fen(wish["payer_account"]) - self._promised_fen(wish)
            if self._faults.take("payout_short") or free < wish["payout_fen"]:
                raise refused("short", "余额不足")
            self._take(merchant, wish, told)
        if self._faults.take("payout_refused_though_taken"):
            raise refused("short", "余额不足")
        return self.query(merchant.merchant_no, wish["payout_no"])

    def query(self, merchant_no: str, payout_no: str) -> Words:
        """The transfer in neutral words, or a refusal."""
        payout = self._find(merchant_no, payout_no)
        if payout is None:
            raise refused("payout_unknown", "指令不存在")
        return payout_words(payout)

    def do_due(self) -> int:
        """Settle what is due and bring back what comes back; how many were."""
        now = self._book.now()
        with self._book.change():
            due = self._book.rows("SELECT * FROM payout WHERE due_at <= ? ORDER BY due_at", now)
            for payout in due:
                if payout["state"] == "PAID":
                    self._give_back(payout)
                elif payout["outcome"] == "REJECTED":
                    self._set(payout, "REJECTED", due_at=None, reason="收款账户状态异常")
                else:
                    self._pay(payout)
        return len(due)

    def next_due(self) -> float | None:
        """When the next transfer settles or comes back."""
        found = self._book.row("SELECT min(due_at) AS at FROM payout")
        return found["at"] if found else None

    def shown(self) -> list[dict[str, Any]]:
        """Transfers as they stand, with how often each was instructed."""
        return [
            {name: row[name] for name in row.keys() if name not in ("wish", "seq")}  # noqa: SIM118
            for row in self._book.rows("SELECT * FROM payout ORDER BY seq")
        ]

    def _pay(self, payout: sqlite3.Row) -> None:
        serial = self._accounts.enter(
            payout["account_no"],
            OUT,
            payout["amount_fen"],
            our_no=payout["payout_no"],
            other_no=payout["payee_account"],
            other_name=payout["payee_name"],
            summary="转账汇款",
            remark=payout["purpose"],
        )
        returns = payout["outcome"] == "RETURNED"
        due_at = self._book.now() + payout["return_seconds"] if returns else None
        self._set(payout, "PAID", due_at=due_at, serial=serial)

    def _give_back(self, payout: sqlite3.Row) -> None:
        self._accounts.enter(
            payout["account_no"],
            IN,
            payout["amount_fen"],
            our_no=payout["payout_no"],
            other_no=payout["payee_account"],
            other_name=payout["payee_name"],
            summary="退汇",
            remark=f"退汇 {payout['payout_no']}",
        )
        self._set(payout, "RETURNED", due_at=None, reason="收款账户已销户", done=False)

    def _set(
        self,
        payout: sqlite3.Row,
        state: str,
        *,
        due_at: float | None,
        reason: str = "",
        serial: str | None = None,
        done: bool = True,
    ) -> None:
        self._book.do(
            "UPDATE payout SET state = ?, due_at = ?, reason = ?,"
            " serial = coalesce(?, serial), done_at = CASE WHEN ? THEN ? ELSE done_at END"
            " WHERE seq = ?",
            state,
            due_at,
            reason,
            serial,
            done,
            self._book.now(),
            payout["seq"],
        )

    def _find(self, merchant_no: str, payout_no: str) -> sqlite3.Row | None:
        return self._book.row(
            "SELECT * FROM payout WHERE merchant_no = ? AND payout_no = ?", merchant_no, payout_no
        )

    def _promised_fen(self, wish: Words) -> int:
        row = self._book.row(
            "SELECT coalesce(sum(amount_fen), 0) AS s FROM payout"
            " WHERE account_no = ? AND state = 'ACCEPTED' AND outcome <> 'REJECTED'",
            wish["payer_account"],
        )
        assert row is not None
        return int(row["s"])

    def _check(self, merchant: KnownMerchant, wish: Words) -> None:
        missing = [name for name in _WISH if not wish.get(name)]
        if missing or not _NUMBER.fullmatch(str(wish["payout_no"])):
            raise refused("malformed", f"缺少或格式错误 {missing}")
        if type(wish["payout_fen"]) is not int or wish["payout_fen"] <= 0:
            raise refused("malformed", "金额错误")
        self._accounts.of(merchant.merchant_no, wish["payer_account"])

    def _take(self, merchant: KnownMerchant, wish: Words, told: str) -> None:
        outcome, seconds = "PAID", RETURNED_AFTER_SECONDS
        if self._faults.take("payout_rejected"):
            outcome = "REJECTED"
        elif returned := self._faults.take("payout_returned"):
            outcome, seconds = "RETURNED", float(returned.get("seconds", seconds))
        stays = self._faults.take("payout_stays") is not None
        slow = self._faults.take("payout_slow")
        wait = float(slow.get("seconds", 3600)) if slow else SETTLED_AFTER_SECONDS
        now = self._book.now()
        self._book.add(
            "INSERT INTO payout (merchant_no, payout_no, account_no, payee_account, payee_name,"
            " amount_fen, purpose, wish, made_at, due_at, state, outcome, return_seconds)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ACCEPTED', ?, ?)",
            merchant.merchant_no,
            *(wish[name] for name in _WISH),  # in the order of the columns
            told,
            now,
            None if stays else now + wait,
            outcome,
            seconds,
        )


def payout_words(payout: sqlite3.Row) -> Words:
    """A transfer as an answer tells it, in neutral words."""
    words: Words = {
        "merchant_no": payout["merchant_no"],
        "payout_no": payout["payout_no"],
        "payout_fen": payout["amount_fen"],
        "currency": "CNY",
        "payout_state": payout["state"],
    }
    if payout["serial"] is not None:
        words |= {"payout_serial": payout["serial"], "payout_done_at": payout["done_at"]}
    if payout["reason"]:
        words["payout_reason"] = payout["reason"]
    return words
