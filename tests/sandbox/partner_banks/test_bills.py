"""Each bank's daily file, from its own book to our lines, and what may be wrong with it."""

import io

import pytest

from gateway.channels.errors import BillNotReady, BillNotThere, BillUnreadable
from gateway.channels.port import BillKind


def _lines(us, day):
    link = us.bill_link(day)
    answer = us.bill_file(link)
    assert answer.status == 200
    return list(us.adapter.read_bill(us.merchant, io.BytesIO(answer.body), link=link))


def test_the_day_is_told_line_by_line(us):
    one, two, three = us.paid(), us.paid(), us.paid()
    wish = us.refund_wish(one, 2000)
    us.refund(wish)
    us.bank.advance(2)
    us.bank.reverse(three)
    paid = us.query(two)
    day = us.tomorrow_at_ten()
    lines = [line for line in _lines(us, day) if line.order_no in (one, two, three)]
    kinds = [line.kind for line in lines]
    assert kinds == [*[BillKind.PAYMENT] * 3, BillKind.REFUND, BillKind.REVOKED]
    found = lines[1]
    assert (found.transaction_no, found.amount_fen, found.order_no) == (
        paid.transaction_no,
        5000,
        two,
    )
    assert found.at == paid.paid_at
    assert found.fee_in_100000 == 15_000
    assert found.description == "公交卡充值"
    back = lines[3]
    assert (back.refund_no, back.amount_fen, back.fee_in_100000) == (wish.refund_no, 2000, -6000)


@pytest.mark.parametrize(
    "switch",
    ["bill_wrong_hash", "bill_damaged", "bill_sums_wrong", "bill_column_drift"],
)
def test_a_file_that_is_not_whole_or_not_as_agreed_is_used_not_at_all(us, switch):
    us.paid()
    day = us.tomorrow_at_ten()
    us.bank.faults(**{switch: 1})
    with pytest.raises(BillUnreadable):
        _lines(us, day)
    assert _lines(us, day)


def test_a_row_missing_extra_or_of_another_amount_is_for_reconciliation_to_find(us):
    us.paid()
    order_no = us.paid()
    day = us.tomorrow_at_ten()
    whole = _lines(us, day)
    us.bank.faults(bill_row_missing=1)
    assert [line.order_no for line in _lines(us, day)] == [line.order_no for line in whole[1:]]
    us.bank.faults(bill_row_extra=1)
    assert _lines(us, day)[-1].order_no == "nobody-made-me"
    us.bank.faults(bill_row_amount=1)
    assert _lines(us, day)[0].amount_fen == whole[0].amount_fen + 1
    assert order_no in {line.order_no for line in whole}


def test_a_link_dies_and_a_bill_may_not_be_made_yet_or_be_empty(us):
    us.paid()
    day = us.tomorrow_at_ten()
    link = us.bill_link(day)
    us.bank.faults(bill_url_expired=1)
    assert us.bill_file(link).status == 404
    us.bank.faults(bill_creating=1)
    with pytest.raises(BillNotReady):
        us.bill_link(day)
    empty = us.tomorrow_at_ten()
    with pytest.raises(BillNotThere):
        us.bill_link(empty)
