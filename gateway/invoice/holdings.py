"""What the room of invoices keeps of one person: for their export, and when they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from accounts.errors import DomainError
from accounts.models import Person
from accounts.own_data import Row
from gateway.invoice import queries
from gateway.invoice.errors import InvoiceUnderWay

_CHUNK = 500


class Invoices:
    """Invoices with the titles they were made out to."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """Every invoice, oldest first."""
        rows = queries.of_person(person).order_by("id")
        columns = (
            "id", "topup_id", "state", "amount_fen", "title_kind", "title_name", "taxpayer_no",
            "invoice_no", "issued_at", "asked_at",
        )  # fmt: skip
        return {"invoices": iter(rows.values(*columns).iterator(chunk_size=_CHUNK))}

    def subjects(self, person: Person) -> Iterator[str]:
        """The invoices."""
        yield from map(str, queries.of_person(person).values_list("id", flat=True))

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """One that is being made or reversed."""
        under_way = queries.of_person(person).filter(state__in=queries.UNDER_WAY)
        return [InvoiceUnderWay()] if under_way.exists() else []

    def forget(self, person: Person, now: datetime) -> None:
        """Nothing: an invoice is a voucher that the law makes us keep."""
