"""An office of its own process, a seller in the province's pool, and a citizen who paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts import clock, duties
from gateway.invoice import asking, reversing, titles
from gateway.invoice.models import Invoice
from gateway.invoice.titles import Title
from gateway.sandbox import invoice_sellers
from gateway.sandbox.neighbours.control import Neighbour
from tests.support.province import Citizen, Province

COMPANY = Title(kind="enterprise", name="河南示例科技有限公司", taxpayer_no="91330100799655058B")
PERSON = titles.understand("personal", "欧阳小雨")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One province whose operator sells at the office."""

    province: Province
    office: Neighbour
    me: Citizen

    def paid(self, amount_fen: int = 5_000) -> dict[str, Any]:
        return self.province.paid(self.me, self.province.card(self.me), amount_fen)

    def asked(self, topup: dict[str, Any], title: Title = PERSON) -> Invoice:
        return asking.ask(UUID(topup["id"]), person=self.me.person, title=title, now=clock.now())

    def issued(self, topup: dict[str, Any], title: Title = PERSON) -> Invoice:
        invoice = self.asked(topup, title)
        self.work(asking.ISSUE, invoice)
        assert again(invoice).state == "issued"
        return again(invoice)

    def work(self, kind: str, invoice: Invoice, *, later: timedelta = timedelta(0)) -> None:
        duties.work_one(kind, invoice.pk, clock.now() + later)

    def reversed(self, invoice: Invoice) -> Invoice:
        self.work(reversing.REVERSE, invoice)
        return again(invoice)

    def at_office(self, number: str) -> dict[str, Any]:
        found = [one for one in self.office.book()["orders"] if one["request_no"] == number]
        return found[0] if found else {}

    def papers(self, invoice: Invoice) -> list[dict[str, Any]]:
        """Every document the office made for this seller's order, blue and red."""
        mine = {one.request_no for one in Invoice.objects.filter(payment=invoice.payment)}
        return [
            one
            for one in self.office.book()["orders"]
            if one["state"] == "ISSUED"
            and (one["request_no"] in mine or one["reverses"] in numbers(invoice))
        ]


def numbers(invoice: Invoice) -> set[str]:
    rows = Invoice.objects.filter(payment=invoice.payment, invoice_no__isnull=False)
    return {str(one) for one in rows.values_list("invoice_no", flat=True)}


def again(invoice: Invoice) -> Invoice:
    return Invoice.objects.select_related("red").get(pk=invoice.pk)


@pytest.fixture
def scene(province: Province, invoice_office: tuple[Neighbour, Path]) -> Scene:
    office, place = invoice_office
    office.behave()
    invoice_sellers.introduce([province.operator], place=place, url=office.base_url)
    return Scene(province=province, office=office, me=province.citizen())
