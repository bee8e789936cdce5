"""Cash at a kiosk is invoiced once it is on the card, once, and never over what was given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from accounts import clock, trail
from accounts.actors import WORKER
from accounts.database_errors import constraint_of
from gateway.card_service import onlookers as redemptions
from gateway.card_service.models import Departure
from gateway.events.models import Event
from gateway.events.tasks import make_of_invoice
from gateway.invoice import asking, issuing, queries, reversing
from gateway.invoice.errors import CashNotOnCard, InvoiceStands, OrderNotInvoiceable
from gateway.invoice.models import CashReturn, Invoice
from gateway.kiosk import claims, receipts
from gateway.kiosk import loads as kiosk_loads
from gateway.notifying import telling
from gateway.sandbox.virtual_card import VirtualCard
from gateway.topup import onlookers as cards
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from tests.gateway.card_service.desk import Desk, payable
from tests.gateway.card_service.holders import Held, known_by_name, ride
from tests.gateway.invoice.scene import COMPANY, PERSON, Scene, again
from tests.gateway.invoice.test_enterprises import refusal
from tests.journeys.test_officers_decide import decide
from tests.support.kiosks import Standing, run

LAW = "invoice_of_cash_is_of_what_the_card_has"
RETURN_LAW = "invoice_cash_return_is_what_went_back"
ASKED = {"kind": "enterprise", "name": COMPANY.name, "taxpayer_no": COMPANY.taxpayer_no}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """A kiosk of the scene's province."""

    scene: Scene
    kiosk: Standing

    def loaded(self, card: VirtualCard, *values: int) -> TopUp:
        opened = self.kiosk.open_cash(card, *values)
        assert opened.status == 201, opened.body
        proved = self.kiosk.prove(opened, self.kiosk.challenge(opened, card), card)
        assert proved.body["outcome"] == "loaded", proved.body
        return TopUp.objects.get(pk=opened.body["order_id"])

    def torn(self, card: VirtualCard, value: int) -> TopUp:
        """Paid, MAC2 is out, and nobody knows whether the card took it: it did not."""
        opened = self.kiosk.open_cash(card, value)
        credit = self.kiosk.challenge(opened, card)
        card.line("!tear-before")
        assert self.kiosk.prove(opened, credit, card).body["outcome"] == "in_doubt"
        card.line("!reset")
        return TopUp.objects.get(pk=opened.body["order_id"])

    def shown(self, card: VirtualCard) -> str:
        """The card is laid on the kiosk again."""
        asked = self.kiosk.machine.post("evidence", {"card_no": card.state.asn[1:]})
        answers = run(card, asked.body["script"])
        inquiry_id, now = UUID(asked.body["id"]), clock.now()
        return kiosk_loads.take_evidence(self.kiosk.kiosk, inquiry_id, answers, now=now).outcome

    def issued(self, topup: TopUp) -> Invoice:
        invoice = by_receipt(topup)
        self.scene.work(asking.ISSUE, invoice)
        return again(invoice)

    def papers(self, topup: TopUp) -> list[str]:
        """Every document the office made for this order, as it wrote the amounts."""
        found = Invoice.objects.filter(cash_claim_id=topup.pk)
        ours = {one.request_no for one in found} | {one.invoice_no for one in found}
        ours -= {None}
        return [
            one["amount"]
            for one in self.scene.office.book()["orders"]
            if one["state"] == "ISSUED" and ({one["request_no"], one["reverses"]} & ours)
        ]


@pytest.fixture
def hall(scene: Scene) -> Hall:
    return Hall(scene=scene, kiosk=Standing.new(scene.province, quota_fen=30_000))


def by_receipt(topup: TopUp, title: Any = COMPANY) -> Invoice:
    return asking.ask_by_receipt(topup.pk, title=title, now=clock.now())


def link_of(topup: TopUp) -> str:
    return f"/r/{receipts.token_of(topup)}/invoice"


def test_whoever_holds_the_receipt_asks_once_and_keeps_its_files(
    hall: Hall, django_assert_max_num_queries: Any
) -> None:
    scene = hall.scene
    topup = hall.loaded(scene.province.card(), 5_000, 2_000)
    link, anybody = link_of(topup), Client()
    receipt = anybody.get(link.removesuffix("/invoice")).content.decode()
    assert f'href="{link}"' in receipt
    form = anybody.get(link)
    assert (form.status_code, form["Cache-Control"], form["Referrer-Policy"]) == (
        200, "no-store", "no-referrer",
    )  # fmt: skip
    wrong = anybody.post(link, ASKED | {"taxpayer_no": "91330100799655058C"})
    assert (wrong.status_code, Invoice.objects.filter(topup=topup).exists()) == (400, False)
    assert anybody.post(link, ASKED).status_code == 302
    [invoice] = Invoice.objects.filter(topup=topup)
    assert (invoice.amount_fen, invoice.title, invoice.person_id, invoice.payment_id) == (
        7_000, COMPANY, None, None,
    )  # fmt: skip
    assert anybody.post(link, ASKED).status_code == 302
    other = anybody.post(link, {"kind": "personal", "name": ""})
    assert (other.status_code, Invoice.objects.filter(topup=topup).count()) == (409, 1)
    scene.work(asking.ISSUE, invoice)
    scene.work(issuing.FETCH, invoice)
    made = scene.at_office(invoice.request_no)
    assert (made["state"], made["amount"]) == ("ISSUED", "70.00")
    assert again(invoice).order_no == receipts.shown(link.split("/")[2], clock.now()).order_no
    assert hall.papers(topup) == ["70.00"]
    with django_assert_max_num_queries(6):
        page = anybody.get(link).content.decode()
    assert COMPANY.name in page
    assert again(invoice).invoice_no in page
    pdf = anybody.get(f"{link}/{invoice.pk}.pdf")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert (pdf["Cache-Control"], pdf["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert anybody.get(f"{link}/{invoice.pk}.red.pdf").status_code == 404

    # nobody comes by another receipt, by a made-up one, or as a citizen without the order
    mine = link_of(hall.loaded(scene.province.card(), 1_000))
    assert anybody.get(f"{mine}/{invoice.pk}.pdf").status_code == 404
    for token in ("x", topup.pk, link.split("/")[2][:-2] + "AA"):
        assert anybody.post(f"/r/{token}/invoice", ASKED).status_code == 404
    assert scene.me.get(f"topups/{topup.pk}/invoices").status == 404
    assert scene.me.get(f"invoices/{invoice.pk}").status == 404
    assert queries.of_person(scene.me.person).count() == 0
    assert telling.tell("invoice", {invoice.pk}, now=clock.now()) == 0
    make_of_invoice(invoice.pk, clock.now())
    assert not Event.objects.filter(subject_id=invoice.pk).exists(), "an event names a payment"
    paid = TopUp.objects.get(pk=scene.paid()["id"])
    assert "终端" in anybody.get(link_of(paid)).content.decode()
    assert anybody.post(link_of(paid), ASKED).status_code == 409
    with pytest.raises(OrderNotInvoiceable):
        by_receipt(paid)
    assert not Invoice.objects.filter(topup=paid).exists()
    assert scene.province.faults() == []


def test_of_a_citizen_s_card_the_first_who_asks_has_it(hall: Hall) -> None:
    """A bound card's order is its citizen's too; the receipt then tells nothing of their title."""
    scene = hall.scene
    topup = hall.loaded(scene.province.card(scene.me), 5_000)
    second = hall.loaded(scene.province.card(scene.me), 2_000)
    key = f"topups/{topup.pk}/invoices"
    asked = scene.me.post(key, ASKED)
    assert (asked.status, asked.body["amount_fen"]) == (201, 5_000)
    assert scene.me.post(key, ASKED).body["id"] == asked.body["id"]
    invoice = Invoice.objects.get(topup=topup)
    assert (invoice.person_id, str(invoice.pk)) == (scene.me.person.pk, asked.body["id"])
    page = Client().get(link_of(topup)).content.decode()
    assert "已经在自己的账户里申请" in page
    assert COMPANY.name not in page
    assert COMPANY.taxpayer_no not in page
    for title in (COMPANY, PERSON):
        with pytest.raises(InvoiceStands):
            by_receipt(topup, title)
    for form in ("pdf", "ofd"):
        assert Client().get(f"{link_of(topup)}/{invoice.pk}.{form}").status_code == 404
    assert scene.province.citizen().post(key, ASKED).status == 404

    by_receipt(second)
    answer = scene.me.post(f"topups/{second.pk}/invoices", ASKED)
    assert (answer.status, answer.body["code"]) == (409, "invoice_stands")
    assert Invoice.objects.filter(topup__in=(topup, second)).count() == 2

    # both at once: one of them has it, and the other is told so
    third = hall.loaded(scene.province.card(scene.me), 1_000)
    met: list[object] = []

    def ask(how: Callable[[], Invoice]) -> None:
        try:
            met.append(how().pk)
        except InvoiceStands as refused:
            met.append(refused.code)
        finally:
            connections.close_all()

    mine = {"person": scene.me.person, "title": PERSON, "now": clock.now()}
    ways = (lambda: by_receipt(third), lambda: asking.ask(third.pk, **mine))
    hands = [Thread(target=ask, args=(how,)) for how in ways]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    [one] = Invoice.objects.filter(topup=third)
    assert set(met) == {one.pk, "invoice_stands"}


def test_cash_that_no_card_took_for_sure_has_no_invoice(hall: Hall) -> None:
    scene, card = hall.scene, hall.scene.province.card()
    topup = hall.torn(card, 5_000)
    link = link_of(topup)
    assert "写到卡上以后" in Client().get(link).content.decode()
    refused = Client().post(link, ASKED)
    assert (refused.status_code, "写到卡上以后" in refused.content.decode()) == (409, True)
    with pytest.raises(CashNotOnCard):
        by_receipt(topup)
    assert hall.shown(card) == "not_loaded"
    with pytest.raises(CashNotOnCard):
        by_receipt(topup)
    assert not Invoice.objects.filter(topup=topup).exists()

    # two officers hold it for loaded, it is invoiced, and the card proves that it has nothing
    other = scene.province.card()
    doubtful = hall.torn(other, 2_000)
    [load] = loads.loads_of_order(doubtful.pk)
    assert decide(scene.province, load.id, "loaded") == "loaded"
    invoice = hall.issued(doubtful)
    assert invoice.state == "issued"
    assert hall.shown(other) == "not_loaded_after_all"
    assert again(invoice).state == "reversing", "by the same commit that took it off the card"
    with pytest.raises(InvoiceStands):
        by_receipt(doubtful)
    doubtful.refresh_from_db()
    assert doubtful.state == "paid"
    hall.kiosk.machine.post("boxes")
    payout = claims.ask(
        doubtful.pk, way="bank", because="卡坏了", maker=hall.kiosk.first, now=clock.now()
    )
    claims.approve(payout.id, checker=hall.kiosk.second, now=clock.now())
    scene.reversed(invoice)
    assert again(invoice).state == "reversed"
    assert hall.papers(doubtful) == ["20.00", "-20.00"], "nothing is left to make a new one of"
    page = Client().get(link_of(doubtful)).content.decode()
    assert "已冲红" in page
    with pytest.raises(CashNotOnCard):
        by_receipt(doubtful)
    assert scene.province.faults() == []


def test_a_redeemed_balance_leaves_an_invoice_over_what_was_ridden(hall: Hall) -> None:
    scene = hall.scene
    me, desk = known_by_name(scene.province), Desk(scene.province)
    held = Held.new(scene.province, me, named=True, loads=0)
    topup = hall.loaded(held.chip, 5_000)
    held.chip.line("!reset")
    newest = held.load(3_000)
    ride(held, 1_000, clock.now())
    first = hall.issued(topup)
    departure = pay_out(hall, held, desk, first)
    noted = CashReturn.objects.get(departure=departure)
    assert (noted.topup_id, noted.amount_fen) == (topup.pk, 4_000), "the oldest was ridden"
    scene.reversed(first)
    rest = again(first).replaced_by
    assert (rest.state, rest.amount_fen, rest.title, rest.person_id) == (
        "asked", 1_000, COMPANY, None,
    )  # fmt: skip
    scene.work(asking.ISSUE, rest)
    assert hall.papers(topup) == ["50.00", "-50.00", "10.00"]
    assert by_receipt(topup) == again(rest)
    assert not CashReturn.objects.filter(topup_id=newest["id"]).exists(), "a channel's own"
    assert scene.province.faults() == []


def pay_out(hall: Hall, held: Held, desk: Desk, invoice: Invoice) -> Departure:
    """The card is redeemed, part of it in cash; without its room told, nothing would be paid."""
    departure_id = payable(held, desk)
    box = hall.kiosk.box
    hall.kiosk.machine.post("boxes")  # so that it can pay out
    desk.proposes(departure_id, box=box)
    told = dict(redemptions._onlookers)
    redemptions._onlookers.clear()
    try:
        with pytest.raises(IntegrityError) as refused:
            desk.agrees(departure_id)
    finally:
        redemptions._onlookers.update(told)
    assert constraint_of(refused.value) == LAW
    assert Departure.objects.get(pk=departure_id).state == "proposed", "nothing moved"
    with transaction.atomic():
        desk.agrees(departure_id)
        assert again(invoice).state == "reversing"
        transaction.set_rollback(True)
    assert again(invoice).state == "issued", "both or neither"
    desk.agrees(departure_id)
    assert again(invoice).state == "reversing"
    return Departure.objects.get(pk=departure_id)


def test_the_database_knows_it_too(
    hall: Hall, service_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, card = hall.scene, hall.scene.province.card()
    topup = hall.loaded(card, 5_000)
    invoice = hall.issued(topup)
    waiting = TopUp.objects.get(
        pk=hall.kiosk.open_cash(scene.province.card(), 2_000).body["order_id"]
    )
    twin = """INSERT INTO invoice_invoice SELECT (jsonb_populate_record(i, jsonb_build_object(
        'id', gen_random_uuid(), 'request_no', left(md5(random()::text), 30), 'invoice_no', NULL,
        'state', 'asked') || %(other)s::jsonb)).* FROM invoice_invoice i WHERE id = %(id)s"""
    off_card = f"UPDATE topup_topup SET state = 'paid', loaded_at = NULL WHERE id = '{topup.pk}'"
    of_waiting = f'"cash_claim_id": "{waiting.pk}", "topup_id": "{waiting.pk}"'
    for words, changed, law in (
        (twin, "{}", "invoice_a_cash_order_has_one_invoice"),
        (twin, f"{{{of_waiting}}}", LAW),
        (twin, f'{{"cash_claim_id": "{waiting.pk}"}}',
         "invoice_is_of_a_payment_an_enterprise_or_cash"),
        (twin, '{"cash_claim_id": null}', "invoice_is_of_a_payment_an_enterprise_or_cash"),
        ("UPDATE invoice_invoice SET cash_claim_id = NULL WHERE id = %(id)s", "{}",
         "invoice_says_for_ever_what_it_said"),
        (off_card, "{}", LAW),
    ):  # fmt: skip
        assert refusal(service_connection, words, invoice, changed) == law

    # of another order that is on its card: but not a fen too much, to a stranger, of another pool
    fresh = hall.loaded(scene.province.card(), 1_000)
    of_fresh = f'"cash_claim_id": "{fresh.pk}", "topup_id": "{fresh.pk}"'
    service_connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    right = {"id": invoice.pk, "other": f'{{{of_fresh}, "amount_fen": 1000}}'}
    assert service_connection.execute(twin, right).rowcount == 1, "this is what may be"
    service_connection.rollback()
    for wrong in ('"amount_fen": 1001', f'"person_id": "{scene.me.person.pk}"', '"pool": 1'):
        more = f'{{{of_fresh}, "amount_fen": 1000, {wrong}}}'
        assert refusal(service_connection, twin, invoice, more) == LAW

    # who takes it back holds the order first and then the invoice: one that moves waits for neither
    under_way = by_receipt(fresh)
    service_connection.execute("SELECT FROM topup_topup WHERE id = %s FOR UPDATE", [fresh.pk])
    trail.advance(under_way, to="sent", actor=WORKER, because="a test", now=clock.now())
    service_connection.execute("SELECT 1")  # it holds the order still
    service_connection.rollback()

    doubtful = hall.torn(card, 500)
    [load] = loads.loads_of_order(doubtful.pk)
    decide(scene.province, load.id, "loaded")
    hall.issued(doubtful)
    monkeypatch.setattr(cards, "_onlookers", {})
    with pytest.raises(IntegrityError) as refused:
        hall.shown(card)
    assert constraint_of(refused.value) == LAW
    doubtful.refresh_from_db()
    assert doubtful.state == "loaded", "nothing moved"


def test_what_went_back_of_cash_is_written_once_and_never_less(
    hall: Hall, service_connection: psycopg.Connection
) -> None:
    scene = hall.scene
    me, desk = known_by_name(scene.province), Desk(scene.province)
    held = Held.new(scene.province, me, named=True, loads=0)
    topup = hall.loaded(held.chip, 5_000)
    ride(held, 1_000, clock.now())
    departure_id = payable(held, desk)
    insert = """INSERT INTO invoice_cash_return (topup_id, departure_id, amount_fen, noted_at)
        VALUES (%(order)s, %(departure)s, %(fen)s, now())"""

    def law_of(words: str, fen: int, order: UUID = topup.pk) -> str | None:
        with pytest.raises(psycopg.Error) as error:
            service_connection.execute(
                words, {"order": order, "departure": departure_id, "fen": fen}
            )
        service_connection.rollback()
        return error.value.diag.constraint_name

    assert law_of(insert, 4_000) == RETURN_LAW, "before two officers pay it"
    hall.kiosk.machine.post("boxes")
    desk.proposes(departure_id, box=hall.kiosk.box)
    desk.agrees(departure_id)
    noted = CashReturn.objects.get(departure_id=departure_id)
    assert (noted.topup_id, noted.amount_fen) == (topup.pk, 4_000)
    invoice = by_receipt(topup)
    assert invoice.amount_fen == 1_000, "what was ridden, also when it is asked for afterwards"
    with pytest.raises(psycopg.Error):
        service_connection.execute("UPDATE invoice_cash_return SET amount_fen = 0")
    service_connection.rollback()
    assert law_of(insert, 5_000) == RETURN_LAW, "more than it was"
    assert law_of(insert, 0) == RETURN_LAW, "less than is certain"
    by_wallet = UUID(scene.paid(1_000)["id"])
    assert law_of(insert, 1, by_wallet) == RETURN_LAW, "no cash"
    with transaction.atomic():
        reversing.card_redeemed(Departure.objects.get(pk=departure_id), clock.now())
    assert CashReturn.objects.filter(departure_id=departure_id).count() == 1, "twice is once"
    assert again(invoice).state == "asked"
    assert scene.province.faults() == []
