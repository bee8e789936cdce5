"""What periodic reports are made of: sums by kind, averages by day, placements one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reserve_funds.chart import BY_NAME, Book, Side
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.reports.errors import PeriodNotOver
from reserve_funds.handbook import REVERSED
from reserve_funds.ledger import as_known, queries, sealing
from reserve_funds.ledger.values import Act

RESERVE = ("bank_reserve", "placement")
_BOOKED = (Act.POST, Act.SETTLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """R11, I11: what became of the principal of one placement by a day, as known then.

    What was placed is back at the bank, lost and owed by own money, or still there.
    """

    contract_no: str
    institution: str
    kind: str
    matures_on: date
    back_fen: int
    lost_fen: int
    there_fen: int

    @property
    def placed_fen(self) -> int:
        return self.back_fen + self.lost_fen + self.there_fen


def closings(pool: int, first: date, last: date, known_at: datetime) -> list[tuple[date, int]]:
    """What lay at banks and in placements at the end of each calendar day. PeriodNotOver."""
    known = sealing.days(pool, first=first, last=last)
    if any(each.state == "open" for each in known):
        raise PeriodNotOver(pool=pool, last=last.isoformat())
    begun = sealing.days(pool, first=date.min, last=last)
    if not begun:
        return []
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    return [(each, total(pool, RESERVE, each, known_at)) for each in days if each >= begun[0].day]


def average(days: list[tuple[date, int]]) -> int:
    """Over calendar days, rounded down."""
    return sum(amount for _day, amount in days) // max(1, len(days))


def total(pool: int, kinds: tuple[str, ...], at: date, known_at: datetime) -> int:
    """What all accounts of these kinds come to, each on its own side."""
    found = 0
    for line in as_known.trial(pool, at, known_at):
        if line.name in kinds:
            net = line.debit_fen - line.credit_fen
            found += net if BY_NAME[line.name].side is Side.DEBIT else -net
    return found


def owed(pool: int, at: date, known_at: datetime) -> int:
    """Everything the reserve owes anybody."""
    kinds = tuple(
        kind.name
        for kind in BY_NAME.values()
        if kind.book is Book.RESERVE and kind.side is Side.CREDIT
    )
    return total(pool, kinds, at, known_at)


def interest(pool: int, first: date, last: date, known_at: datetime) -> int:
    """Interest that banks paid in the span, less what was taken back."""
    return sum(
        each.amount_fen if each.credit_kind == "interest_unallocated" else -each.amount_fen
        for each in as_known.movements(pool, first, last, known_at)
        if each.code in ("interest_received", "interest_received_reversed")
    )


def holdings(pool: int, kind: str, at: date, known_at: datetime) -> tuple[tuple[str, int], ...]:
    """(whose, fen) of every account of a kind."""
    return tuple(
        (each.owner, each.amount_fen) for each in as_known.holdings(pool, kind, at, known_at)
    )


def grown(
    pool: int, kind: str, first: date, last: date, known_at: datetime
) -> tuple[tuple[str, int], ...]:
    """What accounts of a kind of the own book came to in the span."""
    assert BY_NAME[kind].book is Book.OWN
    before = dict(holdings(pool, kind, first - timedelta(days=1), known_at))
    after = dict(holdings(pool, kind, last, known_at))
    return tuple(
        (owner, after.get(owner, 0) - before.get(owner, 0))
        for owner in sorted(before.keys() | after.keys())
        if after.get(owner, 0) != before.get(owner, 0)
    )


def proofs(pool: int, first: date, last: date, known_at: datetime) -> tuple[Proof, ...]:
    """Every placement whose principal was out in the span, the one that matures first first."""
    rows = Placement.objects.filter(pool=pool, asked_on__lte=last).order_by("matures_on", "id")
    told = (_proof(row, first, last, known_at) for row in rows)
    return tuple(proof for proof in told if proof is not None)


def share(amount_fen: int, per_mille: int) -> int:
    """Rounded up: what must be there is never told too low."""
    return -(-amount_fen * per_mille // 1000)


def _proof(row: Placement, first: date, last: date, known_at: datetime) -> Proof | None:
    """None when nothing of it was out in the span."""
    back = lost = there = before = 0
    moved = False
    for one in queries.transfers_of(row.pool, row.ref):
        if one.business_day > last or one.created_at > known_at or one.act not in _BOOKED:
            continue
        fen = one.amount_fen if one.debit == row.ref else -one.amount_fen
        code = one.code.removesuffix(REVERSED)
        moved |= one.business_day >= first
        there += fen
        before += fen if one.business_day < first else 0
        back -= fen if code == "placement_matured" else 0
        lost -= fen if code == "loss_covered" else 0
    if not (before or moved):
        return None
    return Proof(
        contract_no=row.contract_no, institution=row.institution, kind=row.kind,
        matures_on=row.matures_on, back_fen=back, lost_fen=lost, there_fen=there,
    )  # fmt: skip
