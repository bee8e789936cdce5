"""Loads at a kiosk: repair first, then an order paid here or elsewhere, in three round trips.

The talk with the card is the citizen's own (gateway.topup.conversation); the kiosk carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Kiosk, TransitCard
from gateway.kiosk import records, settling
from gateway.kiosk.authentication import actor_of
from gateway.kiosk.errors import LoadOfAnother, OtherCardsOrder
from gateway.kiosk.models import CarriedLoad
from gateway.topup import conversation, ordering, queries
from gateway.topup.models import TopUp
from nfc_topup import queries as cards_loads
from nfc_topup.loading import Conversation, Seal, Verdict

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What can be done with a card that is presented."""

    repair_first: bool
    orders: list[TopUp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What became of a load, with the order it was for."""

    verdict: Verdict
    topup: TopUp


def present(card: TransitCard) -> Presented:
    """What is open for this card (补登): a doubt to settle first, and paid orders, oldest first."""
    waiting = TopUp.objects.filter(card=card, state="paid").order_by("paid_at", "id")
    return Presented(
        repair_first=cards_loads.unresolved_load_of(card) is not None,
        orders=list(waiting[:MOST]),
    )


def order_of(order_id: UUID, card: TransitCard) -> TopUp:
    """The order, if it is this card's; OtherCardsOrder, TopupNotFound."""
    topup = queries.get(order_id, person=None)
    if topup.card_id != card.pk:
        raise OtherCardsOrder(order_id=order_id)
    return topup


def open_load(
    kiosk: Kiosk, order_id: UUID, card: TransitCard, *, aid: bytes | None, now: datetime
) -> Conversation:
    """Opens the load of a paid order; what conversation.open_load raises, OtherCardsOrder.

    LoadUnresolved while a half record of this card is not settled, wherever it was made.
    """
    order_of(order_id, card)
    actor = actor_of(kiosk)
    talk = conversation.open_load(order_id, person=None, actor=actor, now=now, aid=aid)
    carried = CarriedLoad(kiosk=kiosk, load_id=talk.load_id, opened_at=now)
    CarriedLoad.objects.bulk_create([carried], ignore_conflicts=True)
    return talk


def seal(kiosk: Kiosk, load_id: UUID, answers: list[str], *, now: datetime) -> Seal:
    """CREDIT for the card's challenge; the same challenge the same command. LoadOfAnother."""
    _refuse_other(kiosk, load_id)
    return conversation.seal(load_id, answers, person=None, actor=actor_of(kiosk), now=now)


def prove(
    kiosk: Kiosk,
    load_id: UUID,
    answers: list[str],
    *,
    number: int,
    said_at: datetime,
    now: datetime,
) -> Proved:
    """What became of the load, now or days later; its record is kept under the kiosk's number.

    A TAC that verifies ends the load, all else is doubt. LoadOfAnother, RecordDiffers: nothing
    moves then.
    """
    _refuse_other(kiosk, load_id)
    load = cards_loads.get(load_id)
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        is_new = records.keep(
            kiosk,
            number,
            kind="load" if _has_tac(answers) else "doubt",
            amount_fen=load.amount_fen,
            ref=load_id,
            said_at=said_at,
            now=now,
        )
        if is_new:
            settling.heal(kiosk, number, now=now)
    verdict = conversation.prove(load_id, answers, person=None, actor=actor_of(kiosk), now=now)
    return Proved(verdict=verdict, topup=queries.get(load.order_id, person=None))


def open_evidence(
    kiosk: Kiosk, card: TransitCard, *, aid: bytes | None, now: datetime
) -> Conversation:
    """Questions to a card whose half record must be settled; NothingUnresolved."""
    return conversation.open_evidence(card, actor=actor_of(kiosk), now=now, aid=aid)


def take_evidence(kiosk: Kiosk, inquiry_id: UUID, answers: list[str], *, now: datetime) -> Verdict:
    """What the card showed: loaded, not_loaded or unclear."""
    actor: Actor = actor_of(kiosk)
    return conversation.take_evidence(inquiry_id, answers, person=None, actor=actor, now=now)


def place_to_scan(card: TransitCard, amount_fen: int, *, cause: UUID, now: datetime) -> TopUp:
    """An order that whoever stands at the kiosk pays by scanning its screen."""
    return ordering.place_by_code(
        cause=cause, person=None, card=card, amount_fen=amount_fen, now=now
    )


def _refuse_other(kiosk: Kiosk, load_id: UUID) -> None:
    if not CarriedLoad.objects.filter(kiosk=kiosk, load_id=load_id).exists():
        raise LoadOfAnother(load_id=load_id)


def _has_tac(answers: list[str]) -> bool:
    """Whether the card answered CREDIT with four bytes and success; whether they are true is
    judged by the vault."""
    return bool(answers) and len(answers[0]) == 12 and answers[0].endswith("9000")
