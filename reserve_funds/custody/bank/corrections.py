"""更正: a bank tells a day again, and otherwise. What it told first stays; two officers accept.

The file was refused (`statement_differs`) and kept. `ask` lists what it says otherwise; accepted,
every entry that is no more is taken back by an entry of its own, every new one is stored, and
both are booked like any other. Continuity then follows the corrected statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, duties, kept_files, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.errors import ApprovalDecided, NotAllowed
from accounts.identifiers import new_id, outside_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank import continuity, taking
from reserve_funds.custody.bank.continuity import Gap
from reserve_funds.custody.bank.errors import CorrectionNotNeeded, OutflowMalformed, WordUnknown
from reserve_funds.custody.bank.models import (
    BankEntry,
    CustodyAccount,
    Statement,
    StatementCorrection,
    StatementFile,
)
from reserve_funds.custody.bank.scene import CORRECTS
from reserve_funds.custody.errors import StatementDiffers
from reserve_funds.custody.statements import reading

TIME_TO_DECIDE = timedelta(days=3)
MOST = 2_000
_LONGEST_REASON = 200
_AGAIN = "~"
_WORDS = (
    "id", "entry_no", "line_no", "booked_day", "value_day", "side", "amount_fen", "reversal",
    "our_no", "counterparty_no", "counterparty_name", "summary", "remark", "kind",
)  # fmt: skip
_COMPARED = ("side", "amount_fen", "reversal", "our_no", "counterparty_no", "remark")
_DIFFERENCES = f"""
WITH period AS (
    SELECT * FROM unnest(%(first)s::date[], %(last)s::date[]) AS p(first_day, last_day)),
told AS (SELECT * FROM custody_bank_arriving WHERE file_id = %(file)s AND account_id = %(account)s),
stored AS (
    SELECT e.*, s.corrects_id IS NOT NULL AND e.reversal AND e.remark LIKE %(corrects)s AS undoing
      FROM custody_bank_bankentry e
      JOIN custody_bank_statement s ON s.id = e.statement_id
     WHERE e.account_id = %(account)s
       AND EXISTS (SELECT FROM period p WHERE e.booked_day BETWEEN p.first_day AND p.last_day)),
standing AS (
    SELECT * FROM stored e WHERE NOT e.undoing
       AND NOT EXISTS (SELECT FROM stored c WHERE c.undoing AND c.remark = %(word)s || e.id))
SELECT to_jsonb(t), to_jsonb(s)
  FROM (SELECT {", ".join(_WORDS)} FROM told) t
  FULL JOIN (SELECT {", ".join(_WORDS)} FROM standing) s
    ON split_part(s.entry_no, '{_AGAIN}', 1) = t.entry_no AND s.booked_day = t.booked_day
 WHERE t.id IS NULL OR s.id IS NULL
    OR ({", ".join("t." + word for word in _COMPARED)})
       IS DISTINCT FROM ({", ".join("s." + word for word in _COMPARED)})
 ORDER BY coalesce(t.booked_day, s.booked_day), coalesce(t.line_no, s.line_no)
 LIMIT {MOST + 1}
"""  # noqa: S608


def ask(
    file_id: UUID, *, account: CustodyAccount, because: str, maker: Person, now: datetime
) -> StatementCorrection:
    """One officer asks that a refused file be taken as the bank's correction for this account.

    CorrectionNotNeeded, NotAllowed, OutflowMalformed, StatementDiffers (too much of it).
    """
    if not people.has_role(maker, FINANCE_OFFICER, account.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not because.strip() or len(because) > _LONGEST_REASON:
        raise OutflowMalformed(field="because")
    file = StatementFile.objects.filter(pk=file_id, refusal=StatementDiffers.code).first()
    if file is None:
        raise CorrectionNotNeeded(file=str(file_id))
    with transaction.atomic():
        differences = _read(file, account, now)[1]
        if not differences:
            raise CorrectionNotNeeded(file=str(file_id))
        approval = approvals.ask(
            maker=maker,
            purpose="custody.correction",
            pool=account.pool,
            content={"file": file.digest, "account": str(account.id), "because": because.strip(),
                     "differences": len(differences)},
            fingerprint=_fingerprint(file, account, differences),
            now=now,
            expires_at=now + TIME_TO_DECIDE,
            checker_role=FINANCE_OFFICER,
        )  # fmt: skip
        return StatementCorrection.objects.create(
            id=approval.id,
            pool=account.pool,
            file=file,
            account=account,
            differences=differences,
            because=because.strip(),
            maker=maker,
            asked_at=now,
            expires_at=approval.expires_at,
        )


def accept(correction_id: UUID, *, checker: Person, now: datetime) -> list[Gap]:
    """A second officer accepts it; the breaks that are left between the account's statements.

    MakerIsChecker, NotAllowed, ApprovalExpired, WordUnknown, StatementDiffers (what was told
    before has changed since: ask again).
    """
    with transaction.atomic():
        correction = _locked(correction_id)
        approvals.approve(correction.id, checker=checker, now=now)
        account = correction.account
        statements, differences = _read(correction.file, account, now)
        if differences != correction.differences:
            raise StatementDiffers("other differences than were shown", lines=len(differences))
        _spend(correction, _fingerprint(correction.file, account, differences))
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(correction, to="accepted", actor=actor, because=correction.because, now=now)
        _store(correction, statements, differences)
        duties.owe(taking.BOOKING, account.id, now=now)
        gaps = continuity.gaps([account.id])
        taking.alarm_gaps(gaps, actor=actor, now=now)
    return gaps


def refuse(
    correction_id: UUID, *, checker: Person, because: str, now: datetime
) -> StatementCorrection:
    """A second officer refuses it: the statement stays as it was told first."""
    with transaction.atomic():
        correction = _locked(correction_id)
        approvals.refuse(correction.id, checker=checker, now=now)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(correction, to="refused", actor=actor, because=because, now=now)
    return correction


def expire(now: datetime) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = StatementCorrection.objects.filter(state="asked", expires_at__lte=now)
    ended = 0
    for correction_id in list(late.values_list("id", flat=True)[:200]):
        with transaction.atomic():
            correction = StatementCorrection.objects.select_for_update().get(pk=correction_id)
            if correction.state == "asked":
                because = "nobody decided in time"
                trail.advance(correction, to="expired", actor=SYSTEM, because=because, now=now)
                ended += 1
    return ended


def _read(
    file: StatementFile, account: CustodyAccount, now: datetime
) -> tuple[list[Statement], list[dict[str, Any]]]:
    """The statements of this account in the file, and what they say otherwise than stands."""
    arriving = new_id(now)
    tellers = taking.Tellers.of_all(file)
    with kept_files.opened(file.digest) as kept, connection.cursor() as cursor:
        with cursor.copy(taking.COPY) as copy:
            for entry in tellers.entries(reading.read(kept, file.form)):
                copy.write_row((arriving, *entry))
        statements = [one for one in tellers.statements if one.account_id == account.id]
        cursor.execute(
            _DIFFERENCES,
            {
                "file": arriving,
                "account": account.id,
                "first": [one.first_day for one in statements],
                "last": [one.last_day for one in statements],
                "corrects": f"{CORRECTS}%",
                "word": CORRECTS,
            },
        )
        rows = cursor.fetchall()
        cursor.execute(taking.ARRIVED, [arriving])
    if len(rows) > MOST:
        raise StatementDiffers("too much of it is told otherwise", lines=len(rows))
    return statements, [_difference(told, stood) for told, stood in rows]


def _difference(told: Any, stood: Any) -> dict[str, Any]:
    told, stood = (json.loads(one) if isinstance(one, str) else one for one in (told, stood))
    what = "added" if stood is None else "dropped" if told is None else "changed"
    if what == "changed" and _money(told) == _money(stood):
        what = "worded"
    return {"what": what, "told": told, "stood": stood}


def _money(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["side"], entry["amount_fen"], entry["reversal"]


def _store(
    correction: StatementCorrection, statements: Sequence[Statement], differences: Sequence[Any]
) -> None:
    """The corrected statements, and what changes hands by them: entries of their own."""
    account = correction.account
    accepted = StatementCorrection.objects.filter(account=account, state="accepted")
    mark = f"{_AGAIN}{accepted.count()}"
    for statement in statements:
        first = Statement.objects.filter(
            account=account, first_day=statement.first_day, last_day=statement.last_day
        )
        latest = first.filter(corrected_by__isnull=True).order_by("number").last()
        statement.file, statement.corrects = correction.file, latest
        if latest is not None:
            statement.number = f"{statement.number[: 39 - len(mark)]}{mark}"
            words = f"{statement.first_day}:{statement.number}"
            source = f"statement:{account.account_no}"
            statement.id = outside_id(source, statement.last_day, words)
    Statement.objects.bulk_create(statements)
    BankEntry.objects.bulk_create(list(_entries(correction, statements, differences, mark)))


def _entries(
    correction: StatementCorrection,
    statements: Sequence[Statement],
    differences: Sequence[Any],
    mark: str,
) -> Iterator[BankEntry]:
    for line, difference in enumerate(differences, start=1):
        if difference["what"] == "worded":
            continue
        stood, told = difference["stood"], difference["told"]
        if stood is not None:
            back = stood | {
                "side": "in" if stood["side"] == "out" else "out",
                "reversal": True,
                "remark": f"{CORRECTS}{stood['id']}",
                "summary": "银行更正",
            }
            yield _entry(correction, statements, back, line, f"{stood['entry_no']}{mark}-")
        if told is not None:
            again = BankEntry.objects.filter(pk=told["id"]).exists()
            number = told["entry_no"] + (mark if again else "")
            yield _entry(correction, statements, told, line, number)


def _entry(
    correction: StatementCorrection,
    statements: Sequence[Statement],
    words: dict[str, Any],
    line: int,
    number: str,
) -> BankEntry:
    day = date.fromisoformat(words["booked_day"])
    source = f"bank:{correction.account.account_no}"
    of_day = next(one for one in statements if one.first_day <= day <= one.last_day)
    own = {
        "id": outside_id(source, day, number),
        "entry_no": number,
        "line_no": line,
        "booked_day": day,
        "value_day": date.fromisoformat(words["value_day"]),
    }
    return BankEntry(**(words | own), account_id=correction.account_id, statement=of_day)


def _fingerprint(file: StatementFile, account: CustodyAccount, differences: Sequence[Any]) -> bytes:
    words = json.dumps([file.digest, str(account.id), differences], sort_keys=True)
    return hashlib.sha256(words.encode()).digest()


def _spend(correction: StatementCorrection, fingerprint: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.custody_bank_spend_correction(%s, %s)", [correction.id, fingerprint]
        )
        said = cursor.fetchone()[0]
    if said != "spent":
        raise ApprovalDecided(id=correction.id, because=said)


def _locked(correction_id: UUID) -> StatementCorrection:
    rows = StatementCorrection.objects.select_related("account", "file")
    found = rows.select_for_update(of=("self",)).filter(pk=correction_id).first()
    if found is None or found.state != "asked":
        raise WordUnknown(id=str(correction_id), state=found.state if found else "")
    return found
