"""Monthly and quarterly: the daily average, ratios, placements, interest, fees, custody share."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reserve_funds.chart import BY_NAME, Book, Side
from reserve_funds.custody.reports.capital import net_assets_due_fen
from reserve_funds.custody.reports.errors import PeriodNotOver
from reserve_funds.custody.reports.values import EVER, Report, Table, count, day, fen, text
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.ledger import as_known, sealing

_RESERVE = ("bank_reserve", "placement")
_PREPAID = ("card_purse", "wallet", "unloaded_orders", "received", "legacy_float")


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of a pool. Averages are over calendar days, each with its closing balance.

    `net_assets_due_fen`: R13 by its falling steps, None when the profile has it not.
    `risk_reserve_fen`: R12.
    """

    pool: int
    first: date
    last: date
    known_at: datetime
    average_fen: int
    net_assets_due_fen: int | None
    placements: tuple[tuple[str, int], ...]
    interest_fen: int
    risk_reserve_fen: int | None
    interest_goes_to: str | None
    fees: tuple[tuple[str, int], ...]
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """R27: prepaid money against last year's revenue, and its share in custody, per mille.

    `over_fen`: by how much it exceeds what revenue allows; `custody_short_fen`: what is missing in
    custody against the last quarter's end. `due_working_days`: within how many it is told.
    """

    pool: int
    last: date
    known_at: datetime
    prepaid_fen: int
    before_fen: int
    revenue_fen: int
    of_revenue_per_mille: int | None
    over_fen: int
    custody_fen: int
    custody_short_fen: int
    due_working_days: int


def month(pool: int, year: int, number: int, *, known_at: datetime = EVER) -> Month:
    """The month of a pool, of all its days that are cut. PeriodNotOver when one is not."""
    first = date(year, number, 1)
    last = date(year, number, monthrange(year, number)[1])
    closings = _closings(pool, first, last, known_at)
    average = sum(amount for _day, amount in closings) // max(1, len(closings))
    profile = profile_of(pool, last)
    capital, risk, interest = profile.rule("R13"), profile.rule("R12"), profile.rule("R10")
    earned = sum(
        each.amount_fen if each.credit_kind == "interest_unallocated" else -each.amount_fen
        for each in as_known.movements(pool, first, last, known_at)
        if each.code in ("interest_received", "interest_received_reversed")
    )
    return Month(
        pool=pool,
        first=first,
        last=last,
        known_at=known_at,
        average_fen=average,
        net_assets_due_fen=net_assets_due_fen(
            average,
            first_fen=capital.number("first_fen"),
            first_per_mille=capital.number("first_per_mille"),
        )
        if capital
        else None,
        placements=_holdings(pool, "placement", last, known_at),
        interest_fen=earned,
        risk_reserve_fen=_share(earned, risk.number("of_interest_per_mille")) if risk else None,
        interest_goes_to=str(interest.parameters["yield_goes_to"]) if interest else None,
        fees=_grown(pool, "fee_expense", first, last, known_at),
        days=tuple(closings),
    )


def month_report(told: Month) -> Report:
    """The month as tables."""
    amounts = (text("项目", "item"), fen("金额", "amount"))
    figures = [("日均备付金 daily average", told.average_fen), ("利息 interest", told.interest_fen)]
    if told.net_assets_due_fen is not None:
        figures.append(("净资产要求 R13", told.net_assets_due_fen))
    if told.risk_reserve_fen is not None:
        figures.append(("风险准备金 R12", told.risk_reserve_fen))
    return Report(
        name="reserve-month", zh="备付金月报", en="Monthly report of the reserve", pool=told.pool,
        first=told.first, last=told.last, known_at=told.known_at,
        tables=(
            Table(name="figures", zh="指标", en="figures", columns=amounts, rows=figures),
            Table(name="placements", zh="保本存放", en="placements", columns=amounts,
                  rows=told.placements),
            Table(name="fees", zh="渠道手续费", en="fees by channel", columns=amounts,
                  rows=told.fees),
            Table(name="days", zh="每日余额", en="daily balances",
                  columns=(day("日期", "day"), fen("余额", "balance")), rows=told.days),
        ),
    )  # fmt: skip


def quarter(
    pool: int, last: date, *, revenue_fen: int, known_at: datetime = EVER
) -> Quarter | None:
    """R27 at a quarter's end against last year's main revenue; None: the profile has it not."""
    rule = profile_of(pool, last).rule("R27")
    if rule is None:
        return None
    before = date(last.year, last.month, 1)
    for _month in range(2):
        before = (before - timedelta(days=1)).replace(day=1)
    before -= timedelta(days=1)
    prepaid = _sum(pool, _PREPAID, last, known_at)
    prepaid_before = _sum(pool, _PREPAID, before, known_at)
    custody = _sum(pool, ("bank_reserve",), last, known_at)
    return Quarter(
        pool=pool,
        last=last,
        known_at=known_at,
        prepaid_fen=prepaid,
        before_fen=prepaid_before,
        revenue_fen=revenue_fen,
        of_revenue_per_mille=prepaid * 1000 // revenue_fen if revenue_fen > 0 else None,
        over_fen=max(0, prepaid - _share(revenue_fen, rule.number("of_revenue_per_mille"))),
        custody_fen=custody,
        custody_short_fen=max(
            0, _share(prepaid_before, rule.number("custody_per_mille")) - custody
        ),
        due_working_days=rule.number("working_days"),
    )


def quarter_report(told: Quarter) -> Report:
    """The quarter as a table."""
    return Report(
        name="prepaid-quarter", zh="预收资金季报", en="Quarterly report of prepaid money",
        pool=told.pool, first=told.last, last=told.last, known_at=told.known_at,
        tables=(
            Table(
                name="figures", zh="指标", en="figures",
                columns=(text("项目", "item"), fen("金额", "amount"), count("千分比", "per mille")),
                rows=[
                    ("预收资金余额 prepaid", told.prepaid_fen, told.of_revenue_per_mille),
                    ("上季末余额 quarter before", told.before_fen, None),
                    ("上年主营收入 revenue", told.revenue_fen, None),
                    ("超出比例 over", told.over_fen, None),
                    ("存管资金 in custody", told.custody_fen, None),
                    ("存管不足 custody short", told.custody_short_fen, None),
                ],
            ),
        ),
    )  # fmt: skip


def _closings(pool: int, first: date, last: date, known_at: datetime) -> list[tuple[date, int]]:
    known = sealing.days(pool, first=first, last=last)
    if any(each.state == "open" for each in known):
        raise PeriodNotOver(pool=pool, last=last.isoformat())
    begun = sealing.days(pool, first=date.min, last=last)
    if not begun:
        return []
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    return [(each, _sum(pool, _RESERVE, each, known_at)) for each in days if each >= begun[0].day]


def _sum(pool: int, kinds: tuple[str, ...], at: date, known_at: datetime) -> int:
    found = 0
    for line in as_known.trial(pool, at, known_at):
        if line.name in kinds:
            net = line.debit_fen - line.credit_fen
            found += net if BY_NAME[line.name].side is Side.DEBIT else -net
    return found


def _holdings(pool: int, kind: str, at: date, known_at: datetime) -> tuple[tuple[str, int], ...]:
    return tuple(
        (each.owner, each.amount_fen) for each in as_known.holdings(pool, kind, at, known_at)
    )


def _grown(
    pool: int, kind: str, first: date, last: date, known_at: datetime
) -> tuple[tuple[str, int], ...]:
    """What accounts of a kind of the own book came to in the span."""
    assert BY_NAME[kind].book is Book.OWN
    before = dict(_holdings(pool, kind, first - timedelta(days=1), known_at))
    after = dict(_holdings(pool, kind, last, known_at))
    return tuple(
        (owner, after.get(owner, 0) - before.get(owner, 0))
        for owner in sorted(before.keys() | after.keys())
        if after.get(owner, 0) != before.get(owner, 0)
    )


def _share(amount_fen: int, per_mille: int) -> int:
    """Rounded up: what must be there is never told too low."""
    return -(-amount_fen * per_mille // 1000)
