"""What a bank entry is known to be by an account's own rules: data with keys, validated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank.errors import StandingWordMalformed
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, RecognitionRule
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.custody.statements.values import Side

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DAY = re.compile(r"(\d{4})[-/年]?(\d{2})[-/月]?(\d{2})日?")
_LONGEST_PATTERN = 200
_OLDEST = timedelta(days=366)


class Known(StrEnum):
    """What a rule can say an entry of the reserve is."""

    CHANNEL_PAYOUT = "channel_payout"
    CASH_BANKED = "cash_banked"
    OWN_COVER = "own_cover"
    INTEREST = "interest"
    BANK_CHARGE = "bank_charge"


# kind -> the side it is booked on, and its terms with their types
_SHAPES: Mapping[Known, tuple[Side, Mapping[str, type]]] = {
    Known.CHANNEL_PAYOUT: (
        Side.IN,
        {"channel": str, "days_before": int, "working_days": bool},
    ),
    Known.CASH_BANKED: (Side.IN, {}),
    Known.OWN_COVER: (Side.IN, {"reason": str, "own_account_id": str}),
    Known.INTEREST: (Side.IN, {}),
    Known.BANK_CHARGE: (Side.OUT, {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """By what one kind is known. `counterparty` is sought in the counterparty's number and name,
    `words` in summary, remark and the bank's own kind; both are regular expressions.

    A channel's payout is of the day a group `day` in `words` says (20261121, 2026-11-21), else of
    `days_before` the day it was booked, in working days or plain ones. Cash banked names its box
    by a group `box`. Own cover names the reason, and which of our own accounts it came from.
    """

    name: str
    kind: Known
    counterparty: str = ""
    words: str = ""
    place: int = 100
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule found: its kind, and the owner of the account of the book it names."""

    rule_id: UUID
    kind: Known
    owner: str
    own_account_id: str = ""


def told(rule: Rule, account: CustodyAccount) -> dict[str, Any]:
    """The rule as it is kept. StandingWordMalformed names the field that is wrong."""
    kind = Known(rule.kind)
    side, wanted = _SHAPES[kind]
    if not _NAME.fullmatch(rule.name):
        raise StandingWordMalformed(field="name")
    if type(rule.place) is not int or not 0 <= rule.place < 1 << 31:
        raise StandingWordMalformed(field="place")
    if not rule.counterparty and not rule.words:
        raise StandingWordMalformed(field="words", because="it would know everything")
    groups = _groups("counterparty", rule.counterparty) | _groups("words", rule.words)
    terms = dict(rule.terms)
    if {name: type(value) for name, value in terms.items()} != dict(wanted):
        raise StandingWordMalformed(field="terms", wanted=sorted(wanted))
    if account.use != "reserve":
        raise StandingWordMalformed(field="account")
    _check_terms(kind, terms, groups, account)
    return {
        "name": rule.name,
        "place": rule.place,
        "kind": str(kind),
        "side": side.value,
        "counterparty": rule.counterparty,
        "words": rule.words,
        "terms": terms,
    }


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force of some accounts, ready to be asked."""

    by_account: Mapping[UUID, Sequence[_Ready]]

    @classmethod
    def of(cls, account_ids: Sequence[UUID]) -> Rules:
        """Those of these accounts, in one question."""
        ready: dict[UUID, list[_Ready]] = {}
        rows = RecognitionRule.objects.filter(account_id__in=account_ids, ended_at=None)
        for row in rows.order_by("place", "name"):
            ready.setdefault(row.account_id, []).append(_Ready.of(row))
        return cls(ready)

    def find(self, entry: BankEntry) -> Found | None:
        """What the first rule that fits says; None when none does."""
        for ready in self.by_account.get(entry.account_id, ()):
            if (found := ready.find(entry)) is not None:
                return found
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    row: RecognitionRule
    counterparty: re.Pattern[str]
    words: re.Pattern[str]

    @classmethod
    def of(cls, row: RecognitionRule) -> _Ready:
        return cls(row=row, counterparty=re.compile(row.counterparty), words=re.compile(row.words))

    def find(self, entry: BankEntry) -> Found | None:
        if entry.side != self.row.side:
            return None
        who = self.counterparty.search(f"{entry.counterparty_no} {entry.counterparty_name}")
        what = self.words.search(f"{entry.summary} {entry.remark} {entry.kind}")
        if who is None or what is None:
            return None
        owner = self._owner(entry, who.groupdict() | what.groupdict())
        if owner is None:
            return None
        return Found(
            rule_id=self.row.id,
            kind=Known(self.row.kind),
            owner=owner,
            own_account_id=self.row.terms.get("own_account_id", ""),
        )

    def _owner(self, entry: BankEntry, groups: Mapping[str, str | None]) -> str | None:
        """Whose the money is: channel and day, box, reason, account; None when it is not told."""
        kind, terms = Known(self.row.kind), self.row.terms
        if kind is Known.CHANNEL_PAYOUT:
            day = _settlement_day(entry.booked_day, groups.get("day"), terms)
            return None if day is None else f"{terms['channel']}:{day.isoformat()}"
        if kind is Known.CASH_BANKED:
            return groups.get("box") or None
        if kind is Known.OWN_COVER:
            return str(terms["reason"])
        return str(entry.account_id) if kind is Known.INTEREST else str(CoverReason.BANK_CHARGE)


def _settlement_day(booked: date, said: str | None, terms: Mapping[str, Any]) -> date | None:
    """The channel's own day of what it paid out; None when what is said cannot be it."""
    if said is not None:
        parts = _DAY.fullmatch(said)
        try:
            day = datetime.strptime("".join(parts.groups()), "%Y%m%d").date() if parts else None  # noqa: DTZ007
        except ValueError:
            return None
        return day if day is not None and booked - _OLDEST < day <= booked else None
    before = int(terms["days_before"])
    if not terms["working_days"]:
        return booked - timedelta(days=before)
    try:
        day = booked
        while before:
            day -= timedelta(days=1)
            before -= calendar.is_working(day)
    except CalendarUnknown:
        return None
    return day


def _groups(name: str, pattern: str) -> set[str]:
    if len(pattern) > _LONGEST_PATTERN:
        raise StandingWordMalformed(field=name)
    try:
        return set(re.compile(pattern).groupindex)
    except re.error as error:
        raise StandingWordMalformed(field=name, because=str(error)) from error


def _check_terms(
    kind: Known, terms: Mapping[str, Any], groups: set[str], account: CustodyAccount
) -> None:
    if kind is Known.CHANNEL_PAYOUT:
        if not _CHANNEL.fullmatch(terms["channel"]) or not 0 <= terms["days_before"] <= 31:
            raise StandingWordMalformed(field="terms")
    elif kind is Known.CASH_BANKED and "box" not in groups:
        raise StandingWordMalformed(field="words", because="no group `box`")
    elif kind is Known.OWN_COVER:
        ours = CustodyAccount.objects.filter(pool=account.pool, use__in=("own", "income"))
        known = {str(one) for one in ours.values_list("id", flat=True)}
        reasons = {str(reason) for reason in CoverReason}
        if terms["own_account_id"] not in known or terms["reason"] not in reasons:
            raise StandingWordMalformed(field="terms")
