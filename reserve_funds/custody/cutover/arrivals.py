"""The bank's own lines of the money handed over: each fen of it is in the book once.

A line that came before the opening was signed lies in suspense: the opening takes it from there.
One that comes afterwards is part of the opening, as far as that has booked money at the bank.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from accounts.clock import business_day
from accounts.identifiers import derive
from reserve_funds.custody.bank import verdicts
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, Reading
from reserve_funds.custody.bank.recognition import Rules
from reserve_funds.custody.bank.understanding import suspense_of
from reserve_funds.custody.bank.verdicts import Kind, Read
from reserve_funds.custody.cutover.models import OPENED, LegacyImport
from reserve_funds.ledger import queries

# A transfer between banks may take some days; so late, only the very amount is believed.
_UNDER_WAY = timedelta(days=7)


def attach() -> None:
    """From now on bank entries that an opening has booked already are read here."""
    verdicts.before_rules(read)


def read(entry: BankEntry, account: CustodyAccount) -> Read | None:
    """Nothing more is booked for a line that is part of an opening; None for any other."""
    if entry.side != "in" or entry.reversal:
        return None
    for taken in LegacyImport.objects.filter(
        pool=account.pool, bank_account=str(account.id), state=OPENED
    ).order_by("as_of", "id"):
        if entry.booked_day <= _last_day(taken) and entry.id in _parts(taken, account):
            return Read(entry=entry, kind=Kind.BEFORE_BOOK, facts={"opening": str(taken.id)})
    return None


def waiting(taken: LegacyImport) -> list[tuple[UUID, int]]:
    """Lines on its account up to its moment that lie in suspense: entry and what is left of it."""
    account_id = _uuid(taken.bank_account)
    if account_id is None:
        return []
    rows = Reading.objects.filter(
        pool=taken.pool,
        kind=Kind.UNCLEAR,
        entry__account__pk=account_id,
        entry__booked_day__lte=business_day(taken.as_of),
    ).order_by("entry__booked_day", "entry_id")
    found = []
    left_fen = taken.handed_fen
    for entry_id in rows.values_list("entry_id", flat=True):
        fen = min(left_fen, queries.available_fen(taken.pool, suspense_of(entry_id)))
        if fen > 0:
            found.append((entry_id, fen))
            left_fen -= fen
    return found


def _parts(taken: LegacyImport, account: CustodyAccount) -> set[UUID]:
    """The entries not read yet that make up what the opening booked at the bank, in their order."""
    left_fen = _booked_fen(taken) - _known_fen(taken, account)
    rules = Rules.of([account.id])
    rows = BankEntry.objects.filter(
        account=account,
        side="in",
        reversal=False,
        reading=None,
        booked_day__lte=_last_day(taken),
    ).order_by("booked_day", "line_no", "id")
    found = set[UUID]()
    for entry in rows:
        in_time = entry.booked_day <= business_day(taken.as_of)
        fits = entry.amount_fen <= left_fen if in_time else entry.amount_fen == left_fen
        if fits and rules.find(entry) is None:
            found.add(entry.id)
            left_fen -= entry.amount_fen
    return found


def _booked_fen(taken: LegacyImport) -> int:
    booked = queries.transfers_of_event(taken.pool, [derive(taken.id, "legacy_opened")])
    return sum(one.amount_fen for one in booked)


def _known_fen(taken: LegacyImport, account: CustodyAccount) -> int:
    rows = Reading.objects.filter(
        entry__account=account, kind=Kind.BEFORE_BOOK, facts__opening=str(taken.id)
    )
    return sum(rows.values_list("entry__amount_fen", flat=True))


def _last_day(taken: LegacyImport) -> date:
    return business_day(taken.as_of) + _UNDER_WAY


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
