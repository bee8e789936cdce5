"""Hands a statement that a bank's own door gave to custody, if it is of that bank's accounts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import BinaryIO

from accounts import kept_files, people
from accounts.actors import Actor
from accounts.errors import DomainError, KeptFileTooLarge, NotAllowed
from accounts.models import PartnerBank, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bank_line.errors import StatementOfAnotherBank
from reserve_funds.custody.bank import taking
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.taking import Taken
from reserve_funds.custody.errors import (
    StatementDiffers,
    StatementDoesNotAdd,
    StatementFormUnknown,
    StatementOfUnknownAccount,
    StatementUnreadable,
)
from reserve_funds.custody.statements import reading
from reserve_funds.custody.statements.values import Opening

REFUSALS: tuple[type[DomainError], ...] = (
    StatementUnreadable,
    StatementDoesNotAdd,
    StatementDiffers,
    StatementFormUnknown,
    StatementOfUnknownAccount,
    StatementOfAnotherBank,
    KeptFileTooLarge,
)
"""What is wrong with a file itself: fetching it again would change nothing."""


def take(digest: str, *, bank: str, form: str, name: str, source: str, now: datetime) -> Taken:
    """Takes a kept file of this bank. `source` is "sftp" or "api".

    StatementOfAnotherBank when it tells of an account kept elsewhere, which a bank has no word
    on; and what custody refuses (see `taking.take`), which it remembers with the file.
    """
    pools = _told_of(digest, bank=bank, form=form)
    with kept_files.opened(digest) as file:
        return taking.take(
            file,
            form=form,
            name=name,
            source=source,
            actor=Actor(kind="channel", id=bank),
            pools=pools,
            now=now,
        )


def upload(file: BinaryIO, *, form: str, name: str, officer: Person, now: datetime) -> Taken:
    """Takes a statement that an officer brings, for accounts of the officer's own pools.

    NotAllowed for whoever is no finance officer; else as `taking.take`.
    """
    roles = [one for one in people.roles_of(officer, now) if one.role == FINANCE_OFFICER]
    if not roles:
        raise NotAllowed(role=FINANCE_OFFICER)
    everywhere = any(one.pool is None for one in roles)
    return taking.take(
        file,
        form=form,
        name=name,
        source="upload",
        actor=Actor(kind="officer", id=str(officer.pk)),
        pools=None if everywhere else {one.pool for one in roles if one.pool is not None},
        now=now,
    )


def _told_of(digest: str, *, bank: str, form: str) -> Collection[int] | None:
    """The pools of the accounts at this bank that a file tells of; None when it tells of none.

    What cannot be read is left to custody, whose refusal is kept with the file.
    """
    kept = PartnerBank.objects.filter(code=bank)
    at_bank = dict(CustodyAccount.objects.filter(bank__in=kept).values_list("account_no", "pool"))
    elsewhere = set(
        CustodyAccount.objects.exclude(bank__in=kept).values_list("account_no", flat=True)
    )
    with kept_files.opened(digest) as file:
        try:
            for part in reading.read(file, form):
                if isinstance(part, Opening) and part.account_no in elsewhere:
                    raise StatementOfAnotherBank(account=f"…{part.account_no[-4:]}")
        except (StatementUnreadable, StatementDoesNotAdd):
            return None
    return set(at_bank.values())
