"""What pages ask of the bank room: requests, instructions, files, entries nobody understands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q, QuerySet

from accounts.models import Approval
from reserve_funds.custody.bank.errors import OutflowUnknown, WordUnknown
from reserve_funds.custody.bank.models import (
    BankEntry,
    CustodyAccount,
    Instruction,
    OutflowRequest,
    Reading,
    RecognitionRule,
    StatementCorrection,
    StatementFile,
    Understanding,
)
from reserve_funds.handbook import Purpose

_LIMITS = (
    "SELECT p.purpose, public.custody_bank_one_checker_most(%s, p.purpose)"
    " FROM unnest(%s::text[]) AS p(purpose)"
)
Row = TypeVar("Row", bound=Model)
Pools = Collection[int] | None
"""The pools whoever asks may see; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A bank entry in suspense, and what two officers have said of it or are asked to."""

    entry: BankEntry
    pool: int
    words: tuple[Understanding, ...]

    @property
    def waits(self) -> Understanding | None:
        """The word that waits for a second officer."""
        return next((word for word in self.words if word.state == "asked"), None)


def requests(
    pools: Pools, *, state: str = "", before: UUID | None = None, limit: int = 50
) -> list[OutflowRequest]:
    """Requests of outflows, newest first, with their accounts."""
    rows = _of_pools(OutflowRequest.objects.select_related("account__bank"), pools)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__lt=before) if before else rows
    return list(rows.order_by("-id")[:limit])


def request(request_id: UUID) -> OutflowRequest:
    """One request with its account and bank. OutflowUnknown."""
    rows = OutflowRequest.objects.select_related("account__bank")
    found = rows.filter(pk=request_id).first()
    if found is None:
        raise OutflowUnknown(id=str(request_id))
    return found


def request_of_approval(approval_id: UUID) -> UUID:
    """The request whose first or second approval this is. OutflowUnknown."""
    rows = OutflowRequest.objects.filter(Q(pk=approval_id) | Q(second_id=approval_id))
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise OutflowUnknown(id=str(approval_id))
    return found


def instructions_of(request_ids: Collection[UUID]) -> list[Instruction]:
    """Every instruction of these requests, in the order they were asked for."""
    return list(Instruction.objects.filter(request__in=request_ids).order_by("id"))


def one_checker_limits(pool: int, purposes: Sequence[Purpose]) -> Mapping[Purpose, int]:
    """Up to what amount one checker is enough, of each of these purposes, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, [pool, [str(one) for one in purposes]])
        return {Purpose(purpose): int(fen) for purpose, fen in cursor.fetchall()}


def rules_of(pools: Pools) -> list[RecognitionRule]:
    """The rules in force by which entries of these pools' accounts are known."""
    rows = RecognitionRule.objects.filter(ended_at=None).select_related("account")
    rows = rows if pools is None else rows.filter(account__pool__in=pools)
    return list(rows.order_by("account__pool", "account", "place", "name"))


def asked_together(approval: Approval) -> list[UUID]:
    """Every approval of one asking to reverse transfers, this one among them."""
    rows = Approval.objects.filter(
        purpose=approval.purpose,
        pool=approval.pool,
        maker=approval.maker_id,
        asked_at=approval.asked_at,
        content__with=approval.content.get("with"),
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def files(
    pools: Pools, *, actor_id: str, before: UUID | None = None, limit: int = 50
) -> list[StatementFile]:
    """Files taken or refused, newest first: of these pools' accounts, or brought by this officer.

    A refused file has no account: for one who sees some pools only, it is theirs who brought it.
    """
    rows = StatementFile.objects.all()
    if pools is not None:
        ours = StatementFile.objects.filter(statements__account__pool__in=pools).values("pk")
        rows = rows.filter(Q(pk__in=ours) | Q(actor_kind="officer", actor_id=actor_id))
    rows = rows.filter(pk__lt=before) if before else rows
    return list(rows.order_by("-id").prefetch_related("statements__account")[:limit])


def accounts(pools: Pools) -> list[CustodyAccount]:
    """The accounts of these pools with their banks, open ones first."""
    rows = _of_pools(CustodyAccount.objects.select_related("bank"), pools)
    return list(rows.order_by("pool", "use", "opened_on", "account_no"))


def unclear(entry_ids: Collection[UUID]) -> list[Unclear]:
    """These entries as far as they are in suspense, oldest first, in three questions."""
    readings = Reading.objects.filter(entry__in=entry_ids, kind="unclear")
    rows = readings.select_related("entry__account__bank").order_by("entry__booked_day", "entry")
    words: dict[UUID, list[Understanding]] = {}
    for word in Understanding.objects.filter(entry__in=entry_ids).order_by("id"):
        words.setdefault(word.entry_id, []).append(word)
    return [
        Unclear(entry=row.entry, pool=row.pool, words=tuple(words.get(row.entry_id, ())))
        for row in rows
    ]


def entry(entry_id: UUID) -> BankEntry | None:
    """One entry of a bank with its account; None when there is none."""
    return BankEntry.objects.select_related("account__bank").filter(pk=entry_id).first()


def entries_like(account_id: UUID, *, day: date, side: str, amount_fen: int) -> list[BankEntry]:
    """What the bank booked on an account that day with this side and amount."""
    rows = BankEntry.objects.select_related("account__bank").filter(
        account=account_id, booked_day=day, side=side, amount_fen=amount_fen
    )
    return list(rows.order_by("id")[:20])


def corrections(pools: Pools) -> list[StatementCorrection]:
    """Corrections of statements that wait for a second officer."""
    rows = StatementCorrection.objects.select_related("account__bank", "file")
    return list(_of_pools(rows, pools).filter(state="asked").order_by("id"))


def refused_file(file_id: UUID) -> StatementFile:
    """A refused file. WordUnknown."""
    found = StatementFile.objects.filter(pk=file_id).exclude(refusal="").first()
    if found is None:
        raise WordUnknown(id=str(file_id))
    return found


def _of_pools(rows: QuerySet[Row], pools: Pools) -> QuerySet[Row]:
    return rows if pools is None else rows.filter(pool__in=pools)
