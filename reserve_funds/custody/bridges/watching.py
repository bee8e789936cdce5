"""Watches what is between pools: what the bank has shown, what stays on its way, what is unpaid."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.actors import SYSTEM
from accounts.clock import business_day
from reserve_funds.custody.bridges import listing, services
from reserve_funds.custody.bridges.models import ON_ITS_WAY, SETTLEMENT, Crossing
from reserve_funds.custody.cases import kinds, queries
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.closing.gates import Answer, Look, gate
from reserve_funds.custody.closing.values import Finding
from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import pools

STUCK = kinds.register(
    "pool_leg_missing",
    zh="户间业务的另一方未能入账",
    en="The other leg of something between pools is not booked",
    working_days=1,
)
UNPAID = kinds.register(
    "pool_settlement_late",
    zh="户间结算款逾期未到账",
    en="What one pool owes another was not paid in time",
    working_days=1,
)
_SOON = timedelta(minutes=30)


@gate("I14", zh="户间往来互为镜像", en="what pools owe each other mirrors", blocks=True)
def pools_mirror(look: Look) -> Answer:
    """At the day's cut: equal on both sides, less what is listed and still carried on its way."""
    cut_at = pools.cut_at(look.pool, look.day)
    told = listing.mirrors(look.pool, cut_at)
    broken = [
        Finding(subject=f"{each.debtor} to {each.creditor}", detail="does not mirror",
                amount_fen=each.unexplained_fen)
        for each in told if each.unexplained_fen
    ]  # fmt: skip
    waiting = {crossing.id: crossing for each in told for crossing in each.on_its_way}
    dropped = listing.dropped() & waiting.keys()
    listed = {
        crossing.id: Finding(subject=f"crossing:{crossing.id}", amount_fen=crossing.amount_fen,
                             detail=f"{crossing.kind} {_carried(crossing.id in dropped)}")
        for crossing in waiting.values()
    }  # fmt: skip
    broken += [listed[each] for each in dropped]
    return Answer(passed=not broken, findings=tuple(broken or listed.values()))


def watch(now: datetime) -> None:
    """Settlements the bank has shown are ended; what is late is a case, and ends by itself."""
    _see_settlements(now)
    late: set[tuple[str, int, str]] = set()
    for crossing in Crossing.objects.filter(state=ON_ITS_WAY).order_by("begun_at"):
        is_late = (
            _working_day_after(business_day(crossing.begun_at)) < business_day(now)
            if crossing.kind == SETTLEMENT
            else crossing.begun_at + _SOON < now
        )
        if is_late:
            kind = UNPAID if crossing.kind == SETTLEMENT else STUCK
            subject = f"crossing:{crossing.id}"
            late.add((kind, crossing.from_pool, subject))
            open_case(kind, pool=crossing.from_pool, subject=subject, now=now,
                      amount_fen=crossing.amount_fen, to_pool=crossing.to_pool,
                      what=crossing.kind)  # fmt: skip
    for case in queries.open_of(None):
        known = (case.kind, case.pool, case.subject)
        if case.kind in (STUCK, UNPAID) and known not in late:
            close_case(case.kind, pool=case.pool, subject=case.subject, actor=SYSTEM,
                       because="arrived", now=now)  # fmt: skip


def _see_settlements(now: datetime) -> None:
    waiting = Crossing.objects.filter(state=ON_ITS_WAY, kind=SETTLEMENT)
    shown = listing.receipts(waiting.values_list("id", flat=True))
    for crossing_id, entry_id in shown.items():
        with transaction.atomic():
            services.arrived(crossing_id, because=f"bank entry {entry_id}", now=now)


def _carried(is_dropped: bool) -> str:
    return "is carried by nobody" if is_dropped else "on its way"


def _working_day_after(day: date) -> date:
    try:
        return calendar.add_working(day, 1)
    except CalendarUnknown:
        return day + timedelta(days=1)
