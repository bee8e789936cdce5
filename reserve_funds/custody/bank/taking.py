"""Takes a statement file: kept as it came, read as a stream, and stored whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts import duties, kept_files, trail
from accounts.actors import Actor
from accounts.database_errors import constraint_of
from accounts.errors import DomainError
from accounts.identifiers import new_id, outside_id
from reserve_funds.custody.bank import accounts, continuity
from reserve_funds.custody.bank.continuity import Gap
from reserve_funds.custody.bank.models import (
    CustodyAccount,
    Statement,
    StatementCorrection,
    StatementFile,
)
from reserve_funds.custody.errors import StatementDiffers, StatementOfUnknownAccount
from reserve_funds.custody.statements import reading
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Part, Side

BOOKING = "bank_booking"
FILE_IS_TAKEN_ONCE = "custody_bank_file_is_taken_once"
_LONGEST_REASON = 300
_TOLD = (
    "id, account_id, statement_id, line_no, entry_no, booked_day, value_day, side, amount_fen,"
    " reversal, our_no, counterparty_no, counterparty_name, summary, remark, kind"
)
_COMPARED = (
    "value_day, side, amount_fen, reversal, our_no, counterparty_no, counterparty_name, remark"
)
COPY = f"COPY custody_bank_arriving (file_id, {_TOLD}) FROM STDIN"
_DIFFERING = f"""
SELECT count(*), min(t.line_no)
  FROM custody_bank_arriving t JOIN custody_bank_bankentry e USING (id)
 WHERE t.file_id = %s
   AND ({", ".join("t." + name for name in _COMPARED.split(", "))})
       IS DISTINCT FROM ({", ".join("e." + name for name in _COMPARED.split(", "))})
"""  # noqa: S608
_STORE = f"""
INSERT INTO custody_bank_bankentry ({_TOLD})
SELECT {_TOLD} FROM custody_bank_arriving WHERE file_id = %s ON CONFLICT (id) DO NOTHING
"""  # noqa: S608
ARRIVED = "DELETE FROM custody_bank_arriving WHERE file_id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a file. `is_new` is False when the same bytes were taken before.

    `gaps` are the breaks in the statements of the accounts it tells of, as they are now.
    """

    file_id: UUID
    is_new: bool
    statements: int
    new_entries: int
    gaps: list[Gap]


def take(
    file: BinaryIO,
    *,
    form: str,
    name: str,
    source: str,
    actor: Actor,
    pools: Collection[int] | None,
    now: datetime,
) -> Taken:
    """Takes the statements of a file for the accounts of these pools (None: of all).

    Nothing of a refused file is stored but the file and why: StatementFormUnknown,
    StatementUnreadable, StatementDoesNotAdd, StatementOfUnknownAccount, StatementDiffers,
    KeptFileTooLarge. A break between statements is told, alarmed and mended by the statement that
    is missing. Open no transaction around it.
    """
    reading.check_form(form)
    kept = kept_files.keep_stream(file, most_bytes=reading.LARGEST_TABLE_BYTES)
    if (corrected := _corrected(kept.digest)) is not None:
        return corrected
    row = StatementFile(
        id=new_id(now),
        digest=kept.digest,
        size=kept.size,
        name=name[:200],
        form=form,
        source=source,
        actor_kind=actor.kind,
        actor_id=actor.id,
        taken_at=now,
    )
    try:
        return _whole(row, pools, actor=actor, now=now)
    except IntegrityError as error:
        if constraint_of(error) != FILE_IS_TAKEN_ONCE:
            raise
        return _known(kept.digest)
    except DomainError as refusal:
        row.refusal, row.refused_because = refusal.code, str(refusal)[:_LONGEST_REASON]
        StatementFile.objects.bulk_create([row])
        if isinstance(refusal, StatementDiffers):
            trail.alarm(refusal.code, actor=actor, now=now, subject=str(row.id))
        raise


@transaction.atomic(durable=True)
def _whole(
    row: StatementFile, pools: Collection[int] | None, *, actor: Actor, now: datetime
) -> Taken:
    StatementFile.objects.bulk_create([row])
    tellers = Tellers(row, accounts.by_number(pools))
    with kept_files.opened(row.digest) as file, connection.cursor() as cursor:
        with cursor.copy(COPY) as copy:
            for entry in tellers.entries(reading.read(file, row.form)):
                copy.write_row((row.id, *entry))
        _refuse_other_words(cursor, tellers)
        Statement.objects.bulk_create(tellers.statements, ignore_conflicts=True)
        cursor.execute(_STORE, [row.id])
        new_entries = cursor.rowcount
        cursor.execute(ARRIVED, [row.id])
    account_ids = {statement.account_id for statement in tellers.statements}
    for account_id in sorted(account_ids):
        duties.owe(BOOKING, account_id, now=now)
    gaps = continuity.gaps(list(account_ids))
    trail.record(
        "bank_statement_taken",
        actor=actor,
        now=now,
        subject=str(row.id),
        statements=len(tellers.statements),
        new_entries=new_entries,
        digest=row.digest,
    )
    alarm_gaps(gaps, actor=actor, now=now)
    return Taken(
        file_id=row.id,
        is_new=True,
        statements=len(tellers.statements),
        new_entries=new_entries,
        gaps=gaps,
    )


def alarm_gaps(gaps: list[Gap], *, actor: Actor, now: datetime) -> None:
    """Says of each break between statements that something is missing."""
    for gap in gaps:
        trail.alarm(
            "bank_statement_missing",
            actor=actor,
            now=now,
            subject=str(gap.statement_id),
            between=[gap.closed_day, gap.first_day],
            difference_fen=gap.opening_fen - gap.closed_fen,
        )


def _corrected(digest: str) -> Taken | None:
    """The same bytes, once refused, which two officers have accepted as a correction since."""
    word = StatementCorrection.objects.filter(file__digest=digest, state="accepted").first()
    if word is None:
        return None
    statements = word.file.statements.all()
    return Taken(
        file_id=word.file_id,
        is_new=False,
        statements=statements.count(),
        new_entries=0,
        gaps=continuity.gaps(list(statements.values_list("account_id", flat=True))),
    )


def _known(digest: str) -> Taken:
    known = StatementFile.objects.get(digest=digest, refusal="")
    return Taken(
        file_id=known.id,
        is_new=False,
        statements=known.statements.count(),
        new_entries=0,
        gaps=continuity.gaps(list(known.statements.values_list("account_id", flat=True))),
    )


def _refuse_other_words(cursor: Any, tellers: Tellers) -> None:
    """StatementDiffers when the bank told an entry or a whole statement otherwise before."""
    cursor.execute(_DIFFERING, [tellers.file.id])
    lines, first = cursor.fetchone()
    if lines:
        raise StatementDiffers("entries told otherwise before", line=first, lines=lines)
    told = {statement.id: statement for statement in tellers.statements}
    for before in Statement.objects.filter(id__in=told):
        now = told[before.id]
        if _figures(before) != _figures(now):
            raise StatementDiffers("a statement told otherwise before", number=before.number)


def _figures(statement: Statement) -> tuple[int, ...]:
    return (
        statement.opening_fen,
        statement.closing_fen,
        statement.lines,
        statement.in_fen,
        statement.out_fen,
    )


@dataclass(slots=True)
class Tellers:
    """The statements of one file as they are read, and their entries as rows for COPY.

    It asks the database nothing: the connection is busy with the copying.
    """

    file: StatementFile
    ours: dict[str, CustodyAccount]
    statements: list[Statement] = field(default_factory=list)
    _told: set[int] = field(default_factory=set)

    @classmethod
    def of_all(cls, file: StatementFile) -> Tellers:
        """For a file that may tell of any account of the house."""
        return cls(file, accounts.by_number(None))

    def entries(self, parts: Iterator[Part]) -> Iterator[tuple[Any, ...]]:
        for part in parts:
            if isinstance(part, Opening):
                self.statements.append(self._begun(part))
            elif isinstance(part, BankLine):
                yield self._row(part)
            else:
                self._end(part)

    def _begun(self, opening: Opening) -> Statement:
        number = opening.account_no
        if number not in self.ours:
            raise StatementOfUnknownAccount(account=f"…{number[-4:]}")
        words = f"{opening.first_day}:{opening.number}"
        return Statement(
            id=outside_id(f"statement:{number}", opening.last_day, words),
            account=self.ours[number],
            file=self.file,
            number=opening.number,
            first_day=opening.first_day,
            last_day=opening.last_day,
            opening_fen=opening.balance_fen,
            lines=0,
            in_fen=0,
            out_fen=0,
        )

    def _end(self, closing: Closing) -> None:
        self.statements[-1].closing_fen = closing.balance_fen

    def _row(self, line: BankLine) -> tuple[Any, ...]:
        statement = self.statements[-1]
        statement.lines += 1
        if line.side is Side.IN:
            statement.in_fen += line.amount_fen
        else:
            statement.out_fen += line.amount_fen
        entry_id, entry_no = self._named(statement, line)
        return (
            entry_id,
            statement.account_id,
            statement.id,
            line.line_no,
            entry_no,
            line.booked_day,
            line.value_day,
            line.side.value,
            line.amount_fen,
            line.reversal,
            line.our_no,
            line.counterparty_no,
            line.counterparty_name,
            line.summary,
            line.remark,
            line.kind,
        )

    def _named(self, statement: Statement, line: BankLine) -> tuple[UUID, str]:
        """An entry's id and number: the bank's serial, told apart where it is used twice."""
        serial = line.bank_no or f"{statement.number}/{line.line_no}"
        times = 1
        while True:
            number = serial if times == 1 else f"{serial}#{times}"
            entry_id = outside_id(f"bank:{statement.account.account_no}", line.booked_day, number)
            if entry_id.int not in self._told:
                self._told.add(entry_id.int)
                return entry_id, number
            times += 1
