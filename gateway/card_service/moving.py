"""Moves a balance out of its card after the wait: to the new card's claim, or payable."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import cards, trail
from accounts.actors import WORKER
from accounts.duties import Later
from accounts.identifiers import derive
from gateway.card_service import departing, queries
from gateway.card_service.models import Departure, Part
from gateway.topup import ordering
from nfc_topup import loading
from nfc_topup import queries as loads
from reserve_funds import postings
from reserve_funds.custody.cases import kinds, services
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Ref

OVERDRAWN = kinds.register(
    "card_overdrawn_leaves",
    zh="退换的卡透支，先补足再办理",
    en="A card that is replaced or redeemed is overdrawn; that is settled first",
    working_days=10,
)


def payable(departure: Departure) -> Ref:
    """应付赎回款 of one redemption."""
    return postings.account("redemption_payable", departure.id)


@transaction.atomic
def move(departure_id: UUID, now: datetime) -> Later | None:
    """The balance leaves the card, once: what the book holds for it, all late trips deducted.

    A load in doubt is waited for (only the card or two officers end it), an overdraft too, with a
    case. Until then nothing has moved.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    if departure.state != "waiting" or departure.moves_at is None:
        return None
    if now < departure.moves_at:
        return Later(at=departure.moves_at)
    card = departing.lock_card(departure.card)
    if loads.unresolved_load_of(card) is not None:
        return Later(because="a load of the card is unresolved")
    balance_fen = ledger.balance_fen(departure.pool, postings.card_purse(card.asn))
    if balance_fen < 0:
        _tell_overdraft(departure, -balance_fen, now)
        return Later(because="the card is overdrawn")
    if departure.proven_fen is not None:  # the rest is of trips that have not come yet
        balance_fen = min(balance_fen, departure.proven_fen)
    _leave(departure, now)
    if balance_fen and departure.kind in departing.TO_A_NEW_CARD:
        _to_claims(departure, balance_fen, now)
    elif balance_fen:
        _to_payable(departure, balance_fen, now)
    trail.advance(
        departure,
        to="moved" if balance_fen else "settled",
        actor=WORKER,
        because="the wait for late trips is over",
        now=now,
        moved_at=now,
        amount_fen=balance_fen,
    )
    services.close_case(
        OVERDRAWN, pool=departure.pool, subject=f"departure:{departure.id}", actor=WORKER,
        because="nothing is owed any more", now=now,
    )  # fmt: skip
    return None


def _leave(departure: Departure, now: datetime) -> None:
    """A lost card is out of service for good now; one that was handed in is already."""
    card = departure.card
    if departure.why != "lost":
        return
    loss = queries.open_loss(card, lock=True)
    if loss.state == "reported":
        trail.advance(loss, to="in_force", actor=WORKER, because="the hours have passed", now=now)
    trail.advance(loss, to="settled", actor=WORKER, because="its balance has moved", now=now)
    to = "replaced" if departure.kind == departing.REPLACEMENT else "closed"
    cards.leave_service(card, to=to, because="lost", actor=WORKER, now=now)


def _to_claims(departure: Departure, balance_fen: int, now: datetime) -> None:
    """One claim for each load that the new card needs; each is a paid top-up like any other."""
    new_card = departure.new_card
    assert new_card is not None, "a replacement has its new card"
    cap_fen = loading.load_cap_fen(new_card)
    for number, start in enumerate(range(0, balance_fen, cap_fen)):
        amount_fen = min(cap_fen, balance_fen - start)
        claim_id = derive(departure.id, f"claim {number}")
        book.post(
            [
                postings.card_balance_moved(
                    departure.pool,
                    claim_id,
                    departure.card.asn,
                    amount_fen=amount_fen,
                    event_at=now,
                )
            ]
        )
        because = "the balance of the card that it replaces"
        ordering.claim(
            claim_id,
            person=departure.person,
            card=new_card,
            amount_fen=amount_fen,
            actor=WORKER,
            because=because,
            now=now,
        )
        part = Part.objects.create(
            id=derive(claim_id, "part"),
            departure=departure,
            round_no=0,
            way="claim",
            amount_fen=amount_fen,
            goes_as=claim_id,
        )
        trail.advance(part, to="going", actor=WORKER, because=because, now=now)


def _to_payable(departure: Departure, balance_fen: int, now: datetime) -> None:
    book.post(
        [
            postings.of(
                "redemption_asked",
                departure.pool,
                departure.id,
                debit=postings.card_purse(departure.card.asn),
                credit=payable(departure),
                amount_fen=balance_fen,
                event_at=now,
            )
        ]
    )


def _tell_overdraft(departure: Departure, owed_fen: int, now: datetime) -> None:
    services.open_case(
        OVERDRAWN,
        pool=departure.pool,
        subject=f"departure:{departure.id}",
        now=now,
        amount_fen=owed_fen,
    )
