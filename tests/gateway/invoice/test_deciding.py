"""Invoices in doubt: asked about again, and ended by two officers where their office does not."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from accounts import approvals, clock, duties
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import Duty
from gateway.invoice import asking, deciding, queries, reversing
from gateway.invoice.deciding import MADE, NOT_MADE, REVERSED, Said
from gateway.invoice.errors import InvoiceDecisionOver, InvoiceDecisionUnfit, InvoiceNoWrong
from gateway.invoice.models import Invoice, InvoiceDecision
from tests.gateway.card_service.desk import Desk
from tests.gateway.invoice.scene import COMPANY, Scene, again
from tests.gateway.invoice.test_reversing import give_back

NUMBER, RED = "26412000000123456789", "26412000000123456780"
TWIN = """INSERT INTO invoice_decision SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', gen_random_uuid()))).* FROM invoice_decision d WHERE id = %s"""
PAPER = "电子税务局查询结果 2026-114"


def proposed(invoice: Invoice, choice: str, desk: Desk, number: str = "") -> InvoiceDecision:
    at = clock.now() - timedelta(hours=1) if number else None
    said = Said(because=PAPER, invoice_no=number, issued_at=at)
    return deciding.propose(invoice.pk, choice=choice, said=said, maker=desk.maker, now=clock.now())


def agreed(decision: InvoiceDecision, desk: Desk) -> Invoice:
    deciding.approve(decision.pk, checker=desk.checker, now=clock.now())
    return again(decision.invoice)


def silent(scene: Scene) -> Invoice:
    """Sent, and nobody knows what became of it."""
    invoice = scene.asked(scene.paid(), COMPANY)
    scene.office.faults(late={"seconds": 600})
    scene.work(asking.ISSUE, invoice)
    assert again(invoice).state == "sent"
    return again(invoice)


def test_two_officers_end_what_the_office_does_not(
    scene: Scene, service_connection: psycopg.Connection
) -> None:
    desk, now = Desk(scene.province), clock.now()
    never, made = silent(scene), silent(scene)
    found = queries.in_doubt(now + timedelta(hours=1), older=timedelta(minutes=30))
    assert {one.pk for one in found.filter(pool=scene.province.pool)} == {never.pk, made.pk}
    deciding.ask_again(never.pk, officer=desk.maker, now=now)
    assert Duty.objects.get(kind=asking.ISSUE, subject_id=never.pk).state == "owed"
    with pytest.raises(NotAllowed):
        deciding.ask_again(never.pk, officer=desk.clerk, now=now)

    for choice, number, refusal in (
        (REVERSED, RED, InvoiceDecisionUnfit), (MADE, "123", InvoiceNoWrong),
        (MADE, "", InvoiceNoWrong),
    ):  # fmt: skip
        with pytest.raises(refusal):
            proposed(never, choice, desk, number)
    first = proposed(never, NOT_MADE, desk)
    with pytest.raises(InvoiceDecisionUnfit):
        proposed(never, MADE, desk, NUMBER)
    with pytest.raises(MakerIsChecker):
        deciding.approve(first.pk, checker=desk.maker, now=now)
    for words, law in (
        ("UPDATE invoice_decision SET state = 'done' WHERE id = %s", "has_its_approval"),
        ("UPDATE invoice_decision SET choice = 'made' WHERE id = %s", "kept_as_it_was_made"),
        (TWIN, "has_its_approval"),
        ("DELETE FROM invoice_decision WHERE id = %s", "permission denied"),
    ):  # fmt: skip
        with pytest.raises(psycopg.Error, match=law.replace("_", "[_ ]")):
            service_connection.execute(words, [first.pk])
        service_connection.rollback()
    deciding.refuse(first.pk, checker=desk.checker, now=now)
    assert again(never).state == "sent", "refused, and nothing has changed"
    assert agreed(proposed(never, NOT_MADE, desk), desk).state == "refused"
    assert scene.asked({"id": str(never.topup_id)}).state == "asked", "another may be asked for"

    done = agreed(proposed(made, MADE, desk, NUMBER), desk)
    assert (done.state, done.invoice_no) == ("issued", NUMBER)
    with pytest.raises(InvoiceDecisionUnfit):
        proposed(done, REVERSED, desk, RED)
    give_back(scene, {"id": str(made.topup_id)})
    scene.office.faults(refuses={"times": 9, "on": "red"})
    scene.work(reversing.REVERSE, made)
    assert again(made).state == "reversing"
    last = proposed(again(made), REVERSED, desk, RED)
    assert agreed(last, desk).state == "reversed"
    assert (again(made).red.state, again(made).red.invoice_no) == ("issued", RED)
    assert not Invoice.objects.filter(replaces=made).exists(), "nothing was kept by the payer"
    with pytest.raises(InvoiceDecisionOver):
        agreed(last, desk)


def test_a_word_of_the_office_comes_before_the_second_officer_s(scene: Scene) -> None:
    desk, invoice = Desk(scene.province), silent(scene)
    waiting = proposed(invoice, NOT_MADE, desk)
    scene.office.advance(700)
    duties.work_one(asking.ISSUE, invoice.pk, clock.now() + timedelta(hours=1))
    assert again(invoice).state == "issued"
    with pytest.raises(InvoiceDecisionOver):
        agreed(waiting, desk)
    assert again(invoice).state == "issued"
    assert approvals.get(waiting.pk).state == "asked"
