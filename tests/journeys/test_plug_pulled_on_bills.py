"""kill -9 at every arrow of a bill and of officers' decisions: done once, and never half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import clock, duties, kept_files
from accounts.models import Approval
from gateway.payments.decisions import deciding
from gateway.payments.decisions.deciding import Choice, Wish
from gateway.payments.models import Bill, BillFile, BillLine, ChannelCost, Decision, Refund
from tests.journeys.test_bills import (  # noqa: F401 - fixtures
    bill,
    books,
    day,
    earlier,
    kept_dir,
)
from tests.journeys.test_deciding import WHY, abnormal, contested, officer, only
from tests.journeys.test_plug_pulled import killed
from tests.support.province import Province, order_no

PAST_ANY_LEASE = timedelta(minutes=16)
FETCH = [
    "gateway.payments.bills.taking.kept_files.keep",
    "gateway.payments.bills.taking._take",
    "gateway.payments.bills.storing.store",
    "gateway.payments.bills.taking._note",
    "gateway.payments.bills.taking.trail.advance",
    "gateway.payments.bills.taking.duties.owe",
]
APPLY = [
    "gateway.payments.bills.reconciling.confirming.confirm",
    "gateway.payments.bills.reconciling.costs.book",
    "gateway.payments.bills.costs.ledger.post",
    "gateway.payments.bills.costs.ChannelCost.objects.create",
]


@pytest.mark.parametrize("arrow", [*FETCH, *APPLY, "accounts.duty_rows.done"])
def test_a_bill_survives_the_plug(
    province: Province,
    bill: Bill,  # noqa: F811
    books: Path,  # noqa: F811
    day: date,  # noqa: F811
    arrow: str,
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.pay(topup)
    earlier(books, order_no(topup))
    now = clock.now()

    def work(kind: str, moment: Any) -> None:
        duties.work_one(kind, bill.id, moment)

    if arrow not in APPLY:
        killed(lambda: work("bill.fetch", now), arrow)
    work("bill.fetch", now + PAST_ANY_LEASE)
    if arrow in APPLY:
        killed(lambda: work("bill.apply", now), arrow)
    work("bill.apply", now + PAST_ANY_LEASE)

    bill.refresh_from_db()
    assert (bill.state, bill.lines) == ("stored", 1)
    assert BillLine.objects.filter(bill=bill).count() == 1
    [file] = BillFile.objects.filter(bill=bill)
    with kept_files.opened(file.sha256) as kept:
        assert len(kept.read()) == file.size_bytes
    assert province.payment(topup).state == "confirmed"
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert ChannelCost.objects.get(bill=bill).fee_fen == 30
    assert province.balance_fen("own_cover_due", "fee") == 30
    assert province.balance_fen("channel_receivable", f"wechatpay:{day}") == 4_970
    assert province.faults() == []


DECISIONS = [
    "propose: gateway.payments.decisions.deciding.Decision.objects.create",
    "approve: gateway.payments.decisions.deciding.approvals.approve",
    "approve: gateway.payments.decisions.deciding.verdicts.carry_out",
    "approve: gateway.payments.decisions.verdicts.book.post",
    "approve: gateway.payments.decisions.verdicts.refunding.ask",
    "approve: gateway.payments.decisions.verdicts.trail.record",
    "approve: gateway.payments.decisions.deciding._end",
]


@pytest.mark.parametrize("arrow", DECISIONS)
def test_a_decision_survives_the_plug(province: Province, arrow: str) -> None:
    topup = contested(province)
    item, maker, checker = only(province), officer(province), officer(province)
    file = deciding.dossier(item.ref)
    [answer] = [one for one in file.statements if one.source == "query"]

    def propose() -> deciding.Proposal:
        return deciding.propose(
            item.ref,
            choice=Choice.ACCEPT_AS_PAID,
            maker=maker,
            reason=WHY,
            seen=file.seen,
            now=clock.now(),
            wish=Wish(statement_id=answer.statement_id),
        )

    step, _, at = arrow.partition(": ")
    if step == "propose":
        killed(propose, at)
        assert not Decision.objects.filter(ref=item.ref).exists()
    proposal = propose()
    approve = approving(proposal, checker)
    if step == "approve":
        killed(approve, at)
        assert Approval.objects.get(pk=proposal.id).state == "asked", "nothing of it happened"
        assert province.payment(topup).state == "contested"
    assert approve().state == "done"
    assert approve().state == "done"
    payment = province.payment(topup)
    assert (payment.state, payment.refunding_fen) == ("confirmed", 5_000)
    assert Refund.objects.filter(payment=payment).count() == 1
    assert Approval.objects.get(pk=proposal.id).state == "spent"
    province.carry_refunds(topup)
    assert Refund.objects.get(payment=payment).state == "done"
    assert province.faults() == []


@pytest.mark.parametrize(
    "at",
    [
        "gateway.payments.decisions.verdicts.trail.advance",
        "gateway.payments.decisions.verdicts.book.reverse",
        "gateway.payments.decisions.verdicts.duties.settle",
        "gateway.payments.decisions.deciding._end",
    ],
)
def test_a_withdrawn_refund_survives_the_plug(province: Province, at: str) -> None:
    topup = abnormal(province)
    item, maker, checker = only(province), officer(province), officer(province)
    proposal = deciding.propose(
        item.ref,
        choice=Choice.BACK_TO_CLAIM,
        maker=maker,
        reason=WHY,
        seen=deciding.dossier(item.ref).seen,
        now=clock.now(),
    )
    approve = approving(proposal, checker)
    killed(approve, at)
    assert province.balance_fen("refunds_in_flight", item.subject_id) == 5_000
    assert approve().state == "done"
    assert province.balance_fen("refunds_in_flight", item.subject_id) == 0
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.faults() == []


def approving(proposal: deciding.Proposal, checker: Any) -> Callable[[], deciding.Proposal]:
    return lambda: deciding.approve(proposal.id, checker=checker, now=clock.now())
