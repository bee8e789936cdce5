"""赎回付款: one officer proposes by which ways the money goes, a second one agrees.

The original route comes first, lot by lot; what is left goes to an account of the same name, or in
cash at a counter within the limit. Everything rests on one approval, a bank payment on its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.card_service import departing, following, onlookers, planning, queries
from gateway.card_service.errors import DepartureNotThere
from gateway.card_service.models import Departure, Part
from gateway.card_service.moving import payable
from gateway.card_service.planning import Rest
from gateway.payments import refunding
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger

PURPOSE = "card_service.redemption"
TIME_TO_DECIDE = timedelta(days=3)


@transaction.atomic
def propose(departure_id: UUID, *, rest: Rest, maker: Person, now: datetime) -> Departure:
    """Fix the parts and ask a second officer.

    NotAllowed, DepartureNotThere, RouteNeeded (an account or a box for the rest), CashTooMuch,
    PayeeNotSameName, and the refusals of a bank request. Nothing has moved then.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    if not people.has_role(maker, FINANCE_OFFICER, departure.pool, now):
        raise NotAllowed(person=str(maker.pk), role=FINANCE_OFFICER)
    if (departure.kind, departure.state) != (departing.REDEMPTION, "moved"):
        raise DepartureNotThere(state=departure.state)
    parts = planning.plan(departure, rest, now)
    is_the_banks = {part.way for part in parts} - {"coupon"} == {"bank"}
    approval_id = None if is_the_banks else _ask(departure, parts, maker, now)
    request_id = None
    for part in parts:
        if part.way == "bank":
            part.goes_as = request_id = _ask_bank(departure, part, rest, maker, now).id
    Part.objects.bulk_create(parts)
    trail.advance(
        departure,
        to="proposed",
        actor=_officer(maker),
        because=f"by {', '.join(sorted({part.way for part in parts}))}",
        now=now,
        round_no=departure.round_no + 1,
        approval_id=approval_id,
        request_id=request_id,
    )
    return departure


@transaction.atomic
def approve(departure_id: UUID, *, checker: Person, now: datetime) -> Departure:
    """The second officer agrees: refunds are owed, cash is paid out, the bank is instructed.

    All in one transaction, so of two redemptions or refunds that reach for the same payment one
    is refused whole (NothingToRefund). MakerIsChecker, NotAllowed, ApprovalExpired,
    DepartureNotThere, Overdrawn, and the refusals of a bank request.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    if departure.state != "proposed":
        raise DepartureNotThere(state=departure.state)
    actor = _officer(checker)
    parts = _of_this_round(departure)
    if departure.approval_id is not None:
        approvals.approve(departure.approval_id, checker=checker, now=now)
        for part in parts:
            _set_aside(departure, part, actor, now)
        book.post(planning.approved_postings(departure, parts, departure.approval_id, now))
    if departure.request_id is not None:
        request = OutflowRequest.objects.get(pk=departure.request_id)
        if request.state == "asked":
            requests.approve(request.id, checker=checker, now=now)
    following.take_coupons(departure, parts, actor, now)
    because = "a second officer agreed"
    trail.advance(departure, to="paying", actor=actor, because=because, now=now)
    onlookers.redemption_pays(departure, now=now)
    following.look(departure.id, now)
    departure.refresh_from_db()
    return departure


@transaction.atomic
def refuse(departure_id: UUID, *, checker: Person, because: str, now: datetime) -> Departure:
    """The second officer does not agree: the money waits for another proposal. As `approve`."""
    departure = queries.departure(departure_id, person=None, lock=True)
    if departure.state != "proposed":
        raise DepartureNotThere(state=departure.state)
    if departure.approval_id is not None:
        approvals.refuse(departure.approval_id, checker=checker, now=now)
    if departure.request_id is not None:
        request = OutflowRequest.objects.get(pk=departure.request_id)
        if request.state == "asked":
            requests.refuse(request.id, checker=checker, because=because, now=now)
    following.look(departure.id, now)
    departure.refresh_from_db()
    return departure


def _ask(departure: Departure, parts: list[Part], maker: Person, now: datetime) -> UUID:
    """The approval of everything that we book ourselves; its fingerprint covers every part."""
    blank = planning.approved_postings(departure, parts, departure.id, now)
    payable_fen = ledger.available_fen(departure.pool, payable(departure))
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=departure.pool,
        content={
            "departure_id": str(departure.id),
            "card": departure.card.masked,
            "amount_fen": sum(each.amount_fen for each in blank),
            "originals": [
                {"payment_id": str(part.payment_id), "amount_fen": part.amount_fen}
                for part in parts
                if part.way == "original"
            ],
            "box": "".join(part.box for part in parts),
            "before": {"payable_fen": payable_fen} | {f"{way}_fen": 0 for way in _by_way(parts)},
            "after": {"payable_fen": payable_fen - sum(part.amount_fen for part in parts)}
            | {f"{way}_fen": fen for way, fen in _by_way(parts).items()},
        },
        fingerprint=book.fingerprint(blank),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    return approval.id


def _ask_bank(
    departure: Departure, part: Part, rest: Rest, maker: Person, now: datetime
) -> OutflowRequest:
    assert rest.account is not None, "a bank part is planned for an account only"
    payee = departing.SameName(
        account_no=departure.payee_no, name=departure.payee_name, bank_name=departure.payee_bank
    )
    departing.refuse_other_name(departure.person, payee)
    return requests.ask(
        pool=departure.pool,
        purpose=Purpose.REDEMPTION,
        source=payable(departure),
        payee=Payee(account_no=payee.account_no, name=payee.name, bank_name=payee.bank_name),
        amount_fen=part.amount_fen,
        account=rest.account,
        because="赎回卡内余额",
        maker=maker,
        now=now,
        route=rest.route,
    )


def _set_aside(departure: Departure, part: Part, actor: Actor, now: datetime) -> None:
    """The payer's room for it is taken under the row of the payment: I5, whoever else refunds."""
    if part.way not in planning.APPROVED_HERE:
        return
    if part.way == "original":
        assert part.payment is not None, "an original route has its payment"
        refund, _ = refunding.set_aside(
            part.payment,
            cause=part.id,
            amount_fen=part.amount_fen,
            source=payable(departure),
            because="the card was redeemed",
            actor=actor,
            now=now,
        )
        assert refund.id == part.goes_as, "the number that was approved"
    trail.advance(part, to="going", actor=actor, because="a second officer agreed", now=now)
    if part.way == "cash":
        trail.advance(part, to="done", actor=actor, because="paid at the counter", now=now)


def _by_way(parts: list[Part]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        found[part.way] = found.get(part.way, 0) + part.amount_fen
    return found


def _of_this_round(departure: Departure) -> list[Part]:
    rows = departure.parts.filter(round_no=departure.round_no).select_related("payment")
    return list(rows.order_by("payment_id", "id"))


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))
