"""The postings of an instruction: sent under its approval, back when the bank did not pay.

Their ids follow from everything the instruction says, payee included, so that the fingerprint an
approval is bound to covers the payee too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.identifiers import derive
from reserve_funds import income
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.handbook import Purpose
from reserve_funds.ledger.values import Posting, Ref
from reserve_funds.postings import of

_TOLD = (
    "number", "pool", "account_id", "purpose", "code", "source_kind", "source_owner", "payee_no",
    "payee_name", "payee_bank_code", "payee_bank_name", "payee_account_id", "amount_fen", "remark",
    "route",
)  # fmt: skip


def told(instruction: Instruction) -> dict[str, str | int | None]:
    """Everything two officers agree on: it is frozen in their approval."""
    values = {name: getattr(instruction, name) for name in _TOLD}
    plain = {
        name: str(value) if isinstance(value, UUID) else value for name, value in values.items()
    }
    return {"id": str(instruction.id), **plain}


def sent(
    instructions: Iterable[Instruction], *, approval_id: UUID, event_at: datetime
) -> list[Posting]:
    """Source to 在途付款 of each, all under one approval."""
    return [
        posting
        for instruction in instructions
        for posting in _sent(instruction, approval_id=approval_id, event_at=event_at)
    ]


def taken_back(instruction: Instruction, *, event_at: datetime) -> list[Posting]:
    """What the bank did not pay is where it came from again; once, whoever says so."""
    return undone(
        instruction,
        "bank_rejected",
        derive(instruction.id, "taken back"),
        debit=instruction.in_transit,
        event_at=event_at,
    )


def undone(
    instruction: Instruction, code: str, cause: UUID, *, debit: Ref, event_at: datetime
) -> list[Posting]:
    """`bank_rejected` from 在途付款, or `bank_returned` from the bank: the source has it again."""
    if instruction.purpose == Purpose.OWN_INCOME_SWEEP:
        return income.sweep_undone(
            instruction.pool,
            cause,
            code=code,
            debit=debit,
            source=instruction.source_owner,
            own_bank=str(instruction.payee_account_id),
            amount_fen=instruction.amount_fen,
            event_at=event_at,
        )
    return [
        of(
            code,
            instruction.pool,
            cause,
            debit=debit,
            credit=instruction.source,
            amount_fen=instruction.amount_fen,
            event_at=event_at,
        )
    ]


def _sent(instruction: Instruction, *, approval_id: UUID, event_at: datetime) -> list[Posting]:
    cause = derive(instruction.id, _digest(instruction))
    if instruction.purpose == Purpose.OWN_INCOME_SWEEP:
        return income.swept(
            instruction.pool,
            cause,
            source=instruction.source_owner,
            instruction=instruction.in_transit.owner,
            own_bank=str(instruction.payee_account_id),
            amount_fen=instruction.amount_fen,
            event_at=event_at,
            approval_id=approval_id,
        )
    return [
        of(
            instruction.code,
            instruction.pool,
            cause,
            debit=instruction.source,
            credit=instruction.in_transit,
            amount_fen=instruction.amount_fen,
            event_at=event_at,
            approval_id=approval_id,
        )
    ]


def _digest(instruction: Instruction) -> str:
    words = told(instruction)
    lines = [f"{name}={len(str(words[name]))}:{words[name]}" for name in sorted(words)]
    return "sent " + hashlib.sha256("\n".join(lines).encode()).hexdigest()
