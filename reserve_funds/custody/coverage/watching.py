"""Watches every pool: cases for what is short or late, closed by themselves when it is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import SYSTEM
from accounts.clock import business_day
from accounts.identifiers import outside_id
from reserve_funds import income
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import accounts
from reserve_funds.custody.cases import kinds, queries
from reserve_funds.custody.cases.services import close_case, open_case
from reserve_funds.custody.coverage import ageing, figures
from reserve_funds.custody.coverage.ageing import Aged
from reserve_funds.custody.coverage.models import Mark
from reserve_funds.custody.coverage.values import Coverage
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.ledger import book

SHORTFALL = kinds.register(
    "reserve_shortfall",
    zh="备付金缺口:须由自有资金补足",
    en="The reserve is short: own money must cover it",
)
CASH_LATE = kinds.register(
    "cash_not_banked",
    zh="现金逾期未存入备付金专户",
    en="Cash was not banked in time",
)
COVER_LATE = kinds.register(
    "own_cover_overdue",
    zh="应由自有资金补足的款项逾期",
    en="Cover due from own money is overdue",
)
RESERVE = "reserve"
OVERDRAFT = "overdraft"
_MINE = frozenset({SHORTFALL, CASH_LATE, COVER_LATE})
_DEFAULT_WORKING_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """Own money proposed for one reason, and the reserve account it should go to.

    `account_id` is None while the pool has no open reserve account. The reason `overdraft` is what
    holders have used beyond what was theirs: it is booked as a loss before it is covered.
    """

    reason: str
    amount_fen: int
    account_id: UUID | None


def watch(now: datetime, *, pools: Collection[int] | None = None) -> dict[int, Coverage]:
    """Open, tell more of, and close the cases of these pools (None: all); which are short.

    What own money has covered and nobody owes any more becomes the operator's own first: left
    where it was, it would hide from the whole what is due for other reasons.
    """
    today = business_day(now)
    found = figures.everywhere() if pools is None else {pool: figures.of(pool) for pool in pools}
    for pool, told in found.items():
        if _is_own_again(told, today, now):
            found[pool] = figures.of(pool)
    _keep_marks(found.values(), now)
    waiting = {
        case.pool
        for case in queries.open_of()
        if case.kind in _MINE and case.pool and (pools is None or case.pool in pools)
    }
    for pool in sorted(found.keys() | waiting):
        told = found.get(pool) or Coverage(pool=pool, at=None, held=(), owed=(), cover_due=())
        with transaction.atomic():
            _look_at(told, profile_of(pool, today), today, now)
    return {pool: told for pool, told in found.items() if told.is_short}


def top_up(coverage: Coverage, today: date) -> list[TopUp]:
    """What own money would make the reserve whole, by reason; nothing when it is."""
    if not coverage.is_short:
        return []
    open_ones = [
        account.id
        for account in accounts.of(coverage.pool)
        if account.use == "reserve" and (account.closed_on is None or account.closed_on > today)
    ]
    wanted = [(due.reason, due.fen) for due in coverage.cover_due]
    wanted.append((OVERDRAFT, coverage.overdrawn_fen))
    return [
        TopUp(reason=reason, amount_fen=fen, account_id=open_ones[0] if open_ones else None)
        for reason, fen in wanted
        if fen > 0
    ]


def deadline_of(coverage: Coverage, profile: Profile, today: date) -> date:
    """The first day on which something of the shortfall must be covered."""
    due = [aged.deadline for aged in ageing.cover_due(coverage, profile, today) if aged.deadline]
    rule = profile.rule(ageing.COVER)
    allowed = _DEFAULT_WORKING_DAYS if rule is None else rule.number("working_days")
    return min([*due, ageing.last_day(today, allowed)])


def trend(pool: int, since: datetime) -> list[Mark]:
    """How the pool's coverage went, a mark an hour, oldest first."""
    return list(Mark.objects.filter(pool=pool, hour__gte=since).order_by("hour"))


def _is_own_again(told: Coverage, today: date, now: datetime) -> bool:
    """Books what is over-covered as the operator's; the same amount of one day is booked once."""
    over = [due for due in told.cover_due if due.fen < 0]
    for due in over:
        cause = outside_id(f"overpaid:{told.pool}:{due.reason}", today, str(-due.fen))
        with transaction.atomic():
            book.post(
                income.cover_overpaid(
                    told.pool,
                    cause,
                    reason=CoverReason(due.reason),
                    amount_fen=-due.fen,
                    event_at=now,
                )
            )
    return bool(over)


def _look_at(told: Coverage, profile: Profile, today: date, now: datetime) -> None:
    if told.is_short:
        proposed = top_up(told, today)
        open_case(
            SHORTFALL,
            pool=told.pool,
            subject=RESERVE,
            now=now,
            amount_fen=told.shortfall_fen,
            deadline=deadline_of(told, profile, today),
            owed_fen=told.positive_liabilities_fen,
            held_fen=told.held_fen,
            top_up={each.reason: each.amount_fen for each in proposed},
            account_id=proposed[0].account_id if proposed else None,
        )
    else:
        close_case(
            SHORTFALL, pool=told.pool, subject=RESERVE, actor=SYSTEM, because="covered", now=now
        )
    _late(CASH_LATE, told.pool, ageing.cash(told, profile, today), now)
    _late(COVER_LATE, told.pool, ageing.cover_due(told, profile, today), now)


def _late(kind: str, pool: int, found: Iterable[Aged], now: datetime) -> None:
    late: Mapping[str, Aged] = {aged.subject: aged for aged in found if aged.late_fen}
    for subject, aged in late.items():
        open_case(
            kind,
            pool=pool,
            subject=subject,
            now=now,
            amount_fen=aged.late_fen,
            deadline=aged.deadline,
            oldest=aged.oldest,
        )
    for case in queries.open_of(pool):
        if case.kind == kind and case.subject not in late:
            close_case(
                kind, pool=pool, subject=case.subject, actor=SYSTEM, because="settled", now=now
            )


def _keep_marks(found: Iterable[Coverage], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    Mark.objects.bulk_create(
        [
            Mark(
                pool=told.pool,
                hour=hour,
                read_at=now,
                held_fen=told.held_fen,
                owed_fen=told.positive_liabilities_fen,
                overdrawn_fen=told.overdrawn_fen,
                cover_due_fen=told.cover_due_fen,
            )
            for told in found
        ],
        ignore_conflicts=True,
    )
