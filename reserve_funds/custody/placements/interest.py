"""Interest of a period and the risk reserve a rule would accrue of it (R10, R12): a report only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.ledger import queries

_KIND = "interest_unallocated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """Interest received from `first` to `last` (business days), less what was taken back.

    `risk_reserve_fen` is what R12 sets aside of it, rounded up; None where the profile has no such
    rule. `goes_to` is R10's word: `hold`, unless a profile says whose it is. Nothing is posted.
    """

    pool: int
    first: date
    last: date
    interest_fen: int
    risk_reserve_fen: int | None
    goes_to: str


def accrual(pool: int, first: date, last: date) -> Accrual:
    """The period's interest under the profile of its last day."""
    profile = profile_of(pool, last)
    fen = _until(pool, last) - _until(pool, first - timedelta(days=1))
    rule, whose = profile.rule("R12"), profile.rule("R10")
    return Accrual(
        pool=pool,
        first=first,
        last=last,
        interest_fen=fen,
        risk_reserve_fen=(
            None if rule is None else -(-max(0, fen) * rule.number("of_interest_per_mille") // 1000)
        ),
        goes_to="hold" if whose is None else str(whose.parameters["yield_goes_to"]),
    )


def _until(pool: int, day: date) -> int:
    lines = [line for line in queries.trial_balance(pool, day) if line.name == _KIND]
    return sum(line.credit_fen - line.debit_fen for line in lines)
