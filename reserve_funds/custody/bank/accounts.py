"""The accounts that pools keep at banks: registered once, found by number, listed by pool."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import outside_id
from accounts.models import PartnerBank
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.errors import CustodyAccountDiffers
from reserve_funds.custody.statements import reading


def register(
    *,
    pool: int,
    bank: PartnerBank,
    account_no: str,
    name: str,
    use: str,
    form: str,
    opened_on: date,
    actor: Actor,
    now: datetime,
) -> CustodyAccount:
    """The account of a pool at a bank, whose statements come in this form; again is the same.

    StatementFormUnknown; CustodyAccountDiffers when the number is known for something else.
    """
    reading.check_form(form)
    wanted = CustodyAccount(
        id=outside_id(f"bank:{bank.code}", opened_on, account_no),
        pool=pool,
        bank=bank,
        account_no=account_no,
        name=name,
        use=use,
        form=form,
        opened_on=opened_on,
    )
    CustodyAccount.objects.bulk_create([wanted], ignore_conflicts=True)
    known = CustodyAccount.objects.get(account_no=account_no)
    if (known.pool, known.bank_id, known.use) != (pool, bank.pk, use):
        raise CustodyAccountDiffers(pool=pool, bank=bank.code)
    if known.id == wanted.id:
        trail.record("custody_account_registered", actor=actor, now=now, subject=str(known.id))
    return known


def of(pool: int) -> list[CustodyAccount]:
    """Every account of a pool, open or closed, oldest first."""
    return list(CustodyAccount.objects.filter(pool=pool).order_by("opened_on", "account_no"))


def by_number(pools: Collection[int] | None) -> dict[str, CustodyAccount]:
    """Every account of these pools (None: of all) by its number."""
    rows = CustodyAccount.objects.all() if pools is None else _of_all(pools)
    return {account.account_no: account for account in rows}


def _of_all(pools: Collection[int]) -> QuerySet[CustodyAccount]:
    return CustodyAccount.objects.filter(pool__in=pools)
