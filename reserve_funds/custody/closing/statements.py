"""What banks say an account held at the end of a day, beside what the book says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from accounts.identifiers import derive
from reserve_funds.custody.bank import accounts, continuity
from reserve_funds.custody.bank.models import CustodyAccount, Reading
from reserve_funds.custody.closing import moving
from reserve_funds.custody.closing.moving import OnItsWay
from reserve_funds.custody.closing.values import Finding
from reserve_funds.handbook import BY_CODE
from reserve_funds.ledger import as_known, pools, queries

# The last statement that ended by the day, and the entries of later ones booked by the day; before
# any statement, what the first one opened with.
_SAID = """
SELECT a.id,
       coalesce((SELECT s.closing_fen FROM custody_bank_statement s
                  WHERE s.account_id = a.id AND s.last_day <= %(day)s
                  ORDER BY s.last_day DESC, s.first_day DESC, length(s.number) DESC, s.number DESC
                  LIMIT 1),
                (SELECT s.opening_fen FROM custody_bank_statement s WHERE s.account_id = a.id
                  ORDER BY s.last_day, s.first_day, length(s.number), s.number LIMIT 1), 0)
       + coalesce((SELECT sum(CASE e.side WHEN 'in' THEN e.amount_fen ELSE -e.amount_fen END)
                     FROM custody_bank_bankentry e
                     JOIN custody_bank_statement s ON s.id = e.statement_id
                    WHERE e.account_id = a.id AND e.booked_day <= %(day)s
                      AND s.last_day > %(day)s), 0),
       (SELECT max(s.last_day) FROM custody_bank_statement s WHERE s.account_id = a.id)
  FROM custody_bank_custodyaccount a WHERE a.id = ANY(%(accounts)s)
"""


# Every step by which a bank entry's reading derives its postings.
_STEPS = (*BY_CODE, "recovered_due", "recovered_covered")
_CLOCKS_APART = timedelta(minutes=5)
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One account at the end of a day: bank, book, and what was booked for the day since.

    `early_fen` is what the book has by the day's cut of entries the bank dates after the day: a
    statement of tomorrow that was booked today. `moving` is what comes from another account of the
    pool and the bank has not shown by the day.
    """

    account_id: str
    bank_fen: int
    book_fen: int
    late_fen: int
    late: tuple[as_known.LateEvent, ...]
    early_fen: int = 0
    moving: tuple[OnItsWay, ...] = ()

    @property
    def moving_fen(self) -> int:
        return sum(each.amount_fen for each in self.moving)

    @property
    def unexplained_fen(self) -> int:
        there = self.book_fen - self.early_fen - self.moving_fen
        return self.bank_fen - there - self.late_fen

    def findings(self) -> list[Finding]:
        found = [
            Finding(
                subject=self.account_id,
                detail=f"{each.code} booked on {each.business_day}",
                amount_fen=_signed(each, self.account_id),
            )
            for each in self.late
        ]
        found += [
            Finding(subject=self.account_id, detail=f"{each.number} on its way",
                    amount_fen=each.amount_fen)
            for each in self.moving
        ]  # fmt: skip
        if self.unexplained_fen:
            words = (
                f"bank {self.bank_fen}, book {self.book_fen}, booked since {self.late_fen},"
                f" of later days {self.early_fen}, on its way {self.moving_fen}"
            )
            found.append(
                Finding(subject=self.account_id, detail=words, amount_fen=self.unexplained_fen)
            )
        return found


def missing(pool: int, day: date) -> list[Finding]:
    """Reserve accounts whose statements do not reach the day, or have a break before its end."""
    open_then = _accounts(pool, day)
    said = _said(open_then, day)
    found = [
        Finding(subject=str(account.id), detail=f"told up to {said[account.id][1] or 'never'}")
        for account in open_then
        if (told := said[account.id][1]) is None or told < day
    ]
    gaps = continuity.gaps([account.id for account in open_then])
    return found + [
        Finding(
            subject=str(gap.account_id),
            detail=f"closed with {gap.closed_fen} on {gap.closed_day}, opens {gap.first_day}",
            amount_fen=gap.opening_fen - gap.closed_fen,
        )
        for gap in gaps
        if gap.closed_day <= day
    ]


def compare(pool: int, day: date, now: datetime) -> list[Compared]:
    """Every reserve account of the pool, and every account of the book that no bank tells of."""
    open_then = _accounts(pool, day)
    told = _said(open_then, day)
    book = {
        each.owner: each.amount_fen for each in as_known.holdings(pool, "bank_reserve", day, now)
    }
    late: dict[str, list[as_known.LateEvent]] = {}
    for event in as_known.late_events(pool, day, now):
        for side in (event.debit, event.credit):
            if side.kind == "bank_reserve":
                late.setdefault(side.owner, []).append(event)
    said = {str(account_id): fen for account_id, (fen, _day) in told.items()}
    early = _early(pool, day, list(told))
    since = {event.transfer for events in late.values() for event in events}
    under_way = moving.to(open_then, pool, day, late=since)
    return [
        Compared(
            account_id=owner,
            bank_fen=said.get(owner, 0),
            book_fen=book.get(owner, 0),
            late_fen=sum(_signed(each, owner) for each in late.get(owner, [])),
            late=tuple(late.get(owner, [])),
            early_fen=early.get(owner, 0),
            moving=tuple(each for each in under_way if each.account_id == owner),
        )
        for owner in sorted(said.keys() | book.keys())
    ]


def _early(pool: int, day: date, account_ids: list[UUID]) -> dict[str, int]:
    """By account: what the bank dates after the day and the book had booked by its cut.

    Only entries that were read before the cut can be booked in the day; which of their transfers
    are, the book itself says.
    """
    cut_at = pools.cut_at(pool, day)
    rows = Reading.objects.filter(entry__account__in=account_ids, entry__booked_day__gt=day)
    if cut_at is not None:
        rows = rows.filter(read_at__lte=cut_at + _CLOCKS_APART)
    entries = rows.values_list("entry_id", flat=True)
    ids = [derive(entry_id, step) for entry_id in entries for step in _STEPS]
    found: dict[str, int] = {}
    for number in range(0, len(ids), _AT_ONCE):
        for one in queries.transfers_of_event(pool, ids[number : number + _AT_ONCE]):
            if one.business_day > day:
                continue
            for side, sign in ((one.debit, 1), (one.credit, -1)):
                if side.kind == "bank_reserve":
                    found[side.owner] = found.get(side.owner, 0) + sign * one.amount_fen
    return found


def _accounts(pool: int, day: date) -> list[CustodyAccount]:
    return [
        account
        for account in accounts.of(pool)
        if account.use == "reserve"
        and account.opened_on <= day
        and (account.closed_on is None or account.closed_on > day)
    ]


def _said(told: list[CustodyAccount], day: date) -> dict[UUID, tuple[int, date | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"day": day, "accounts": [account.id for account in told]})
        return {row[0]: (int(row[1]), row[2]) for row in cursor.fetchall()}


def _signed(event: as_known.LateEvent, owner: str) -> int:
    came = event.debit.kind == "bank_reserve" and event.debit.owner == owner
    return event.amount_fen if came else -event.amount_fen
