"""What an entry can be understood to be, and a reading before it is booked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from accounts.clock import start_of_day
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, Instruction
from reserve_funds.ledger.values import Posting, Ref


class Kind(StrEnum):
    """What an entry was understood to be."""

    PAID = "instruction_paid"
    RETURNED = "instruction_returned"
    CHANNEL_PAYOUT = "channel_payout"
    CASH_BANKED = "cash_banked"
    OWN_COVER = "own_cover"
    INTEREST = "interest"
    BANK_CHARGE = "bank_charge"
    INCOME_ARRIVED = "own_income_arrived"
    CUSTODY_ARRIVED = "custody_arrived"
    UNDONE = "undone"
    UNCLEAR = "unclear"
    GONE = "gone"
    OWN_BUSINESS = "own_business"
    BEFORE_BOOK = "before_book"
    OTHER = "other"


@dataclass(slots=True, kw_only=True)
class Read:
    """A reading before it is booked. `against` is the other account, for whoever undoes it.

    `goes_out_again`: the money of its instruction was taken back by a declaration that is undone.
    """

    entry: BankEntry
    kind: Kind
    postings: list[Posting] = field(default_factory=list)
    against: Ref | None = None
    instruction: Instruction | None = None
    moves_to: str = ""
    goes_out_again: bool = False
    undoes: UUID | None = None
    rule_id: UUID | None = None
    case: str = ""
    facts: dict[str, object] = field(default_factory=dict)

    def told(self) -> dict[str, object]:
        """Its facts as they are kept."""
        against = [self.against.kind, self.against.owner] if self.against else None
        return self.facts | ({"against": against} if against else {})


Reader = Callable[[BankEntry, CustodyAccount], Read | None]
readers: dict[str, Reader] = {}


def before_rules(reader: Reader) -> Reader:
    """From now on `reader` is asked of every entry of a reserve account that is none of ours.

    It answers None, or a reading of kind OTHER with its postings: a placement that has matured.
    """
    readers[f"{reader.__module__}.{reader.__qualname__}"] = reader
    return reader


def at(entry: BankEntry) -> datetime:
    """When it happened in the world, as far as a bank tells: its booking day."""
    return start_of_day(entry.booked_day)
