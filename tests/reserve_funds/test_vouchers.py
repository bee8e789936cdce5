"""A closed day's vouchers are read by number, page by page; a day not closed has none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reserve_funds.ledger import adjusting, book, pools, queries, vouchers
from reserve_funds.ledger.values import Act
from reserve_funds.ledger.vouchers import Number
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.stories import confirmed, paid, sealed
from tests.reserve_funds.test_sealed_days import closed, two_officers_allow

NEXT = DAY + timedelta(days=1)


def test_vouchers_have_their_lines_and_are_read_in_pages_of_two_questions(
    pool: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stories = [paid(pool, 500 + number) for number in range(4)]
    held = sealed(pool, stories[0].order, 500)
    book.hold(held)
    assert vouchers.of_day(pool, DAY).vouchers == []
    assert vouchers.one(pool, Number(day=DAY, serial=1)) is None
    pools.cut(pool, NEXT)
    late = confirmed(pool, 77)
    word = two_officers_allow(pool, adjusting.fingerprint(DAY, [late]))
    adjusting.adjust(DAY, [late], approval_id=word)
    seal = closed(pool)
    read, after = [], 0
    while after is not None:
        with django_assert_num_queries(2):
            page = vouchers.of_day(pool, DAY, after=after, limit=4)
        read += page.vouchers
        assert page.after is None or page.after == page.vouchers[-1].number.serial
        after = page.after  # type: ignore[assignment]
    assert [one.number.serial for one in read] == list(range(1, seal.vouchers + 1))
    for one in read:
        debit, credit = one.lines
        assert (debit.ref, credit.ref) == (one.booked.debit, one.booked.credit)
        assert (debit.debit_fen, debit.credit_fen) == (one.booked.amount_fen, 0)
        assert (credit.debit_fen, credit.credit_fen) == (0, one.booked.amount_fen)
        assert vouchers.one(pool, one.number) == one
    assert [one.booked for one in read] == queries.transfers_of_event(
        pool, [one.booked.id for one in read]
    ), "in the order booked"
    [adjusted] = [one for one in read if one.adjusted_under is not None]
    assert (adjusted.booked.id, adjusted.adjusted_under) == (late.id, word)
    assert [one.booked.act for one in read if one.booked.id == held.id] == [Act.HOLD]
    assert vouchers.of_day(pool, DAY, after=seal.vouchers).vouchers == []
    assert vouchers.one(pool, Number(day=DAY, serial=seal.vouchers + 1)) is None
    assert vouchers.of_day(pool, NEXT).vouchers == []


def test_another_pool_s_number_and_transfer_are_not_there(pool: int) -> None:
    story = paid(pool, 500)
    closed(pool)
    [first, *_] = vouchers.of_day(pool, DAY).vouchers
    assert vouchers.one(pool + 1, first.number) is None
    assert vouchers.numbers_of(pool, [first.booked.id]) == {first.booked.id: first.number}
    assert vouchers.numbers_of(pool + 1, [first.booked.id]) == {}
    assert vouchers.numbers_of(pool, [story.order]) == {}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20261120-000012", (date(2026, 11, 20), 12)),
        (" 2026-11-20-12 ", (date(2026, 11, 20), 12)),
        ("20261120/7", (date(2026, 11, 20), 7)),
        ("20261320-1", None),
        ("12", None),
        ("20261120-", None),
        ("20261120-1234567890", None),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, read: tuple[date, int] | None) -> None:
    wanted = read and Number(day=read[0], serial=read[1])
    assert vouchers.read(text) == wanted
    if wanted:
        assert vouchers.read(str(wanted)) == wanted
