"""The file of one matter: its subject, what was said about it, and the fingerprint of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts import approvals, trail
from accounts.models import Duty
from gateway.payments.decisions import statements, waiting
from gateway.payments.decisions.matters import (
    CHOICES,
    Choice,
    Dossier,
    Matter,
    Move,
    Proposal,
    SetAside,
    Statement,
)
from gateway.payments.errors import MatterUnknown
from gateway.payments.models import Bill, Decision, Disagreement, Notice, Payment, Refund
from reserve_funds import postings
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Booked

Subject = Payment | Refund | Notice | Disagreement | Bill | Duty


@dataclass(slots=True, kw_only=True)
class Case:
    """One matter opened for a decision, its subject's row locked; `item.choices` as it stands."""

    item: SetAside
    subject: Subject
    statements: tuple[Statement, ...]
    seen: str
    decision: Decision


def dossier(ref: str) -> Dossier:
    """What is known of a matter, whether it still waits or not. Raises MatterUnknown."""
    matter, work, subject_id = parsed(ref)
    subject = _subject(matter, work, subject_id, lock=False)
    said = _statements(subject)
    proposals = tuple(proposal_of(one) for one in Decision.objects.filter(ref=ref).order_by("id"))
    history = _history(subject)
    item = _settled(ref, matter, work, subject)
    if item.choices and history:
        item = replace(item, since=history[-1].at, because=history[-1].because)
    waits = next((one.id for one in proposals if one.state == "proposed"), None)
    return Dossier(
        item=replace(item, proposal_id=waits),
        state=str(subject.state),
        seen=_seen(subject, said),
        statements=said,
        history=history,
        transfers=_transfers(subject),
        proposals=proposals,
    )


def opened(ref: str) -> Case:
    """The matter with its subject locked, for a proposal. Raises MatterUnknown when it is over."""
    matter, work, subject_id = parsed(ref)
    subject = _subject(matter, work, subject_id, lock=True)
    said = _statements(subject)
    item = _settled(ref, matter, work, subject)
    if not item.choices:
        raise MatterUnknown(ref=ref)
    return Case(
        item=item, subject=subject, statements=said, seen=_seen(subject, said), decision=Decision()
    )


def locked(decision: Decision) -> Case:
    """The case of a proposal: first its subject is locked, then the proposal itself."""
    matter, work, subject_id = parsed(decision.ref)
    subject = _subject(matter, work, subject_id, lock=True)
    said = _statements(subject)
    return Case(
        item=_settled(decision.ref, matter, work, subject),
        subject=subject,
        statements=said,
        seen=_seen(subject, said),
        decision=Decision.objects.select_for_update().get(pk=decision.pk),
    )


def parsed(ref: str) -> tuple[Matter, str, UUID]:
    """Matter, kind of work (or "") and subject of a name. Raises MatterUnknown."""
    head, _, tail = ref.partition("-")
    work, dash, rest = tail.partition("-") if head == Matter.WORK_GIVEN_UP else ("", "-", tail)
    try:
        return Matter(head), work, UUID(rest if dash else "")
    except ValueError:
        raise MatterUnknown(ref=ref[:120]) from None


def proposal_of(decision: Decision) -> Proposal:
    """A proposal as officers see it."""
    approval = approvals.get(decision.id)
    return Proposal(
        id=decision.id,
        ref=decision.ref,
        matter=Matter(decision.matter),
        choice=Choice(decision.choice),
        state=decision.state,
        maker_id=decision.maker_id,
        reason=decision.reason,
        details=decision.details,
        proposed_at=decision.proposed_at,
        expires_at=approval.expires_at,
        checker_id=approval.checker_id,
    )


def _subject(matter: Matter, work: str, subject_id: UUID, *, lock: bool) -> Subject:
    """The row a matter is about. A refund's payment is locked before it, as everywhere."""
    found: Subject | None
    if matter is Matter.PAYMENT_CONTESTED:
        rows = Payment.objects.select_related("merchant")
        found = (
            (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=subject_id).first()
        )
    elif matter is Matter.REFUND_ABNORMAL:
        found = _refund(subject_id, lock=lock)
    elif matter is Matter.NOTICE_PARKED:
        noted = Notice.objects.select_related("merchant")
        rows_ = noted.select_for_update(of=("self",)) if lock else noted
        found = rows_.filter(pk=subject_id).first()
    elif matter is Matter.DISAGREEMENT:
        told = Disagreement.objects.all()
        found = (told.select_for_update() if lock else told).filter(pk=subject_id).first()
    elif matter in (Matter.BILL_QUARANTINED, Matter.BILL_CHANGED):
        bills = Bill.objects.select_related("merchant")
        billed = bills.select_for_update(of=("self",)) if lock else bills
        found = billed.filter(pk=subject_id).first()
    else:
        found = Duty.objects.filter(kind=work, subject_id=subject_id).first()
    if found is None:
        raise MatterUnknown(subject_id=str(subject_id))
    return found


def _refund(refund_id: UUID, *, lock: bool) -> Refund | None:
    refund = Refund.objects.select_related("payment__merchant").filter(pk=refund_id).first()
    if refund is None or not lock:
        return refund
    payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.payment = payment
    return refund


def _statements(subject: Subject) -> tuple[Statement, ...]:
    if isinstance(subject, Payment):
        return tuple(statements.of_payment(subject))
    if isinstance(subject, Refund):
        return tuple(statements.of_refund(subject))
    return ()


def _seen(subject: Subject, said: tuple[Statement, ...]) -> str:
    if isinstance(subject, Payment):
        return statements.seen_payment(subject, said)
    if isinstance(subject, Refund):
        return statements.seen_refund(subject, said)
    if isinstance(subject, Duty):
        work = (subject.kind, subject.subject_id, subject.state, subject.finished_at)
        return statements.fingerprint("work", *work)
    return statements.fingerprint(type(subject).TRAIL_KIND, subject.id, subject.state)


_WAITS_IN = {
    Matter.PAYMENT_CONTESTED: ("contested",),
    Matter.REFUND_ABNORMAL: ("abnormal",),
    Matter.NOTICE_PARKED: ("parked",),
    Matter.DISAGREEMENT: ("open",),
    Matter.BILL_QUARANTINED: ("quarantined",),
    Matter.BILL_CHANGED: ("changed",),
    Matter.WORK_GIVEN_UP: ("given_up",),
}


def _settled(ref: str, matter: Matter, work: str, subject: Subject) -> SetAside:
    """The matter without the list's words; no choices when it no longer waits."""
    pool, channel, order_no, amount_fen, since = _place(subject)
    waits = subject.state in _WAITS_IN.get(matter, ())
    return SetAside(
        ref=ref,
        matter=matter,
        subject_id=subject.subject_id if isinstance(subject, Duty) else subject.id,
        pool=pool,
        channel=channel,
        order_no=order_no,
        amount_fen=amount_fen,
        since=since,
        because=f"{subject.last_code or subject.last_because}" if isinstance(subject, Duty) else "",
        work=work,
        choices=CHOICES[matter] if waits else (),
    )


def _place(subject: Subject) -> tuple[int, str, str, int | None, datetime]:
    if isinstance(subject, Payment):
        words = subject.pool, subject.channel, subject.order_no, subject.wish_fen
        return *words, subject.created_at
    if isinstance(subject, Refund):
        payment = subject.payment
        words = payment.pool, payment.channel, payment.order_no, subject.amount_fen
        return *words, subject.created_at
    if isinstance(subject, Notice):
        merchant = subject.merchant
        return merchant.pool, merchant.channel, subject.order_no, None, subject.received_at
    if isinstance(subject, Disagreement):
        return subject.pool, subject.channel, subject.order_no, None, subject.seen_at
    if isinstance(subject, Bill):
        item = waiting.of_bill(subject, subject.expected_at, "")
        return item.pool, item.channel, item.order_no, None, item.since
    return *waiting.place_of(subject), subject.owed_at


def _history(subject: Subject) -> tuple[Move, ...]:
    if isinstance(subject, Duty):
        return ()
    moves = trail.history(type(subject).TRAIL_KIND, subject.id)
    return tuple(
        Move(
            at=move.moved_at,
            to_state=move.to_state,
            actor=f"{move.actor_kind}:{move.actor_id}",
            because=move.because,
        )
        for move in moves
    )


def _transfers(subject: Subject) -> tuple[Booked, ...]:
    payment = subject.payment if isinstance(subject, Refund | Disagreement) else subject
    if not isinstance(payment, Payment):
        return ()
    refs = [postings.received(payment.id)]
    refs += [postings.refund_in_flight(one.id) for one in payment.refunds.all()]
    found = {row.id: row for ref in refs for row in ledger.transfers_of(payment.pool, ref)}
    return tuple(sorted(found.values(), key=lambda row: (row.created_at, row.id)))
