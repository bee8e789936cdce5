"""A counter and two finance officers of one pool, as redemptions meet them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts import clock, roles
from accounts.actors import Actor
from accounts.models import Person
from gateway.card_service import departing, redeeming
from gateway.card_service.models import Departure
from gateway.card_service.planning import Rest
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.models import OutflowRequest
from tests.support.officers import seat
from tests.support.province import Province


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
