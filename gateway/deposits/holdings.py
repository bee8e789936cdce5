"""What deposits keep of one person: for their export, and what must end before they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from accounts.errors import DomainError
from accounts.models import Person
from accounts.own_data import Row
from gateway.deposits import queries
from gateway.deposits.errors import DepositUnderWay
from gateway.deposits.lifecycle import UNDER_WAY

_CHUNK = 500


class Deposits:
    """Deposits paid in the app."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """The oldest first."""
        columns = ("id", "card_id", "state", "amount_fen", "placed_at", "held_at", "returned_at")
        rows = queries.of_person(person).order_by("id").values(*columns)
        return {"deposits": iter(rows.iterator(chunk_size=_CHUNK))}

    def subjects(self, person: Person) -> Iterator[str]:
        """The deposits."""
        yield from map(str, queries.of_person(person).values_list("id", flat=True))

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """One that is on its way back: its money still looks for this person."""
        under_way = queries.of_person(person).filter(state__in=UNDER_WAY).exists()
        return [DepositUnderWay()] if under_way else []

    def forget(self, person: Person, now: datetime) -> None:
        """Nothing: a deposit moved money, and the law makes us keep what it says of it."""
