"""An enterprise pays once; each of its people loads their own part; what nobody took goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import Error as DatabaseError
from django.db import connection, transaction

from accounts import approvals, cards, clock, roles, trail
from accounts.actors import SYSTEM
from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.models import IssuerPrefix
from gateway.bulk import (
    claims,
    funding,
    judging,
    ordering,
    queries,
    returning,
    routes,
    tasks,
)
from gateway.bulk.errors import (
    BulkOrderNotThere,
    ClaimNotYours,
    EntryOfAnotherPool,
    NothingGoodInList,
    NothingToReturn,
    ReturnRouteMissing,
)
from gateway.bulk.models import BulkOrder, BulkReturn, BulkRow, ReturnPart
from gateway.topup import conversation
from gateway.topup import ordering as topups
from gateway.topup.errors import NothingLeftToLoad, NotPaidYet
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.custody.bank import instructions, requests
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.cases.models import Case
from reserve_funds.errors import ApprovalNotUsable, Overdrawn, TransferDiffers
from reserve_funds.ledger import book
from tests.gateway.bulk.world import NAME, PAYER_NO, World
from tests.support.officers import seat
from tests.support.province import Citizen, Province
from tests.support.talk import Talk


@pytest.fixture
def world(province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return World.of(province)


def asked_back(
    world: World, order: BulkOrder, because: str, claim_ids: list[UUID] | None = None
) -> BulkReturn:
    return returning.ask(
        order.pk, claim_ids=claim_ids, because=because, maker=world.maker, now=clock.now()
    )


def owed(world: World, order: BulkOrder) -> int:
    return queries.received_fen(order)


def test_from_the_list_to_the_card_and_the_rest_back_by_the_bank(
    world: World, province: Province
) -> None:
    """Three people: one loads in the app, one has no app yet, one never comes."""
    citizen = province.citizen()
    chip = province.card(citizen)
    late, never = province.card(), province.card()
    order = world.approved(
        ("A01", chip.state.asn[1:], 50), ("A02", late.state.asn[1:], 30),
        ("A03", never.state.asn[1:], "20.00"),
    )  # fmt: skip
    assert (order.rows_good, order.amount_fen) == (3, 10_000)
    world.works(ordering.SHARE, order.pk)
    assert not TopUp.objects.filter(pool=world.pool).exists(), "nothing before the money"
    world.pays(order, 9_999)
    assert (owed(world, order), TopUp.objects.filter(pool=world.pool).count()) == (9_999, 0)
    world.pays(order, 11)  # ten fen more than it comes to
    order.refresh_from_db()
    assert (order.state, owed(world, order)) == ("shared", 10)
    assert province.faults() == []
    _loads_in_the_app(citizen, chip, order)
    _takes_it_later(province, late, order)
    _goes_back(world, province, never, order)


def _loads_in_the_app(citizen: Citizen, chip: Any, order: BulkOrder) -> None:
    mine = order.rows.get(asn=chip.state.asn)
    claim = TopUp.objects.get(pk=mine.pk)
    assert (claim.state, claim.person_id) == ("paid", citizen.person.pk)
    with pytest.raises(NotPaidYet):  # it is not theirs to have paid out
        topups.give_back(
            claim.pk, person=citizen.person, actor=SYSTEM, because="cash", now=clock.now()
        )
    assert Talk(citizen=citizen, card=chip).load({"id": str(claim.pk)}).body["outcome"] == "loaded"
    assert chip.state.balances["2"] == 5_000


def _takes_it_later(province: Province, late: Any, order: BulkOrder) -> None:
    claim_id = order.rows.get(asn=late.state.asn).pk
    assert TopUp.objects.get(pk=claim_id).person_id is None
    somebody, other = province.citizen(), province.citizen()
    with pytest.raises(ClaimNotYours):
        claims.take(claim_id, person=somebody.person, now=clock.now())
    cards.add(somebody.person, late.state.asn[1:], clock.now())
    [waiting] = queries.waiting_for(somebody.person)
    assert waiting.pk == claim_id
    assert queries.waiting_for(other.person) == []
    for _ in range(2):
        assert claims.take(claim_id, person=somebody.person, now=clock.now()).pk == claim_id
    with pytest.raises(ClaimNotYours):
        claims.take(claim_id, person=other.person, now=clock.now())
    said = Talk(citizen=somebody, card=late).load({"id": str(claim_id)})
    assert said.body["outcome"] == "loaded"


def _goes_back(world: World, province: Province, never: Any, order: BulkOrder) -> None:
    """The time is over, a case says so, two officers ask it back; the bank pays and returns it."""
    assert order.claim_until is not None
    world.works(funding.DEADLINE, order.pk, later=timedelta(days=order.claim_days, hours=1))
    assert Case.objects.filter(pool=world.pool, kind="bulk_unclaimed", amount_fen=2_000).exists()
    now = clock.now()
    asked = asked_back(world, order, "到期未领")
    assert (asked.claims, asked.claims_fen, asked.amount_fen) == (1, 2_000, 2_010)
    claim_id = order.rows.get(asn=never.state.asn).pk
    with pytest.raises(NothingLeftToLoad):
        conversation.open_load(claim_id, person=None, actor=SYSTEM, now=now)
    with pytest.raises(MakerIsChecker):
        returning.approve(asked.pk, checker=world.maker, now=now)
    assert TopUp.objects.get(pk=claim_id).state == "refunding"
    for _ in range(2):
        returning.approve(asked.pk, checker=world.checker, now=clock.now())
    assert TopUp.objects.get(pk=claim_id).state == "refunded"
    parts = list(ReturnPart.objects.filter(bulk_return=asked))
    assert [(part.state, part.amount_fen) for part in parts] == [("going", 2_010)]
    assert owed(world, order) == 0
    _bank_pays(world, province, parts[0])
    assert province.faults() == []


def _bank_pays(world: World, province: Province, part: ReturnPart) -> None:
    assert part.goes_as is not None
    first = Instruction.objects.get(request=part.goes_as)
    assert (first.payee_no, first.payee_name, first.amount_fen) == (PAYER_NO, NAME, 2_010)
    requests.refuse(first.request_id, checker=world.checker, because="wait", now=clock.now())
    world.works(tasks.BANK_SAID, first.pk)
    part.refresh_from_db()
    assert part.state == "stopped"
    routes.send_again(part.pk, officer=world.maker, route="", now=clock.now())
    part.refresh_from_db()
    again = Instruction.objects.get(request=part.goes_as)
    requests.approve(again.request_id, checker=world.checker, now=clock.now())
    instructions.sending(again.pk, now=clock.now())
    world.told(again)
    part.refresh_from_db()
    assert (part.state, province.balance_fen("refunds_in_flight", part.pk)) == ("done", 0)
    world.told(again, back=True)  # 退汇: the account is closed
    part.refresh_from_db()
    assert (part.state, province.balance_fen("refunds_in_flight", part.pk)) == ("stopped", 2_010)


def test_every_row_has_its_verdict_and_only_good_ones_are_of_the_order(
    world: World, province: Province
) -> None:
    citizen = province.citizen()
    good, lost, gone, full = (province.card(citizen) for _ in range(4))
    unheard = province.card()
    now = clock.now()
    cards.report_lost(cards.by_asn(lost.state.asn), actor=SYSTEM, now=now)
    trail.advance(cards.by_asn(gone.state.asn), to="closed", actor=SYSTEM, because="t", now=now)
    world.shared(("0", full.state.asn[1:], 900))
    number = good.state.asn[1:]
    rows = [
        ("good", number, 50),
        ("new", unheard.state.asn[1:], 1000),
        ("twice", number, 60),
        ("lost", lost.state.asn[1:], 50),
        ("gone", gone.state.asn[1:], 50),
        ("full", full.state.asn[1:], 150),
        ("far", "3105070212345678901", 50),
        ("nobody", "9999990212345678901", 50),
        ("large", province.card().state.asn[1:], 5_000),
        ("zero", province.card().state.asn[1:], 0),
    ]
    order = world.brings(*rows)
    told = {row.label: (row.verdict, row.most_fen) for row in order.rows.all()}
    assert told == {
        "good": ("", None),
        "new": ("", None),
        "twice": ("duplicate", None),
        "lost": ("card_lost", None),
        "gone": ("card_gone", None),
        "full": ("over_cap", 10_000),
        "far": ("other_pool" if _is_known("31050702") else "issuer_unknown", None),
        "nobody": ("issuer_unknown", None),
        "large": told["large"],
        "zero": ("amount_malformed", None),
    }
    assert told["large"][0] in (judging.Verdict.OVER_LOAD, judging.Verdict.NOT_OFFERED)
    assert (order.rows_total, order.rows_good, order.amount_fen) == (10, 2, 105_000)
    assert queries.against(order)["duplicate"] == 1
    assert world.brings(*rows).pk == order.pk, "the same bytes are the same order"
    nothing = world.brings(("1", "12", 50))
    with pytest.raises(NothingGoodInList):
        ordering.ask(nothing.pk, maker=world.maker, now=clock.now())
    ordering.withdraw(nothing.pk, officer=world.maker, now=clock.now())


def _is_known(prefix: str) -> bool:
    return IssuerPrefix.objects.filter(prefix=prefix).exists()


def test_nobody_alone_and_nothing_but_the_list_that_was_approved(
    world: World, province: Province
) -> None:
    order = world.brings(("1", province.card().state.asn[1:], 50))
    clerk = seat((roles.CLERK, world.pool)).person
    far = seat((roles.FINANCE_OFFICER, world.pool + 1)).person
    for nobody in (clerk, far):
        with pytest.raises(NotAllowed):
            ordering.ask(order.pk, maker=nobody, now=clock.now())
    asked = ordering.ask(order.pk, maker=world.maker, now=clock.now())
    with pytest.raises(MakerIsChecker):
        ordering.approve(asked.pk, checker=world.maker, now=clock.now())
    for nobody in (clerk, far):
        with pytest.raises(NotAllowed):
            ordering.approve(asked.pk, checker=nobody, now=clock.now())
    order.refresh_from_db()
    assert order.state == "asked"
    ordering.approve(asked.pk, checker=world.checker, now=clock.now())
    with pytest.raises(BulkOrderNotThere):
        ordering.ask(order.pk, maker=world.maker, now=clock.now())
    for sql in (
        "UPDATE bulk_row SET amount_fen = 1 WHERE order_id = %s",
        "DELETE FROM bulk_row WHERE order_id = %s",
        "UPDATE bulk_order SET state = 'withdrawn' WHERE id = %s",
        "DELETE FROM bulk_order WHERE id = %s",
    ):
        _refused(sql, order.pk)
    row = BulkRow.objects.get(order=order)
    other = postings.of(
        "bulk_shared", world.pool, row.pk, debit=postings.unloaded_order(order.pk),
        credit=postings.unloaded_order(asked.pk), amount_fen=5_000, event_at=clock.now(),
        approval_id=asked.pk,
    )  # fmt: skip
    with pytest.raises((Overdrawn, ApprovalNotUsable)):
        book.post([other])
    world.pays(order, 5_000)
    assert approvals.get(asked.pk).state == "spent"
    with pytest.raises(TransferDiffers):
        book.post([other])
    assert province.faults() == []


def _refused(sql: str, *values: object) -> None:
    before = list(BulkOrder.objects.values_list("pk", "state"))
    with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    assert isinstance(
        said.value.__cause__,
        psycopg.errors.InsufficientPrivilege | psycopg.errors.RaiseException
        | psycopg.errors.CheckViolation,
    )  # fmt: skip
    assert list(BulkOrder.objects.values_list("pk", "state")) == before


def test_money_that_comes_late_is_asked_back_and_no_claim_was_ever_there(
    world: World, province: Province
) -> None:
    order = world.approved(("1", province.card().state.asn[1:], 50))
    after = ordering.TIME_TO_PAY + timedelta(minutes=1)
    world.works(ordering.LAPSE, order.pk, later=after)
    order.refresh_from_db()
    assert order.state == "lapsed"
    world.pays(order, 5_000)
    assert (owed(world, order), order.rows.count()) == (5_000, 1)
    assert not TopUp.objects.filter(pool=world.pool).exists()
    asked = asked_back(world, order, "过期")
    with pytest.raises(NothingToReturn):
        asked_back(world, order, "过期")
    returning.approve(asked.pk, checker=world.checker, now=clock.now())
    assert owed(world, order) == 0
    with pytest.raises(NothingToReturn):
        asked_back(world, order, "过期")


def test_single_rows_are_asked_back_before_they_are_loaded_and_wake_when_refused(
    world: World, province: Province
) -> None:
    citizen = province.citizen()
    chip, other = province.card(citizen), province.card(citizen)
    order = world.shared(("1", chip.state.asn[1:], 50), ("2", other.state.asn[1:], 60))
    one, two = order.rows.order_by("line_no")
    asked = asked_back(world, order, "离职", [one.pk])
    assert TopUp.objects.get(pk=two.pk).state == "paid"
    for verdict in (returning.approve, returning.refuse):
        with pytest.raises(MakerIsChecker):
            verdict(asked.pk, checker=world.maker, now=clock.now())
    returning.refuse(asked.pk, checker=world.checker, now=clock.now())
    assert Talk(citizen=citizen, card=chip).load({"id": str(one.pk)}).body["outcome"] == "loaded"
    with pytest.raises(NothingToReturn):
        asked_back(world, order, "离职", [one.pk])
    again = asked_back(world, order, "离职", [two.pk])
    world.works(returning.LAPSE, again.pk, later=returning.TIME_TO_DECIDE + timedelta(minutes=1))
    assert TopUp.objects.get(pk=two.pk).state == "paid", "nobody decided: it can be loaded again"
    with pytest.raises(ApprovalDecided):
        approvals.approve(asked.pk, checker=world.checker, now=clock.now())
    third = asked_back(world, order, "离职", [two.pk])
    returning.approve(third.pk, checker=world.checker, now=clock.now())
    progress = queries.progress(order)
    assert (progress.of("loaded"), progress.of("refunded")) == ((1, 5_000), (1, 6_000))
    assert province.faults() == []


def test_paid_over_a_channel_it_goes_back_over_the_channel(
    world: World, province: Province
) -> None:
    order = world.approved(("1", province.card().state.asn[1:], 50))
    payment = funding.pay_over(
        order.pk, channel=province.channel, scene="native", officer=world.maker, now=clock.now()
    )
    payment = funding.offer(payment, order, officer=world.maker, now=clock.now())
    topup = {"payments": [{"id": str(payment.pk), "order_no": payment.order_no,
                           "offer": payment.offer}]}  # fmt: skip
    province.pay(topup)
    province.ask(topup)
    world.works(ordering.SHARE, order.pk)
    order.refresh_from_db()
    assert (order.state, owed(world, order)) == ("shared", 0)
    asked = asked_back(world, order, "作废")
    returning.approve(asked.pk, checker=world.checker, now=clock.now())
    province.carry_refunds(topup)
    [part] = ReturnPart.objects.filter(bulk_return=asked)
    assert part.state == "done"
    assert province.faults() == []


def test_an_entry_without_an_account_is_no_route_and_another_pool_s_is_not_there(
    world: World, province: Province
) -> None:
    order = world.approved(("1", province.card().state.asn[1:], 50))
    world.pays(order, 5_000, payer_no="")
    with pytest.raises(ReturnRouteMissing):
        asked_back(world, order, "作废")
    assert TopUp.objects.get(pool=world.pool).state == "paid", "nothing moved"
    with pytest.raises(EntryOfAnotherPool):
        funding.recognise(order.pk, order.pk, maker=world.maker, now=clock.now())
