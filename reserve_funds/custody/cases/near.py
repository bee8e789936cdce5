"""Payers whose day stays just below the real-name threshold (R16): a case, told in the day's list.

Every sight of them is a note of the case, and notes are only added: so the list can be told as it
was known at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.actors import SYSTEM
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.models import Case, CaseNote
from reserve_funds.custody.cases.services import note, open_case

KIND = kinds.register(
    "near_real_name_threshold",
    zh="同一付款人当日付款疑似拆分，规避实名限额",
    en="A payer's day looks cut to stay below the real-name threshold",
    working_days=5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPayer:
    """One payer of a pool in one day. `payer` never tells a wallet's own number."""

    pool: int
    day: date
    payer: str
    payments: int
    sum_fen: int
    largest_fen: int


def tell(seen: NearPayer, *, now: datetime) -> Case:
    """The case of this payer's day; what is seen anew is noted, the same again changes nothing.

    Once people have ended it, only more payments open another.
    """
    subject = f"{seen.day} {seen.payer}"
    with transaction.atomic():
        last = Case.objects.filter(kind=KIND, pool=seen.pool, subject=subject).order_by("-id")
        ended = last.first()
        if ended is not None and ended.facts.get("payments") == seen.payments:
            return ended
        case = open_case(
            KIND,
            pool=seen.pool,
            subject=subject,
            now=now,
            amount_fen=seen.sum_fen,
            day=seen.day,
            payer=seen.payer,
            payments=seen.payments,
            largest_fen=seen.largest_fen,
        )
        if not CaseNote.objects.filter(case=case).exists():
            note(case.pk, "", actor=SYSTEM, now=now)
    return case


def of_day(pool: int, day: date, known_at: datetime) -> list[NearPayer]:
    """What was known of a pool's day at that moment, the largest first."""
    notes = CaseNote.objects.filter(
        case__kind=KIND, case__pool=pool, case__facts__day=str(day), noted_at__lte=known_at
    )
    latest: dict[str, NearPayer] = {}
    for one in notes.order_by("id"):
        if "payments" in one.facts:
            latest[one.facts["payer"]] = NearPayer(
                pool=pool,
                day=day,
                payer=one.facts["payer"],
                payments=one.facts["payments"],
                sum_fen=one.amount_fen,
                largest_fen=one.facts["largest_fen"],
            )
    return sorted(latest.values(), key=lambda seen: (-seen.sum_fen, seen.payer))
