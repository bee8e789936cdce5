"""The values that pass between the house and a bank when money is to leave one of our accounts."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class PayoutState(StrEnum):
    """PAID and REJECTED are final words of the bank; ACCEPTED and UNKNOWN mean: ask again."""

    ACCEPTED = "accepted"
    PAID = "paid"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutWish:
    """What we instruct a bank to pay. `payout_no` was fixed before the first call, for ever.

    `payee_bank_no` is the 12 digits of the payee's bank (联行号), empty when it is the same bank.
    """

    payout_no: str
    payer_account: str = field(repr=False)
    payee_account: str = field(repr=False)
    payee_name: str = field(repr=False)
    amount_fen: int
    purpose: str
    payee_bank_no: str = ""
    payee_bank_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFact:
    """What the bank says of one instruction, its signature verified, its number compared.

    A word of the bank that is not agreed is UNKNOWN. `never_taken` is True when the bank says that
    it has no instruction of this number: that, too, is UNKNOWN, since ours may still be on its way.
    `given_back` tells that a paid one has come back since (退汇); the statement books it.
    """

    payout_no: str
    state: PayoutState
    raw_state: str
    bank_no: str = ""
    reason: str = ""
    amount_fen: int | None = None
    done_at: datetime | None = None
    never_taken: bool = False
    given_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWish:
    """The statement of one account for one day that is over."""

    account_no: str = field(repr=False)
    day: date
