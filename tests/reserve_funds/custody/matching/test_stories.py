"""An order's life over five sides, and everything that can be wrong with it, one story each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Timer

import pytest
from django.db import connection

from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.matching.delivering import deliver
from reserve_funds.custody.matching.models import Difference, Leftover, Line, Link
from reserve_funds.custody.matching.queries import differences
from reserve_funds.custody.matching.running import run
from reserve_funds.custody.matching.values import Side, Sort, Standing
from tests.reserve_funds.conftest import fresh_pool_number
from tests.reserve_funds.custody.matching.worlds import (
    DAY,
    LATER,
    NOW,
    changed,
    life,
    line,
    payout,
    told,
    whole,
)


@pytest.fixture
def pool(db):
    return fresh_pool_number()


def found(pool, now=LATER):
    return [(each.relation, each.sort, each.diff_fen) for each in differences(pool, now=now)]


def test_five_sides_that_agree_leave_nothing(pool):
    lives = [life(pool, str(number)) for number in range(5)]
    told(pool, whole(pool, lives))
    assert found(pool) == []
    assert not Leftover.objects.filter(pool=pool).exists()
    lines = Line.objects.filter(pool=pool)
    assert Link.objects.filter(left__in=lines).count() == 5 + 5 + 5 + 5


def test_the_same_again_is_nothing(pool):
    lives = [life(pool, str(number)) for number in range(3)]
    assert deliver(whole(pool, lives)) == 13
    run(pool, now=LATER)
    links = set(Link.objects.values_list("id", flat=True))
    assert deliver(whole(pool, lives)) == 0
    assert run(pool, now=LATER).lines == 0
    assert set(Link.objects.values_list("id", flat=True)) == links
    assert found(pool) == []


def test_who_comes_while_another_run_is_long_waits_for_it(pool, owner_connection):
    owner_connection.execute("SELECT pg_advisory_xact_lock(1668118625)")
    released = Timer(0.2, owner_connection.rollback)
    released.start()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '20ms'")
    told(pool, whole(pool, [life(pool, "1")]))
    released.join()
    assert found(pool) == []


def test_what_has_no_partner_yet_waits_and_is_no_difference(pool):
    one = life(pool, "1")
    told(pool, [one.order], now=NOW + timedelta(days=2))
    assert found(pool) == []
    assert Leftover.objects.filter(pool=pool).count() == 2  # in the bill's pair, in the card's


def test_over_a_long_holiday_nobody_misses_a_payout(pool):
    """国庆: seven days without one that banks work; five plain days would be over on the fifth."""
    eve = date(2026, 9, 30)
    lives = [life(pool, str(number), day=eve) for number in range(3)]
    lines = [each for one in lives for each in one.lines()]
    told(pool, lines, now=datetime(2026, 10, 7, 3, 0, tzinfo=UTC))
    assert found(pool) == []
    late = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
    run(pool, now=late)
    assert found(pool, late) == [("bill_bank", Sort.SHORT, -payout(pool, lives).amount_fen)]


CASES = {
    "漏单": (("order", "card", "clearing"), [("order_bill", Sort.MISSING_ORDER, 5_000)]),
    "短款": (("bill",), [("order_bill", Sort.SHORT, -5_000)]),
    "未写卡": (("card", "clearing"), [("order_card", Sort.NOT_WRITTEN, -5_000)]),
    "未清分": (("clearing",), [("card_clearing", Sort.NOT_CLEARED, -5_000)]),
    "写卡无款": (("order", "bill"), [("order_card", Sort.WRITTEN_UNPAID, 5_000)]),
    "清分无源": (("order", "bill", "card"), [("card_clearing", Sort.CLEARED_UNWRITTEN, 5_000)]),
}


@pytest.mark.parametrize(("missing", "expected"), CASES.values(), ids=CASES)
def test_a_side_that_does_not_know_it(pool, missing, expected):
    lives = [life(pool, str(number)) for number in range(4)]
    odd = life(pool, "odd")
    lines = [each for one in lives for each in one.lines()] + odd.lines(*missing)
    billed = lives if "bill" in missing else [*lives, odd]
    told(pool, [*lines, payout(pool, billed)])
    assert found(pool) == expected


def test_amounts_that_differ_are_named_by_their_sign(pool):
    less, more = life(pool, "1"), life(pool, "2")
    less = replace(less, bill=replace(less.bill, amount_fen=4_900))
    more = replace(more, bill=replace(more.bill, amount_fen=5_300))
    told(pool, whole(pool, [less, more]))
    assert sorted(found(pool)) == [
        ("order_bill", Sort.LONG, 300), ("order_bill", Sort.SHORT, -100)
    ]  # fmt: skip


def test_a_payment_that_we_think_was_closed_differs_in_its_state(pool):
    one = life(pool, "1")
    one = replace(one, order=replace(one.order, standing=Standing.VOID))
    told(pool, [one.order, one.bill, payout(pool, [one])])
    assert found(pool) == [("order_bill", Sort.STATE, 5_000)]


def test_an_order_that_was_closed_and_never_paid_is_nothing(pool):
    one = life(pool, "1")
    told(pool, [replace(one.order, standing=Standing.VOID)])
    assert found(pool) == []
    assert not Leftover.objects.filter(pool=pool).exists()


def test_a_channel_that_charges_more_than_agreed(pool):
    one = life(pool, "1")
    agreed = replace(one.order, fee_in_100000=one.bill.fee_in_100000 - 10_000)
    told(pool, whole(pool, [replace(one, order=agreed)]))
    assert found(pool) == [("order_bill", Sort.FEE, -10)]


def test_a_payout_that_lacks_less_than_its_fee_differs_in_the_fee(pool):
    lives = [life(pool, str(number)) for number in range(4)]
    lines = [each for one in lives for each in one.lines()]
    right = payout(pool, lives).amount_fen
    told(pool, [*lines, payout(pool, lives, fen=right - 100)])
    assert found(pool) == [("bill_bank", Sort.FEE, -100)]


@pytest.mark.parametrize(("by", "sort"), [(-5_000, Sort.SHORT), (9_999, Sort.LONG)])
def test_a_payout_that_is_quite_another(pool, by, sort):
    lives = [life(pool, str(number)) for number in range(4)]
    right = payout(pool, lives).amount_fen
    lines = [each for one in lives for each in one.lines()]
    told(pool, [*lines, payout(pool, lives, fen=right + by)])
    assert found(pool) == [("bill_bank", sort, by)]


def test_a_payout_in_two_parts_is_one_payout(pool):
    lives = [life(pool, str(number)) for number in range(4)]
    lines = [each for one in lives for each in one.lines()]
    right = payout(pool, lives).amount_fen
    parts = [payout(pool, lives, "a", fen=7_000), payout(pool, lives, "b", fen=right - 7_000)]
    told(pool, [*lines, *parts])
    assert found(pool) == []


def test_what_a_side_has_twice(pool):
    lives = [life(pool, str(number)) for number in range(3)]
    again = replace(lives[1].order, source_id=life(pool, "again").order.source_id, story="")
    written = replace(lives[2].card, source_id=life(pool, "again").card.source_id, key="l-again")
    cleared = line(pool, Side.CLEARING, "again", 5_000, key="l-again")
    told(pool, whole(pool, lives, again, written, cleared))
    assert sorted(found(pool)) == [
        ("order_bill", Sort.DUPLICATE, -5_000), ("order_card", Sort.DUPLICATE, 5_000)
    ]  # fmt: skip


def test_a_bill_that_never_came_is_one_difference_and_not_thousands(pool):
    lives = [life(pool, str(number)) for number in range(50)]
    lines = [each for one in lives for each in one.lines("bill")]
    told(pool, lines)
    assert found(pool) == [("order_bill", Sort.NO_FILE, -250_000)]
    [case] = cases.open_of(pool)
    assert (case.kind, case.amount_fen) == ("difference_no_file", 250_000)


def test_a_refund_balances_what_was_not_loaded(pool):
    one = life(pool, "1")
    back = {"key": "r1", "number": "c1", "batch": one.bill.batch}
    refund = line(pool, Side.ORDER, "r1", -5_000, story=one.order.story, **back)
    billed = line(pool, Side.BILL, "r1", -5_000, fee_in_100000=-one.bill.fee_in_100000, **back)
    told(pool, [one.order, one.bill, refund, billed])
    assert found(pool) == []


def test_a_refund_under_way_is_waited_for(pool):
    one = life(pool, "1")
    refund = line(pool, Side.ORDER, "r1", -5_000, story=one.order.story, key="r1",
                  standing=Standing.PENDING)  # fmt: skip
    told(pool, [one.order, one.bill, payout(pool, [one]), refund])
    assert found(pool) == []


def test_just_after_midnight_is_no_difference(pool):
    one = life(pool, "1")
    late = replace(one.bill, day=DAY + timedelta(days=1), batch=f"wechat:{DAY}")
    told(pool, whole(pool, [replace(one, bill=late)]))
    assert found(pool) == []


def test_days_too_far_apart_are_named(pool):
    one = life(pool, "1")
    late = replace(one.bill, day=DAY + timedelta(days=9))
    told(pool, whole(pool, [replace(one, bill=late)]))
    assert ("order_bill", Sort.PERIOD, 0) in found(pool)


def test_a_difference_ends_by_itself_when_the_evidence_comes_and_keeps_why(pool):
    lives = [life(pool, str(number)) for number in range(3)]
    odd = life(pool, "odd")
    lines = [each for one in lives for each in one.lines()]
    told(pool, [*lines, *odd.lines("bill"), payout(pool, [*lives, odd])])
    assert {sort for _, sort, _ in found(pool)} == {Sort.SHORT, Sort.LONG}
    assert len(cases.open_of(pool)) == 2
    told(pool, [odd.bill], now=LATER + timedelta(hours=1))
    assert found(pool) == []
    assert cases.open_of(pool) == []
    ended = Difference.objects.get(pool=pool, sort="short")
    assert ended.state == "ended"
    assert ended.ended_because == f"matched with bill {odd.bill.source_id}"


def test_a_fact_that_changes_is_a_new_version_and_is_matched_anew(pool):
    lives = [life(pool, str(number)) for number in range(3)]
    told(pool, whole(pool, lives))
    wrong = changed(lives[0].bill, amount_fen=4_000)
    assert deliver([wrong]) == 1
    run(pool, now=LATER)
    assert ("order_bill", Sort.SHORT, -1_000) in found(pool)
    versions = Line.objects.filter(source_id=wrong.source_id).order_by("version")
    assert [(one.amount_fen, one.is_current) for one in versions] == [(5_000, False), (4_000, True)]
    assert deliver([lives[0].bill]) == 0
    told(pool, [changed(wrong, amount_fen=5_000)])
    assert found(pool) == []
    assert versions.all().count() == 3
