"""Registers, changes and closes the accounts that pools keep at banks, each as two officers put it.

The law holds the same in the database: a row of `CustodyAccount` spends the approval of just it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.identifiers import outside_id
from accounts.models import Approval, PartnerBank, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank.errors import (
    CustodyAccountChanged,
    CustodyAccountHoldsMoney,
    CustodyAccountMalformed,
    CustodyAccountUnknown,
)
from reserve_funds.custody.bank.models import USES, CustodyAccount, Instruction
from reserve_funds.custody.errors import CustodyAccountDiffers, StatementFormUnknown
from reserve_funds.custody.statements import reading
from reserve_funds.ledger import queries

PURPOSE = "custody.account"
TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON, _LONGEST_NAME = 200, 120
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{3,38}[0-9A-Z]")
_ON_THE_WAY = ("asked", "ready", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account as its bank opened it, and the form in which its statements come."""

    pool: int
    bank: PartnerBank
    account_no: str
    name: str
    use: str
    form: str
    opened_on: date


def ask(told: NewAccount, *, because: str, maker: Person, now: datetime) -> Approval:
    """One officer of the pool asks to register an account that its bank has opened.

    CustodyAccountMalformed with the field, CustodyAccountDiffers for a number that is known,
    NotAllowed.
    """
    row = CustodyAccount(
        id=outside_id(f"bank:{told.bank.code}", told.opened_on, told.account_no),
        pool=told.pool,
        bank=told.bank,
        account_no=told.account_no,
        name=told.name.strip(),
        use=told.use,
        form=told.form,
        opened_on=told.opened_on,
    )
    _check(row, now)
    if CustodyAccount.objects.filter(account_no=row.account_no).exists():
        raise CustodyAccountDiffers(pool=row.pool, bank=told.bank.code)
    return _ask(row, None, because, maker, now)


def ask_change(
    account_id: UUID,
    *,
    name: str,
    form: str,
    closed_on: date | None = None,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    """One officer asks for another name or form of statements, or to close it since that day.

    What it is otherwise never changes, and a closed account stays as it is. Errors as for `ask`;
    CustodyAccountUnknown, CustodyAccountChanged, CustodyAccountHoldsMoney.
    """
    known, row = get(account_id), get(account_id)
    if known.closed_on is not None:
        raise CustodyAccountChanged(id=str(account_id))
    row.name, row.form, row.closed_on = name.strip(), form, closed_on
    _check(row, now)
    if approvals.frozen(row) == approvals.frozen(known):
        raise CustodyAccountMalformed(field="account_name")
    _check_empty(row)
    return _ask(row, known, because, maker, now)


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> CustodyAccount:
    """Another officer says so too, and it is in force, exactly as it was asked.

    CustodyAccountUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided;
    CustodyAccountDiffers, CustodyAccountChanged or CustodyAccountHoldsMoney as things are by now.
    """
    _of_an_account(approval_id)
    with transaction.atomic():
        asked = approvals.approve(approval_id, checker=checker, now=now)
        after = asked.content["after"]
        known = CustodyAccount.objects.select_for_update().filter(pk=after["id"]).first()
        if _approval_of(known) != asked.content["replaces"]:
            raise CustodyAccountChanged(id=after["id"])
        try:
            with transaction.atomic():
                if asked.content["before"]:
                    rows = CustodyAccount.objects.filter(pk=after["id"])
                    rows.update(**after, approval_id=asked.pk)
                else:
                    CustodyAccount.objects.create(**after, approval_id=asked.pk)
        except IntegrityError as error:
            if not asked.content["before"]:
                raise CustodyAccountDiffers(pool=asked.pool, bank=asked.content["bank"]) from error
            _check_empty(CustodyAccount(**after))
            raise CustodyAccountChanged(id=after["id"]) from error
        row = get(UUID(after["id"]))
        trail.record(
            _act(row, is_new=not asked.content["before"]),
            actor=Actor(kind="officer", id=str(checker.pk)),
            now=now,
            subject=str(row.pk),
            approval=str(asked.pk),
        )
    return row


def refuse(approval_id: UUID, *, checker: Person, now: datetime) -> None:
    """Another officer says no; everything stays as it is. Errors as for `approve`."""
    _of_an_account(approval_id)
    approvals.refuse(approval_id, checker=checker, now=now)


def get(account_id: UUID) -> CustodyAccount:
    """One account with its bank; CustodyAccountUnknown."""
    found = CustodyAccount.objects.select_related("bank").filter(pk=account_id).first()
    if found is None:
        raise CustodyAccountUnknown(id=str(account_id))
    return found


def _ask(
    row: CustodyAccount,
    known: CustodyAccount | None,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    if not people.has_role(maker, FINANCE_OFFICER, row.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not 0 < len(because.strip()) <= _LONGEST_REASON:
        raise CustodyAccountMalformed(field="because")
    content = {
        "because": because.strip(),
        "bank": row.bank.name,
        "replaces": _approval_of(known),
        "before": {} if known is None else approvals.frozen(known),
        "after": approvals.frozen(row),
    }
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=row.pool,
        content=content,
        fingerprint=approvals.fingerprint_of_words(PURPOSE, content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def _check(row: CustodyAccount, now: datetime) -> None:
    """CustodyAccountMalformed with the first field that cannot be right."""
    today = business_day(now)
    sound = {
        "account_no": _NUMBER.fullmatch(row.account_no) is not None,
        "account_name": 0 < len(row.name) <= _LONGEST_NAME,
        "use": row.use in USES,
        "opened_on": row.opened_on <= today,
        "closed_on": row.closed_on is None or row.opened_on <= row.closed_on <= today,
    }
    for field, right in sound.items():
        if not right:
            raise CustodyAccountMalformed(field=field)
    try:
        reading.check_form(row.form)
    except StatementFormUnknown:
        raise CustodyAccountMalformed(field="form") from None


def _check_empty(row: CustodyAccount) -> None:
    """An account that is to be closed holds nothing of the reserve, and nothing is under way."""
    if row.closed_on is None or row.use != "reserve":
        return
    held_fen = queries.balance_fen(row.pool, row.ref)
    sent = Instruction.objects.filter(account_id=row.pk, state__in=_ON_THE_WAY).count()
    if held_fen or sent:
        raise CustodyAccountHoldsMoney(balance_fen=held_fen, sent=sent)


def _of_an_account(approval_id: UUID) -> None:
    if approvals.get(approval_id).purpose != PURPOSE:
        raise CustodyAccountUnknown(id=str(approval_id))


def _approval_of(known: CustodyAccount | None) -> str | None:
    return None if known is None or known.approval_id is None else str(known.approval_id)


def _act(row: CustodyAccount, *, is_new: bool) -> str:
    if is_new:
        return "custody_account_registered"
    return "custody_account_closed" if row.closed_on else "custody_account_changed"
