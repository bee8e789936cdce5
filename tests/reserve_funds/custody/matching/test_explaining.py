"""A line tells the whole life it belongs to, and a day's numbers tell what they are made of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.identifiers import new_id
from reserve_funds.custody.errors import LineUnknown
from reserve_funds.custody.matching.delivering import deliver
from reserve_funds.custody.matching.explaining import explain, versions
from reserve_funds.custody.matching.queries import differences, totals, waiting
from reserve_funds.custody.matching.values import Side
from tests.reserve_funds.conftest import NOW, fresh_pool_number
from tests.reserve_funds.custody.matching.worlds import (
    DAY,
    LATER,
    changed,
    life,
    payout,
    told,
    whole,
)


@pytest.fixture
def pool(db):
    return fresh_pool_number()


@pytest.mark.parametrize("side", ["order", "bill", "card", "clearing"])
def test_a_life_is_told_from_any_side(pool, side):
    lives = [life(pool, str(number)) for number in range(3)]
    told(pool, whole(pool, lives))
    one = lives[1]
    story = explain(Side(side), getattr(one, side).source_id)
    assert [(each.side.value, each.source_id) for each in story.facts] == [
        ("order", one.order.source_id),
        ("bill", one.bill.source_id),
        ("bank", payout(pool, lives).source_id),
        ("card", one.card.source_id),
        ("clearing", one.clearing.source_id),
    ]
    assert story.differences == ()
    how = {each.side.value: each.how for each in story.facts if each.how}
    assert how.get("bank") == "bill_bank: payout of a day"


def test_a_payout_names_how_many_lines_it_pays(pool):
    lives = [life(pool, str(number)) for number in range(30)]
    told(pool, whole(pool, lives))
    story = explain(Side.BANK, payout(pool, lives).source_id)
    bills = [each for each in story.facts if each.side is Side.BILL]
    assert (len(bills), {each.of_lines for each in bills}) == (20, {30})


def test_a_line_names_the_differences_it_is_part_of(pool):
    one = life(pool, "1")
    told(pool, [*one.lines("bill"), life(pool, "2").bill])
    story = explain(Side.ORDER, one.order.source_id)
    mine = [each.id for each in differences(pool, now=LATER) if "order" in each.about]
    assert mine
    assert set(mine) <= set(story.differences)


def test_a_fact_keeps_all_it_ever_said(pool):
    one = life(pool, "1")
    deliver([one.order])
    deliver([changed(one.order, amount_fen=1)])
    assert [line.amount_fen for line in versions(Side.ORDER, one.order.source_id)] == [5_000, 1]


def test_a_line_nobody_told_is_unknown(pool):
    with pytest.raises(LineUnknown):
        explain(Side.ORDER, new_id(NOW))


def test_the_numbers_of_a_day_are_explained_to_the_fen(pool):
    lives = [life(pool, str(number)) for number in range(4)]
    odd, unknown = life(pool, "odd", fen=700), life(pool, "unknown", fen=900)
    lines = [each for one in lives for each in one.lines()]
    told(pool, [*lines, *odd.lines("bill"), unknown.bill, payout(pool, [*lives, unknown])])
    by_name = {each.relation: each for each in totals(pool, DAY, now=LATER)}
    day = by_name["order_bill"]
    assert (day.left.fen, day.left.matched_fen, day.left.rest_fen) == (20_700, 20_000, 700)
    assert (day.right.fen, day.right.matched_fen, day.right.rest_fen) == (20_900, 20_000, 900)
    apart = sum(each.diff_fen for each in day.differences)
    assert day.right.fen - day.left.fen == apart
    assert {each.age_days for each in day.differences} == {21}


def test_what_waits_is_counted_by_day_and_side(pool):
    one = life(pool, "1")
    told(pool, [one.order], now=NOW - timedelta(days=11))
    found = {(each.relation, each.day, each.side, each.lines, each.amount_fen)
             for each in waiting(pool)}  # fmt: skip
    assert found == {("order_bill", DAY, "order", 1, 5_000), ("order_card", DAY, "order", 1, 5_000)}
