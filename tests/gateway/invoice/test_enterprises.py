"""An enterprise's order has one invoice to its own code, over what it paid and did not get back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, transaction

from accounts import clock, roles
from accounts.database_errors import constraint_of
from accounts.errors import NotAllowed
from gateway.bulk import funding, onlookers, ordering, queries, returning
from gateway.bulk.models import BulkOrder, BulkReturn, ReturnPart
from gateway.events.models import Event
from gateway.events.tasks import make_of_invoice
from gateway.invoice import asking
from gateway.invoice.errors import InvoiceStands, NothingToInvoice, OrderNotInvoiceable
from gateway.invoice.models import Invoice
from gateway.notifying import telling
from gateway.payments.decisions.deciding import Choice
from tests.gateway.bulk.world import NAME, World
from tests.gateway.card_service.desk import Desk
from tests.gateway.invoice.scene import Scene, again
from tests.journeys.test_deciding import decide, only
from tests.support.officers import seat

LAW = "invoice_an_enterprise_has_what_it_paid_for"


@pytest.fixture
def world(scene: Scene, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return World.of(scene.province)


def asked(world: World, order: BulkOrder) -> Invoice:
    return asking.ask_for_enterprise(order.pk, officer=world.maker, now=clock.now())


def given_back(world: World, order: BulkOrder, *claim_ids: UUID) -> BulkReturn:
    now = clock.now()
    word = returning.ask(order.pk, claim_ids=claim_ids, because="离职", maker=world.maker, now=now)
    return returning.approve(word.pk, checker=world.checker, now=now)


def amounts(scene: Scene, order: BulkOrder) -> list[str]:
    """Every document the office made for this order, blue and red, as it wrote the amounts."""
    found = Invoice.objects.filter(bulk_order=order)
    ours = {one.request_no for one in found} | {one.invoice_no for one in found if one.invoice_no}
    return [
        one["amount"]
        for one in scene.office.book()["orders"]
        if one["state"] == "ISSUED" and ({one["request_no"], one["reverses"]} & ours)
    ]


def test_paid_by_transfer_a_returned_part_leaves_one_over_the_rest(
    scene: Scene, world: World
) -> None:
    cards = [scene.province.card() for _ in range(3)]
    order = world.approved(*((str(n), card.state.asn[1:], 50) for n, card in enumerate(cards)))
    with pytest.raises(OrderNotInvoiceable):
        asked(world, order)
    world.pays(order, 15_010)  # ten fen more than it comes to: no sale
    far = seat((roles.FINANCE_OFFICER, world.pool + 1)).person
    with pytest.raises(NotAllowed):
        asking.ask_for_enterprise(order.pk, officer=far, now=clock.now())
    first = asked(world, order)
    assert asked(world, order) == first, "asked twice it is one"
    assert (first.amount_fen, first.title_name, first.taxpayer_no) == (
        15_000, NAME, world.enterprise.credit_code,
    )  # fmt: skip
    assert (first.person_id, first.topup_id, first.payment_id) == (None, None, None)
    scene.work(asking.ISSUE, first)
    [made] = [one for one in scene.office.book()["orders"] if one["request_no"] == first.request_no]
    assert (made["state"], made["amount"]) == ("ISSUED", "150.00")
    one, two, three = queries.good_rows(order)
    with transaction.atomic():
        given_back(world, order, one.pk)
        assert again(first).state == "reversing", "at once, in the same transaction"
        transaction.set_rollback(True)
    assert again(first).state == "issued", "both or neither"
    assert not ReturnPart.objects.filter(bulk_return__order=order).exists()
    given_back(world, order, one.pk)
    with pytest.raises(InvoiceStands):
        asked(world, order)
    scene.reversed(first)
    rest = again(first).replaced_by
    assert (rest.state, rest.amount_fen, rest.title) == ("asked", 10_000, first.title)
    given_back(world, order, two.pk)
    assert again(rest).state == "withdrawn", "never sent, so nobody is asked"
    last = Invoice.objects.get(replaces=rest)
    scene.work(asking.ISSUE, last)
    assert amounts(scene, order) == ["150.00", "-150.00", "50.00"]
    assert asked(world, order) == again(last)
    given_back(world, order, three.pk)
    scene.reversed(last)
    assert amounts(scene, order) == ["150.00", "-150.00", "50.00", "-50.00"]
    with pytest.raises(NothingToInvoice):
        asked(world, order)
    _told_to_nobody(first)
    assert scene.province.faults() == []


def _told_to_nobody(invoice: Invoice) -> None:
    """No citizen and no partner hears of an enterprise's invoice."""
    make_of_invoice(invoice.pk, clock.now())
    assert not Event.objects.filter(subject_id=invoice.pk).exists()
    assert telling.tell("invoice", {invoice.pk}, now=clock.now()) == 0


def test_paid_over_a_channel_a_refund_withdrawn_brings_it_again(scene: Scene, world: World) -> None:
    order = world.approved(("1", scene.province.card().state.asn[1:], 50))
    payment = funding.pay_over(
        order.pk, channel=scene.province.channel, scene="native", officer=world.maker,
        now=clock.now(),
    )  # fmt: skip
    payment = funding.offer(payment, order, officer=world.maker, now=clock.now())
    paid = {"payments": [{"id": str(payment.pk), "order_no": payment.order_no,
                          "offer": payment.offer}]}  # fmt: skip
    scene.province.pay(paid)
    scene.province.ask(paid)
    world.works(ordering.SHARE, order.pk)
    first = asked(world, order)
    scene.work(asking.ISSUE, first)
    given_back(world, order, *(row.pk for row in queries.good_rows(order)))
    assert again(first).state == "reversing"
    scene.reversed(first)
    assert amounts(scene, order) == ["50.00", "-50.00"]
    scene.province.wallet.faults(refund_closed=1)
    scene.province.carry_refunds(paid)
    officers = Desk(scene.province)
    decide(only(scene.province), Choice.BACK_TO_CLAIM, officers.maker, officers.checker)
    anew = again(first).replaced_by
    assert (anew.state, anew.amount_fen) == ("asked", 5_000), "its money is the order's again"


def test_the_database_knows_it_too(
    scene: Scene, world: World, service_connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    order = world.shared(("1", scene.province.card().state.asn[1:], 50))
    invoice = asked(world, order)
    scene.work(asking.ISSUE, invoice)
    monkeypatch.setattr(onlookers, "_onlookers", {})
    with pytest.raises(IntegrityError) as refused:
        given_back(world, order, *(row.pk for row in queries.good_rows(order)))
    assert constraint_of(refused.value) == LAW
    assert not ReturnPart.objects.filter(bulk_return__order=order).exists(), "nothing moved"
    assert BulkOrder.objects.get(pk=order.pk).returns.get().state == "asked"
    twin = """INSERT INTO invoice_invoice SELECT (jsonb_populate_record(i, jsonb_build_object(
        'id', gen_random_uuid(), 'request_no', left(md5(random()::text), 30), 'invoice_no', NULL,
        'state', 'asked') || %(other)s::jsonb)).* FROM invoice_invoice i WHERE id = %(id)s"""
    other = world.approved(("1", scene.province.card().state.asn[1:], 60))
    for words, changed, law in (
        (twin, "{}", "invoice_a_bulk_order_has_one_invoice"),
        (twin, f'{{"bulk_order_id": "{other.pk}"}}', LAW),  # nobody has paid for that one
        (twin, f'{{"person_id": "{scene.me.person.pk}"}}',
         "invoice_is_of_a_payment_an_enterprise_or_cash"),
        ("UPDATE invoice_invoice SET bulk_order_id = NULL WHERE id = %(id)s", "{}",
         "invoice_says_for_ever_what_it_said"),
    ):  # fmt: skip
        assert refusal(service_connection, words, invoice, changed) == law
    world.pays(other, 6_000)
    wrong = f'{{"bulk_order_id": "{other.pk}", "taxpayer_no": "91330100799655058B"}}'
    assert refusal(service_connection, twin, invoice, wrong) == LAW, "to nobody but who paid"


def refusal(
    connection: psycopg.Connection, words: str, invoice: Invoice, changed: str
) -> str | None:
    """The law that stands in the way of these words, at the latest when they are committed."""
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(psycopg.Error) as error:
        connection.execute(words, {"id": invoice.pk, "other": changed})
    connection.rollback()
    return error.value.diag.constraint_name
