"""Instructions to banks: told once by a number fixed before, queried ever after.

The line to the bank (the roof's) works one like this:

    for instruction in instructions.to_send(now, limit=…):
        instructions.sending(instruction.id, now=now)      # `sent` is committed before the call
        … the call; whatever it says, also nothing …
        instructions.answered(instruction.id, Answer(state=…), now=now)
    for instruction in instructions.to_query(now, limit=…): …   # silence: ask by its number

A bank's word moves no money, but for a proven rejection: that the money is gone, or has come
back, is what a statement says (`booking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.models import Person
from reserve_funds.custody.bank import paying
from reserve_funds.custody.bank.errors import InstructionNotReady, InstructionUnknown
from reserve_funds.custody.bank.models import BankEntry, Denial, Instruction
from reserve_funds.ledger import book

_LONGEST_BANK_NO, _LONGEST_REASON = 80, 200


class Said(StrEnum):
    """What a bank says of an instruction. Everything we do not understand is UNKNOWN."""

    ACCEPTED = "accepted"
    PAID = "paid"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A bank's answer. REJECTED only when the bank's word is proven and final: money moves back.

    "No such number" is UNKNOWN, never REJECTED: the instruction may still be under way. Asked about
    one that was sent, it is counted by days (`not_instructed`).
    """

    state: Said
    no_such_number: bool = False
    bank_no: str = ""
    reason: str = ""


def get(instruction_id: UUID) -> Instruction:
    """The instruction as it stands; InstructionUnknown."""
    found = Instruction.objects.filter(pk=instruction_id).first()
    if found is None:
        raise InstructionUnknown(id=str(instruction_id))
    return found


def by_number(number: str) -> Instruction:
    """The instruction of this number; InstructionUnknown."""
    found = Instruction.objects.filter(number=number).first()
    if found is None:
        raise InstructionUnknown(number=number[:16])
    return found


def to_send(now: datetime, *, limit: int = 100) -> list[Instruction]:
    """Approved and never sent, oldest first."""
    return _in("ready", limit)


def to_query(now: datetime, *, limit: int = 100) -> list[Instruction]:
    """Sent, and no statement has shown them yet, oldest first."""
    return _in("sent", limit)


def sending(instruction_id: UUID, *, now: datetime) -> Instruction:
    """Commits that it is sent; only whoever gets it back may make the first call, once.

    InstructionNotReady when it was sent before (ask by its number instead), was dropped or is
    over; InstructionUnknown. Open no transaction around it.
    """
    with transaction.atomic(durable=True):
        instruction = locked(instruction_id)
        if instruction.state != "ready":
            raise InstructionNotReady(number=instruction.number, state=instruction.state)
        trail.advance(
            instruction, to="sent", actor=WORKER, because="told to the bank", now=now, sent_at=now
        )
    return instruction


def answered(instruction_id: UUID, answer: Answer, *, now: datetime) -> Instruction:
    """Keeps what the bank said; a proven rejection books the money back to where it came from.

    A bank that rejects what its own statement shows as paid, or what was never sent, contradicts
    itself: nothing moves, and the alarm `bank_contradicts_itself` is kept. Said again is once.
    """
    with transaction.atomic():
        instruction = locked(instruction_id)
        contradicts = answer.state is Said.REJECTED and _is_shown(instruction)
        if answer.state is not Said.UNKNOWN:
            _keep(instruction, answer)
        elif answer.no_such_number and instruction.state == "sent":
            _count_the_day(instruction, now)
        if answer.state is Said.REJECTED and instruction.state == "sent" and not contradicts:
            take_back(instruction, to="rejected", actor=_bank(instruction), now=now)
    if contradicts:
        trail.alarm(
            "bank_contradicts_itself",
            actor=_bank(instruction),
            now=now,
            subject=f"instruction:{instruction.id}",
            state=instruction.state,
        )
    return instruction


def call_off(instruction_id: UUID, *, officer: Person, because: str, now: datetime) -> Instruction:
    """An approved instruction that was never sent is dropped; its money goes back to its source.

    InstructionNotReady once it was sent: then only the bank can say what became of it.
    """
    with transaction.atomic():
        instruction = locked(instruction_id)
        if instruction.state != "ready":
            raise InstructionNotReady(number=instruction.number, state=instruction.state)
        actor = Actor(kind="officer", id=str(officer.pk))
        take_back(instruction, to="dropped", actor=actor, now=now, because=because)
        trail.record(
            "instruction_called_off",
            actor=actor,
            now=now,
            subject=f"instruction:{instruction.id}",
        )
    return instruction


def take_back(
    instruction: Instruction, *, to: str, actor: Actor, now: datetime, because: str = ""
) -> None:
    """在途付款 back to where it came from, for good; in the caller's transaction, row locked."""
    book.post(paying.taken_back(instruction, event_at=now))
    words = because or instruction.reason or "the bank rejected it"
    trail.advance(instruction, to=to, actor=actor, because=words, now=now)


def _is_shown(instruction: Instruction) -> bool:
    """Whether money was seen leaving by its number, or it cannot have been rejected at all."""
    if instruction.state in ("paid", "returned", "asked", "ready", "dropped", "not_instructed"):
        return True
    shown = BankEntry.objects.filter(our_no=instruction.number, account=instruction.account_id)
    return instruction.state == "sent" and shown.filter(side="out").exists()


def _count_the_day(instruction: Instruction, now: datetime) -> None:
    """One row for each day on which the bank said that it has no such number."""
    said = Denial(instruction=instruction, day=business_day(now), said_at=now)
    Denial.objects.bulk_create([said], ignore_conflicts=True)


def _keep(instruction: Instruction, answer: Answer) -> None:
    said = {
        "said": str(answer.state),
        "bank_no": answer.bank_no[:_LONGEST_BANK_NO] or instruction.bank_no,
        "reason": answer.reason[:_LONGEST_REASON] or instruction.reason,
    }
    Instruction.objects.filter(pk=instruction.pk).update(**said)
    for name, value in said.items():
        setattr(instruction, name, value)


def _in(state: str, limit: int) -> list[Instruction]:
    rows = Instruction.objects.filter(state=state).select_related("account__bank")
    return list(rows.order_by("id")[:limit])


def locked(instruction_id: UUID) -> Instruction:
    """The instruction, and nobody else moves it before the transaction ends."""
    rows = Instruction.objects.select_related("account__bank").select_for_update(of=("self",))
    found = rows.filter(pk=instruction_id).first()
    if found is None:
        raise InstructionUnknown(id=str(instruction_id))
    return found


def _bank(instruction: Instruction) -> Actor:
    return Actor(kind="channel", id=instruction.account.bank.code[:64])
