"""R23: what a pool that is wound down still owes, to whom, and what it has to pay it with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reserve_funds.custody.coverage import figures
from reserve_funds.custody.rules import winding

# Whose money it is: riders, payers, shops and people before the cut-over; others; the operator.
HOLDERS = (
    "card_purse", "wallet", "unloaded_orders", "deposits_held", "agent_deposit", "legacy_float",
    "received", "refunds_in_flight", "redemption_payable",
)  # fmt: skip
_OPERATORS = ("own_income_in_reserve", "interest_unallocated")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOwed:
    """One kind of account: what is owed on it, to how many."""

    kind: str
    fen: int
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindingDown:
    """How far a pool is from owing nobody anything; `from_day` None: nobody has declared it.

    `to_holders` are riders, payers and shops, every kind even at zero; `to_others` what is on its
    way to counterparties or not understood; `operators` may leave only after both. `placed_fen`
    must come back first, `shortfall_fen` own money must bring.
    """

    pool: int
    at: datetime | None
    from_day: date | None
    to_holders: tuple[StillOwed, ...]
    to_others: tuple[StillOwed, ...]
    operators: tuple[StillOwed, ...]
    held_fen: int
    placed_fen: int
    shortfall_fen: int

    @property
    def holders_fen(self) -> int:
        return sum(one.fen for one in self.to_holders)

    @property
    def is_done(self) -> bool:
        """Whether nothing is owed to anybody but the operator."""
        return not any(one.fen for one in (*self.to_holders, *self.to_others))


def winding_down(pool: int, at: datetime | None = None) -> WindingDown:
    """As the book knew it at `at` (None: now)."""
    told = figures.of(pool, at)
    owed = {
        one.kind: StillOwed(kind=one.kind, fen=one.fen, holders=one.holders) for one in told.owed
    }
    nothing = [StillOwed(kind=kind, fen=0, holders=0) for kind in HOLDERS]
    return WindingDown(
        pool=pool,
        at=at,
        from_day=winding.from_day_of(pool),
        to_holders=tuple(owed.get(one.kind, one) for one in nothing),
        to_others=tuple(
            one for kind, one in sorted(owed.items()) if kind not in (*HOLDERS, *_OPERATORS)
        ),
        operators=tuple(owed[kind] for kind in _OPERATORS if kind in owed),
        held_fen=told.held_fen,
        placed_fen=told.held_of("placement"),
        shortfall_fen=told.shortfall_fen,
    )
