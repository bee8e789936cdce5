"""A bank statement in the house's words, as a stream: opening, lines, closing.

The canonical model follows camt.053 (ISO 20022). Sides are ours: IN raises the bank's balance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Side(StrEnum):
    """Which way money went on our account at the bank (贷 is IN, 借 is OUT)."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Begins one statement of one account. `number` is the bank's own, empty when it has none."""

    account_no: str
    currency: str
    number: str
    first_day: date
    last_day: date
    balance_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One booked entry. `amount_fen` is positive; a 红字 line is its own entry with `reversal`.

    `bank_no` is the bank's serial number (流水号), `our_no` the number we gave with an instruction.
    `balance_fen` is the balance the bank printed after the line, None where it prints none.
    """

    line_no: int
    bank_no: str
    booked_day: date
    value_day: date
    side: Side
    amount_fen: int
    reversal: bool = False
    balance_fen: int | None = None
    our_no: str = ""
    counterparty_no: str = field(default="", repr=False)
    counterparty_name: str = field(default="", repr=False)
    summary: str = ""
    remark: str = ""
    kind: str = ""

    @property
    def signed_fen(self) -> int:
        """What the line adds to the balance."""
        return self.amount_fen if self.side is Side.IN else -self.amount_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Ends one statement; counts and sums are None where the bank prints none."""

    balance_fen: int
    lines: int | None = None
    in_fen: int | None = None
    out_fen: int | None = None


Part = Opening | BankLine | Closing
