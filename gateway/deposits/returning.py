"""退押金: one officer proposes by which way it goes back, a second one agrees.

The original route comes first. What was paid in cash, or what its channel could not give back, is
paid in cash at a counter within the limit, or by a bank: that is an outflow of custody's own
(DEPOSIT_RETURN), which two officers decide there. Nothing lets anybody keep a deposit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.identifiers import derive
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.card_service import planning
from gateway.card_service.errors import CashTooMuch
from gateway.deposits import coming_back, queries
from gateway.deposits.errors import DepositDrawerEmpty, DepositNotThere, DepositRouteWrong
from gateway.deposits.lifecycle import STANDING
from gateway.deposits.models import Deposit
from gateway.payments import refunding
from reserve_funds import postings
from reserve_funds.custody.bank.drafts import Draft, before_asking
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, listing
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting

PURPOSE = "deposits.return"
ORIGINAL, CASH = "original", "cash"
TIME_TO_DECIDE = timedelta(days=3)


@transaction.atomic
def propose(deposit_id: UUID, *, way: str, box: str = "", maker: Person, now: datetime) -> Deposit:
    """One officer says by which way; nothing has moved.

    NotAllowed, DepositNotFound, DepositNotThere, DepositRouteWrong, CashTooMuch,
    DepositDrawerEmpty.
    """
    deposit = queries.get(deposit_id, lock=True)
    if not people.has_role(maker, FINANCE_OFFICER, deposit.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if deposit.state != "due":
        raise DepositNotThere(state=deposit.state)
    _refuse_way(deposit, way, box, now)
    deposit.round_no += 1
    blank = _posting(deposit, way, box, None, now)
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=deposit.pool,
        content={
            "deposit_id": str(deposit.id),
            "card": deposit.card.masked,
            "amount_fen": deposit.amount_fen,
            "way": way,
            "box": box,
            "before": {"deposit_fen": deposit.amount_fen, f"{way}_fen": 0},
            "after": {"deposit_fen": 0, f"{way}_fen": deposit.amount_fen},
        },
        fingerprint=book.fingerprint([blank]),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    trail.advance(
        deposit,
        to="proposed",
        actor=_officer(maker),
        because=f"by {way}",
        now=now,
        round_no=deposit.round_no,
        way=way,
        approval_id=approval.id,
        goes_as=None,
    )
    return deposit


@transaction.atomic
def approve(deposit_id: UUID, *, checker: Person, now: datetime) -> Deposit:
    """The second officer agrees: the refund is owed, or the cash is paid out.

    MakerIsChecker, NotAllowed, ApprovalExpired, DepositNotThere, DepositDrawerEmpty,
    NothingToRefund, and the book's refusals: nothing moves then.
    """
    payment = queries.payment_of(queries.get(deposit_id), lock=True)
    deposit = queries.get(deposit_id, lock=True)
    if deposit.state != "proposed" or deposit.approval_id is None:
        raise DepositNotThere(state=deposit.state)
    box = str(approvals.get(deposit.approval_id).content["box"])
    approvals.approve(deposit.approval_id, checker=checker, now=now)
    actor, because = _officer(checker), "a second officer agreed"
    posting = _posting(deposit, deposit.way, box, deposit.approval_id, now)
    if deposit.way == CASH:
        _refuse_drawer(deposit, box)
        book.post([posting])
        trail.advance(
            deposit, to="returned", actor=actor, because=because, now=now, returned_at=now
        )
        return deposit
    assert payment is not None, "an original route has its payment"
    refund, _ = refunding.set_aside(
        payment,
        cause=_cause(deposit),
        amount_fen=deposit.amount_fen,
        source=queries.account(deposit),
        because="the card came back",
        actor=actor,
        now=now,
    )
    book.post([posting])
    trail.advance(deposit, to="returning", actor=actor, because=because, now=now, goes_as=refund.pk)
    return deposit


@transaction.atomic
def refuse(deposit_id: UUID, *, checker: Person, now: datetime) -> Deposit:
    """The second officer does not agree: it waits for another proposal. As `approve`."""
    deposit = queries.get(deposit_id, lock=True)
    if deposit.state != "proposed" or deposit.approval_id is None:
        raise DepositNotThere(state=deposit.state)
    approvals.refuse(deposit.approval_id, checker=checker, now=now)
    return coming_back.look(deposit_id, now)


def drawers_that_pay(deposit: Deposit, now: datetime) -> list[listing.Listed]:
    """The drawers and boxes of its pool that hold enough, while a counter may pay so much."""
    if deposit.amount_fen > planning.cash_most_fen(deposit.pool, now):
        return []
    found = listing.accounts(deposit.pool, "cash_in_transit", limit=200)
    return [each for each in found if each.fen >= deposit.amount_fen]


@before_asking
def refuse_outflow(draft: Draft) -> None:
    """A bank pays a deposit whole, when it is due and its channel cannot. DepositRouteWrong.

    What the book holds for a card without a deposit here was brought over, and is none of ours.
    """
    for line in draft.lines:
        if draft.purpose is not Purpose.DEPOSIT_RETURN or line.source.kind != "deposits_held":
            continue
        rows = Deposit.objects.filter(pool=draft.pool, asn=line.source.owner)
        mine = rows.filter(state__in=STANDING).first()
        if mine is None:
            continue
        is_due = mine.state == "due" and line.amount_fen == mine.amount_fen
        if not is_due or queries.may_go_back_as_paid(mine):
            raise DepositRouteWrong(way="bank")


def _refuse_way(deposit: Deposit, way: str, box: str, now: datetime) -> None:
    as_paid = queries.may_go_back_as_paid(deposit)
    if (way, bool(box)) not in ((ORIGINAL, False), (CASH, True)) or as_paid != (way == ORIGINAL):
        raise DepositRouteWrong(way=way[:10])
    most_fen = planning.cash_most_fen(deposit.pool, now)
    if way == CASH and deposit.amount_fen > most_fen:
        raise CashTooMuch(most_fen=most_fen, amount_fen=deposit.amount_fen)
    if way == CASH:
        _refuse_drawer(deposit, box)


def _refuse_drawer(deposit: Deposit, box: str) -> None:
    held_fen = ledger.available_fen(deposit.pool, postings.account("cash_in_transit", box))
    if held_fen < deposit.amount_fen:
        raise DepositDrawerEmpty(box=box[:80])


def _posting(
    deposit: Deposit, way: str, box: str, approval_id: UUID | None, now: datetime
) -> Posting:
    """What the approval is over. A refund's has the number by which payments would reverse it."""
    cause, step = _cause(deposit), ""
    if way == ORIGINAL:
        cause, step = derive(cause, "refund"), "asked"
        credit = postings.refund_in_flight(cause)
    else:
        credit = postings.account("cash_in_transit", box)
    return postings.of(
        "deposit_returned",
        deposit.pool,
        cause,
        step=step,
        debit=queries.account(deposit),
        credit=credit,
        amount_fen=deposit.amount_fen,
        event_at=now,
        approval_id=approval_id,
    )


def _cause(deposit: Deposit) -> UUID:
    return derive(deposit.id, f"back {deposit.round_no}")


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))
