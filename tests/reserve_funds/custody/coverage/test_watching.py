"""A shortfall is a case with a deadline and a proposal; it closes by itself when it is covered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import queries
from reserve_funds.custody.coverage import ageing, figures, stops, tasks, vetoes, watching
from reserve_funds.custody.coverage.models import Mark, Stop
from reserve_funds.custody.errors import OutflowsStopped, ReserveShort, StopUnknown
from reserve_funds.custody.rules import book as profiles
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.check import check
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.conftest import OFFICER, an_account
from tests.reserve_funds.custody.coverage.stories import (
    banked,
    cash,
    covered,
    loaded,
    on,
    paid_in,
    ride,
    settled,
)
from tests.reserve_funds.stories import a_card

WITHIN_TWO, WITHIN_FIVE = (ageing.last_day(DAY, number) for number in (2, 5))
ONE = timedelta(days=1)
MOT = profiles.by_name("MOT")


def cases(pool: int) -> list[tuple[str, str, int]]:
    return [(case.kind, case.subject, case.amount_fen) for case in queries.open_of(pool)]


def test_a_fee_opens_a_case_that_proposes_the_top_up_and_closes_itself(pool: int) -> None:
    account = an_account(pool=pool)
    paid_in(pool, 10_000)
    watching.watch(NOW)
    assert cases(pool) == []
    settled(pool, 10_000, 60)
    assert pool in watching.watch(NOW)
    (case,) = queries.open_of(pool)
    assert (case.kind, case.amount_fen) == ("reserve_shortfall", 60)
    assert case.deadline == WITHIN_FIVE, "five working days"
    assert case.facts["top_up"] == {"fee": 60}
    assert case.facts["account_id"] == str(account.id)
    proposed = watching.top_up(figures.of(pool), DAY)
    assert [(each.reason, each.amount_fen, each.account_id) for each in proposed] == [
        ("fee", 60, account.id)
    ]
    watching.watch(NOW)
    assert len(queries.open_of(pool)) == 1, "seen again it is the same case"
    covered(pool, 59)
    watching.watch(NOW)
    assert cases(pool) == [("reserve_shortfall", "reserve", 1)]
    covered(pool, 1)
    assert pool not in watching.watch(NOW)
    assert cases(pool) == []
    assert watching.top_up(figures.of(pool), DAY) == []


def test_what_was_covered_for_nothing_is_own_and_hides_nothing(pool: int) -> None:
    an_account(pool=pool)
    paid_in(pool, 10_000)
    covered(pool, 500, CoverReason.CHARGEBACK)
    settled(pool, 10_000, 60)
    assert watching.top_up(figures.of(pool), DAY) == [], "seen as one, nothing is short"
    assert pool in watching.watch(NOW)
    proposed = watching.top_up(figures.of(pool), DAY)
    assert [(each.reason, each.amount_fen) for each in proposed] == [("fee", 60)]
    inside = postings.account("own_income_in_reserve", "overpaid:chargeback")
    mirror = postings.account("due_from_reserve", "overpaid:chargeback")
    assert ledger.balance_fen(pool, inside) == ledger.balance_fen(pool, mirror) == 500
    watching.watch(NOW)
    assert ledger.balance_fen(pool, inside) == 500, "seen again it is booked once"
    assert check(pool).findings == []


def test_what_holders_overdrew_is_proposed_apart(pool: int) -> None:
    card = a_card()
    loaded(pool, paid_in(pool, 100), card, 100)
    book.post([ride(pool, card, 130)])
    watching.watch(NOW)
    (case,) = queries.open_of(pool)
    assert case.facts["top_up"] == {"overdraft": 30}
    assert case.facts["account_id"] is None, "the pool has no account at a bank yet"


def test_fees_and_cash_are_late_by_working_days(pool: int) -> None:
    cash(pool, "box 1", 300, day=DAY)
    paid_in(pool, 10_000)
    settled(pool, 10_000, 60)
    told = figures.of(pool)
    aged = ageing.cash(told, MOT, WITHIN_TWO)
    assert [(a.subject, a.fen, a.working_days, a.deadline, a.late_fen) for a in aged] == [
        ("box 1", 300, 2, WITHIN_TWO, 0)
    ]
    after = WITHIN_TWO + ONE
    assert [a.late_fen for a in ageing.cash(told, MOT, after)] == [300]
    watching.watch(on(after))
    assert ("cash_not_banked", "box 1", 300) in cases(pool)
    cash(pool, "box 1", 50, day=after)
    banked(pool, "box 1", 300)
    watching.watch(on(after))
    assert ("cash_not_banked", "box 1", 300) not in cases(pool), "what is left is of today"
    (fee,) = ageing.cover_due(figures.of(pool), MOT, WITHIN_FIVE)
    assert (fee.subject, fee.working_days, fee.deadline, fee.late_fen) == (
        "fee", 5, WITHIN_FIVE, 0)  # fmt: skip
    (fee,) = ageing.cover_due(figures.of(pool), MOT, WITHIN_FIVE + ONE)
    assert fee.late_fen == 60
    watching.watch(on(WITHIN_FIVE + ONE))
    assert ("own_cover_overdue", "fee", 60) in cases(pool)
    covered(pool, 60)
    watching.watch(on(WITHIN_FIVE + ONE))
    assert [kind for kind, _s, _f in cases(pool) if kind != "cash_not_banked"] == []


def test_a_placements_loss_is_due_the_same_day(pool: int) -> None:
    paid_in(pool, 1_000)
    lost = postings.loss_covered(
        pool, new_id(NOW), reason=CoverReason.PLACEMENT_LOSS,
        from_account=postings.channel_receivable("wechat", DAY), amount_fen=7, event_at=NOW,
    )  # fmt: skip
    book.post(lost)
    (aged,) = ageing.cover_due(figures.of(pool), MOT, DAY + ONE)
    assert (aged.deadline, aged.late_fen) == (DAY, 7)
    watching.watch(NOW)
    assert [(case.kind, case.deadline) for case in queries.open_of(pool)] == [
        ("reserve_shortfall", DAY)
    ]


def test_a_year_nobody_has_told_has_no_working_days_but_still_a_deadline(pool: int) -> None:
    assert ageing.last_day(date(2041, 3, 1), 5) == date(2041, 3, 6)


def test_the_course_is_kept_by_the_hour_and_cannot_be_rewritten(pool: int) -> None:
    paid_in(pool, 10_000)
    watching.watch(NOW)
    settled(pool, 10_000, 60)
    watching.watch(NOW + timedelta(minutes=5))
    watching.watch(NOW + timedelta(hours=1))
    marks = watching.trend(pool, NOW - timedelta(days=1))
    assert [(mark.owed_fen - mark.held_fen, mark.cover_due_fen) for mark in marks] == [
        (0, 0), (60, 60)]  # fmt: skip
    for statement in ("UPDATE custody_coverage_mark SET held_fen = 1",
                      "DELETE FROM custody_coverage_mark"):  # fmt: skip
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Mark.objects.filter(pool=pool).count() == 2


def test_nothing_is_swept_or_placed_while_anything_is_missing(pool: int) -> None:
    paid_in(pool, 10_000)
    vetoes.may_sweep(pool, NOW)
    vetoes.may_place(pool, NOW)
    settled(pool, 10_000, 60)
    for ask in (vetoes.may_sweep, vetoes.may_place):
        with pytest.raises(ReserveShort) as refused:
            ask(pool, NOW)
        assert refused.value.facts == {"pool": pool, "shortfall_fen": 60}
    covered(pool, 60)
    vetoes.may_sweep(pool, NOW)


def test_a_signed_exception_stops_until_it_is_mended(pool: int) -> None:
    paid_in(pool, 10_000)
    first = stops.stop(pool, subject="day:2026-11-22", because="尾差", actor=OFFICER, now=NOW)
    again = stops.stop(pool, subject="day:2026-11-22", because="尾差", actor=OFFICER, now=NOW)
    assert first.id == again.id
    for ask in (vetoes.may_sweep, vetoes.may_place):
        with pytest.raises(OutflowsStopped):
            ask(pool, NOW)
    stops.lift(pool, subject="day:2026-11-22", actor=OFFICER, because="mended", now=NOW)
    vetoes.may_sweep(pool, NOW)
    with pytest.raises(StopUnknown):
        stops.lift(pool, subject="day:2026-11-22", actor=OFFICER, because="mended", now=NOW)
    for statement in (
        "DELETE FROM custody_coverage_stop",
        "UPDATE custody_coverage_stop SET because = 'x'",
        "UPDATE custody_coverage_stop SET state = 'standing', lifted_at = NULL",
    ):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|refused|may not move"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Stop.objects.get(pk=first.id).state == "lifted"


def test_watching_asks_the_same_few_questions_however_many_cards_there_are(pool: int) -> None:
    for _ in range(3):
        loaded(pool, paid_in(pool, 500), a_card(), 500)
    with CaptureQueriesContext(connection) as few:
        watching.watch(NOW)
    for _ in range(30):
        loaded(pool, paid_in(pool, 500), a_card(), 500)
    with CaptureQueriesContext(connection) as many:
        watching.watch(NOW)
    assert len(many) <= len(few)


def test_the_schedule_watches(pool: int) -> None:
    paid_in(pool, 10_000)
    settled(pool, 10_000, 60)
    tasks.watch()
    assert ("reserve_shortfall", "reserve", 60) in cases(pool)
