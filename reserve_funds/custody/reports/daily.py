"""备付金日报: opening, in and out by purpose, closing, the equation, differences, late events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from reserve_funds.chart import BY_NAME, KINDS, Book, Side
from reserve_funds.custody.matching.models import Difference
from reserve_funds.custody.reports.values import EVER, Report, Table, count, fen, moment, text
from reserve_funds.custody.reports.words import event_words, kind_words
from reserve_funds.handbook import BY_CODE
from reserve_funds.ledger import as_known
from reserve_funds.ledger.as_known import LateEvent
from reserve_funds.ledger.queries import TrialLine

BANK = "bank_reserve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What came in or went out of the reserve's bank accounts for one event."""

    code: str
    purpose: str
    lines: int
    in_fen: int
    out_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One side of the equation: a kind and what all its accounts come to."""

    kind: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDifference:
    """A difference between two sides that was known and not ended."""

    sort: str
    about: str
    day: date
    diff_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """The daily report. For a closed day every figure but `late` is fixed for ever.

    opening + in - out == closing; held + cover due == owed (I3). `late` is what happened by the
    day's end and was booked later: it stands in a later day's figures, and is told here.
    """

    pool: int
    day: date
    known_at: datetime
    opening_fen: int
    flows: tuple[Flow, ...]
    closing_fen: int
    held: tuple[Part, ...]
    cover_due_fen: int
    owed: tuple[Part, ...]
    differences: tuple[OpenDifference, ...]
    late: tuple[LateEvent, ...]

    @property
    def in_fen(self) -> int:
        return sum(flow.in_fen for flow in self.flows)

    @property
    def out_fen(self) -> int:
        return sum(flow.out_fen for flow in self.flows)

    @property
    def held_fen(self) -> int:
        return sum(part.amount_fen for part in self.held)

    @property
    def owed_fen(self) -> int:
        return sum(part.amount_fen for part in self.owed)

    @property
    def equation_fen(self) -> int:
        """Zero for a sound book."""
        return self.held_fen + self.cover_due_fen - self.owed_fen

    @property
    def restated_closing_fen(self) -> int:
        """The bank balance had everything that had happened been booked on its day."""
        return self.closing_fen + sum(
            (each.debit.kind == BANK) * each.amount_fen
            - (each.credit.kind == BANK) * each.amount_fen
            for each in self.late
        )


def daily(pool: int, day: date, *, known_at: datetime = EVER) -> Daily:
    """The report as of business day `day`, as it was known at `known_at`."""
    before = _balances(as_known.trial(pool, day - timedelta(days=1), known_at))
    after = _balances(as_known.trial(pool, day, known_at))
    reserve = [kind for kind in KINDS if kind.book is Book.RESERVE]
    return Daily(
        pool=pool,
        day=day,
        known_at=known_at,
        opening_fen=before.get(BANK, 0),
        flows=_flows(pool, day, known_at),
        closing_fen=after.get(BANK, 0),
        held=tuple(
            Part(kind=kind.name, amount_fen=after[kind.name])
            for kind in reserve
            if kind.side is Side.DEBIT and kind.name != "own_cover_due" and kind.name in after
        ),
        cover_due_fen=after.get("own_cover_due", 0),
        owed=tuple(
            Part(kind=kind.name, amount_fen=after[kind.name])
            for kind in reserve
            if kind.side is Side.CREDIT and kind.name in after
        ),
        differences=_differences(pool, day, known_at),
        late=tuple(as_known.late_events(pool, day, known_at)),
    )


def report(told: Daily) -> Report:
    """The daily report as tables."""
    amounts = (text("项目", "item"), fen("金额", "amount"))
    figures = [
        ("期初余额 opening", told.opening_fen), ("收入 in", told.in_fen),
        ("付出 out", told.out_fen), ("期末余额 closing", told.closing_fen),
        ("资产合计 held", told.held_fen), ("自有资金应补 cover due", told.cover_due_fen),
        ("负债合计 owed", told.owed_fen), ("等式差额 equation", told.equation_fen),
    ]  # fmt: skip
    return Report(
        name="reserve-daily", zh="备付金日报", en="Daily report of the reserve", pool=told.pool,
        first=told.day, last=told.day, known_at=told.known_at,
        tables=(
            Table(name="figures", zh="余额", en="balance", columns=amounts, rows=figures),
            Table(
                name="flows", zh="按用途收付", en="in and out by purpose",
                columns=(text("事项", "event"), text("用途", "purpose"), count("笔数", "lines"),
                         fen("收入", "in"), fen("付出", "out")),
                rows=[(event_words(f.code), f.purpose, f.lines, f.in_fen, f.out_fen)
                      for f in told.flows],
            ),
            Table(
                name="equation", zh="等式", en="equation",
                columns=(text("科目", "account"), fen("资产", "held"), fen("负债", "owed")),
                rows=[*((kind_words(p.kind), p.amount_fen, None) for p in told.held),
                      (kind_words("own_cover_due"), told.cover_due_fen, None),
                      *((kind_words(p.kind), None, p.amount_fen) for p in told.owed)],
            ),
            Table(
                name="differences", zh="未决差异", en="open differences",
                columns=(text("类型", "kind"), text("关于", "about"), text("日期", "day"),
                         fen("差额", "difference")),
                rows=[(d.sort, d.about, d.day.isoformat(), d.diff_fen) for d in told.differences],
            ),
            Table(
                name="late", zh="后续到达", en="booked later",
                columns=(text("事项", "event"), fen("金额", "amount"), moment("发生", "happened"),
                         moment("入账", "booked"), text("入账营业日", "booked in")),
                rows=[(event_words(e.code), e.amount_fen, e.event_at, e.created_at,
                       e.business_day.isoformat()) for e in told.late],
            ),
        ),
    )  # fmt: skip


def trial_balance(pool: int, day: date, *, known_at: datetime = EVER) -> Report:
    """试算平衡表 of a day: every kind's debits, credits and balance; the columns are equal."""
    return Report(
        name="trial-balance", zh="试算平衡表", en="Trial balance", pool=pool, first=day, last=day,
        known_at=known_at,
        tables=(
            Table(
                name="trial", zh="科目", en="accounts",
                columns=(text("科目代码", "number"), text("科目", "account"), text("账簿", "book"),
                         fen("借方", "debit"), fen("贷方", "credit"), fen("余额", "balance")),
                rows=[
                    (str(line.number), kind_words(line.name), line.book, line.debit_fen,
                     line.credit_fen, _balance(line))
                    for line in as_known.trial(pool, day, known_at)
                ],
            ),
        ),
    )  # fmt: skip


def _balances(lines: list[TrialLine]) -> dict[str, int]:
    return {line.name: _balance(line) for line in lines}


def _balance(line: TrialLine) -> int:
    net = line.debit_fen - line.credit_fen
    return net if BY_NAME[line.name].side is Side.DEBIT else -net


def _flows(pool: int, day: date, known_at: datetime) -> tuple[Flow, ...]:
    moved = as_known.movements(pool, day, day, known_at)
    codes = sorted({each.code for each in moved if BANK in (each.debit_kind, each.credit_kind)})
    flows = []
    for code in codes:
        of_code = [each for each in moved if each.code == code]
        came = [each for each in of_code if each.debit_kind == BANK]
        went = [each for each in of_code if each.credit_kind == BANK]
        event = BY_CODE.get(code.removesuffix("_reversed"))
        flows.append(
            Flow(
                code=code,
                purpose=str(event.purpose) if event and event.purpose else "",
                lines=sum(each.lines for each in {*came, *went}),
                in_fen=sum(each.amount_fen for each in came),
                out_fen=sum(each.amount_fen for each in went),
            )
        )
    return tuple(flows)


def _differences(pool: int, day: date, known_at: datetime) -> tuple[OpenDifference, ...]:
    rows = Difference.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=known_at),
        pool=pool,
        day__lte=day,
        found_at__lte=known_at,
    )
    return tuple(
        OpenDifference(sort=row.sort, about=row.about, day=row.day, diff_fen=row.diff_fen)
        for row in rows.order_by("day", "id")
    )
