"""未办理: two officers say that an instruction marked as sent never reached its bank.

`sent` is committed before the call, so a process that dies in between leaves an instruction that no
bank has. The bank is asked by its number; each day on which it has no such number is counted. After
enough of them two officers may declare it not instructed: its money goes back to where it came
from, as for a proven rejection. In the same breath they allow that it goes out again should a
statement ever show that it was paid after all (`paid_after_all`): nothing is lost, nothing doubled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.errors import NotAllowed
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank import instructions, paying
from reserve_funds.custody.bank.errors import DeclarationTooEarly, OutflowMalformed, WordUnknown
from reserve_funds.custody.bank.models import Declaration, Instruction
from reserve_funds.ledger import book

PURPOSE = "custody.not_instructed"
UNDOING = "custody.not_instructed.undo"
TIME_TO_DECIDE = timedelta(days=3)
TIME_TO_BE_SHOWN = timedelta(days=400)
_LONGEST_REASON = 200
_WHY_NOT = "SELECT public.custody_bank_why_not_declared(%s)"
_SPEND = "SELECT public.custody_bank_spend_declaration(%s)"
_DAYS_NEEDED = "SELECT public.custody_bank_days_of_denial(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an instruction is from being declared.

    `denied` are the days on which the bank had no such number, `needed` how many it takes. `why`
    is empty when it may be asked for, else `not_sent`, `bank_knows_it`, `too_few_days`,
    `no_statement` (none reaches the day it was sent) or `shown` (a statement has its number).
    """

    denied: tuple[date, ...]
    needed: int
    why: str


def standing(instruction_id: UUID) -> Standing:
    """How it stands with this instruction. InstructionUnknown."""
    instruction = instructions.get(instruction_id)
    days = instruction.denials.order_by("day").values_list("day", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_NEEDED, [instruction.pool])
        needed = int(cursor.fetchone()[0])
        cursor.execute(_WHY_NOT, [instruction_id])
        return Standing(denied=tuple(days), needed=needed, why=cursor.fetchone()[0])


def ask(instruction_id: UUID, *, because: str, maker: Person, now: datetime) -> Declaration:
    """One officer asks that it be declared. Nothing has moved.

    InstructionUnknown, NotAllowed, OutflowMalformed, DeclarationTooEarly (fact `why`).
    """
    if not because.strip() or len(because) > _LONGEST_REASON:
        raise OutflowMalformed(field="because")
    with transaction.atomic():
        instruction = instructions.locked(instruction_id)
        if not people.has_role(maker, FINANCE_OFFICER, instruction.pool, now):
            raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
        stands = standing(instruction_id)
        asked = Declaration.objects.filter(instruction=instruction, state="asked").exists()
        if stands.why or asked:
            raise DeclarationTooEarly(
                why=stands.why or "asked", days=len(stands.denied), needed=stands.needed
            )
        return _asked(instruction, stands, because.strip(), maker, now)


def approve(declaration_id: UUID, *, checker: Person, now: datetime) -> Declaration:
    """A second officer says so too: the money is where it came from again. Again is nothing.

    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, WordUnknown, DeclarationTooEarly
    (the bank or a statement has told otherwise since).
    """
    with transaction.atomic():
        declaration = _locked(declaration_id)
        if declaration.state == "done" and approvals.get(declaration.id).checker_id == checker.pk:
            return declaration
        _require_open(declaration)
        instruction = instructions.locked(declaration.instruction_id)
        stands = standing(instruction.id)
        if stands.why:
            raise DeclarationTooEarly(why=stands.why)
        for approval_id in (declaration.id, *map(UUID, declaration.undoing)):
            approvals.approve(approval_id, checker=checker, now=now)
        _spend(declaration)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(declaration, to="done", actor=actor, because=declaration.because, now=now)
        instructions.take_back(
            instruction, to="not_instructed", actor=actor, now=now, because=declaration.because
        )
    return declaration


def refuse(declaration_id: UUID, *, checker: Person, because: str, now: datetime) -> Declaration:
    """A second officer does not believe it; the instruction stays sent. Errors as for approve."""
    with transaction.atomic():
        declaration = _locked(declaration_id)
        _require_open(declaration)
        for approval_id in (declaration.id, *map(UUID, declaration.undoing)):
            approvals.refuse(approval_id, checker=checker, now=now)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(declaration, to="refused", actor=actor, because=because, now=now)
    return declaration


def of_approval(approval_id: UUID) -> UUID:
    """The declaration that this approval is of, or is one of the undoings of. WordUnknown."""
    whole = Declaration.objects.filter(pk=approval_id)
    part = Declaration.objects.filter(undoing__contains=[str(approval_id)])
    found = (whole | part).values_list("pk", flat=True).first()
    if found is None:
        raise WordUnknown(id=str(approval_id))
    return found


def open_of(pools: set[int] | frozenset[int] | None) -> list[Declaration]:
    """Declarations that wait for a second officer, oldest first; None: of every pool."""
    rows = Declaration.objects.filter(state="asked").select_related("instruction__account__bank")
    return list((rows if pools is None else rows.filter(pool__in=pools)).order_by("id"))


def expire(now: datetime) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = Declaration.objects.filter(state="asked", expires_at__lte=now)
    ended = 0
    for declaration_id in list(late.values_list("id", flat=True)[:200]):
        with transaction.atomic():
            declaration = _locked(declaration_id)
            if declaration.state == "asked":
                because = "nobody decided in time"
                trail.advance(declaration, to="expired", actor=SYSTEM, because=because, now=now)
                ended += 1
    return ended


def undo(instruction: Instruction, *, event_at: datetime) -> None:
    """Its money goes out again, as two officers allowed with their declaration.

    In the caller's transaction. Overdrawn (the money has gone another way since),
    ApprovalNotUsable (the statement came after TIME_TO_BE_SHOWN), WordUnknown.
    """
    declaration = Declaration.objects.filter(instruction=instruction, state="done").first()
    if declaration is None:
        raise WordUnknown(instruction=str(instruction.id))
    legs = paying.taken_back(instruction, event_at=event_at)
    for leg, approval_id in zip(legs, declaration.undoing, strict=True):
        book.reverse(leg.pool, leg.id, event_at=event_at, approval_id=UUID(approval_id))


def _asked(
    instruction: Instruction, stands: Standing, because: str, maker: Person, now: datetime
) -> Declaration:
    content = {
        "instruction": str(instruction.id),
        "number": instruction.number,
        "amount_fen": instruction.amount_fen,
        "days": [day.isoformat() for day in stands.denied],
        "because": because,
    }
    words = f"not instructed|{instruction.pool}|{instruction.id}|{instruction.amount_fen}"
    whole = _approval(
        PURPOSE, instruction, content, hashlib.sha256(words.encode()).digest(), maker, now,
        TIME_TO_DECIDE,
    )  # fmt: skip
    undoing = [
        _approval(
            UNDOING, instruction, content | {"transfer": str(leg.id)},
            book.reversal_fingerprint(leg.pool, leg.id, amount_fen=leg.amount_fen), maker, now,
            TIME_TO_BE_SHOWN,
        )
        for leg in paying.taken_back(instruction, event_at=now)
    ]  # fmt: skip
    return Declaration.objects.create(
        id=whole.id,
        pool=instruction.pool,
        instruction=instruction,
        undoing=[str(one.id) for one in undoing],
        because=because,
        maker=maker,
        asked_at=now,
        expires_at=whole.expires_at,
    )


def _approval(
    purpose: str,
    instruction: Instruction,
    content: dict[str, object],
    fingerprint: bytes,
    maker: Person,
    now: datetime,
    time: timedelta,
) -> Approval:
    return approvals.ask(
        maker=maker,
        purpose=purpose,
        pool=instruction.pool,
        content=content,
        fingerprint=fingerprint,
        now=now,
        expires_at=now + time,
        checker_role=FINANCE_OFFICER,
    )


def _spend(declaration: Declaration) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [declaration.id])
        outcome = cursor.fetchone()[0]
    if outcome != "spent":
        raise DeclarationTooEarly(why=outcome)


def _locked(declaration_id: UUID) -> Declaration:
    found = Declaration.objects.select_for_update().filter(pk=declaration_id).first()
    if found is None:
        raise WordUnknown(id=str(declaration_id))
    return found


def _require_open(declaration: Declaration) -> None:
    if declaration.state != "asked":
        raise WordUnknown(id=str(declaration.id), state=declaration.state)
