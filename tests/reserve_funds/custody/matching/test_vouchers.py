"""What is proposed about a difference, what it would do to the book, and who books it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts import clock
from accounts.errors import ApprovalExpired, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.roles import AUDITOR, FINANCE_OFFICER
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import reversals
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.errors import (
    DifferenceOver,
    MatchingProposalOpen,
    MatchingProposalOver,
    ProposalNotOffered,
    VoucherNoLongerFits,
)
from reserve_funds.custody.matching import acts, deciding
from reserve_funds.custody.matching.models import Decision, Difference, Manual
from reserve_funds.custody.matching.proposing import Choice, choices, propose
from reserve_funds.custody.matching.queries import differences
from reserve_funds.custody.matching.running import run
from reserve_funds.ledger import book, check, queries
from tests.reserve_funds.custody.matching.worlds import (
    DAY,
    LATER,
    Life,
    changed,
    life,
    payout,
    told,
    whole,
)
from tests.support.officers import seat

RECEIVABLE = postings.channel_receivable("wechat", DAY)


@pytest.fixture
def officers(pool):
    return [seat((FINANCE_OFFICER, pool)).person for _ in range(2)]


def booked(pool: int, lives: list[Life]) -> None:
    """Every order of these is in the book as paid."""
    for one in lives:
        book.post([postings.payment_confirmed(pool, new_id(clock.now()), channel="wechat",
                                              settlement_day=DAY, amount_fen=one.order.amount_fen,
                                              event_at=clock.now())])  # fmt: skip


def short(pool: int):
    """An order of 5,000 fen that the bill does not know: its difference."""
    lives = [life(pool, str(number)) for number in range(3)]
    odd = life(pool, "odd")
    booked(pool, [*lives, odd])
    told(pool, [*whole(pool, lives), *odd.lines("bill")])
    [one] = differences(pool, now=LATER)
    return one, odd


def propose_and_ask(one, maker, choice=None):
    now = clock.now()
    voucher = propose(one.id, now=now, choice=choice)
    asked = deciding.ask(
        one.id, voucher.choice, maker=maker, reason="渠道确认没有这笔", seen=voucher.seen, now=now
    )
    return voucher, asked


def test_the_effect_is_shown_before_anybody_decides(pool, officers):
    one, _ = short(pool)
    assert choices(one.id) == (Choice.BEAR_LOSS, Choice.ASK_CHANNEL)
    voucher = propose(one.id, now=clock.now())
    assert [(p.code, p.debit.kind, p.credit.kind, p.amount_fen) for p in voucher.postings] == [
        ("loss_covered", "own_cover_due", "channel_receivable", 5_000),
        ("own_cover_owed", "loss", "due_to_reserve", 5_000),
    ]
    shown = {each.account.kind: (each.before_fen, each.after_fen) for each in voucher.effects}
    assert shown == {
        "own_cover_due": (0, 5_000),
        "channel_receivable": (20_000, 15_000),
        "loss": (0, 5_000),
        "due_to_reserve": (0, 5_000),
    }
    assert (voucher.held_fen, voucher.owed_fen, voucher.cover_due_fen) == (-5_000, 0, 5_000)
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000
    assert not Decision.objects.filter(pool=pool).exists()


def test_two_people_book_it_once_and_it_stays_settled(pool, officers):
    maker, checker = officers
    one, _ = short(pool)
    _, asked = propose_and_ask(one, maker)
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000
    for _ in range(2):
        deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, RECEIVABLE) == 15_000
    assert queries.balance_fen(pool, postings.own_cover_due(CoverReason.CHARGEBACK)) == 5_000
    assert check.check_figures(pool).findings == []
    assert differences(pool, now=LATER) == []
    assert cases.open_of(pool) == []
    run(pool, now=LATER)
    assert Difference.objects.get(pk=one.id).state == "settled"
    with pytest.raises(DifferenceOver):
        propose(one.id, now=clock.now())


def test_evidence_that_comes_after_the_voucher_brings_people_back(pool, officers):
    maker, checker = officers
    one, odd = short(pool)
    _, asked = propose_and_ask(one, maker)
    deciding.accept(asked.id, checker=checker, now=clock.now())
    told(pool, [odd.bill])
    assert Difference.objects.get(pk=one.id).state == "overtaken"
    assert one.id in {each.id for each in differences(pool, now=LATER)}
    assert any(case.subject == f"difference:{one.id}" for case in cases.open_of(pool))


def test_a_voucher_too_many_is_taken_back_by_two_officers_and_the_difference_has_ended(
    pool, officers
):
    maker, checker = officers
    one, odd = short(pool)
    voucher, asked = propose_and_ask(one, maker)
    deciding.accept(asked.id, checker=checker, now=clock.now())
    told(pool, [odd.bill])
    run(pool, now=LATER)
    assert Difference.objects.get(pk=one.id).state == "overtaken", "nobody has looked yet"
    words = reversals.ask(
        pool,
        [each.id for each in voucher.postings],
        because="账单后来到了",
        maker=maker,
        now=clock.now(),
    )
    reversals.approve([word.id for word in words], checker=checker, now=clock.now())
    run(pool, now=LATER)
    assert Difference.objects.get(pk=one.id).state == "ended"
    assert one.id not in {each.id for each in differences(pool, now=LATER)}
    assert not any(case.subject == f"difference:{one.id}" for case in cases.open_of(pool))
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000
    assert queries.balance_fen(pool, postings.own_cover_due(CoverReason.CHARGEBACK)) == 0
    assert check.check_figures(pool).findings == []


def test_whoever_proposed_cannot_allow_it(pool, officers):
    maker, _ = officers
    one, _ = short(pool)
    _, asked = propose_and_ask(one, maker)
    with pytest.raises(MakerIsChecker):
        deciding.accept(asked.id, checker=maker, now=clock.now())
    with pytest.raises(MakerIsChecker):
        deciding.refuse(asked.id, checker=maker, now=clock.now())
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000


def test_an_auditor_and_an_officer_of_another_pool_decide_nothing(pool, officers):
    one, _ = short(pool)
    _, asked = propose_and_ask(one, officers[0])
    strangers = [seat((AUDITOR, pool)).person, seat((FINANCE_OFFICER, pool + 1)).person]
    voucher = propose(one.id, now=clock.now())
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            deciding.accept(asked.id, checker=stranger, now=clock.now())
        with pytest.raises(NotAllowed):
            deciding.ask(one.id, voucher.choice, maker=stranger, reason="?", seen=voucher.seen,
                         now=clock.now())  # fmt: skip
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000


def test_a_balance_that_moved_meanwhile_makes_it_stale(pool, officers):
    maker, checker = officers
    one, odd = short(pool)
    _, asked = propose_and_ask(one, maker)
    with pytest.raises(MatchingProposalOpen):
        propose_and_ask(one, checker)
    booked(pool, [odd])
    with pytest.raises(VoucherNoLongerFits):
        deciding.accept(asked.id, checker=checker, now=clock.now())
    assert Decision.objects.get(pk=asked.id).state == "stale"
    assert queries.balance_fen(pool, RECEIVABLE) == 25_000
    _, again = propose_and_ask(one, maker)
    deciding.accept(again.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000


def test_evidence_that_came_meanwhile_makes_it_stale(pool, officers):
    maker, checker = officers
    one, odd = short(pool)
    _, asked = propose_and_ask(one, maker)
    told(pool, [odd.bill])
    with pytest.raises(VoucherNoLongerFits):
        deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000


def test_what_is_refused_is_over(pool, officers):
    maker, checker = officers
    one, _ = short(pool)
    _, asked = propose_and_ask(one, maker)
    deciding.refuse(asked.id, checker=checker, now=clock.now())
    with pytest.raises(MatchingProposalOver):
        deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000
    assert one.id in {each.id for each in differences(pool, now=LATER)}


def test_money_nobody_knows_waits_as_received(pool, officers):
    maker, checker = officers
    odd = life(pool, "odd")
    told(pool, [odd.bill, payout(pool, [odd])])
    [one] = differences(pool, now=LATER)
    _, asked = propose_and_ask(one, maker)
    deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, postings.received(one.id)) == 5_000
    assert queries.balance_fen(pool, RECEIVABLE) == 5_000


@pytest.mark.parametrize("by", [-10, 10])
def test_a_fee_that_differs_is_owed_by_own_money_or_owed_no_more(pool, officers, by):
    maker, checker = officers
    lives = [life(pool, str(number)) for number in range(4)]
    booked(pool, lives)
    withheld = {"channel": "wechat", "settlement_day": DAY, "amount_fen": 120}
    book.post(postings.fee_withheld(pool, new_id(clock.now()), event_at=clock.now(), **withheld))
    right = payout(pool, lives).amount_fen
    lines = [each for one in lives for each in one.lines()]
    told(pool, [*lines, payout(pool, lives, fen=right + by)])
    [one] = differences(pool, now=LATER)
    _, asked = propose_and_ask(one, maker)
    deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, postings.own_cover_due(CoverReason.FEE)) == 120 - by
    assert queries.balance_fen(pool, postings.account("due_to_reserve", "fee")) == 120 - by
    assert queries.balance_fen(pool, RECEIVABLE) == right + by
    assert check.check_figures(pool).findings == []


def test_a_card_with_more_than_was_paid_is_borne_by_own_money(pool, officers):
    maker, checker = officers
    one = life(pool, "1")
    card = "03105070200000000017"
    one = replace(one, card=replace(one.card, facts={"card": card}))
    told(pool, [one.card, one.clearing])
    [found] = differences(pool, now=LATER)
    _, asked = propose_and_ask(found, maker)
    deciding.accept(asked.id, checker=checker, now=clock.now())
    assert queries.balance_fen(pool, postings.card_purse(card)) == 5_000
    assert queries.balance_fen(pool, postings.own_cover_due(CoverReason.UNAUTHORISED)) == 5_000


def test_an_act_is_done_by_the_room_that_took_it_on(pool, officers, monkeypatch):
    maker, checker = officers
    one, odd = short(pool)
    asked_for = []

    def take(lines, *, now):
        assert now
        asked_for.extend(lines)

    monkeypatch.setitem(acts._ACTS, Choice.ASK_CHANNEL, take)
    _, asked = propose_and_ask(one, maker, Choice.ASK_CHANNEL)
    assert asked_for == []
    deciding.accept(asked.id, checker=checker, now=clock.now())
    assert [line.source_id for line in asked_for] == [odd.order.source_id]
    assert one.id in {each.id for each in differences(pool, now=LATER)}
    monkeypatch.delitem(acts._ACTS, Choice.ASK_CHANNEL)
    with pytest.raises(ProposalNotOffered):
        propose_and_ask(one, maker, Choice.ASK_CHANNEL)


def by_hand(pool):
    """An order and a bill line that nobody can tell belong together, but people: 5,000 fen."""
    one, other = life(pool, "1"), life(pool, "other")
    told(pool, [one.order, other.bill])
    return [one.order.source_id, other.bill.source_id], one, other


def test_two_people_match_by_hand_and_undo_it(pool, officers):
    maker, checker = officers
    ids, _, _ = by_hand(pool)
    before = {(each.relation, each.sort) for each in differences(pool, now=LATER)}
    asked = deciding.match(
        ids, relation="order_bill", maker=maker, reason="商户号写错", now=clock.now()
    )
    run(pool, now=LATER)
    assert {(each.relation, each.sort) for each in differences(pool, now=LATER)} == before
    with pytest.raises(MakerIsChecker):
        deciding.accept(asked.id, checker=maker, now=clock.now())
    deciding.accept(asked.id, checker=checker, now=clock.now())
    run(pool, now=LATER)
    left = {each.relation for each in differences(pool, now=LATER)}
    assert "order_bill" not in left
    ended = Difference.objects.filter(pool=pool, relation=1)
    assert {each.ended_because for each in ended} == {f"matched by two people, decision {asked.id}"}
    undo = deciding.unmatch(asked.id, maker=checker, reason="看错了", now=clock.now())
    deciding.accept(undo.id, checker=maker, now=clock.now())
    run(pool, now=LATER)
    assert {(each.relation, each.sort) for each in differences(pool, now=LATER)} == before


def test_a_match_by_hand_ends_when_a_line_of_it_is_told_otherwise(pool, officers):
    maker, checker = officers
    ids, one, _ = by_hand(pool)
    asked = deciding.match(
        ids, relation="order_bill", maker=maker, reason="核对过", now=clock.now()
    )
    deciding.accept(asked.id, checker=checker, now=clock.now())
    run(pool, now=LATER)
    told(pool, [changed(one.order, amount_fen=6_000)])
    found = {(each.relation, each.sort.value) for each in differences(pool, now=LATER)}
    assert ("order_bill", "missing_order") in found


REFUSED = {
    "a match of one's own": (
        "INSERT INTO custody_matching_manual (decision_id, relation, side, source_id, version)"
        " SELECT id, 1, 'order', id, 1 FROM custody_matching_decision WHERE pool = %s"
    ),
    "an approval of one's own": "UPDATE custody_matching_decision SET maker_id = maker_id,"
    " content = '{}' WHERE pool = %s",
    "other words for a fact": "UPDATE custody_matching_line SET amount_fen = 1 WHERE pool = %s",
    "a fact gone": "DELETE FROM custody_matching_line WHERE pool = %s",
    "a difference settled by nobody": (
        "UPDATE custody_matching_difference SET state = 'settled', ended_at = now() WHERE pool = %s"
    ),
    "a difference gone": "DELETE FROM custody_matching_difference WHERE pool = %s",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_the_database_refuses_by_itself(pool, officers, sql):
    one, _ = short(pool)
    _, asked = propose_and_ask(one, officers[0])
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        connection.cursor().execute(sql, [pool])
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_matching_carry_out(%s)", [asked.id])
        assert cursor.fetchone()[0] == "unknown"  # a voucher is the book's to spend
    assert Manual.objects.filter(decision=asked).count() == 0
    assert Difference.objects.get(pk=one.id).state == "open"
    assert queries.balance_fen(pool, RECEIVABLE) == 20_000


def test_an_unapproved_match_is_carried_out_by_nobody(pool, officers):
    ids, _, _ = by_hand(pool)
    asked = deciding.match(ids, relation="order_bill", maker=officers[0], reason="?",
                           now=clock.now())  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_matching_carry_out(%s)", [asked.id])
        assert cursor.fetchone()[0] == "not_approved"
    assert not Manual.objects.filter(decision=asked).exists()
    later = clock.now() + deciding.TIME_TO_DECIDE + timedelta(seconds=1)
    with pytest.raises(ApprovalExpired):
        deciding.accept(asked.id, checker=officers[1], now=later)
    assert not Manual.objects.filter(decision=asked).exists()
