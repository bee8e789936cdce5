"""What is known around a batch of bank entries, fetched in a few questions, and who each one is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.clock import business_day
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import readings, verdicts
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, Instruction, Reading
from reserve_funds.custody.bank.recognition import Rules
from reserve_funds.custody.bank.verdicts import Kind, Read
from reserve_funds.ledger import queries
from reserve_funds.refs import own_cover_due

CORRECTS = "corrects "
_NUMBER = re.compile(r"P[0-9]{6}[A-Z2-7]{9}")
_SENT_BACK = re.compile("退汇|退回|退票|退款|RETURN", re.IGNORECASE)
_LOOKS_BACK = timedelta(days=92)
_FIRST_DAY = "SELECT min(day) FROM ledger.business_day WHERE pool = %s"
_OUT = ("sent", "paid", "not_instructed")
_ARRIVALS = (Kind.CUSTODY_ARRIVED, Kind.INCOME_ARRIVED)


def first_day(pool: int) -> date | None:
    """The first day of a pool's book; None before it is opened."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAY, [pool])
        found: date | None = cursor.fetchone()[0]
    return found


@dataclass(slots=True, kw_only=True)
class Scene:
    """One pool, the rules of its accounts, its instructions that these entries may be of."""

    pool: int
    opened: date
    accounts: dict[str, CustodyAccount]
    rules: Rules
    by_number: dict[str, Instruction]
    nameless: list[Instruction]
    arrived: set[UUID]
    originals: list[Reading]
    moved: dict[UUID, str] = field(default_factory=dict)
    undone: set[UUID] = field(default_factory=set)
    due_fen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pool: int, opened: date, entries: Sequence[BankEntry]) -> Scene:
        """Everything that reading these entries needs."""
        accounts = {one.account_no: one for one in CustodyAccount.objects.filter(pool=pool)}
        numbers = {number for entry in entries for number in _numbers(entry)}
        whom = {entry.counterparty_no for entry in entries if entry.counterparty_no} - {""}
        mine = Instruction.objects.filter(pool=pool)
        by_number = {one.number: one for one in mine.filter(number__in=numbers)}
        internal = Q(account__account_no__in=whom, payee_account__isnull=False)
        under_way = mine.filter(Q(payee_no__in=whom) | internal, state__in=_OUT)
        recent = under_way.filter(
            sent_at__gte=verdicts.at(min(entries, key=_day)) - _LOOKS_BACK
        ).exclude(number__in=numbers)
        nameless = list(recent.select_related("account").order_by("id"))
        ids = [one.id for one in (*by_number.values(), *nameless)]
        arrived = Reading.objects.filter(instruction__in=ids, kind__in=_ARRIVALS)
        return cls(
            pool=pool,
            opened=opened,
            accounts=accounts,
            rules=Rules.of([one.id for one in accounts.values()]),
            by_number=by_number,
            nameless=nameless,
            arrived=set(arrived.values_list("instruction_id", flat=True)),
            originals=_originals(entries),
        )

    def read(self, entry: BankEntry) -> Read:
        """The reading of one entry; earlier ones of the batch are remembered."""
        read = self._read(entry)
        if read.instruction is not None:
            if read.moves_to:
                self.moved[read.instruction.id] = read.moves_to
            if read.kind in _ARRIVALS:
                self.arrived.add(read.instruction.id)
        if read.undoes is not None:
            self.undone.add(read.undoes)
        return read

    def _read(self, entry: BankEntry) -> Read:
        if entry.booked_day < self.opened:
            return readings.silent(entry, Kind.BEFORE_BOOK)
        if entry.account.use != "reserve":
            instruction = self._arriving(entry)
            if instruction is None:
                return readings.silent(entry, Kind.OWN_BUSINESS)
            return readings.silent(entry, Kind.INCOME_ARRIVED, instruction)
        if entry.reversal:
            return self._taken_back(entry)
        return self._of_ours(entry) or self._told(entry) or self._by_rule(entry)

    def _of_ours(self, entry: BankEntry) -> Read | None:
        """One of our instructions paid, sent back, or arriving from another of our accounts."""
        if entry.side == "in":
            arriving = self._arriving(entry)
            if arriving is not None:
                return readings.silent(entry, Kind.CUSTODY_ARRIVED, arriving)
            back = self._sent_back(entry)
            return readings.returned(entry, back) if back is not None else None
        named = self._named(entry)
        if named is not None:
            if self._fits(named, entry, "sent"):
                return readings.paid(entry, named)
            if self._fits(named, entry, "not_instructed"):
                return readings.paid_after_all(entry, named)
            return readings.gone(
                entry, number=named.number, state=self._state(named), asked_fen=named.amount_fen
            )
        for one in self.nameless:
            if one.payee_no == entry.counterparty_no and self._fits(one, entry, "sent"):
                return readings.paid(entry, one, known_by="payee and amount")
        for one in self.nameless:
            if one.payee_no == entry.counterparty_no and self._fits(one, entry, "not_instructed"):
                return readings.paid_after_all(entry, one)
        return None

    def _sent_back(self, entry: BankEntry) -> Instruction | None:
        named = self._named(entry)
        if named is not None:
            return named if self._fits(named, entry, "paid") else None
        if not _SENT_BACK.search(f"{entry.summary} {entry.remark} {entry.kind}"):
            return None
        for one in self.nameless:
            if one.payee_no == entry.counterparty_no and self._fits(one, entry, "paid"):
                return one
        return None

    def _arriving(self, entry: BankEntry) -> Instruction | None:
        """A move between our accounts, or a sweep, seen where it arrives; each arrives once."""
        if entry.side != "in" or entry.reversal:
            return None
        named = self._named(entry)
        for one in [named] if named is not None else self.nameless:
            if (
                one.payee_account_id == entry.account_id
                and one.amount_fen == entry.amount_fen
                and one.id not in self.arrived
                and self._state(one) in _OUT
                and (named is not None or one.account.account_no == entry.counterparty_no)
            ):
                return one
        return None

    def _told(self, entry: BankEntry) -> Read | None:
        for reader in list(verdicts.readers.values()):
            if (read := reader(entry, entry.account)) is not None:
                return read
        return None

    def _by_rule(self, entry: BankEntry) -> Read:
        found = self.rules.find(entry)
        return readings.known(entry, found) if found else readings.unexplained(entry)

    def _taken_back(self, entry: BankEntry) -> Read:
        """The latest entry like it on the other side that nothing has undone yet."""
        for original in self.originals:
            if original.entry_id not in self.undone and _mirrors(entry, original.entry):
                return readings.undone(entry, original, due_fen=self._due(original, entry))
        return readings.unexplained(entry)

    def _due(self, original: Reading, entry: BankEntry) -> int:
        reason = original.facts.get("reason")
        if reason is None or entry.side == "out":
            return 0
        if reason not in self.due_fen:
            due = own_cover_due(CoverReason(reason))
            self.due_fen[reason] = queries.balance_fen(self.pool, due)
        left = self.due_fen[reason]
        self.due_fen[reason] = left - entry.amount_fen
        return left

    def _fits(self, one: Instruction, entry: BankEntry, state: str) -> bool:
        return (
            one.account_id == entry.account_id
            and one.amount_fen == entry.amount_fen
            and self._state(one) == state
            and one.sent_at is not None
            and business_day(one.sent_at) <= entry.booked_day
        )

    def _state(self, one: Instruction) -> str:
        return self.moved.get(one.id, one.state)

    def _named(self, entry: BankEntry) -> Instruction | None:
        return next((self.by_number[one] for one in _numbers(entry) if one in self.by_number), None)


def _originals(entries: Sequence[BankEntry]) -> list[Reading]:
    """What the reversals among these entries may undo, latest first."""
    reversals = [entry for entry in entries if entry.reversal]
    if not reversals:
        return []
    rows = Reading.objects.filter(
        entry__account__in={entry.account_id for entry in reversals},
        entry__amount_fen__in={entry.amount_fen for entry in reversals},
        entry__reversal=False,
        entry__booked_day__gte=min(map(_day, reversals)) - _LOOKS_BACK,
        entry__undone_by__isnull=True,
    ).select_related("entry", "instruction")
    return sorted(rows, key=lambda row: (row.entry.booked_day, row.entry.line_no), reverse=True)


def _mirrors(entry: BankEntry, original: BankEntry) -> bool:
    same = (entry.account_id, entry.amount_fen) == (original.account_id, original.amount_fen)
    if not same or entry.side == original.side or original.booked_day > entry.booked_day:
        return False
    if entry.remark.startswith(CORRECTS):
        return entry.remark == f"{CORRECTS}{original.id}"
    if entry.our_no or original.our_no:
        return entry.our_no == original.our_no
    return entry.counterparty_no == original.counterparty_no


def _numbers(entry: BankEntry) -> list[str]:
    return _NUMBER.findall(f"{entry.our_no} {entry.remark} {entry.summary}")


def _day(entry: BankEntry) -> date:
    return entry.booked_day
