"""An invoice is asked for once and made once; the office is believed only when proven."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest

from accounts import clock, kept_files
from accounts.models import SecurityEvent
from gateway.invoice import amounts, asking, issuing, queries, tasks, titles
from gateway.invoice.errors import (
    InvoiceNotFound,
    InvoicesNotOffered,
    InvoiceStands,
    OrderNotInvoiceable,
)
from gateway.invoice.models import Invoice, InvoiceSeller
from gateway.payments.models import Evidence
from gateway.topup.errors import TopupNotFound
from tests.gateway.invoice.scene import COMPANY, PERSON, Scene, again

HOUR = timedelta(hours=1)


def test_an_order_gets_one_invoice_of_what_was_paid_and_its_papers_are_kept(scene: Scene) -> None:
    topup, stranger = scene.paid(), scene.province.citizen()
    with pytest.raises(TopupNotFound):
        asking.ask(UUID(topup["id"]), person=stranger.person, title=PERSON, now=clock.now())
    invoice = scene.asked(topup, COMPANY)
    assert (invoice.state, invoice.amount_fen, invoice.request_no) == (
        "asked", 5_000, invoice.id.hex,
    )  # fmt: skip
    assert scene.asked(topup, COMPANY) == invoice
    with pytest.raises(InvoiceStands):
        scene.asked(topup, PERSON)
    assert scene.at_office(invoice.request_no) == {}, "nobody was asked yet"

    scene.work(asking.ISSUE, invoice)
    made = again(invoice)
    theirs = scene.at_office(invoice.request_no)
    assert (made.state, made.invoice_no) == ("issued", theirs["invoice_no"])
    assert theirs["amount"] == "50.00"
    scene.work(issuing.FETCH, invoice)
    files = queries.files_of(made)
    assert [file.form for file in files] == ["ofd", "pdf"]
    for file in files:
        content = kept_files.opened(file.sha256).read()
        assert hashlib.sha256(content).hexdigest() == file.sha256 == made.marks[file.form]["sha256"]
    with pytest.raises(InvoiceNotFound):
        queries.get(invoice.pk, person=stranger.person)
    scene.work(asking.ISSUE, invoice)
    assert [one["request_no"] for one in scene.papers(invoice)] == [invoice.request_no]


@pytest.mark.parametrize(
    ("fault", "made_at_once"),
    [
        ({"no_answer_before": 1}, False),
        ({"no_answer": 1}, True),
        ({"answer_truncated": 1}, True),
        ({"answer_bad_signature": 1}, True),
        ({"late": {"times": 1, "seconds": 60}}, False),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_silence_is_asked_again_by_the_same_number(
    scene: Scene, fault: dict[str, object], made_at_once: bool
) -> None:
    invoice = scene.asked(scene.paid())
    scene.office.faults(**fault, duplicate_word=1)
    scene.work(asking.ISSUE, invoice)
    assert (again(invoice).state, again(invoice).invoice_no) == ("sent", None), "nothing is known"
    assert (scene.at_office(invoice.request_no).get("state") == "ISSUED") is made_at_once
    if "answer_bad_signature" in fault:
        about = SecurityEvent.objects.filter(subject=f"invoice:{invoice.pk}")
        assert about.get().code == "invoice_answer_forged"
    scene.office.advance(61)
    assert list(queries.in_doubt(clock.now() + HOUR, older=HOUR, pool=invoice.pool)) == [invoice]
    scene.work(asking.ISSUE, invoice, later=HOUR)
    assert again(invoice).state == "issued"
    assert len(scene.papers(invoice)) == 1, "never two invoices"


def test_a_doubt_past_its_schedule_is_asked_about_again(scene: Scene) -> None:
    invoice = scene.asked(scene.paid())
    scene.office.faults(no_answer=True)
    scene.work(asking.ISSUE, invoice)
    scene.office.behave()
    assert tasks.reconcile(clock.now() + timedelta(days=40)) >= 1
    scene.work(asking.ISSUE, invoice, later=timedelta(days=40))
    assert again(invoice).state == "issued"


def test_a_refusal_ends_it_and_another_title_gets_another_number(scene: Scene) -> None:
    topup = scene.paid()
    refused = scene.asked(topup, COMPANY)
    scene.office.faults(refuses={"times": 1, "on": "blue"})
    scene.work(asking.ISSUE, refused)
    assert (again(refused).state, "纳税人识别号" in again(refused).reason) == ("refused", True)
    second = scene.issued(topup, PERSON)
    assert second.request_no != refused.request_no
    assert len(scene.papers(second)) == 1


def test_an_invoice_of_something_else_is_not_taken(scene: Scene) -> None:
    invoice = scene.asked(scene.paid())
    scene.office.faults(wrong_amount=1)
    scene.work(asking.ISSUE, invoice)
    assert (again(invoice).state, again(invoice).invoice_no) == ("sent", None)
    assert invoice.words.count() == 1, "its word is kept all the same"
    scene.work(asking.ISSUE, invoice, later=HOUR)
    assert again(invoice).state == "issued"
    scene.office.faults(wrong_file=1)
    scene.work(issuing.FETCH, invoice)
    assert queries.files_of(invoice) == [], "nothing of a wrong file is kept"
    scene.work(issuing.FETCH, invoice, later=HOUR)
    assert len(queries.files_of(invoice)) == 2


def test_only_what_the_payer_paid_of_their_own_is_invoiced(scene: Scene) -> None:
    order = scene.province.order(scene.me, scene.province.card(scene.me))
    payment = scene.province.payment(order)
    payment.paid_fen = 5_000
    assert amounts.invoiceable_fen(payment) == 5_000, "where the channel does not say"
    Evidence.objects.create(
        payment=payment, source="query", body=b"", received_at=clock.now(),
        fact={"state": "paid", "payer_fen": 4_500, "amount_fen": 5_000},
    )  # fmt: skip
    assert amounts.invoiceable_fen(payment) == 4_500
    payment.refunding_fen = 2_001
    assert amounts.invoiceable_fen(payment) == 4_500 * 2_999 // 5_000
    payment.refunding_fen = 5_000
    assert amounts.invoiceable_fen(payment) == 0


def test_what_is_not_paid_or_not_offered_is_refused_in_words(scene: Scene) -> None:
    unpaid = scene.province.order(scene.me, scene.province.card(scene.me))
    with pytest.raises(OrderNotInvoiceable):
        scene.asked(unpaid)
    paid = scene.paid()
    InvoiceSeller.objects.filter(pool=scene.province.pool).update(is_open=False)
    with pytest.raises(InvoicesNotOffered):
        scene.asked(paid, titles.understand("personal", ""))
    assert not Invoice.objects.filter(person=scene.me.person).exists(), "nothing was kept"
