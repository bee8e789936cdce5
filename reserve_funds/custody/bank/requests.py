"""Requests of outflows: one officer asks, another approves (two above the limit), then it is due.

    request = requests.ask(pool=..., purpose=..., source=..., payee=..., amount_fen=...,
                           account=..., because=..., maker=..., now=now)
    instructions = requests.approve(request.id, checker=..., now=now)

Nothing is paid here: approving books the money in transit and owes the duty `bank_instruction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts import approvals, duties, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.errors import NotAllowed
from accounts.identifiers import new_id
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from reserve_funds.custody.bank import drafts, paying, profiles
from reserve_funds.custody.bank.drafts import Draft, Line, before_asking
from reserve_funds.custody.bank.errors import (
    OutflowAboveLimit,
    OutflowMalformed,
    OutflowOver,
    OutflowUnknown,
)
from reserve_funds.custody.bank.models import CustodyAccount, Instruction, OutflowRequest
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref

TIME_TO_DECIDE = timedelta(days=3)
DUTY = "bank_instruction"
_ONE_CHECKER_MOST = "SELECT public.custody_bank_one_checker_most(%s, %s)"


__all__ = [
    "Draft", "Line", "Payee", "approve", "ask", "ask_all", "before_asking", "expire",
    "one_checker_most_fen", "open_of", "refuse", "withdraw",
]  # fmt: skip


def ask(
    *,
    pool: int,
    purpose: Purpose,
    source: Ref,
    payee: Payee,
    amount_fen: int,
    account: CustodyAccount,
    because: str,
    maker: Person,
    now: datetime,
    route: str = "",
    remark: str = "",
) -> OutflowRequest:
    """One payment out of `account` (`source` of the book pays); see `ask_all`."""
    line = Line(source=source, payee=payee, amount_fen=amount_fen, remark=remark)
    return ask_all(
        pool=pool,
        purpose=purpose,
        lines=[line],
        account=account,
        because=because,
        maker=maker,
        now=now,
        route=route,
    )


def ask_all(
    *,
    pool: int,
    purpose: Purpose,
    lines: Sequence[Line],
    account: CustodyAccount,
    because: str,
    maker: Person,
    now: datetime,
    route: str = "",
) -> OutflowRequest:
    """A batch of payments for one purpose, approved or refused as a whole.

    NotAllowed (no finance officer), OutflowMalformed, OutflowNotPermitted, OutflowRouteWrong,
    PayeeNotOurs, SweepTooLarge, and whatever a registered check raises. Numbers are fixed now.
    """
    if not people.has_role(maker, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    draft = Draft(pool=pool, purpose=Purpose(purpose), account=account, lines=tuple(lines), now=now)
    drafts.check_words(draft, because)
    profiles.check_route(pool, route)
    with transaction.atomic():
        drafts.check(draft)
        instructions = [drafts.instruction_of(draft, line, route) for line in draft.lines]
        codes = {instruction.code for instruction in instructions}
        if len(codes) != 1:
            raise OutflowMalformed(field="source")
        request = _asked(draft, instructions, because.strip(), maker, route)
        trail.record(
            "outflow_asked",
            actor=_officer(maker),
            now=now,
            subject=f"outflow:{request.id}",
            purpose=str(purpose),
            pool=pool,
            amount_fen=draft.amount_fen,
            payments=len(instructions),
        )
    return request


def approve(request_id: UUID, *, checker: Person, now: datetime) -> list[Instruction]:
    """A second officer allows it: its money is in transit and its instructions are ready.

    Above the limit the first checker's word alone makes nothing ready (the list is empty): a
    second checker, who is neither, must approve too. The same person again changes nothing.
    MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided, OutflowOver, OutflowUnknown,
    OutflowAboveLimit, the book's refusals (Overdrawn …), and what `ask_all` raises of content.
    """
    with transaction.atomic():
        request, instructions = _locked(request_id)
        if request.state == "approved" and approvals.get(request.id).checker_id == checker.pk:
            return instructions
        _require_open(request)
        draft = drafts.draft_of(request, instructions, now)
        profiles.check_route(request.pool, request.route)
        drafts.check(draft)
        if _waits_for_another(request, checker, now):
            return []
        approvals.approve(request.id, checker=checker, now=now)
        book.post(paying.sent(instructions, approval_id=request.id, event_at=now))
        actor, because = _officer(checker), request.because
        trail.advance(request, to="approved", actor=actor, because=because, now=now)
        for instruction in instructions:
            trail.advance(instruction, to="ready", actor=actor, because=because, now=now)
            duties.owe(DUTY, instruction.id, now=now)
    return instructions


def refuse(request_id: UUID, *, checker: Person, because: str, now: datetime) -> OutflowRequest:
    """A second officer says no, for good. Errors as for `approve`."""
    with transaction.atomic():
        request, instructions = _locked(request_id)
        _require_open(request)
        approvals.refuse(request.id, checker=checker, now=now)
        _end(request, instructions, "refused", _officer(checker), because, now)
    return request


def withdraw(request_id: UUID, *, maker: Person, because: str, now: datetime) -> OutflowRequest:
    """Whoever asked takes it back. NotAllowed for anybody else, OutflowOver, OutflowUnknown."""
    with transaction.atomic():
        request, instructions = _locked(request_id)
        _require_open(request)
        if request.maker_id != maker.pk:
            raise NotAllowed(person=str(maker.pk))
        _end(request, instructions, "withdrawn", _officer(maker), because, now)
    return request


def expire(now: datetime, *, limit: int = 200) -> int:
    """Ends what nobody decided in time; how many there were."""
    late = OutflowRequest.objects.filter(state="asked", expires_at__lte=now).order_by("id")
    ended = 0
    for request_id in list(late.values_list("id", flat=True)[:limit]):
        with transaction.atomic():
            request, instructions = _locked(request_id)
            if request.state == "asked":
                _end(request, instructions, "expired", SYSTEM, "nobody decided in time", now)
                ended += 1
    return ended


def open_of(pool: int | None) -> list[OutflowRequest]:
    """What waits for a checker, of one pool or (None) of all, oldest first."""
    rows = OutflowRequest.objects.filter(state="asked").order_by("id")
    return list(rows if pool is None else rows.filter(pool=pool))


def one_checker_most_fen(pool: int, purpose: Purpose) -> int:
    """Up to what amount one checker is enough."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_CHECKER_MOST, [pool, str(purpose)])
        return int(cursor.fetchone()[0])


def _asked(
    draft: Draft, instructions: list[Instruction], because: str, maker: Person, route: str
) -> OutflowRequest:
    terms: dict[str, Any] = {
        "maker": maker,
        "pool": draft.pool,
        "content": {
            "purpose": str(draft.purpose),
            "because": because,
            "amount_fen": draft.amount_fen,
            "payments": [paying.told(instruction) for instruction in instructions],
        },
        "fingerprint": _fingerprint(instructions, draft.now),
        "now": draft.now,
        "expires_at": draft.now + TIME_TO_DECIDE,
        "checker_role": FINANCE_OFFICER,
    }
    approval = approvals.ask(purpose="custody.outflow", **terms)
    above = draft.amount_fen > one_checker_most_fen(draft.pool, draft.purpose)
    second = approvals.ask(purpose="custody.outflow.second", **terms) if above else None
    request = OutflowRequest.objects.create(
        id=approval.id,
        pool=draft.pool,
        purpose=str(draft.purpose),
        code=instructions[0].code,
        account=draft.account,
        route=route,
        amount_fen=draft.amount_fen,
        maker=maker,
        second_id=None if second is None else second.id,
        because=because,
        asked_at=draft.now,
        expires_at=approval.expires_at,
    )
    for instruction in instructions:
        instruction.request = request
    Instruction.objects.bulk_create(instructions)
    return request


def _waits_for_another(request: OutflowRequest, checker: Person, now: datetime) -> bool:
    """Above the limit: takes the first checker's word, and says that another one is needed."""
    if request.second_id is None:
        most_fen = one_checker_most_fen(request.pool, Purpose(request.purpose))
        if request.amount_fen > most_fen:
            raise OutflowAboveLimit(amount_fen=request.amount_fen, most_fen=most_fen)
        return False
    second = approvals.get(request.second_id)
    if second.state == "asked":
        approvals.approve(second.id, checker=checker, now=now)
        return True
    return second.checker_id == checker.pk


def _fingerprint(instructions: list[Instruction], now: datetime) -> bytes:
    """Of what rests on the approval: a sweep's leg in the own book follows by its cross_id."""
    blank = paying.sent(instructions, approval_id=new_id(now), event_at=now)
    return book.fingerprint([posting for posting in blank if posting.approval_id])


def _locked(request_id: UUID) -> tuple[OutflowRequest, list[Instruction]]:
    rows = OutflowRequest.objects.select_related("account__bank").select_for_update(of=("self",))
    request = rows.filter(pk=request_id).first()
    if request is None:
        raise OutflowUnknown(id=str(request_id))
    return request, list(request.instructions.order_by("id"))


def _require_open(request: OutflowRequest) -> None:
    if request.state != "asked":
        raise OutflowOver(id=str(request.id), state=request.state)


def _end(
    request: OutflowRequest,
    instructions: list[Instruction],
    to: str,
    actor: Actor,
    because: str,
    now: datetime,
) -> None:
    trail.advance(request, to=to, actor=actor, because=because, now=now)
    for instruction in instructions:
        trail.advance(instruction, to="dropped", actor=actor, because=because, now=now)


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))
