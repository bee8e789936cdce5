"""The accounts that pools keep at banks: found by number, listed by pool."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from reserve_funds.custody.bank.models import CustodyAccount


def of(pool: int) -> list[CustodyAccount]:
    """Every account of a pool, open or closed, oldest first."""
    return list(CustodyAccount.objects.filter(pool=pool).order_by("opened_on", "account_no"))


def by_number(pools: Collection[int] | None) -> dict[str, CustodyAccount]:
    """Every account of these pools (None: of all) by its number."""
    rows = CustodyAccount.objects.all() if pools is None else _of_all(pools)
    return {account.account_no: account for account in rows}


def _of_all(pools: Collection[int]) -> QuerySet[CustodyAccount]:
    return CustodyAccount.objects.filter(pool__in=pools)
