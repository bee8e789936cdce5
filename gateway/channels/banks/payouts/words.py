"""How one bank takes instructions and gives statements, as data with what we know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.channels.banks.payouts.values import PayoutState
from gateway.channels.banks.profile import Door


class PayAct(StrEnum):
    """What we ask of a bank about an account of ours."""

    PAY_OUT = "pay_out"
    QUERY = "query_pay_out"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutWords:
    """One bank's words for money out; our names map to the bank's paths as in its profile.

    `states` are words of an answer. `refused` are error words to an *instruction* that mean that
    this instruction will never be paid; to a query they mean nothing. Every other word of either is
    UNKNOWN. `never_taken` are error words to a query that mean: no instruction of this number.
    `confidence` is A to D as in the notes on channels, `grounds` says what it rests on.
    """

    bank: str
    confidence: str
    grounds: str
    doors: Mapping[PayAct, Door]
    fields: Mapping[str, str]
    states: Mapping[str, PayoutState]
    given_back: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    never_taken: frozenset[str] = frozenset()
    longest_purpose: int = 60
    longest_name: int = 60

    @property
    def gives_statements(self) -> bool:
        """Whether the bank has an interface for statements."""
        return PayAct.STATEMENT in self.doors
