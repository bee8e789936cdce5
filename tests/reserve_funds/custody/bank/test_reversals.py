"""What was booked wrongly is booked back by two officers, whole pairs, never a bank's fact."""

import pytest

from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import reversals
from reserve_funds.custody.bank.errors import OutflowMalformed, ReversalRefused, WordUnknown
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from reserve_funds.refs import account, own_cover_due
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.bank.test_requests import request_id


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


def fee(desk):
    """A fee of 30 yuan booked by mistake: both legs."""
    made = postings.fee_withheld(
        desk.pool, request_id(), channel="wechat", settlement_day=DAY, amount_fen=30_00,
        event_at=moment(),
    )  # fmt: skip
    book.post(made)
    return [one.id for one in made]


def owed(desk):
    return (
        queries.balance_fen(desk.pool, own_cover_due(CoverReason.FEE)),
        queries.balance_fen(desk.pool, account("due_to_reserve", "fee")),
    )


def asked(desk, ids, **more):
    words = {"because": "账单重复", "maker": desk.maker, "now": moment()}
    return [one.id for one in reversals.ask(desk.pool, ids, **(words | more))]


def test_a_mirrored_pair_is_reversed_whole_by_two_people_once(desk):
    words = asked(desk, fee(desk))
    assert owed(desk) == (30_00, 30_00)
    with pytest.raises(MakerIsChecker):
        reversals.approve(words, checker=desk.maker, now=moment())
    for half in ([words[0]], [words[1]], []):
        with pytest.raises(WordUnknown):
            reversals.approve(half, checker=desk.checker, now=moment())
    assert owed(desk) == (30_00, 30_00)
    assert all(one.is_new for one in reversals.approve(words, checker=desk.checker, now=moment()))
    again = reversals.approve(words, checker=desk.checker, now=moment())
    assert not any(one.is_new for one in again)
    with pytest.raises(ApprovalDecided):
        reversals.approve(words, checker=desk.third, now=moment())
    assert owed(desk) == (0, 0)
    assert check_figures(desk.pool).findings == []


def test_half_a_pair_a_banks_fact_and_the_unknown_are_refused(desk):
    first, _ = fee(desk)
    desk.deposit("settlement_due", 5_00)
    line = queries.transfers_of(desk.pool, desk.account.ref)[0].id
    sent = queries.transfers_of(desk.pool, desk.approved(Purpose.REDEMPTION).in_transit)[0].id
    for ids in ([first], [line], [sent], [request_id()], []):
        with pytest.raises(ReversalRefused):
            asked(desk, ids)
    with pytest.raises(OutflowMalformed):
        asked(desk, fee(desk), because="")
    with pytest.raises(NotAllowed):
        asked(desk, fee(desk), maker=Desk().maker)


def test_what_was_refused_is_over(desk):
    words = asked(desk, fee(desk))
    reversals.refuse(words, checker=desk.checker, now=moment())
    with pytest.raises(ApprovalDecided):
        reversals.approve(words, checker=desk.third, now=moment())
    assert owed(desk) == (30_00, 30_00)
