"""红冲: an order whose money goes back keeps no valid invoice, from that very transaction on."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client

from accounts import clock
from accounts.actors import SYSTEM
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from gateway.invoice import asking, issuing, queries, reversing
from gateway.invoice.errors import InvoiceStands, OrderNotInvoiceable
from gateway.invoice.models import Invoice
from gateway.payments import onlookers, refunding
from gateway.payments.decisions.deciding import Choice
from gateway.payments.models import Payment, Refund
from gateway.topup import ordering
from reserve_funds import postings
from tests.gateway.card_service.desk import Desk
from tests.gateway.invoice.scene import COMPANY, Scene, again
from tests.journeys.test_deciding import decide, only
from tests.support.province import Citizen

HOUR = timedelta(hours=1)
TABLE, SAID = "invoice_invoice", "invoice_says_for_ever_what_it_said"
TWIN = """INSERT INTO invoice_invoice SELECT (jsonb_populate_record(i, jsonb_build_object(
    'id', gen_random_uuid(), 'request_no', 'second', 'invoice_no', NULL, 'state', 'asked'))).*
    FROM invoice_invoice i WHERE id = %(id)s"""
LAW = "invoice_a_refunded_order_keeps_no_valid_invoice"


def give_back(scene: Scene, topup: dict[str, Any]) -> None:
    ordering.give_back(
        UUID(topup["id"]), person=scene.me.person, actor=SYSTEM, because="test", now=clock.now()
    )


def part_back(topup: dict[str, Any], amount_fen: int) -> Refund:
    """Part of an order goes back, as a redemption of its card does."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(patron_id=topup["id"])
        return refunding.ask(
            payment,
            cause=new_id(clock.now()),
            amount_fen=amount_fen,
            source=postings.unloaded_order(UUID(topup["id"])),
            because="part of it",
            actor=SYSTEM,
            now=clock.now(),
        )


def test_a_refund_reverses_the_invoice_as_a_whole(scene: Scene) -> None:
    topup = scene.paid()
    invoice = scene.issued(topup)
    with transaction.atomic():
        give_back(scene, topup)
        assert again(invoice).state == "reversing", "at once, in the same transaction"
        transaction.set_rollback(True)
    assert again(invoice).state == "issued", "both or neither"
    give_back(scene, topup)
    assert again(invoice).state == "reversing"
    with pytest.raises(InvoiceStands):
        scene.asked(topup)
    scene.office.faults(no_answer={"times": 1, "on": "reverse"}, duplicate_word=1)
    scene.work(reversing.REVERSE, invoice)
    assert again(invoice).state == "reversing"
    scene.work(reversing.REVERSE, invoice, later=HOUR)
    done = again(invoice)
    assert (done.state, done.red.state) == ("reversed", "issued")
    [blue, red] = scene.papers(invoice)
    assert (blue["amount"], red["amount"], red["reverses"]) == (
        "50.00", "-50.00", done.invoice_no,
    )  # fmt: skip
    with pytest.raises(OrderNotInvoiceable):
        scene.asked(topup)
    scene.work(reversing.FETCH_RED, invoice)
    assert [(file.form, file.is_red) for file in queries.files_of(done)][-1] == ("pdf", True)
    assert scene.province.faults() == []


def test_part_gone_back_is_red_over_all_and_blue_over_the_rest(scene: Scene) -> None:
    topup = scene.paid()
    invoice = scene.issued(topup, COMPANY)
    part_back(topup, 2_000)
    part_back(topup, 500)
    scene.reversed(invoice)
    rest = again(invoice).replaced_by
    assert (rest.state, rest.amount_fen, rest.title) == ("asked", 2_500, COMPANY)
    part_back(topup, 1_000)
    assert again(rest).state == "withdrawn", "never sent, so nobody is asked"
    last = Invoice.objects.get(replaces=rest)
    scene.work(asking.ISSUE, rest)
    scene.work(asking.ISSUE, last)
    assert [one["amount"] for one in scene.papers(invoice)] == ["50.00", "-50.00", "15.00"]
    assert scene.asked(topup, COMPANY) == again(last)


@pytest.mark.parametrize("was_made", [True, False])
def test_a_refund_meets_an_invoice_of_which_only_the_office_knows(
    scene: Scene, was_made: bool
) -> None:
    topup = scene.paid()
    invoice = scene.asked(topup)
    scene.office.faults(**{"no_answer": 1} if was_made else {"late": {"seconds": 600}})
    scene.work(asking.ISSUE, invoice)
    assert again(invoice).state == "sent"
    give_back(scene, topup)
    assert again(invoice).state == "reversing", "it counts no more, whatever the office made"
    scene.work(asking.ISSUE, invoice)
    assert again(invoice).state == "reversing"
    scene.reversed(invoice)
    scene.office.advance(700)
    papers = [one["amount"] for one in scene.papers(invoice)]
    assert papers == (["50.00", "-50.00"] if was_made else [])
    assert again(invoice).state == ("reversed" if was_made else "withdrawn")


def test_a_buyer_who_booked_it_confirms_and_a_refused_red_one_gets_a_new_number(
    scene: Scene,
) -> None:
    topup = scene.paid()
    invoice = scene.issued(topup, COMPANY)
    scene.office.act("buyer_books", invoice_no=invoice.invoice_no)
    give_back(scene, topup)
    scene.office.faults(refuses={"times": 1, "on": "red"})
    scene.work(reversing.REVERSE, invoice)
    assert (again(invoice).red.state, again(invoice).red.round_no) == ("refused", 1)
    scene.work(reversing.REVERSE, invoice, later=HOUR)
    red = again(invoice).red
    assert (red.state, red.round_no) == ("waiting", 2)
    assert scene.at_office(red.request_no)["state"] == "WAITING_BUYER"
    scene.office.act("buyer_confirms", invoice_no=invoice.invoice_no)
    scene.work(reversing.REVERSE, invoice, later=2 * HOUR)
    assert (again(invoice).state, again(invoice).red.state) == ("reversed", "issued")
    assert len(scene.papers(invoice)) == 2


def test_the_database_knows_it_too(
    scene: Scene, service_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    topup = scene.paid()
    invoice = scene.issued(topup)
    monkeypatch.setattr(onlookers, "_onlookers", {})
    with pytest.raises(IntegrityError) as refused:
        give_back(scene, topup)
    assert constraint_of(refused.value) == LAW
    assert not Refund.objects.filter(payment=invoice.payment).exists(), "nothing moved"
    which = {"id": invoice.pk}
    for words, law in (
        (f"UPDATE {TABLE} SET amount_fen = 1 WHERE id = %(id)s", SAID),
        (f"UPDATE {TABLE} SET invoice_no = '1' WHERE id = %(id)s", SAID),
        (f"UPDATE {TABLE} SET state = 'reversed' WHERE id = %(id)s", "accounts_allowed_move"),
        (TWIN, "invoice_an_order_has_one_invoice"),
    ):
        with pytest.raises(psycopg.Error) as error:
            service_connection.execute(words, which)
        assert error.value.diag.constraint_name == law
        service_connection.rollback()


def test_a_refund_withdrawn_gives_the_order_its_invoice_again(scene: Scene) -> None:
    """The channel could not: the money is the order's, and so is a new blue one over all of it."""
    whole, part = scene.paid(), scene.paid()
    reversed_, rest_of = scene.issued(whole, COMPANY), scene.issued(part, COMPANY)
    give_back(scene, whole)
    scene.reversed(reversed_)
    refund = part_back(part, 2_000)
    scene.reversed(rest_of)
    rest = again(rest_of).replaced_by
    scene.work(asking.ISSUE, rest)
    officers = Desk(scene.province)
    for order in (whole, part):
        scene.province.wallet.faults(refund_closed=1)
        scene.province.carry_refunds(order)
        decide(only(scene.province), Choice.BACK_TO_CLAIM, officers.maker, officers.checker)
    assert Refund.objects.get(pk=refund.pk).state == "withdrawn"
    anew = again(reversed_).replaced_by
    assert (anew.state, anew.amount_fen, anew.title) == ("asked", 5_000, COMPANY)
    scene.work(asking.ISSUE, anew)
    assert again(rest).state == "reversing", "thirty of fifty are no more what was paid"
    scene.reversed(rest)
    scene.work(asking.ISSUE, again(rest).replaced_by)
    amounts = {"whole": ["50.00", "-50.00", "50.00"],
               "part": ["50.00", "-50.00", "30.00", "-30.00", "50.00"]}  # fmt: skip
    assert [one["amount"] for one in scene.papers(reversed_)] == amounts["whole"]
    assert [one["amount"] for one in scene.papers(rest_of)] == amounts["part"]
    assert scene.asked(whole, COMPANY) == again(anew)
    told = scene.me.get(f"invoices/{reversed_.pk}").body
    assert (told["state"], told["red"]["state"]) == ("reversed", "issued")
    for duty, one in ((issuing.FETCH, reversed_), (reversing.FETCH_RED, reversed_)):
        scene.work(duty, one)
    told = scene.me.get(f"invoices/{reversed_.pk}").body
    assert [(one["form"], one["is_red"]) for one in told["files"]] == [
        ("ofd", False), ("pdf", False), ("ofd", True), ("pdf", True),
    ]  # fmt: skip
    for one in told["files"]:
        path = one["path"].removeprefix("/api/v1/")
        assert path.startswith("invoices/")
        assert scene.province.citizen().get(path).status == 404
        assert sha256(streamed(scene.me, path)).hexdigest() == one["sha256"]
    assert scene.me.get(f"invoices/{anew.pk}").body["replaces"] == str(reversed_.pk)


def streamed(me: Citizen, path: str) -> bytes:
    answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {me.token}"})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_whoever_asks_while_a_refund_begins_gets_none(scene: Scene) -> None:
    topup = scene.paid()
    met: list[object] = []

    def ask() -> None:
        try:
            met.append(scene.asked(topup))
        except OrderNotInvoiceable as refused:
            met.append(refused.code)
        finally:
            connections.close_all()

    other = Thread(target=ask)
    with transaction.atomic():
        give_back(scene, topup)
        other.start()
        other.join(0.4)
        assert met == [], "it waits for the payment's row"
    other.join(10)
    assert met == ["invoice_order_not_invoiceable"]
    assert not Invoice.objects.filter(topup_id=topup["id"]).exists()
