"""A crash between the two legs of a business of two pools: half is seen, and made whole once."""

from __future__ import annotations

import io
import json
import os
import signal
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from accounts import duties
from accounts.identifiers import new_id
from accounts.models import Duty
from reserve_funds import postings
from reserve_funds.custody.bridges import legs, listing, services
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.conftest import fresh_pool_number as fresh
from tests.reserve_funds.custody.bank.officers import moment

FEN = 5_000


@pytest.fixture
def two(lasting_db):
    """The order's pool and the collector's."""
    numbers = fresh(), fresh()
    for number in numbers:
        pools.open_pool(number, "MOT", DAY)
    return numbers


def collected(owner, collector, fen=FEN):
    """A payment over the collector's channel for an order of the owner: the near leg."""
    payment, order = new_id(NOW), new_id(NOW)
    with transaction.atomic():
        book.post([
            postings.payment_confirmed(collector, payment, channel="wechat", settlement_day=DAY,
                                       amount_fen=fen, event_at=NOW)
        ])  # fmt: skip
        return services.collected(
            payment, by=collector, order_id=order, of_pool=owner, amount_fen=fen, event_at=NOW,
            now=NOW,
        ), order  # fmt: skip


def said(pool):
    """(what is wrong, what is on its way) of one pool, by the check of the book."""
    told = check_figures(pool)
    return (
        {(each.rule, each.subject) for each in told.findings},
        {(each.rule, each.subject) for each in told.on_their_way},
    )


def half(crossing):
    return {("pairs_are_whole", str(legs.pair_of(crossing)))}


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_between(crossing):
    """A worker dies by SIGKILL: the far leg is booked, and not yet committed."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with mock.patch.object(services, "_arrive", side_effect=die):
            duties.work_one(services.CARRY, crossing.id, moment())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was never between the legs"


def recover(crossing):
    """Whoever looks after the lease has ended takes it up again."""
    Duty.objects.filter(kind=services.CARRY, subject_id=crossing.id).update(due_at=NOW)
    assert duties.work(moment(), kinds=[services.CARRY]) >= 1
    crossing.refresh_from_db()
    assert crossing.state == "arrived"


def test_killed_between_the_legs_the_half_is_seen_and_recovery_makes_it_whole_once(two):
    owner, collector = two
    made, order = collected(owner, collector)
    killed_between(made)
    for pool in two:
        assert said(pool) == (set(), half(made)), "both pools' checks tell it, and neither excuses"
    told = io.StringIO()
    call_command("check_book", pool=collector, json=True, stdout=told)
    (leg,) = json.loads(told.getvalue())["on_their_way"]
    assert leg["detail"] == f"{collector} owes {owner}: {FEN} fen, mirrored by 0"
    recover(made)
    services.carry(made.id, moment())
    assert [said(pool) for pool in two] == [(set(), set())] * 2
    told = listing.mirror(collector, owner)
    assert (told.due_to_fen, told.due_from_fen, told.on_its_way) == (FEN, FEN, ())

    refund = new_id(NOW)
    back = services.given_back(refund, of_pool=owner, by=collector, order_id=order,
                               amount_fen=FEN, event_at=NOW, now=NOW)  # fmt: skip
    killed_between(back)
    for pool in two:
        assert said(pool) == (set(), half(back))
    recover(back)
    assert [said(pool) for pool in two] == [(set(), set())] * 2
    told = listing.mirror(owner, collector)
    assert (told.due_to_fen, told.due_from_fen) == (FEN, FEN), "the claim runs the other way"
    in_flight = postings.refund_in_flight(refund)
    assert [each.amount_fen for each in queries.transfers_of(collector, in_flight)] == [FEN], "once"


def test_a_half_that_nobody_carries_any_more_is_a_finding(two):
    owner, collector = two
    made, _ = collected(owner, collector)
    Duty.objects.filter(kind=services.CARRY, subject_id=made.id).update(state="given_up")
    assert [said(pool) for pool in two] == [(half(made), set())] * 2
    duties.owe(services.CARRY, made.id, now=NOW)
    assert [said(pool) for pool in two] == [(set(), half(made))] * 2
    recover(made)
    assert [said(pool) for pool in two] == [(set(), set())] * 2


def test_what_no_outbox_knows_and_what_offsets_in_the_sums_is_found_leg_by_leg(two):
    """By hand: two strays that mirror nothing and whose sums still agree."""
    owner, collector = two
    strays = []
    for pool, code in ((collector, "pool_order_collected"), (owner, "pool_order_received")):
        stray = new_id(NOW)
        other = owner if pool == collector else collector
        if pool == collector:
            book.post([
                postings.payment_confirmed(pool, stray, channel="wechat", settlement_day=DAY,
                                           amount_fen=30, event_at=NOW)
            ])  # fmt: skip
            debit, credit = postings.received(stray), postings.account("pool_due_to", other)
        else:
            debit, credit = postings.account("pool_due_from", other), postings.unloaded_order(stray)
        (booked,) = book.post([
            postings.of(code, pool, stray, debit=debit, credit=credit, amount_fen=30,
                        event_at=NOW)
        ])  # fmt: skip
        strays.append(booked.id)
    assert listing.mirror(collector, owner).unexplained_fen == 0
    found = {("pairs_are_whole", str(each)) for each in strays}
    assert [said(pool) for pool in two] == [(found, set())] * 2
    assert {each.debtor for each in listing.mirrors(owner)} == {owner, collector}


def test_a_mirrored_pair_of_another_owner_is_no_pair(two):
    pool, _ = two
    paid, cause = new_id(NOW), new_id(NOW)
    book.post([
        postings.payment_confirmed(pool, paid, channel="wechat", settlement_day=DAY,
                                   amount_fen=100, event_at=NOW)
    ])  # fmt: skip
    mine, own = postings.fee_withheld(pool, cause, channel="wechat", settlement_day=DAY,
                                      amount_fen=3, event_at=NOW)  # fmt: skip
    wrong = postings.of(
        own.code, pool, cause, debit=own.debit, amount_fen=3, event_at=NOW, cross_id=own.cross_id,
        credit=postings.account("due_to_reserve", postings.CoverReason.COUPON),
    )  # fmt: skip
    book.post([mine, wrong])
    assert said(pool) == ({("pairs_are_whole", str(own.cross_id))}, set())
