"""Two officers decide what machines set aside; whatever they decide, the book stays whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts import clock, duties, people
from accounts.actors import WORKER
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.models import Approval, AuditEntry, Person
from gateway.channels.port import PaymentWish, Product
from gateway.payments.decisions import deciding
from gateway.payments.decisions.deciding import Choice, Matter, SetAside, Wish
from gateway.payments.errors import (
    ChoiceNotOffered,
    EvidenceChanged,
    MatterUnknown,
    ProposalOpen,
    ProposalOver,
    ReasonMissing,
)
from gateway.payments.line import Line
from gateway.payments.models import Decision, MerchantAccount, Notice, Payment, Refund
from gateway.sandbox.neighbourhood import neighbour
from gateway.topup import ordering
from gateway.topup.models import TopUp
from tests.journeys.test_races import together_each
from tests.support.channels import every_channel
from tests.support.province import Province, order_no, payment_id
from tests.support.wallet import Push

WHY = "the channel's service desk confirmed it by letter 2026-114"


@pytest.fixture
def maker(province: Province) -> Person:
    return officer(province)


@pytest.fixture
def checker(province: Province) -> Person:
    return officer(province)


def officer(province: Province, role: str = "finance_officer") -> Person:
    now = clock.now() - timedelta(minutes=1)
    person = people.enrol(f"136{uuid4().int % 10**8:08d}", now)
    people.grant(person, role, pool=province.pool, granted_by=None, now=now)
    return person


def contested(province: Province) -> dict[str, Any]:
    """A top-up whose genuine notice says one fen more than the answer to our query."""
    topup = province.order(province.citizen(), province.card())
    province.wallet.faults(notice_wrong_amount=1)
    for push in province.pay(topup):
        assert province.deliver(push) == 200
    duties.work(clock.now(), kinds=["notice.apply", "payment.query"])
    assert province.payment(topup).state == "contested"
    return topup


def abnormal(province: Province, fault: str = "refund_closed") -> dict[str, Any]:
    """A top-up whose refund the channel could not do."""
    citizen = province.citizen()
    topup = province.paid(citizen, province.card())
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.wallet.faults(**{fault: 1})
    province.carry_refunds(topup)
    assert Refund.objects.get(payment_id=payment_id(topup)).state == "abnormal"
    return topup


def only(province: Province) -> SetAside:
    [item] = deciding.set_aside(province.pool, clock.now())
    return item


def decide(
    item: SetAside, choice: Choice, maker: Person, checker: Person, wish: Wish | None = None
) -> deciding.Proposal:
    proposal = proposed(item, choice, maker, wish)
    return deciding.approve(proposal.id, checker=checker, now=clock.now())


def proposed(
    item: SetAside, choice: Choice, maker: Person, wish: Wish | None = None
) -> deciding.Proposal:
    return deciding.propose(
        item.ref,
        choice=choice,
        maker=maker,
        reason=WHY,
        seen=deciding.dossier(item.ref).seen,
        now=clock.now(),
        wish=wish,
    )


def test_a_contested_payment_is_listed_with_everything_that_was_said(province: Province) -> None:
    topup = contested(province)
    item = only(province)
    assert (item.matter, item.order_no) == (Matter.PAYMENT_CONTESTED, order_no(topup))
    file = deciding.dossier(item.ref)
    said = {one.source: (one.state, one.amount_fen, one.against) for one in file.statements}
    assert said == {
        "notice": ("paid", 5_001, ()),
        "query": ("paid", 5_000, ("amount_fen",)),
    }
    assert file.history[-1].to_state == "contested"
    assert file.transfers == ()


@every_channel
def test_accepted_as_the_channel_says_it_is_booked_and_goes_back(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = contested(province)
    item = only(province)
    [answer] = [one for one in deciding.dossier(item.ref).statements if one.source == "query"]
    done = decide(
        item, Choice.ACCEPT_AS_PAID, maker, checker, Wish(statement_id=answer.statement_id)
    )
    assert (done.state, done.maker_id, done.checker_id) == ("done", maker.pk, checker.pk)
    payment = province.payment(topup)
    assert (payment.state, payment.paid_fen, payment.allocated_fen) == ("confirmed", 5_000, 0)
    assert province.balance_fen("received", payment.id) == 0
    [refund] = Refund.objects.filter(payment=payment)
    assert province.balance_fen("refunds_in_flight", refund.id) == 5_000
    assert Approval.objects.get(pk=done.id).state == "spent"
    province.carry_refunds(topup)
    assert province.balance_fen("refunds_in_flight", refund.id) == 0
    assert Refund.objects.get(pk=refund.pk).state == "done"
    assert [one.code for one in deciding.dossier(item.ref).transfers] == [
        "payment_confirmed",
        "refund_asked",
        "refund_done_by_channel",
    ]
    assert deciding.set_aside(province.pool, clock.now()) == []
    assert province.faults() == []


def test_closed_as_not_money_moves_nothing(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = contested(province)
    decide(only(province), Choice.CLOSE_AS_NOT_MONEY, maker, checker)
    assert province.payment(topup).state == "closed"
    assert province.balance_fen("received", payment_id(topup)) == 0
    assert deciding.set_aside(province.pool, clock.now()) == []
    assert province.faults() == []


def test_another_answer_is_fetched_and_makes_older_proposals_stale(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = contested(province)
    item = only(province)
    decide(item, Choice.ASK_AGAIN, maker, checker)
    waiting = proposed(item, Choice.CLOSE_AS_NOT_MONEY, maker)
    duties.work(clock.now(), kinds=["payment.ask_evidence"])
    assert len(deciding.dossier(item.ref).statements) == 3
    with pytest.raises(EvidenceChanged):
        deciding.approve(waiting.id, checker=checker, now=clock.now())
    assert Decision.objects.get(pk=waiting.id).state == "stale"
    assert Approval.objects.get(pk=waiting.id).state == "asked", "not spent, and never will be"
    assert province.payment(topup).state == "contested"
    with pytest.raises(ProposalOver):
        deciding.approve(waiting.id, checker=checker, now=clock.now())


def test_no_officer_alone_and_no_stranger_decides(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = contested(province)
    item = only(province)
    clerk = officer(province, "clerk")
    with pytest.raises(NotAllowed):
        proposed(item, Choice.CLOSE_AS_NOT_MONEY, clerk)
    proposal = proposed(item, Choice.CLOSE_AS_NOT_MONEY, maker)
    assert only(province).proposal_id == proposal.id
    with pytest.raises(ProposalOpen):
        proposed(item, Choice.ASK_AGAIN, checker)
    with pytest.raises(MakerIsChecker):
        deciding.approve(proposal.id, checker=maker, now=clock.now())
    with pytest.raises(NotAllowed):
        deciding.approve(proposal.id, checker=clerk, now=clock.now())
    assert province.payment(topup).state == "contested"
    assert deciding.refuse(proposal.id, checker=checker, now=clock.now()).state == "refused"
    assert province.payment(topup).state == "contested"


def test_what_makes_no_sense_is_not_proposed(province: Province, maker: Person) -> None:
    contested(province)
    item = only(province)
    seen = deciding.dossier(item.ref).seen
    for choice, wish in (
        (Choice.MARK_DONE, None),
        (Choice.ACCEPT_AS_PAID, None),
        (Choice.ACCEPT_AS_PAID, Wish(statement_id="query:999999999")),
    ):
        with pytest.raises(ChoiceNotOffered):
            proposed(item, choice, maker, wish)
    with pytest.raises(EvidenceChanged):
        deciding.propose(
            item.ref,
            choice=Choice.CLOSE_AS_NOT_MONEY,
            maker=maker,
            reason=WHY,
            seen="0" * 64,
            now=clock.now(),
        )
    with pytest.raises(ReasonMissing):
        deciding.propose(
            item.ref,
            choice=Choice.CLOSE_AS_NOT_MONEY,
            maker=maker,
            reason=" ",
            seen=seen,
            now=clock.now(),
        )
    for ref in ("nothing", f"payment_contested-{uuid4()}", "work_given_up-x", f"bribe-{uuid4()}"):
        with pytest.raises(MatterUnknown):
            deciding.dossier(ref)
    assert not Decision.objects.filter(ref=item.ref).exists()


def test_eight_approvals_at_once_do_it_once(
    province: Province, maker: Person, checker: Person
) -> None:
    contested(province)
    item = only(province)
    [answer] = [one for one in deciding.dossier(item.ref).statements if one.source == "query"]
    wish = Wish(statement_id=answer.statement_id)
    proposal = proposed(item, Choice.ACCEPT_AS_PAID, maker, wish)
    told = together_each(
        *[lambda: deciding.approve(proposal.id, checker=checker, now=clock.now()).state] * 8
    )
    assert set(told) == {"done"}
    payment = Payment.objects.get(pk=item.subject_id)
    assert province.balance_fen("channel_receivable", f"wechatpay:{payment.settlement_day}") == (
        5_000
    )
    assert Refund.objects.filter(payment=payment).count() == 1
    assert province.faults() == []


def test_an_abnormal_refund_is_asked_again_under_its_number(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = abnormal(province, "refund_abnormal")
    item = only(province)
    assert item.matter is Matter.REFUND_ABNORMAL
    before = Refund.objects.get(pk=item.subject_id).refund_no
    decide(item, Choice.ASK_AGAIN, maker, checker)
    refund = Refund.objects.get(pk=item.subject_id)
    assert (refund.state, refund.refund_no) == ("asked", before)
    province.carry_refunds(topup)
    assert Refund.objects.filter(payment_id=payment_id(topup)).count() == 1
    numbers = [
        one["refund_no"]
        for one in province.wallet.book()["refunds"]
        if one["order_no"] == order_no(topup)
    ]
    assert numbers == [before], "the channel saw one number, ever"
    assert province.faults() == []


def test_a_refund_is_done_on_named_evidence(
    province: Province, maker: Person, checker: Person
) -> None:
    abnormal(province)
    item = only(province)
    day = clock.business_day(clock.now())
    for poor in (Wish(), Wish(settlement_day=day), Wish(evidence="slip 7")):
        with pytest.raises(ChoiceNotOffered):
            proposed(item, Choice.MARK_DONE, maker, poor)
    decide(
        item, Choice.MARK_DONE, maker, checker, Wish(settlement_day=day, evidence="bank slip 7741")
    )
    assert Refund.objects.get(pk=item.subject_id).state == "done"
    assert province.balance_fen("refunds_in_flight", item.subject_id) == 0
    assert province.balance_fen("channel_receivable", f"wechatpay:{day}") == 0
    assert AuditEntry.objects.filter(subject=item.ref, act="payments.mark_done").count() == 1
    assert province.faults() == []


def test_money_of_a_closed_refund_returns_to_its_order_and_can_go_back_anew(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = abnormal(province)
    item = only(province)
    decide(item, Choice.BACK_TO_CLAIM, maker, checker)
    assert Refund.objects.get(pk=item.subject_id).state == "withdrawn"
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.payment(topup).refunding_fen == 0
    assert TopUp.objects.get(pk=topup["id"]).state == "paid"
    again = ordering.give_back(
        topup["id"],
        person=None,
        actor=WORKER,
        because="once more",
        now=clock.now(),
    )
    assert again.refund_no != Refund.objects.get(pk=item.subject_id).refund_no
    province.carry_refunds(topup)
    assert TopUp.objects.get(pk=topup["id"]).state == "refunded"
    assert province.balance_fen("unloaded_orders", topup["id"]) == 0
    assert province.faults() == []


def test_a_notice_of_an_unknown_order_waits_for_people_and_for_its_order(
    province: Province, maker: Person, checker: Person
) -> None:
    stray = f"stray{uuid4().hex[:20]}"
    [push] = order_at_the_channel_alone(province, stray)
    assert province.deliver(push) == 200
    notice = Notice.objects.get(order_no=stray)
    moment = clock.now()
    for _ in range(8):
        duties.work_one("notice.apply", notice.id, moment)
        moment += timedelta(hours=1)
    item = only(province)
    assert (item.matter, item.order_no, item.amount_fen) == (Matter.NOTICE_PARKED, stray, 700)
    decide(item, Choice.DISMISS, maker, checker)
    notice.refresh_from_db()
    assert (notice.state, notice.verdict) == ("dismissed", "genuine")
    assert deciding.set_aside(province.pool, clock.now()) == []


def order_at_the_channel_alone(province: Province, number: str) -> list[Push]:
    """An order that the channel knows, paid, and we do not."""
    wish = PaymentWish(
        order_no=number,
        amount_fen=700,
        description="stray",
        placed_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=30),
        product=Product(neighbour(province.channel).scenes[0]),
    )
    Line(MerchantAccount.objects.get(pool=province.pool)).ask(
        lambda adapter, merchant, stamp: adapter.create_payment(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_created(merchant, response, now=at),
    )
    province.catcher.take()
    province.wallet.pay(number)
    return province.pushes(1)


def test_given_up_work_is_listed_and_tried_again(
    province: Province, maker: Person, checker: Person
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.wallet.faults(no_answer_before=True)
    moment = clock.now()
    for _ in range(60):
        moment += timedelta(days=1)
        duties.work_one("payment.query", payment_id(topup), moment)
    item = only(province)
    assert (item.matter, item.work) == (Matter.WORK_GIVEN_UP, "payment.query")
    province.wallet.behave()
    decide(item, Choice.TRY_AGAIN, maker, checker)
    assert deciding.set_aside(province.pool, clock.now()) == []
    province.pay(topup, late=True)
    province.ask(topup)
    assert province.payment(topup).state == "confirmed"
    assert province.faults() == []
