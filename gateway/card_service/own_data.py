"""What card services keep of one person: for their export, and what must end before they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from accounts.errors import DomainError
from accounts.models import Person
from accounts.own_data import Row
from gateway.card_service import queries
from gateway.card_service.errors import ServiceUnderWay
from gateway.card_service.lifecycle import OVER
from gateway.card_service.models import LossReport, Naming

_CHUNK = 500


class Services:
    """Namings, loss reports, and balances that left their cards."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """The oldest first; of an account the last four digits, unless `whole`."""
        return {
            "namings": iter(
                Naming.objects.filter(person=person)
                .order_by("id")
                .values("id", "card_id", "state", "asked_at", "confirmed_at")
                .iterator(chunk_size=_CHUNK)
            ),
            "loss_reports": iter(
                LossReport.objects.filter(person=person)
                .order_by("id")
                .values("id", "card_id", "state", "reported_at", "in_force_at")
                .iterator(chunk_size=_CHUNK)
            ),
            "card_services": _departures(person, whole),
        }

    def subjects(self, person: Person) -> Iterator[str]:
        """Namings, loss reports and departures, by their bare ids."""
        for model in (Naming, LossReport):
            yield from map(str, model.objects.filter(person=person).values_list("id", flat=True))
        yield from map(str, queries.departures_of(person).values_list("id", flat=True))

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """A replacement or redemption that is not over: its money still looks for this person."""
        under_way = queries.departures_of(person).exclude(state__in=OVER).exists()
        return [ServiceUnderWay()] if under_way else []

    def forget(self, person: Person, now: datetime) -> None:
        """Nothing: services moved money, and the law makes us keep what they say of it."""


def _departures(person: Person, whole: bool) -> Iterator[Row]:
    for one in queries.departures_of(person).order_by("id").iterator(chunk_size=_CHUNK):
        yield {
            "id": one.pk,
            "kind": one.kind,
            "why": one.why,
            "card_id": one.card_id,
            "new_card_id": one.new_card_id,
            "state": one.state,
            "amount_fen": one.amount_fen,
            "asked_at": one.asked_at,
            "moved_at": one.moved_at,
            "account": one.payee_no if whole else one.payee_no[-4:],
        }
