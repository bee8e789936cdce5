"""What each decision of officers does: rows, the book by its handbook, and the patron told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from accounts import duties, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import ApprovalDecided
from accounts.identifiers import derive
from accounts.models import Duty, Person
from gateway.channels.port import PaymentState
from gateway.payments import onlookers, patrons, refunding
from gateway.payments.decisions import statements
from gateway.payments.decisions.dossiers import Case
from gateway.payments.decisions.matters import Choice, Wish
from gateway.payments.errors import ChoiceNotOffered, ProposalOver
from gateway.payments.models import Bill, Decision, Disagreement, Notice, Payment, Refund
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

_FINAL_WORDS = ("closed", "abnormal")


def decision_of(proposal_id: UUID) -> Decision:
    """The proposal's row, not locked. Raises ProposalOver when there is none."""
    found = Decision.objects.filter(pk=proposal_id).first()
    if found is None:
        raise ProposalOver(proposal_id=proposal_id)
    return found


def details(case: Case, choice: Choice, wish: Wish) -> dict[str, str]:
    """What the choice rests on, in plain words, checked. Raises ChoiceNotOffered."""
    if choice is Choice.ACCEPT_AS_PAID:
        assert isinstance(case.subject, Payment)
        _acceptable(case.subject, wish.statement_id)
        return {"statement_id": wish.statement_id}
    if choice is Choice.MARK_DONE:
        if wish.settlement_day is None or not wish.evidence.strip():
            raise ChoiceNotOffered(choice=str(choice), needs="settlement_day and evidence")
        return {
            "settlement_day": wish.settlement_day.isoformat(),
            "evidence": wish.evidence.strip()[:120],
        }
    if choice is Choice.BACK_TO_CLAIM:
        said = case.statements[-1].state if case.statements else ""
        if said not in _FINAL_WORDS:
            raise ChoiceNotOffered(choice=str(choice), channel_says=said or "nothing")
    return {}


def fingerprint(case: Case, choice: Choice, said: Mapping[str, str], *, now: datetime) -> bytes:
    """What the approval is bound to: the postings, or where nothing is posted the words."""
    subject = case.subject
    if choice is Choice.ACCEPT_AS_PAID:
        assert isinstance(subject, Payment)
        return book.fingerprint([_accepted(subject, _acceptable(subject, said["statement_id"]))])
    if choice is Choice.MARK_DONE:
        assert isinstance(subject, Refund)
        return book.fingerprint([_done(subject, said, now=now)])
    if choice is Choice.BACK_TO_CLAIM:
        assert isinstance(subject, Refund)
        return book.reversal_fingerprint(
            subject.payment.pool, derive(subject.id, "asked"), amount_fen=subject.amount_fen
        )
    text = statements.fingerprint(case.item.ref, str(choice), case.seen, dict(said))
    return hashlib.sha256(text.encode()).digest()


def carry_out(case: Case, *, checker: Person, now: datetime) -> None:
    """Does what was approved, in the caller's transaction, spending the approval once."""
    choice = Choice(case.decision.choice)
    if choice not in case.item.choices:
        raise ProposalOver(proposal_id=case.decision.id, choice=str(choice))
    actor = Actor(kind="officer", id=str(checker.pk))
    if choice not in _SPENT_BY_THE_BOOK:
        _spend(case, choice, now=now)
    _ACTS[choice](case, actor, now)
    trail.record(
        f"payments.{choice}",
        actor=actor,
        now=now,
        subject=case.item.ref,
        approval_id=case.decision.id,
        proposed_by=str(case.decision.maker_id),
    )


def _accept_as_paid(case: Case, actor: Actor, now: datetime) -> None:
    """Books what the channel says it took and sends all of it back to its payer."""
    payment = case.subject
    assert isinstance(payment, Payment)
    fact = _acceptable(payment, case.decision.details["statement_id"])
    posting = _accepted(payment, fact)
    trail.advance(
        payment,
        to="confirmed",
        actor=actor,
        because=f"accepted by two officers: {case.decision.reason}",
        now=now,
        transaction_no=fact["transaction_no"],
        paid_fen=posting.amount_fen,
        paid_at=posting.event_at,
        settlement_day=_settlement_day(fact),
    )
    book.post([replace(posting, approval_id=case.decision.id)])
    patrons.of(payment.patron).payment_closed(payment, now=now)
    refunding.ask(
        payment,
        cause=payment.id,
        amount_fen=payment.paid_fen,
        source=postings.received(payment.id),
        because="accepted by officers, goes back to its payer",
        actor=actor,
        now=now,
    )


def _close_as_not_money(case: Case, actor: Actor, now: datetime) -> None:
    payment = case.subject
    assert isinstance(payment, Payment)
    trail.advance(
        payment,
        to="closed",
        actor=actor,
        because=f"no money, found by two officers: {case.decision.reason}",
        now=now,
    )
    patrons.of(payment.patron).payment_closed(payment, now=now)


def _ask_again(case: Case, actor: Actor, now: datetime) -> None:
    """Another question under the same number: about a payment, or the refund itself."""
    subject = case.subject
    if isinstance(subject, Payment):
        duties.owe("payment.ask_evidence", subject.id, now=now)
        return
    assert isinstance(subject, Refund)
    because = f"asked again under its number: {case.decision.reason}"
    trail.advance(subject, to="asked", actor=actor, because=because, now=now)
    duties.owe("refund.carry", subject.id, now=now)


def _mark_done(case: Case, actor: Actor, now: datetime) -> None:
    refund = case.subject
    assert isinstance(refund, Refund)
    posting = _done(refund, case.decision.details, now=now)
    because = f"done, proven by {case.decision.details['evidence']}"
    trail.advance(refund, to="done", actor=actor, because=because, now=now, done_at=now)
    book.post([replace(posting, approval_id=case.decision.id)])
    duties.settle("refund.carry", refund.id, now=now)
    patrons.of(refund.payment.patron).refund_done(refund, now=now)


def _back_to_claim(case: Case, actor: Actor, now: datetime) -> None:
    """The channel will not do it: the money lies again where it was taken from."""
    refund = case.subject
    assert isinstance(refund, Refund)
    because = f"withdrawn by two officers: {case.decision.reason}"
    trail.advance(refund, to="withdrawn", actor=actor, because=because, now=now)
    Payment.objects.filter(pk=refund.payment_id).update(
        refunding_fen=F("refunding_fen") - refund.amount_fen
    )
    book.reverse(
        refund.payment.pool,
        derive(refund.id, "asked"),
        event_at=now,
        approval_id=case.decision.id,
    )
    duties.settle("refund.carry", refund.id, now=now)
    patrons.of(refund.payment.patron).refund_withdrawn(refund, now=now)
    onlookers.refund_withdrawn(refund, now=now)


def _try_again(case: Case, actor: Actor, now: datetime) -> None:
    if isinstance(case.subject, Notice):
        duties.owe("notice.apply", case.subject.id, now=now)
        return
    work = "bill.fetch" if isinstance(case.subject, Bill) else case.item.work
    duties.owe(work, case.item.subject_id, now=now)


def _dismiss(case: Case, actor: Actor, now: datetime) -> None:
    if isinstance(case.subject, Notice):
        because = f"of no order of ours: {case.decision.reason}"
        trail.advance(case.subject, to="dismissed", actor=actor, because=because, now=now)
        duties.settle("notice.apply", case.subject.id, now=now)
        return
    assert isinstance(case.subject, Duty)
    duties.settle(case.item.work, case.item.subject_id, now=now)


def _explain(case: Case, actor: Actor, now: datetime) -> None:
    assert isinstance(case.subject, Disagreement | Bill)
    to = "explained" if isinstance(case.subject, Disagreement) else "stored"
    trail.advance(case.subject, to=to, actor=actor, because=case.decision.reason, now=now)


def _acceptable(payment: Payment, statement_id: str) -> Mapping[str, Any]:
    """The named word of the channel when money can be booked by it. Raises ChoiceNotOffered."""
    fact = statements.fact_of(payment, statement_id) or {}
    wanted = {
        "state": PaymentState.PAID.value,
        "order_no": payment.order_no,
        "merchant_no": payment.merchant.merchant_no,
        "currency": "CNY",
    }
    against = [name for name, value in wanted.items() if fact.get(name) != value]
    amount_fen = fact.get("amount_fen")
    if type(amount_fen) is not int or amount_fen <= 0:
        against.append("amount_fen")
    number = fact.get("transaction_no")
    others = Payment.objects.filter(channel=payment.channel, transaction_no=number)
    if not number or others.exclude(pk=payment.pk).exists():
        against.append("transaction_no")
    if not fact.get("paid_at"):
        against.append("paid_at")
    if against:
        raise ChoiceNotOffered(statement_id=statement_id[:60], against=against)
    return fact


def _accepted(payment: Payment, fact: Mapping[str, Any]) -> Posting:
    paid_at = datetime.fromisoformat(fact["paid_at"])
    return postings.payment_confirmed(
        payment.pool,
        payment.id,
        channel=payment.channel,
        settlement_day=_settlement_day(fact),
        amount_fen=fact["amount_fen"],
        event_at=paid_at,
    )


def _settlement_day(fact: Mapping[str, Any]) -> date:
    """The channel's own day of its books where it says one, else the day the payer paid."""
    said = fact.get("settlement_day")
    paid_at = datetime.fromisoformat(fact["paid_at"])
    return date.fromisoformat(said) if said else business_day(paid_at)


def _done(refund: Refund, said: Mapping[str, str], *, now: datetime) -> Posting:
    return postings.refund_done_by_channel(
        refund.payment.pool,
        refund.id,
        channel=refund.payment.channel,
        settlement_day=date.fromisoformat(said["settlement_day"]),
        amount_fen=refund.amount_fen,
        event_at=now,
    )


def _spend(case: Case, choice: Choice, *, now: datetime) -> None:
    """Spends the approval of a decision that books nothing; the database lets it happen once."""
    print_ = fingerprint(case, choice, case.decision.details, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.payments_spend_approval(%s, %s, %s)",
            [case.decision.id, case.decision.pool, print_],
        )
        said = cursor.fetchone()[0]
    if said != "spent":
        raise ApprovalDecided(id=case.decision.id, because=said)


_SPENT_BY_THE_BOOK = frozenset({Choice.ACCEPT_AS_PAID, Choice.MARK_DONE, Choice.BACK_TO_CLAIM})
_ACTS: Mapping[Choice, Callable[[Case, Actor, datetime], None]] = {
    Choice.ACCEPT_AS_PAID: _accept_as_paid,
    Choice.CLOSE_AS_NOT_MONEY: _close_as_not_money,
    Choice.ASK_AGAIN: _ask_again,
    Choice.MARK_DONE: _mark_done,
    Choice.BACK_TO_CLAIM: _back_to_claim,
    Choice.TRY_AGAIN: _try_again,
    Choice.DISMISS: _dismiss,
    Choice.EXPLAIN: _explain,
}
