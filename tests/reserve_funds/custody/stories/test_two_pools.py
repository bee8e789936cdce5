"""An order of one pool collected by another: both legs, netting, settlement, and a refund after.

Booked through custody's bridges, the bank's statements and an outflow of two officers. The
payments themselves are booked by their postings: a page that sells another operator's top-up is
the roof's and is not built yet.
"""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import duties
from accounts.identifiers import new_id
from accounts.models import Duty
from reserve_funds import postings
from reserve_funds.custody.bank import payees
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.bridges import legs, listing, services, watching
from reserve_funds.custody.bridges.errors import CrossingDiffers, CrossingMalformed
from reserve_funds.custody.bridges.models import Crossing
from reserve_funds.custody.cases import queries as cases
from reserve_funds.errors import Overdrawn
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.stories.house import NEXT, House, failed, written


@pytest.fixture
def both(kept):
    """A owns the order, B collects it; each knows the other by the story's name."""
    a, b = House(), House()
    a.call("B", b.pool)
    b.call("A", a.pool)
    return a, b


def collects(collector, owner, fen, word):
    """A payment over the collector's channel for an order of the owner."""
    payment, order = new_id(NOW), new_id(NOW)
    for house in (collector, owner):
        house.call(f"{word}-payment", payment)
        house.call(f"{word}-order", order)
    with transaction.atomic():
        book.post([
            postings.payment_confirmed(collector.pool, payment, channel="wechat",
                                       settlement_day=DAY, amount_fen=fen, event_at=NOW)
        ])  # fmt: skip
        made = services.collected(
            payment, by=collector.pool, order_id=order, of_pool=owner.pool, amount_fen=fen,
            event_at=NOW, now=NOW,
        )  # fmt: skip
    return made, order


def arrive(crossing):
    assert duties.work_one(services.CARRY, crossing.id, moment())
    crossing.refresh_from_db()


def on_its_way(debtor, creditor):
    told = listing.mirror(debtor.pool, creditor.pool)
    assert told.unexplained_fen == 0
    return [(each.kind, each.amount_fen) for each in told.on_its_way]


def test_collected_netted_settled_and_given_back_after_all(both):
    a, b = both
    first, order = collects(b, a, 5_000, "first")
    b.sound(held=5_000, owed=5_000)
    a.sound(held=0, owed=0)
    assert on_its_way(b, a) == [("order", 5_000)], "listed while one leg is on its way"
    load = a.call("load")
    with pytest.raises(Overdrawn):
        a.loaded(load, order, "0310000000000000001", 5_000)  # no MAC2 before A's leg is booked
    arrive(first)
    assert on_its_way(b, a) == []
    a.loaded(load, order, "0310000000000000001", 5_000)
    a.sound(held=5_000, owed=5_000)

    second, second_order = collects(a, b, 2_000, "second")
    arrive(second)
    for house in both:
        assert house.ends().state == "closed"

    (netting, settlement) = services.settle_all_of(a.pool, b.pool, now=moment())
    assert (netting.kind, netting.amount_fen) == ("netting", 2_000)
    assert (settlement.kind, settlement.from_pool, settlement.amount_fen) == (
        "settlement", b.pool, 3_000)  # fmt: skip
    assert services.settle_all_of(a.pool, b.pool, now=moment()) == [], "once a day"
    arrive(netting)
    a.sound(held=5_000, owed=5_000)
    b.sound(held=5_000, owed=5_000)
    assert on_its_way(b, a) == [("settlement", 3_000)]

    b.call("settlement", settlement.id)
    paid = b.instructed(Purpose.CLEARING_SETTLEMENT, legs.due(settlement), 3_000,
                        payee=payees.of_account(a.account))  # fmt: skip
    b.knows("payouts", Known.CHANNEL_PAYOUT, words="财付通",
            terms={"channel": "wechat", "days_before": 1, "working_days": False})  # fmt: skip
    b.bank.line(5_000, summary="财付通 备付金").of(paid).book()
    assert on_its_way(b, a) == [("settlement", 3_000)], "gone at B's bank, not shown by A's"
    a.bank.line(3_000, remark=f"户间结算 {paid.number}").book()
    assert on_its_way(b, a) == [], "the very entry ends it, before anybody watches"
    watching.watch(moment())
    settlement.refresh_from_db()
    assert settlement.state == "arrived"
    a.sound(held=3_000 + 2_000, owed=5_000)
    b.sound(held=2_000, owed=2_000)

    refund = new_id(NOW)
    for house in both:
        house.call("refund", refund)
    back = services.given_back(refund, of_pool=b.pool, by=a.pool, order_id=second_order,
                               amount_fen=2_000, event_at=NOW, now=NOW)  # fmt: skip
    assert on_its_way(b, a) == [("refund", 2_000)]
    arrive(back)
    book.post([
        postings.refund_done_by_channel(a.pool, refund, channel="wechat", settlement_day=DAY,
                                        amount_fen=2_000, event_at=NOW)
    ])  # fmt: skip
    a.sound(held=3_000 + 2_000, owed=5_000)
    b.sound(held=2_000, owed=2_000)
    for house in both:
        assert house.ends(NEXT).state == "closed"
    assert cases.open_of(a.pool) == cases.open_of(b.pool) == []
    assert b.lines() == written(f"""
        payment_confirmed    channel_receivable wechat:{DAY}  received first-payment       5000
        pool_order_collected received first-payment           pool_due_to A                5000
        pool_order_received  pool_due_from A                  unloaded_orders second-order 2000
        pool_netted          pool_due_to A                    pool_due_from A              2000
        pool_settlement_due  pool_due_to A                    settlement_due settlement    3000
        instruction_sent     settlement_due settlement        bank_out_in_transit instruction 3000
        channel_settled      bank_reserve bank                channel_receivable wechat:{DAY} 5000
        bank_paid_out        bank_out_in_transit instruction  bank_reserve bank            3000
        pool_refund_asked    unloaded_orders second-order     pool_due_to A                2000
    """)
    assert a.lines() == written(f"""
        pool_order_received    pool_due_from B                  unloaded_orders first-order  5000
        load(held)             unloaded_orders first-order      card_purse 0310000000000000001 5000
        load(settled)          unloaded_orders first-order      card_purse 0310000000000000001 5000
        payment_confirmed      channel_receivable wechat:{DAY}  received second-payment      2000
        pool_order_collected   received second-payment          pool_due_to B                2000
        pool_netted            pool_due_to B                    pool_due_from B              2000
        pool_settled           bank_reserve bank                pool_due_from B              3000
        pool_refund_taken      pool_due_from B                  refunds_in_flight refund     2000
        refund_done_by_channel refunds_in_flight refund         channel_receivable wechat:{DAY} 2000
    """)


def test_a_leg_that_does_not_come_is_a_case_and_stops_no_close_while_it_is_listed(both):
    a, b = both
    made, _ = collects(b, a, 700, "late")
    watching.watch(NOW + timedelta(hours=1))
    (case,) = cases.open_of(b.pool)
    assert (case.kind, case.amount_fen, case.subject) == (
        "pool_leg_missing", 700, f"crossing:{made.id}")  # fmt: skip
    result = b.ends()
    assert result.state == "closed", "true, known, and listed"
    gate = next(each for each in result.gates if each.rule == "I14")
    assert [(each.detail, each.amount_fen) for each in gate.findings] == [("order on its way", 700)]
    Duty.objects.filter(kind=services.CARRY, subject_id=made.id).update(state="given_up")
    result = a.ends()
    assert (result.state, failed(result)) == ("blocked", {"I14"}), "nobody carries it any more"
    duties.owe(services.CARRY, made.id, now=moment())
    assert a.closes().state == "closed"
    arrive(made)
    watching.watch(moment())
    assert cases.open_of(b.pool) == []


def test_a_broken_mirror_blocks_both_days(both):
    """A leg that nobody made through the bridge: no listing explains it."""
    a, b = both
    first, _ = collects(b, a, 700, "first")
    arrive(first)
    payment = b.call("stray")
    book.post([
        postings.payment_confirmed(b.pool, payment, channel="wechat", settlement_day=DAY,
                                   amount_fen=30, event_at=NOW),
        postings.of("pool_order_collected", b.pool, payment, debit=postings.received(payment),
                    credit=postings.account("pool_due_to", a.pool), amount_fen=30, event_at=NOW),
    ])  # fmt: skip
    for house in both:
        result = house.ends()
        assert (result.state, failed(result)) == ("blocked", {"I14"})
        assert not result.needs_exception


def test_as_known_at_a_cut_the_listing_is_what_it_was_then(both):
    a, b = both
    made, _ = collects(b, a, 700, "late")
    pools.cut(b.pool, NEXT)
    arrive(made)
    told = listing.mirror(b.pool, a.pool, pools.cut_at(b.pool, DAY))
    assert ([each.id for each in told.on_its_way], told.unexplained_fen) == ([made.id], 0)
    assert (told.due_to_fen, told.due_from_fen) == (700, 0)
    now = listing.mirror(b.pool, a.pool)
    assert (now.on_its_way, now.due_to_fen, now.due_from_fen) == ((), 700, 700)


def test_said_again_is_once_and_said_otherwise_is_refused(both):
    a, b = both
    made, order = collects(b, a, 700, "first")
    before = a.lines(), b.lines()
    words = {"by": b.pool, "order_id": order, "of_pool": a.pool, "event_at": NOW, "now": NOW}
    payment = UUID(made.source)
    services.collected(payment, amount_fen=700, **words)
    with pytest.raises(CrossingDiffers):
        services.collected(payment, amount_fen=701, **words)
    with pytest.raises(CrossingMalformed):
        services.collected(payment, amount_fen=7, **(words | {"of_pool": b.pool}))
    assert (a.lines(), b.lines()) == before
    arrive(made)
    services.carry(made.id, moment())
    assert len(a.lines()) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE custody_bridges_crossing SET amount_fen = 1 WHERE id = %s",
        "UPDATE custody_bridges_crossing SET to_pool = 1 WHERE id = %s",
        "UPDATE custody_bridges_crossing SET state = 'gone' WHERE id = %s",
        "DELETE FROM custody_bridges_crossing WHERE id = %s",
    ],
)
def test_a_crossing_cannot_be_rewritten_by_the_service(both, sql):
    a, b = both
    made, _ = collects(b, a, 700, "first")
    with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [made.id])
    assert isinstance(said.value.__cause__, psycopg.Error)
    assert Crossing.objects.get(pk=made.id).amount_fen == 700


def test_another_sum_than_was_sent_is_no_settlement(both):
    """A's bank shows our number with another amount: it waits for people, nothing is settled."""
    a, b = both
    first, _ = collects(b, a, 900, "first")
    arrive(first)
    (due,) = services.settle_all_of(a.pool, b.pool, now=moment())
    paid = b.instructed(Purpose.CLEARING_SETTLEMENT, legs.due(due), 900,
                        payee=payees.of_account(a.account))  # fmt: skip
    (reading,) = a.bank.line(899, remark=paid.number).book()
    assert reading.kind == "unclear"
    assert on_its_way(b, a) == [("settlement", 900)]
    watching.watch(moment() + timedelta(days=5))
    assert [case.kind for case in cases.open_of(b.pool)] == ["pool_settlement_late"]
    watching.watch(moment())
    assert cases.open_of(b.pool) == []
