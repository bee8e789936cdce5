"""赎回付款: one officer proposes by which ways the money goes, a second one agrees.

The original route comes first, lot by lot; what is left goes to an account of the same name, or in
cash at a counter within the limit. Everything rests on one approval, a bank payment on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import approvals, people, trail
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.identifiers import derive
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.card_service import departing, following, lots, queries
from gateway.card_service.errors import CashTooMuch, DepartureNotThere, RouteNeeded
from gateway.card_service.models import Departure, Part
from gateway.card_service.moving import payable
from gateway.payments import refunding
from reserve_funds import postings
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import CustodyAccount, OutflowRequest
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting

PURPOSE = "card_service.redemption"
TIME_TO_DECIDE = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How what cannot go back the way it came is paid: from `account`, or out of cash `box`."""

    account: CustodyAccount | None = None
    route: str = ""
    box: str = ""


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
    parts = _plan(departure, rest, now)
    by_us = [part for part in parts if part.way != "bank"]
    approval_id = _ask(departure, by_us, maker, now) if by_us else None
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
        by_us = [part for part in parts if part.way != "bank"]
        for part in by_us:
            _set_aside(departure, part, actor, now)
        book.post(_postings(departure, by_us, departure.approval_id, now))
    if departure.request_id is not None:
        request = OutflowRequest.objects.get(pk=departure.request_id)
        if request.state == "asked":
            requests.approve(request.id, checker=checker, now=now)
    because = "a second officer agreed"
    trail.advance(departure, to="paying", actor=actor, because=because, now=now)
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
        requests.refuse(departure.request_id, checker=checker, because=because, now=now)
    following.look(departure.id, now)
    departure.refresh_from_db()
    return departure


def cash_most_fen(pool: int, now: datetime) -> int:
    """What a counter may pay in cash at most (R22, else the terms)."""
    rule = queries.profile_of(pool, now).rule("R22")
    return rule.number("cash_fen") if rule else queries.terms_of(pool, now).cash_most_fen


def _plan(departure: Departure, rest: Rest, now: datetime) -> list[Part]:
    payable_fen = ledger.available_fen(departure.pool, payable(departure))
    spent_first = queries.terms_of(departure.pool, now).lots
    tried = set(
        departure.parts.filter(way="original", state="failed").values_list("payment_id", flat=True)
    )
    found = lots.original_routes(departure.card, payable_fen, spent_first=spent_first)
    routes = [lot for lot in found if lot.payment_id not in tried]
    parts = [
        _part(departure, number, "original", lot.amount_fen, payment_id=lot.payment_id)
        for number, lot in enumerate(sorted(routes, key=lambda lot: lot.payment_id))
    ]
    rest_fen = payable_fen - sum(lot.amount_fen for lot in routes)
    if not rest_fen:
        return parts
    if rest.box:
        paid = departure.parts.filter(way="cash", state="done").values_list("amount_fen", flat=True)
        most_fen = cash_most_fen(departure.pool, now)
        if rest_fen + sum(paid) > most_fen:
            raise CashTooMuch(most_fen=most_fen, amount_fen=rest_fen)
        return [*parts, _part(departure, len(parts), "cash", rest_fen, box=rest.box)]
    if rest.account is None or not departure.payee_no:
        raise RouteNeeded(amount_fen=rest_fen)
    return [*parts, _part(departure, len(parts), "bank", rest_fen)]


def _part(
    departure: Departure,
    number: int,
    way: str,
    amount_fen: int,
    *,
    payment_id: UUID | None = None,
    box: str = "",
) -> Part:
    round_no = departure.round_no + 1
    part_id = derive(departure.id, f"part {round_no} {number}")
    return Part(
        id=part_id,
        departure=departure,
        round_no=round_no,
        way=way,
        amount_fen=amount_fen,
        payment_id=payment_id,
        goes_as=derive(part_id, "refund") if way == "original" else None,
        box=box,
    )


def _ask(departure: Departure, parts: list[Part], maker: Person, now: datetime) -> UUID:
    """The approval of everything that we book ourselves; its fingerprint covers every part."""
    blank = _postings(departure, parts, departure.id, now)
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=departure.pool,
        content={
            "departure_id": str(departure.id),
            "card": departure.card.masked,
            "amount_fen": sum(part.amount_fen for part in parts),
            "parts": [
                {
                    "way": part.way,
                    "amount_fen": part.amount_fen,
                    "payment_id": str(part.payment_id or ""),
                    "box": part.box,
                }
                for part in parts
            ],
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


def _postings(
    departure: Departure, parts: list[Part], approval_id: UUID, now: datetime
) -> list[Posting]:
    """What the approved parts book, the original routes into 在途退款, the cash out of its box."""
    found = []
    for part in parts:
        if part.way == "original":
            assert part.goes_as is not None, "its refund's number is fixed"
            code, cause, step = "redemption_routed", part.goes_as, "asked"
            credit = postings.refund_in_flight(part.goes_as)
        else:
            code, cause, step = "redemption_paid_in_cash", part.id, ""
            credit = postings.account("cash_in_transit", part.box)
        found.append(
            postings.of(
                code,
                departure.pool,
                cause,
                step=step,
                debit=payable(departure),
                credit=credit,
                amount_fen=part.amount_fen,
                event_at=now,
                approval_id=approval_id,
            )
        )
    return found


def _set_aside(departure: Departure, part: Part, actor: Actor, now: datetime) -> None:
    """The payer's room for it is taken under the row of the payment: I5, whoever else refunds."""
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


def _of_this_round(departure: Departure) -> list[Part]:
    rows = departure.parts.filter(round_no=departure.round_no).select_related("payment")
    return list(rows.order_by("payment_id", "id"))


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))
