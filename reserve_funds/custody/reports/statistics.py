"""R28: statistics of a span: business by event, fees by rule, subsidies by city, what is held, and
what people had to end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q

from accounts.clock import business_day, start_of_day
from reserve_funds.custody.cases import kinds
from reserve_funds.custody.cases.models import Case
from reserve_funds.custody.reports.values import EVER, Report, Table, count, fen, text
from reserve_funds.custody.reports.words import event_words, kind_words
from reserve_funds.ledger import as_known
from reserve_funds.ledger.as_known import Movement

_FEES = frozenset({"clearing_fee_payable", "own_income_in_reserve", "fee_expense"})
_HELD = ("card_purse", "wallet", "unloaded_orders", "deposits_held")


def statistics(pool: int, first: date, last: date, *, known_at: datetime = EVER) -> Report:
    """What the operator reports of its business in a span of business days."""
    moved = as_known.movements(pool, first, last, known_at)
    return Report(
        name="statistics", zh="运营统计", en="Statistics of operation", pool=pool, first=first,
        last=last, known_at=known_at,
        tables=(
            Table(
                name="events", zh="业务量", en="business by event",
                columns=(text("事项", "event"), count("笔数", "lines"), fen("金额", "amount")),
                rows=_by_event(moved),
            ),
            Table(
                name="fees", zh="按规则的费用与收入", en="fees and income by rule",
                columns=(text("规则", "rule"), text("科目", "account"), count("笔数", "lines"),
                         fen("净额", "net")),
                rows=_fees(moved),
            ),
            Table(
                name="subsidies", zh="按城市的补贴", en="subsidies by city",
                columns=(text("城市", "city"), fen("期初应收", "owed before"),
                         fen("本期变动", "change"), fen("期末应收", "owed")),
                rows=_subsidies(pool, first, last, known_at),
            ),
            Table(
                name="held", zh="持有余额", en="what is held",
                columns=(text("科目", "account"), count("户数", "holders"), fen("金额", "amount")),
                rows=[_held(pool, kind, last, known_at) for kind in _HELD],
            ),
            Table(
                name="matters", zh="须由人处理的事项", en="what people had to end",
                columns=(text("事项", "matter"), count("新增", "opened"), count("办结", "ended"),
                         count("逾期", "late"), count("未结", "open")),
                rows=_matters(pool, first, last, known_at),
            ),
        ),
    )  # fmt: skip


def _matters(
    pool: int, first: date, last: date, known_at: datetime
) -> list[tuple[str, int, int, int, int]]:
    """Cases by kind. Late: open past its deadline at the end, or ended in the span after it."""
    since, until = start_of_day(first), min(known_at, start_of_day(last + timedelta(days=1)))
    of_span = Q(resolved_at=None) | Q(resolved_at__gte=since)
    found: dict[str, list[int]] = {}
    for case in Case.objects.filter(of_span, pool=pool, opened_at__lt=until):
        ended = case.resolved_at if case.resolved_at and case.resolved_at < until else None
        on = business_day(ended) if ended else last
        sums = found.setdefault(case.kind, [0, 0, 0, 0])
        sums[0] += case.opened_at >= since
        sums[1] += ended is not None
        sums[2] += case.deadline is not None and on > case.deadline
        sums[3] += ended is None
    return [
        (f"{kinds.kind_of(kind).zh} {kind}", opened, ended, late, still)
        for kind, (opened, ended, late, still) in sorted(found.items())
    ]


def _by_event(moved: list[Movement]) -> list[tuple[str, int, int]]:
    """A transfer of a pair of books is one line of each; so is each leg of an event with a fee."""
    found: dict[str, tuple[int, int]] = {}
    for each in moved:
        lines, amount = found.get(each.code, (0, 0))
        found[each.code] = (lines + each.lines, amount + each.amount_fen)
    return [(event_words(code), *sums) for code, sums in sorted(found.items())]


def _fees(moved: list[Movement]) -> list[tuple[str, str, int, int]]:
    """By the handbook's rule; positive where the account of the fee grew on its own side."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for each in moved:
        for kind, grew in ((each.debit_kind, _is_cost(each.debit_kind)),
                           (each.credit_kind, not _is_cost(each.credit_kind))):  # fmt: skip
            if kind in _FEES:
                lines, net = found.get((each.code, kind), (0, 0))
                amount = each.amount_fen if grew else -each.amount_fen
                found[each.code, kind] = (lines + each.lines, net + amount)
    return [
        (event_words(code), kind_words(kind), *sums) for (code, kind), sums in sorted(found.items())
    ]


def _subsidies(
    pool: int, first: date, last: date, known_at: datetime
) -> list[tuple[str, int, int, int]]:
    """Of the own book: what cities owe for rides they subsidise."""
    before = _receivable(pool, first - timedelta(days=1), known_at)
    after = _receivable(pool, last, known_at)
    return [
        (city, before.get(city, 0), after.get(city, 0) - before.get(city, 0), after.get(city, 0))
        for city in sorted(before.keys() | after.keys())
    ]


def _receivable(pool: int, day: date, known_at: datetime) -> dict[str, int]:
    held = as_known.holdings(pool, "subsidy_receivable", day, known_at)
    return {each.owner: each.amount_fen for each in held}


def _held(pool: int, kind: str, day: date, known_at: datetime) -> tuple[str, int, int]:
    found = as_known.holdings(pool, kind, day, known_at)
    return kind_words(kind), len(found), sum(each.amount_fen for each in found)


def _is_cost(kind: str) -> bool:
    return kind == "fee_expense"
