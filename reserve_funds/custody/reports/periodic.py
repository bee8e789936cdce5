"""Monthly and quarterly: the daily average, ratios, placements, interest, fees, prepaid money."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reserve_funds.custody.errors import CalendarUnknown
from reserve_funds.custody.reports import spans, tables
from reserve_funds.custody.reports.capital import net_assets_due_fen
from reserve_funds.custody.reports.spans import Proof
from reserve_funds.custody.reports.values import EVER, Report, Table, count, day, fen, text
from reserve_funds.custody.rules import calendar
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.custody.rules.rule import Profile, Rule

_PREPAID = ("card_purse", "wallet", "unloaded_orders", "received", "legacy_float")
_LINE = (text("项目", "item"), fen("金额", "amount"), count("千分比", "per mille"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a month and a quarter have in common. Averages are over calendar days.

    `net_assets_due_fen`: R13 by its falling steps, None when the profile has it not.
    `fund_fen`: what R10 sets aside of interest for the industry's protection fund, and
    `risk_reserve_fen` R12 for losses; None when the profile has it not. `reserve_fen` is what lay
    at banks and in placements at the end, against all that was `owed_fen` then.
    """

    pool: int
    first: date
    last: date
    known_at: datetime
    average_fen: int
    reserve_fen: int
    owed_fen: int
    net_assets_due_fen: int | None
    interest_fen: int
    fund_fen: int | None
    risk_reserve_fen: int | None
    interest_goes_to: str | None
    placements: tuple[tuple[str, int], ...]
    proofs: tuple[Proof, ...]
    fees: tuple[tuple[str, int], ...]
    days: tuple[tuple[date, int], ...]

    @property
    def custody_per_mille(self) -> int | None:
        """The share of what is owed that lies at banks and in placements; None: nothing is owed."""
        return self.reserve_fen * 1000 // self.owed_fen if self.owed_fen > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepaid:
    """R27: prepaid money against last year's revenue, and its share in custody, per mille.

    `over_fen`: by how much it exceeds what revenue allows; `custody_short_fen`: what is missing in
    custody against the last quarter's end. `due_on`: the last day to tell it, None in a year whose
    holidays nobody has told; `due_working_days` after the quarter.
    """

    prepaid_fen: int
    before_fen: int
    revenue_fen: int
    of_revenue_per_mille: int | None
    over_fen: int
    custody_fen: int
    custody_short_fen: int
    due_working_days: int
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter of a pool; `prepaid` is None where the profile has no R27."""

    span: Span
    prepaid: Prepaid | None


def month(pool: int, year: int, number: int, *, known_at: datetime = EVER) -> Span:
    """The month of a pool, of all its days that are cut. PeriodNotOver when one is not."""
    first = date(year, number, 1)
    return _span(pool, first, date(year, number, monthrange(year, number)[1]), known_at)


def quarter(pool: int, last: date, *, revenue_fen: int, known_at: datetime = EVER) -> Quarter:
    """The quarter that ends on `last`, against last year's main revenue. PeriodNotOver."""
    first = date(last.year, last.month - 2, 1)
    rule = profile_of(pool, last).rule("R27")
    return Quarter(
        span=_span(pool, first, last, known_at),
        prepaid=None if rule is None else _prepaid(pool, first, last, known_at, rule, revenue_fen),
    )


def month_report(told: Span) -> Report:
    """The month as tables."""
    return Report(
        name="reserve-month", zh="备付金月报", en="Monthly report of the reserve", pool=told.pool,
        first=told.first, last=told.last, known_at=told.known_at,
        tables=_tables(told),
    )  # fmt: skip


def quarter_report(told: Quarter) -> Report:
    """The quarter as tables; R27's first where the profile has it."""
    span = told.span
    return Report(
        name="reserve-quarter", zh="备付金季报", en="Quarterly report of the reserve",
        pool=span.pool, first=span.first, last=span.last, known_at=span.known_at,
        tables=(*_prepaid_table(told.prepaid), *_tables(span)),
    )  # fmt: skip


def _span(pool: int, first: date, last: date, known_at: datetime) -> Span:
    closings = spans.closings(pool, first, last, known_at)
    average = spans.average(closings)
    earned = spans.interest(pool, first, last, known_at)
    profile = profile_of(pool, last)
    capital, interest = profile.rule("R13"), profile.rule("R10")
    return Span(
        pool=pool,
        first=first,
        last=last,
        known_at=known_at,
        average_fen=average,
        reserve_fen=closings[-1][1] if closings else 0,
        owed_fen=spans.owed(pool, last, known_at),
        net_assets_due_fen=net_assets_due_fen(
            average,
            first_fen=capital.number("first_fen"),
            first_per_mille=capital.number("first_per_mille"),
        )
        if capital
        else None,
        interest_fen=earned,
        fund_fen=_set_aside(profile, "R10", "fund_per_mille", earned),
        risk_reserve_fen=_set_aside(profile, "R12", "of_interest_per_mille", earned),
        interest_goes_to=str(interest.parameters["yield_goes_to"]) if interest else None,
        placements=spans.holdings(pool, "placement", last, known_at),
        proofs=spans.proofs(pool, first, last, known_at),
        fees=spans.grown(pool, "fee_expense", first, last, known_at),
        days=tuple(closings),
    )


def _set_aside(profile: Profile, rule_id: str, parameter: str, earned_fen: int) -> int | None:
    """None when the profile has no such rule, or it sets nothing aside."""
    rule = profile.rule(rule_id)
    per_mille = rule.number(parameter) if rule else 0
    return spans.share(earned_fen, per_mille) if per_mille else None


def _prepaid(
    pool: int, first: date, last: date, known_at: datetime, rule: Rule, revenue_fen: int
) -> Prepaid:
    before = first - timedelta(days=1)
    prepaid = spans.total(pool, _PREPAID, last, known_at)
    prepaid_before = spans.total(pool, _PREPAID, before, known_at)
    custody = spans.total(pool, ("bank_reserve",), last, known_at)
    wanted = spans.share(prepaid_before, rule.number("custody_per_mille"))
    allowed = spans.share(revenue_fen, rule.number("of_revenue_per_mille"))
    working_days = rule.number("working_days")
    return Prepaid(
        prepaid_fen=prepaid,
        before_fen=prepaid_before,
        revenue_fen=revenue_fen,
        of_revenue_per_mille=prepaid * 1000 // revenue_fen if revenue_fen > 0 else None,
        over_fen=max(0, prepaid - allowed),
        custody_fen=custody,
        custody_short_fen=max(0, wanted - custody),
        due_working_days=working_days,
        due_on=_working_days_after(last, working_days),
    )


def _working_days_after(last: date, number: int) -> date | None:
    try:
        return calendar.add_working(last, number)
    except CalendarUnknown:
        return None


def _tables(told: Span) -> tuple[Table, ...]:
    figures: list[tuple[str, int, int | None]] = [
        ("日均备付金 daily average", told.average_fen, None),
        ("期末存管及存放 at banks and placed", told.reserve_fen, told.custody_per_mille),
        ("期末应付合计 owed", told.owed_fen, None),
        ("利息 interest", told.interest_fen, None),
    ]
    for words, amount in (
        ("净资产要求 R13", told.net_assets_due_fen),
        ("行业保障基金 R10", told.fund_fen),
        ("风险准备金 R12", told.risk_reserve_fen),
    ):
        if amount is not None:
            figures.append((words, amount, None))
    amounts = (text("项目", "item"), fen("金额", "amount"))
    return (
        Table(name="figures", zh="指标", en="figures", columns=_LINE, rows=figures),
        tables.placements(told.proofs),
        Table(name="fees", zh="渠道手续费", en="fees by channel", columns=amounts, rows=told.fees),
        Table(name="days", zh="每日余额", en="daily balances",
              columns=(day("日期", "day"), fen("余额", "balance")), rows=told.days),
        tables.dormant(told.pool, told.last, told.known_at),
        *tables.of_statistics(told.pool, told.first, told.last, told.known_at),
    )  # fmt: skip


def _prepaid_table(told: Prepaid | None) -> tuple[Table, ...]:
    if told is None:
        return ()
    due = told.due_on.isoformat() if told.due_on else f"{told.due_working_days} working days"
    return (
        Table(
            name="prepaid", zh=f"预收资金 R27，{due} 前报告", en=f"prepaid money, told by {due}",
            columns=_LINE,
            rows=[
                ("预收资金余额 prepaid", told.prepaid_fen, told.of_revenue_per_mille),
                ("上季末余额 quarter before", told.before_fen, None),
                ("上年主营收入 revenue", told.revenue_fen, None),
                ("超出比例 over", told.over_fen, None),
                ("存管资金 in custody", told.custody_fen, None),
                ("存管不足 custody short", told.custody_short_fen, None),
            ],
        ),
    )  # fmt: skip
