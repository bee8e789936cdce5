"""Which contract speaks to a bank about an account, and its folders: as two officers put them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.identifiers import new_id
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bank_line import terms
from gateway.bank_line.errors import (
    BankContractUnknown,
    BankTermsChanged,
    BankTermsMalformed,
    MailboxUnknown,
    NotOfTheBankLine,
)
from gateway.bank_line.models import SOURCES, BankContract, Mailbox
from gateway.bank_line.terms import MailFolder, Terms
from gateway.payments.models import MerchantAccount
from reserve_funds.custody.bank.models import CustodyAccount

CONTRACT: Final = "bank_line.contract"
MAILBOX: Final = "bank_line.mailbox"
PROVINCE: Final = 0
"""A folder holds statements of many pools: officers of the whole province decide on it."""
TIME_TO_DECIDE = timedelta(days=3)
_LONGEST_REASON = 200


def ask(
    account: CustodyAccount,
    merchant: MerchantAccount,
    wanted: Terms,
    *,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    """One officer of the pool asks for these terms, the account's first or instead of others.

    BankContractUnknown for a merchant account of another bank or pool; BankTermsMalformed,
    NotAllowed.
    """
    if (merchant.channel, merchant.pool) != (account.bank.code, account.pool):
        raise BankContractUnknown(account=str(account.pk))
    if wanted.statement_source not in SOURCES:
        raise BankTermsMalformed(field="statement_source")
    known = BankContract.objects.filter(account_id=account.pk).first()
    row = BankContract(
        id=new_id(now) if known is None else known.pk,
        account_id=account.pk,
        bank=account.bank.code,
        merchant=merchant,
        pays_out=wanted.pays_out,
        statement_source=wanted.statement_source,
        statement_due=wanted.statement_due.replace(second=0, microsecond=0),
        since=wanted.since,
    )
    return _ask(CONTRACT, account.pool, row, known, because, maker, now)


def ask_mailbox(
    folder: MailFolder,
    *,
    mailbox_id: UUID | None = None,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    """One officer of the province asks for a new folder, or for another look of a known one.

    BankTermsMalformed with the field (`host_keys`, `files`, `folder` …), MailboxUnknown,
    BankTermsChanged when another mailbox is at that place already, NotAllowed.
    """
    terms.check(folder)
    known = None
    if mailbox_id is not None:
        known = Mailbox.objects.filter(pk=mailbox_id).first()
        if known is None:
            raise MailboxUnknown(id=str(mailbox_id))
    there = Mailbox.objects.filter(host=folder.host, port=folder.port, folder=folder.folder).first()
    if there is not None and (known is None or there.pk != known.pk):
        raise BankTermsChanged(id=str(there.pk))
    fields = {name: getattr(folder, name) for name in folder.__slots__}
    row = Mailbox(
        id=new_id(now) if known is None else known.pk,
        **fields | {"host_keys": list(folder.host_keys), "files": dict(folder.files)},
    )
    return _ask(MAILBOX, PROVINCE, row, known, because, maker, now)


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> BankContract | Mailbox:
    """Another officer says so too, and it is in force, exactly as it was asked.

    NotOfTheBankLine, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided;
    BankTermsChanged when it is no longer what it was when this was asked.
    """
    model = _model_of(approval_id)
    with transaction.atomic():
        asked = approvals.approve(approval_id, checker=checker, now=now)
        after = asked.content["after"]
        known = model.objects.select_for_update().filter(pk=after["id"]).first()
        if _approval_of(known) != asked.content["replaces"]:
            raise BankTermsChanged(id=after["id"])
        try:
            if known is None:
                model.objects.create(**after, approval_id=asked.pk)
            else:
                model.objects.filter(pk=known.pk).update(**after, approval_id=asked.pk)
        except IntegrityError as error:
            raise BankTermsChanged(id=after["id"]) from error
        row = model.objects.get(pk=after["id"])
        trail.record(
            "bank_contract_registered" if model is BankContract else "bank_mailbox_described",
            actor=Actor(kind="officer", id=str(checker.pk)),
            now=now,
            subject=str(row.pk),
            approval=str(asked.pk),
            **({"host_keys": after["host_keys"]} if model is Mailbox else {}),
        )
    return row


def refuse(approval_id: UUID, *, checker: Person, now: datetime) -> None:
    """Another officer says no; everything stays as it is. Errors as for `approve`."""
    _model_of(approval_id)
    approvals.refuse(approval_id, checker=checker, now=now)


def for_paying(account_id: UUID) -> BankContract:
    """The contract that pays out of this account; BankContractUnknown."""
    rows = BankContract.objects.select_related("merchant")
    contract = rows.filter(account_id=account_id, pays_out=True).first()
    if contract is None:
        raise BankContractUnknown(account=str(account_id))
    return contract


def _ask(
    purpose: str,
    pool: int,
    wanted: BankContract | Mailbox,
    known: BankContract | Mailbox | None,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    if not people.has_role(maker, FINANCE_OFFICER, pool or None, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if not 0 < len(because.strip()) <= _LONGEST_REASON:
        raise BankTermsMalformed(field="because")
    content = {
        "because": because.strip(),
        "replaces": _approval_of(known),
        "before": {} if known is None else approvals.frozen(known),
        "after": approvals.frozen(wanted),
    }
    return approvals.ask(
        maker=maker,
        purpose=purpose,
        pool=pool,
        content=content,
        fingerprint=approvals.fingerprint_of_words(purpose, content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def _model_of(approval_id: UUID) -> type[BankContract | Mailbox]:
    purpose = approvals.get(approval_id).purpose
    if purpose == CONTRACT:
        return BankContract
    if purpose == MAILBOX:
        return Mailbox
    raise NotOfTheBankLine(id=str(approval_id), purpose=purpose)


def _approval_of(known: BankContract | Mailbox | None) -> str | None:
    return None if known is None or known.approval_id is None else str(known.approval_id)
