"""Books what banks have told: every entry once, one reading and its postings in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.errors import DomainError
from reserve_funds.custody.bank import not_instructed, readings, scene
from reserve_funds.custody.bank.matters import CHARGE_CASE, GONE_CASE, UNCLEAR_CASE
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, Reading
from reserve_funds.custody.bank.scene import Scene
from reserve_funds.custody.bank.verdicts import Kind, Read, at
from reserve_funds.custody.cases import services as cases
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book as ledger

BATCH = 500
_ENDED_BY_THE_BANK = (UNCLEAR_CASE, CHARGE_CASE, GONE_CASE)
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1650551908, %s)"
_POOLS = """
SELECT DISTINCT a.pool FROM custody_bank_unbooked u
  JOIN custody_bank_custodyaccount a ON a.id = u.account_id ORDER BY a.pool
"""
# What the bank took back comes after everything it may have taken back, what left before what
# came back.
_BATCH = """
SELECT e.id FROM custody_bank_unbooked u
  JOIN custody_bank_bankentry e ON e.id = u.entry_id
 WHERE u.account_id = ANY(%s)
 ORDER BY e.reversal, e.booked_day, e.side DESC, e.line_no, e.id LIMIT %s
"""
_UNREAD = """
SELECT count(*) FROM custody_bank_bankentry e
  JOIN custody_bank_custodyaccount a ON a.id = e.account_id
 WHERE a.pool = %s AND NOT EXISTS (SELECT FROM custody_bank_reading r WHERE r.entry_id = e.id)
"""
_DONE = "DELETE FROM custody_bank_unbooked WHERE entry_id = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """How many entries were booked, and as what."""

    entries: int
    kinds: Mapping[str, int]


def book(account: CustodyAccount | None, *, now: datetime, batch: int = BATCH) -> Booked:
    """Books every entry that waits, of one account or (None) of all, in batches of one pool each.

    Again is nothing. An entry of a day that is cut is booked today with its own day as event_at.
    Accounts of pools whose book is not open yet wait. Open no transaction around it.
    """
    kinds: Counter[str] = Counter()
    for pool in [account.pool] if account else _pools():
        opened = scene.first_day(pool)
        accounts = {
            one.id: one
            for one in CustodyAccount.objects.filter(pool=pool).select_related("bank")
            if account is None or one.id == account.id
        }
        while opened is not None:
            with transaction.atomic(durable=True):
                entries = _taken(pool, accounts, batch)
                if not entries:
                    break
                reads = _booked(Scene.of(pool, opened, entries), entries, now)
            kinds.update(str(read.kind) for read in reads)
    return Booked(entries=sum(kinds.values()), kinds=dict(kinds))


def unbooked(account: CustodyAccount) -> int:
    """How many entries of an account wait to be booked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM custody_bank_unbooked WHERE account_id = %s", [account.id]
        )
        return int(cursor.fetchone()[0])


def unread(pool: int) -> int:
    """How many stored entries of a pool have no reading, counted from the entries themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [pool])
        return int(cursor.fetchone()[0])


def _pools() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_POOLS)
        return [pool for (pool,) in cursor.fetchall()]


def _taken(pool: int, accounts: Mapping[UUID, CustodyAccount], batch: int) -> list[BankEntry]:
    """The next entries; reversals only when nothing else waits before them."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [pool])
        cursor.execute(_BATCH, [list(accounts), batch])
        ids = [entry_id for (entry_id,) in cursor.fetchall()]
    found = BankEntry.objects.in_bulk(ids)
    entries = [found[entry_id] for entry_id in ids]
    if entries and not entries[0].reversal:
        entries = [entry for entry in entries if not entry.reversal]
    for entry in entries:
        entry.account = accounts[entry.account_id]
    return entries


def _booked(around: Scene, entries: Sequence[BankEntry], now: datetime) -> list[Read]:
    reads = [around.read(entry) for entry in entries]
    reads = _posted([_gone_out_again(read) for read in reads])
    Reading.objects.bulk_create([_row(read, around.pool, now) for read in reads])
    for read in reads:
        if read.instruction is not None and read.moves_to:
            trail.advance(
                read.instruction,
                to=read.moves_to,
                actor=Actor(kind="channel", id=read.entry.account.bank.code[:64]),
                because=f"statement of {read.entry.booked_day}",
                now=now,
            )
        if read.case:
            cases.open_case(
                read.case,
                pool=around.pool,
                subject=subject_of(read.entry.id),
                now=now,
                amount_fen=read.entry.amount_fen,
                account=read.entry.account_id,
                booked_day=read.entry.booked_day,
                side=read.entry.side,
                deadline=None,
                **read.facts,
            )
        if read.kind is Kind.UNDONE and read.undoes is not None:
            _over(around.pool, read.undoes, read.entry, now)
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [[entry.id for entry in entries]])
    return reads


def _over(pool: int, undone: UUID, by: BankEntry, now: datetime) -> None:
    """What the bank has taken back or given back itself is nobody's question any more."""
    for kind in _ENDED_BY_THE_BANK:
        cases.close_case(
            kind,
            pool=pool,
            subject=subject_of(undone),
            actor=Actor(kind="channel", id=by.account.bank.code[:64]),
            because=f"the bank undid it on {by.booked_day}",
            now=now,
        )


def subject_of(entry_id: UUID) -> str:
    """What the cases of a bank entry are about."""
    return f"bank_entry:{entry_id}"


def _gone_out_again(read: Read) -> Read:
    """A declaration is undone as its officers allowed; what is not there any more is money gone."""
    if not read.goes_out_again or read.instruction is None:
        return read
    try:
        with transaction.atomic():
            not_instructed.undo(read.instruction, event_at=at(read.entry))
    except DomainError as refused:
        number = read.instruction.number
        return readings.gone(
            read.entry, number=number, state="not_instructed", refused=refused.code
        )
    return read


def _posted(reads: list[Read]) -> list[Read]:
    """Books every reading; one that a guarded account cannot bear becomes what it looks like."""
    wanted = [posting for read in reads for posting in read.postings]
    refused = {
        outcome.posting.id: outcome.refused
        for outcome in ledger.post_each(wanted)
        if outcome.refused
    }
    if not refused:
        return reads
    return [_or_else(read, refused) for read in reads]


def _or_else(read: Read, refused: Mapping[UUID, Exception]) -> Read:
    why = [refused[posting.id] for posting in read.postings if posting.id in refused]
    if not why:
        return read
    if len(read.postings) != 1 or not isinstance(why[0], Overdrawn):
        raise why[0]
    other = readings.unexplained(read.entry, undoes=read.undoes, instead_of=str(read.kind))
    ledger.post(other.postings)
    return other


def _row(read: Read, pool: int, now: datetime) -> Reading:
    return Reading(
        entry=read.entry,
        pool=pool,
        kind=str(read.kind),
        instruction=read.instruction,
        undoes_id=read.undoes,
        rule_id=read.rule_id,
        facts=read.told(),
        read_at=now,
    )
