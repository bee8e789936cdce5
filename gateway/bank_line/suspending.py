"""Suspending a partner bank and taking it up again: two officers of the province, never one.

A suspended bank is asked for no new order (`merchants.account_for`, and the law of payments) and
told no new payout: what was approved stays ready, its money booked as on the way out, until the
bank is taken up again or the instruction is called off. All that was begun goes on: its callbacks
are taken, its orders and sent instructions asked about, refunds carried, statements read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Sum

from accounts import approvals, devices, duties, people, roles, trail
from accounts.actors import Actor
from accounts.errors import ApprovalUnknown, NotAllowed
from accounts.models import Approval, PartnerBank, Person
from gateway.bank_line.errors import PartnerBankAskedAlready, PartnerBankStands, PartnerBankUnknown
from gateway.payments.errors import ReasonMissing
from gateway.payments.models import Payment
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.bank.requests import DUTY


class Act(StrEnum):
    """What two officers may do with a bank; the word of its address."""

    SUSPEND = "suspend"
    RESUME = "resume"


SUSPENSION: Final = "partner_bank.suspension"
RESUMPTION: Final = "partner_bank.resumption"
TO: Final = {Act.SUSPEND: "suspended", Act.RESUME: "active"}
MAKER_ROLES: Final = (roles.FINANCE_OFFICER, roles.SECURITY_OFFICER)
CHECKER_ROLE: Final = roles.FINANCE_OFFICER
VALID_FOR: Final = timedelta(hours=24)
PROVINCE: Final = 0
LONGEST_REASON: Final = 200
_BEGUN = ("prepared", "offered")
_PURPOSES = {Act.SUSPEND: SUSPENSION, Act.RESUME: RESUMPTION}
_ACTS = {purpose: act for act, purpose in _PURPOSES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One bank: `begun` orders not ended, and payouts approved and not told (`held`).

    `waiting` is what was asked about it and nobody has decided yet.
    """

    bank: PartnerBank
    begun: int
    held: int
    held_fen: int
    held_since: datetime | None
    waiting: Approval | None


def standing(pools: Collection[int] | None, now: datetime) -> list[Standing]:
    """Every bank by its code, with what concerns these pools (None: all); in four questions."""
    orders = Payment.objects.filter(state__in=_BEGUN)
    ready = Instruction.objects.filter(state="ready")
    if pools is not None:
        orders, ready = orders.filter(pool__in=pools), ready.filter(pool__in=pools)
    begun = dict(orders.values_list("channel").annotate(count=Count("id")))
    held = {
        row["account__bank_id"]: row
        for row in ready.values("account__bank_id").annotate(
            count=Count("id"), fen=Sum("amount_fen"), since=Min("request__asked_at")
        )
    }
    waiting = {str(one.content.get("bank_id")): one for one in _waiting(now)}
    return [
        Standing(
            bank=bank,
            begun=begun.get(bank.code, 0),
            held=held.get(bank.pk, {}).get("count", 0),
            held_fen=held.get(bank.pk, {}).get("fen", 0),
            held_since=held.get(bank.pk, {}).get("since"),
            waiting=waiting.get(str(bank.pk)),
        )
        for bank in PartnerBank.objects.order_by("code")
    ]


def by_code(code: str) -> PartnerBank:
    """The bank of this code; PartnerBankUnknown."""
    found = PartnerBank.objects.filter(code=code).first()
    if found is None:
        raise PartnerBankUnknown(code=code[:32])
    return found


def act_for(bank: PartnerBank) -> Act | None:
    """What may be asked about a bank as it stands; nothing for one that is closed."""
    return {"active": Act.SUSPEND, "suspended": Act.RESUME}.get(bank.state)


def ask(code: str, act: Act, *, because: str, maker: Person, now: datetime) -> Approval:
    """One officer of the province asks; a finance officer of the province decides within a day.

    PartnerBankUnknown, PartnerBankStands, PartnerBankAskedAlready, ReasonMissing, NotAllowed.
    """
    told = because.strip()
    if not told or len(told) > LONGEST_REASON:
        raise ReasonMissing(length=len(told))
    if not any(people.has_role(maker, role, None, now) for role in MAKER_ROLES):
        raise NotAllowed("an officer of the province asks", person=maker.pk, bank=code)
    with transaction.atomic():
        found = by_code(code)
        bank = PartnerBank.objects.select_for_update().get(pk=found.pk)
        if act_for(bank) is not act:
            raise PartnerBankStands(code=code, state=bank.state)
        if any(one.content.get("bank_id") == str(bank.pk) for one in _waiting(now)):
            raise PartnerBankAskedAlready(code=code)
        return approvals.ask(
            maker=maker,
            purpose=_PURPOSES[act],
            pool=PROVINCE,
            content={
                "bank": f"{bank.name} {bank.code}",
                "bank_id": str(bank.pk),
                "before": {"bank_state": bank.state},
                "after": {"bank_state": TO[act]},
                "reason": told,
            },
            fingerprint=devices.print_of_bank_move(bank.pk, TO[act]),
            now=now,
            expires_at=now + VALID_FOR,
            checker_role=CHECKER_ROLE,
        )


def approve(approval_id: UUID, *, checker: Person, now: datetime) -> PartnerBank:
    """The second officer allows it and it holds at once; payouts that were held are let go.

    ApprovalUnknown, MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided,
    PartnerBankStands when the bank has moved since it was asked.
    """
    asked = approvals.get(approval_id)
    act = _ACTS.get(asked.purpose)
    if act is None:
        raise ApprovalUnknown(id=approval_id)
    with transaction.atomic():
        approvals.approve(approval_id, checker=checker, now=now)
        bank = PartnerBank.objects.select_for_update().get(pk=UUID(asked.content["bank_id"]))
        if devices.print_of_bank_move(bank.pk, TO[act]) != bytes(asked.fingerprint):
            raise PartnerBankStands(code=bank.code, state=bank.state)
        actor = Actor(kind="officer", id=str(checker.pk))
        trail.advance(
            bank,
            to=TO[act],
            actor=actor,
            because=str(asked.content["reason"]),
            now=now,
            decision_id=approval_id,
        )
        released = _let_go(bank, now) if act is Act.RESUME else 0
        trail.record(
            f"partner_bank_{TO[act]}",
            actor=actor,
            now=now,
            subject=f"partner_bank:{bank.pk}",
            bank=bank.code,
            asked_by=asked.maker_id,
            released=released,
        )
    return bank


def is_held(instruction: Instruction) -> bool:
    """Whether its bank is told nothing new at present."""
    return not PartnerBank.objects.filter(pk=instruction.account.bank_id, state="active").exists()


def _let_go(bank: PartnerBank, now: datetime) -> int:
    ready = Instruction.objects.filter(state="ready", account__bank=bank)
    ids = list(ready.order_by("id").values_list("pk", flat=True))
    duties.owe_all(DUTY, ids, now=now)
    return len(ids)


def _waiting(now: datetime) -> list[Approval]:
    rows = Approval.objects.filter(purpose__in=_ACTS, state="asked", expires_at__gt=now)
    return list(rows.order_by("asked_at"))
