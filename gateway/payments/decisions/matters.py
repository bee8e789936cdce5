"""What officers see and say about money that machines set aside: plain values, no rows.

A matter is named by its `ref`, a text that fits into an address: what it is, then whose,
`payment_contested-<payment id>`, `work_given_up-refund.carry-<refund id>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from reserve_funds.ledger.values import Booked


class Matter(StrEnum):
    """Why something waits for people."""

    PAYMENT_CONTESTED = "payment_contested"
    REFUND_ABNORMAL = "refund_abnormal"
    NOTICE_PARKED = "notice_parked"
    DISAGREEMENT = "disagreement"
    BILL_QUARANTINED = "bill_quarantined"
    BILL_CHANGED = "bill_changed"
    WORK_GIVEN_UP = "work_given_up"


class Choice(StrEnum):
    """What may be decided; each needs two officers."""

    ACCEPT_AS_PAID = "accept_as_paid"
    CLOSE_AS_NOT_MONEY = "close_as_not_money"
    ASK_AGAIN = "ask_again"
    MARK_DONE = "mark_done"
    BACK_TO_CLAIM = "back_to_claim"
    DISMISS = "dismiss"
    EXPLAIN = "explain"
    TRY_AGAIN = "try_again"


CHOICES: Mapping[Matter, tuple[Choice, ...]] = {
    Matter.PAYMENT_CONTESTED: (
        Choice.ACCEPT_AS_PAID, Choice.CLOSE_AS_NOT_MONEY, Choice.ASK_AGAIN,
    ),
    Matter.REFUND_ABNORMAL: (Choice.ASK_AGAIN, Choice.MARK_DONE, Choice.BACK_TO_CLAIM),
    Matter.NOTICE_PARKED: (Choice.TRY_AGAIN, Choice.DISMISS),
    Matter.DISAGREEMENT: (Choice.EXPLAIN,),
    Matter.BILL_QUARANTINED: (Choice.TRY_AGAIN,),
    Matter.BILL_CHANGED: (Choice.EXPLAIN,),
    Matter.WORK_GIVEN_UP: (Choice.TRY_AGAIN, Choice.DISMISS),
}  # fmt: skip
"""What may be chosen in which matter."""

WORDS: Mapping[Choice, tuple[str, str]] = {
    Choice.ACCEPT_AS_PAID: ("按渠道所述确认收款并原路退回", "book as the channel says, refund"),
    Choice.CLOSE_AS_NOT_MONEY: ("认定未收到款项并关闭", "close: no money came"),
    Choice.ASK_AGAIN: ("按原编号再次请求渠道", "ask the channel again, same number"),
    Choice.MARK_DONE: ("凭所列证据认定退款已到账", "done, on named evidence"),
    Choice.BACK_TO_CLAIM: ("撤回退款,款项退回原处", "withdraw: the money goes back to its claim"),
    Choice.DISMISS: ("不再处理", "nothing more is to be done"),
    Choice.EXPLAIN: ("差异已查明", "the difference is explained"),
    Choice.TRY_AGAIN: ("重新处理", "try again"),
}
"""What each choice means to people, in Chinese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One matter on the officers' list, oldest first.

    `work` is the kind of the duty when work was given up; `because` the machine's reason in a
    code or a sentence; `proposal_id` the proposal that waits for a second officer.
    """

    ref: str
    matter: Matter
    subject_id: UUID
    pool: int
    channel: str
    order_no: str
    amount_fen: int | None
    since: datetime
    because: str
    work: str = ""
    choices: tuple[Choice, ...] = ()
    proposal_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing the channel has said about the subject, verified.

    `statement_id` names it for a proposal that rests on it. `against` are the fields in which it
    differs from our row or from another statement.
    """

    statement_id: str
    source: str
    state: str
    transaction_no: str
    amount_fen: int | None
    currency: str
    at: datetime
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step of the subject's life, from the trail."""

    at: datetime
    to_state: str
    actor: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one officer proposed; `state` is proposed, done, refused or stale.

    `details` are what the choice rests on: statement_id, settlement_day, evidence.
    """

    id: UUID
    ref: str
    matter: Matter
    choice: Choice
    state: str
    maker_id: UUID
    reason: str
    details: Mapping[str, str]
    proposed_at: datetime
    expires_at: datetime
    checker_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything an officer needs to decide one matter.

    `seen` is the fingerprint of the evidence, to be given back with a proposal: what changes
    afterwards makes the proposal stale.
    """

    item: SetAside
    state: str
    seen: str
    statements: tuple[Statement, ...] = ()
    history: tuple[Move, ...] = ()
    transfers: tuple[Booked, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a proposal adds to its choice, where the choice needs it.

    ACCEPT_AS_PAID needs `statement_id`; MARK_DONE needs `settlement_day`, the channel's day that
    bears the money, and `evidence`, the number of the paper or message that proves it.
    """

    statement_id: str = ""
    settlement_day: date | None = None
    evidence: str = ""
