"""A counter and two finance officers of one pool, as redemptions meet them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts import clock, roles
from accounts.actors import Actor
from accounts.models import Person, TransitCard
from gateway.card_service import departing, moving, redeeming
from gateway.card_service.models import Departure
from gateway.card_service.planning import Rest
from reserve_funds import postings
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.ledger import book
from tests.gateway.card_service.holders import NAME, WAIT, Held
from tests.support.officers import seat
from tests.support.province import Province

PAYEE = {"account_no": "6222021702012345678", "name": NAME, "bank_name": "示例银行"}
BOX = "counter-1"


class Desk:
    """A clerk and two finance officers of the province's pool."""

    def __init__(self, province: Province) -> None:
        self.pool = province.pool
        self.clerk = seat((roles.CLERK, self.pool)).person
        self.maker = seat((roles.FINANCE_OFFICER, self.pool), name="王明").person
        self.checker = seat((roles.FINANCE_OFFICER, self.pool), name="赵敏").person

    def takes_in(self, departure_id: UUID) -> Departure:
        actor = Actor(kind="officer", id=str(self.clerk.pk))
        return departing.surrender(
            departure_id, clerk=self.clerk, open_ride=False, actor=actor, now=clock.now()
        )

    def proposes(self, departure_id: UUID, **rest: Any) -> Departure:
        return redeeming.propose(departure_id, rest=Rest(**rest), maker=self.maker, now=clock.now())

    def agrees(self, departure_id: UUID, checker: Person | None = None) -> Departure:
        return redeeming.approve(departure_id, checker=checker or self.checker, now=clock.now())


def sent(departure_id: UUID) -> Any:
    """The bank part's instruction, told to the bank."""
    departure = Departure.objects.get(pk=departure_id)
    [instruction] = OutflowRequest.objects.get(pk=departure.request_id).instructions.all()
    return instructions.sending(instruction.id, now=clock.now())


def asked(held: Held, payee: dict[str, str] | None = None, why: str = "given_up") -> Any:
    return held.citizen.post(f"{held.path}/redemption", {"why": why, "payee": payee})


def payable(held: Held, desk: Desk, payee: dict[str, str] | None = None) -> UUID:
    """Asked for, handed in, the wait over."""
    said = asked(held, payee)
    assert (said.status, said.body["state"]) == (201, "asked"), said.body
    departure_id = UUID(said.body["id"])
    desk.takes_in(departure_id)
    moving.move(departure_id, clock.now() + WAIT)
    assert Departure.objects.get(pk=departure_id).state == "moved"
    return departure_id


def cash_load(held: Held, fen: int) -> None:
    """Value that no channel paid: notes at a kiosk."""
    load_by_cash(held.row, fen)


def load_by_cash(card: TransitCard, fen: int) -> None:
    """The same for a card that nobody holds to a reader."""
    now = clock.now()
    note, cash, order = (departing.derive(card.pk, f"{fen} {word}") for word in "nco")
    pool = card.operator.pool
    book.post(
        [
            postings.cash_accepted(pool, note, cash, box=BOX, amount_fen=fen, event_at=now),
            postings.payment_allocated(pool, cash, order, amount_fen=fen, event_at=now),
            postings.load_sealed(pool, order, order, card.asn, amount_fen=fen, event_at=now),
        ]
    )
