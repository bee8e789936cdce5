"""The values that go into the book and come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from uuid import UUID

from accounts.errors import DomainError
from reserve_funds.chart import BY_NAME, BY_NUMBER, Kind
from reserve_funds.errors import AmountRefused, NotInHandbook, PostingMalformed

MOST_FEN = 10**15


class Act(IntEnum):
    """What a transfer does: both totals at once, or in two phases."""

    POST = 1
    HOLD = 2
    SETTLE = 3
    RELEASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One ledger account (分户账): a kind of the chart and the text that says whose it is."""

    kind: str
    owner: str

    def __post_init__(self) -> None:
        if self.kind not in BY_NAME:
            raise NotInHandbook(kind=self.kind)
        if not isinstance(self.owner, str) or not 1 <= len(self.owner) <= 200:
            raise PostingMalformed(kind=self.kind, because="an owner is 1 to 200 characters")
        if "\x00" in self.owner:
            raise PostingMalformed(kind=self.kind, because="an owner is text")

    @property
    def in_chart(self) -> Kind:
        return BY_NAME[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """分录请求: a wish to move `amount_fen` from one account to another within one pool.

    `event_at` is when it happened in the world (aware). The same id with the same content is the
    same wish; `cross_id` ties the two legs of a mirrored pair.
    """

    pool: int
    id: UUID
    code: str
    debit: Ref
    credit: Ref
    amount_fen: int
    event_at: datetime
    approval_id: UUID | None = None
    cross_id: UUID | None = None

    def __post_init__(self) -> None:
        if type(self.amount_fen) is not int or not 0 < self.amount_fen <= MOST_FEN:
            raise AmountRefused(amount_fen=repr(self.amount_fen), id=str(self.id))
        if type(self.pool) is not int or not 0 < self.pool < 1 << 31:
            raise PostingMalformed(pool=repr(self.pool))
        if not isinstance(self.id, UUID):
            raise PostingMalformed(id=repr(self.id))
        if self.event_at.tzinfo is None:
            raise PostingMalformed(id=str(self.id), because="event_at is naive")
        if self.debit == self.credit:
            raise PostingMalformed(id=str(self.id), because="debit and credit are one account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """转账: a fact in the book. `is_new` is False when an earlier call booked it."""

    pool: int
    id: UUID
    act: Act
    created_at: datetime
    business_day: date
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one posting of a batch: the transfer, or why it was refused."""

    posting: Posting
    transfer: Transfer | None
    refused: DomainError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A transfer as it stands in the book, with everything about it."""

    pool: int
    id: UUID
    act: Act
    code: str
    debit: Ref
    credit: Ref
    amount_fen: int
    event_at: datetime
    created_at: datetime
    business_day: date
    approval_id: UUID | None
    resolves: UUID | None
    reverses: UUID | None
    cross_id: UUID | None


def ref_of(number: int, owner: str) -> Ref:
    """The account of a kind number as the database has it."""
    return Ref(kind=BY_NUMBER[number].name, owner=owner)
