"""What a bank pays back of a placement: principal to the placement, interest apart (R10).

An entry is of a placement when it names its contract and says it is of a deposit, or names the
number by which it was asked back. Interest lies
unallocated until it is settled whose it is; nothing here books it to anybody.
"""

from __future__ import annotations

import re
from datetime import date

from django.db.models import Q

from reserve_funds.custody.bank import verdicts
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount
from reserve_funds.custody.bank.verdicts import Kind, Read
from reserve_funds.custody.placements.models import Placement
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.postings import of

# Only entries that speak of a deposit are looked up: most entries are payouts of channels.
_DEPOSIT = re.compile(
    "本金|本息|到期|存款|国债|理财|利息|结息|解付|PRINCIPAL|MATUR|DEPOSIT|INTEREST", re.IGNORECASE
)
_INTEREST = re.compile("利息|结息|INTEREST", re.IGNORECASE)
_PRINCIPAL = re.compile("本金|本息|PRINCIPAL", re.IGNORECASE)
_NUMBER = re.compile(r"P[0-9]{6}[A-Z2-7]{9}")
_CONTRACT = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z-]{6,40}(?![0-9A-Za-z-])")


def attach() -> None:
    """From now on bank entries of placements are read here."""
    verdicts.before_rules(read)


def read(entry: BankEntry, account: CustodyAccount) -> Read | None:
    """The reading of an entry that pays a placement back, None when it is of none or unclear.

    At most what the book still has is principal, the rest of the same entry is interest.
    """
    words = f"{entry.summary} {entry.remark} {entry.kind} {entry.our_no}"
    named = set(_CONTRACT.findall(words))
    asked_back = Q(returns__number__in=named, returns__state__in=("approved", "called_off"))
    if entry.side != "in" or not (_DEPOSIT.search(words) or _NUMBER.search(words)):
        return None
    rows = Placement.objects.filter(
        Q(contract_no__in=named) | asked_back, account=account, state="placed"
    ).distinct()
    found = list(rows[:2])
    if len(found) != 1:
        return None
    placement = found[0]
    if _INTEREST.search(words) and not _PRINCIPAL.search(words):
        return _read(entry, placement, [_interest(entry, placement, entry.amount_fen)])
    left = queries.balance_fen(placement.pool, placement.ref)
    if left == 0:
        return None
    if entry.amount_fen <= left:
        return _read(entry, placement, [_principal(entry, placement, entry.amount_fen)])
    if _more_waits(entry, placement):
        return None
    rest = _interest(entry, placement, entry.amount_fen - left)
    return _read(entry, placement, [_principal(entry, placement, left), rest])


def came_back(placement: Placement, *, since: date) -> bool:
    """Whether the bank has paid anything of its principal on the day it was due or later."""
    rows = BankEntry.objects.filter(
        account=placement.account_id,
        booked_day__gte=since,
        reading__kind=str(Kind.OTHER),
        reading__facts__against=["placement", str(placement.id)],
        reading__facts__principal=True,
    )
    return rows.exists()


def _read(entry: BankEntry, placement: Placement, postings: list[Posting]) -> Read:
    return Read(
        entry=entry,
        kind=Kind.OTHER,
        postings=postings,
        against=placement.ref,
        facts={"principal": any(each.code == "placement_matured" for each in postings)},
    )


def _principal(entry: BankEntry, placement: Placement, fen: int) -> Posting:
    return of(
        "placement_matured", placement.pool, entry.id, debit=entry.account.ref,
        credit=placement.ref, amount_fen=fen, event_at=verdicts.at(entry),
    )  # fmt: skip


def _interest(entry: BankEntry, placement: Placement, fen: int) -> Posting:
    return of(
        "interest_received", placement.pool, entry.id, debit=entry.account.ref,
        credit=Ref(kind="interest_unallocated", owner=str(placement.id)),
        amount_fen=fen, event_at=verdicts.at(entry),
    )  # fmt: skip


def _more_waits(entry: BankEntry, placement: Placement) -> bool:
    """Another entry of the contract is not booked yet: which is what, people decide."""
    says = Q(summary__contains=placement.contract_no) | Q(remark__contains=placement.contract_no)
    rows = BankEntry.objects.filter(account=entry.account_id, side="in", reading=None)
    return rows.filter(says).exclude(pk=entry.pk).exists()
