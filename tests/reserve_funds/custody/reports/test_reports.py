"""Reports tell a day as it was known: closed figures stand, what came later is told apart."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from accounts.clock import now
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import services as cases
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.reports import daily, export, lists, periodic
from reserve_funds.custody.reports.errors import PeriodNotOver
from reserve_funds.custody.rules import book as rules
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import adjusting, book, pools, queries
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.by_two import legacy_opened
from tests.reserve_funds.conftest import DAY, NOW, fresh_pool_number
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.reserve_funds.stories import a_card, confirmed, paid
from tests.reserve_funds.test_sealed_days import closed, two_officers_allow

NEXT = DAY + timedelta(days=1)
BANK = "account 1"


def settled(pool, gross_fen, fee_fen=0, event_at=NOW):
    return postings.channel_settled(
        pool, new_id(NOW), channel="wechat", settlement_day=DAY, bank_account=BANK,
        gross_fen=gross_fen, fee_fen=fee_fen, event_at=event_at,
    )  # fmt: skip


def booked(pool, code, debit, credit, amount_fen, event_at=NOW):
    posting = Posting(
        pool=pool, id=new_id(NOW), code=code, debit=Ref(kind=debit[0], owner=debit[1]),
        credit=Ref(kind=credit[0], owner=credit[1]), amount_fen=amount_fen, event_at=event_at,
    )  # fmt: skip
    book.post([posting])
    return posting


def cells(report, name):
    return [row for table in report.tables if table.name == name for row in table.rows]


def test_the_daily_report_adds_up_to_the_fen(pool):
    paid(pool, 10_000)
    book.post(settled(pool, 10_000, 60))
    told = daily.daily(pool, DAY)
    assert (told.opening_fen, told.in_fen, told.out_fen, told.closing_fen) == (0, 9_940, 0, 9_940)
    assert [(flow.code, flow.in_fen) for flow in told.flows] == [("channel_settled", 9_940)]
    assert (told.held_fen, told.cover_due_fen, told.owed_fen) == (9_940, 60, 10_000)
    assert told.equation_fen == 0
    pools.cut(pool, NEXT)
    following = daily.daily(pool, NEXT)
    assert (following.opening_fen, following.closing_fen) == (9_940, 9_940)
    assert ("期末余额 closing", 9_940) in cells(daily.report(told), "figures")


def test_a_closed_day_is_told_the_same_before_and_after_a_late_event(pool):
    """As of a business day x as known at a moment: both are asked, each answer stays for ever."""
    paid(pool, 10_000)
    noon = now()
    book.post(settled(pool, 4_000))
    pools.cut(pool, NEXT)
    closed(pool)
    evening = now()
    before = daily.daily(pool, DAY, known_at=evening)
    book.post(settled(pool, 6_000))  # it happened on DAY, the bank told it today
    night = now()
    assert daily.daily(pool, DAY, known_at=evening) == before, "what was known then is fixed"
    after = daily.daily(pool, DAY, known_at=night)
    for figure in ("opening_fen", "flows", "closing_fen", "held", "owed", "cover_due_fen"):
        assert getattr(after, figure) == getattr(before, figure), figure
    assert (before.late, before.restated_closing_fen) == ((), 4_000)
    assert [event.amount_fen for event in after.late] == [6_000]
    assert (after.closing_fen, after.restated_closing_fen) == (4_000, 10_000)
    assert daily.daily(pool, DAY, known_at=noon).closing_fen == 0
    assert daily.daily(pool, NEXT, known_at=evening).closing_fen == 4_000
    assert daily.daily(pool, NEXT, known_at=night).closing_fen == 10_000
    assert cells(daily.report(after), "late")[0][1] == 6_000


def test_an_approved_adjustment_is_of_its_day_but_was_not_known_before_it(pool):
    pools.cut(pool, NEXT)
    before = now()
    late = confirmed(pool, 80)
    adjusting.adjust(
        DAY, [late], approval_id=two_officers_allow(pool, adjusting.fingerprint(DAY, [late]))
    )
    assert daily.daily(pool, DAY, known_at=before).held_fen == 0
    assert daily.daily(pool, DAY, known_at=now()).held_fen == 80


def test_the_trial_balance_balances_as_known(pool):
    paid(pool, 500)
    middle = now()
    paid(pool, 300)
    for at, total in ((middle, 500 * 2), (now(), 800 * 2)):
        rows = cells(daily.trial_balance(pool, DAY, known_at=at), "trial")
        assert sum(row[3] for row in rows) == sum(row[4] for row in rows) == total


def test_what_waits_is_listed_with_its_age_oldest_first(pool):
    book.post([Posting(**{name: getattr(confirmed(pool, 70), name) for name in Posting.__slots__}
                       | {"event_at": NOW - timedelta(days=9)})])  # fmt: skip
    story = paid(pool, 500)
    booked(pool, "cash_accepted", ("cash_in_transit", "box 7"), ("received", "note 1"), 100,
           NOW - timedelta(days=4))  # fmt: skip
    refund = new_id(NOW)
    book.post([
        postings.refund_asked(pool, refund, source=story.waiting, amount_fen=200, event_at=NOW)
    ])  # fmt: skip
    told = lists.waiting(pool, DAY)
    assert [row[:2] for row in cells(told, "unloaded_orders")] == [(str(story.order), 300)]
    assert [(row[1], row[3]) for row in cells(told, "cash_in_transit")] == [(100, 4)]
    assert [row[:2] for row in cells(told, "refunds_in_flight")] == [(str(refund), 200)]
    assert (8, 30, 1, 70) in lists.ageing(pool, "received", DAY)
    assert [row[1:4:2] for row in cells(told, "channel_receivable")] == [(570, 9)]
    assert cells(told, "doubts") == []
    book.hold(postings.load_sealed(pool, new_id(NOW), story.order, a_card(), amount_fen=300,
                                   event_at=NOW - timedelta(days=2)))  # fmt: skip
    in_doubt = cells(lists.waiting(pool, DAY), "doubts")
    assert [(row[0], row[1], row[3]) for row in in_doubt] == [(str(story.order), 300, 2)]


def test_large_and_nearly_large_are_told_from_the_profiles_thresholds(pool):
    """R16 under MOT: 10,000 yuan, and from nine tenths of it up."""
    for amount in (1_000_000, 900_000, 899_999):
        book.post([confirmed(pool, amount)])
    rows = cells(lists.large(pool, DAY), "R16-received")
    assert [(row[1], row[4]) for row in rows] == [(1_000_000, "是 yes"), (900_000, "临近 near")]


def test_large_values_are_told_where_the_profile_reports_them(db):
    """R26 under PBOC: 50,000 yuan of cash and 500,000 of a person in a day; one fen less is not."""
    pools_of = {name: fresh_pool_number() for name in ("PBOC", "MOT")}
    for name, number in pools_of.items():
        pools.open_pool(number, name, DAY)
        book.post([confirmed(number, 50_000_000)])
        book.post([confirmed(number, 49_999_999)])
        for box, amount_fen in (("box 1", 4_999_999), ("box 2", 5_000_000)):
            booked(number, "cash_accepted", ("cash_in_transit", box), ("received", box), amount_fen)
    told = lists.large(pools_of["PBOC"], DAY)
    assert [row[1] for row in cells(told, "R26-received")] == [50_000_000]
    assert [row[1] for row in cells(told, "R26-cash_in_transit")] == [5_000_000]
    other = lists.large(pools_of["MOT"], DAY)
    assert cells(other, "R26-received") + cells(other, "R26-cash_in_transit") == []


def test_pboc_marks_who_reaches_the_threshold_of_an_entity_too(db):
    """R26: 500,000 yuan of a person, two million of an entity; the book does not know which."""
    pool = fresh_pool_number()
    pools.open_pool(pool, "PBOC", DAY)
    for amount in (49_999_999, 50_000_000, 200_000_000):
        book.post([confirmed(pool, amount)])
    rows = cells(lists.large(pool, DAY), "R26-received")
    assert [(row[1], row[4]) for row in rows] == [
        (200_000_000, "是, 含单位 yes, entity"), (50_000_000, "是 yes"),
    ]  # fmt: skip


def test_loads_of_one_card_in_a_day_are_put_together(pool):
    card = a_card()
    for _ in range(4):
        story = paid(pool, 250_000)
        held = book.hold(
            postings.load_sealed(
                pool, new_id(NOW), story.order, card, amount_fen=250_000, event_at=NOW
            )
        )
        book.settle(pool, held.id, event_at=NOW)
    rows = cells(lists.large(pool, DAY), "R16-card_purse")
    assert [row[:4] for row in rows] == [(f"…{card[-4:]}", 1_000_000, 4, 250_000)]


def test_dormant_cards_keep_their_money_and_are_only_listed(pool):
    old, older, fresh = a_card(), a_card(), a_card()
    for card, days in ((old, 400), (older, 1200), (fresh, 10)):
        legacy_opened(pool, 50, bank=BANK, issuer="city")
        booked(pool, "legacy_card_seen", ("legacy_float", "city"), ("card_purse", card), 50,
               NOW - timedelta(days=days))  # fmt: skip
    told = lists.dormant(pool, DAY)
    assert [row[0] for row in cells(told, "dormant-1")] == [f"…{older[-4:]}", f"…{old[-4:]}"]
    assert [row[:2] for row in cells(lists.dormant(pool, DAY), "dormant-3")] == [
        (f"…{older[-4:]}", 50)
    ]
    assert daily.daily(pool, DAY).owed_fen == 150


def october(profile):
    """A pool whose October is over: 100 yuan from the 1st, 200 from the 16th."""
    pool = fresh_pool_number()
    pools.open_pool(pool, profile, date(2026, 10, 1))
    legacy_opened(pool, 10_000, bank=BANK, issuer="c")
    pools.cut(pool, date(2026, 10, 16))
    legacy_opened(pool, 10_000, bank=BANK, issuer="c")
    return pool


def test_a_month_is_averaged_over_its_calendar_days(db):
    pool = october("PBOC")
    with pytest.raises(PeriodNotOver):
        periodic.month(pool, 2026, 10)
    booked(pool, "interest_received", ("bank_reserve", BANK), ("interest_unallocated", BANK), 333)
    pools.cut(pool, date(2026, 11, 1))
    told = periodic.month(pool, 2026, 10)
    assert len(told.days) == 31
    assert told.average_fen == (15 * 10_000 + 16 * 20_333) // 31
    assert told.net_assets_due_fen == -(-told.average_fen * 50 // 1000)
    assert (told.interest_fen, told.risk_reserve_fen) == (333, 34), "R12: a tenth, rounded up"
    assert cells(periodic.month_report(told), "days")[0] == (date(2026, 10, 1), 10_000)


def test_mot_has_no_capital_ratio_but_tells_its_interest(db):
    pool = october("MOT")
    pools.cut(pool, date(2026, 11, 1))
    told = periodic.month(pool, 2026, 10)
    assert (told.net_assets_due_fen, told.risk_reserve_fen) == (None, None)
    assert told.interest_goes_to


@pytest.mark.parametrize("profile", rules.NAMES)
def test_interest_lies_apart_and_is_held(db, profile):
    """R10: whose it is nobody has said, so no month says more than that it is held."""
    pool = october(profile)
    booked(pool, "interest_received", ("bank_reserve", BANK), ("interest_unallocated", BANK), 333)
    pools.cut(pool, date(2026, 11, 1))
    told = periodic.month(pool, 2026, 10)
    assert (told.interest_fen, told.interest_goes_to) == (333, "hold")
    held = Ref(kind="interest_unallocated", owner=BANK)
    assert queries.balance_fen(pool, held) == 333


def test_fees_are_told_by_channel(db):
    pool = october("MOT")
    booked(pool, "payment_confirmed", ("channel_receivable", "wechat:d"), ("received", "p"), 900)
    book.post(settled(pool, 900, 6))
    pools.cut(pool, date(2026, 11, 1))
    assert periodic.month(pool, 2026, 10).fees == (("wechat", 6),)


def test_mofcom_holds_prepaid_money_against_revenue_and_custody(db):
    """R27, told within fifteen working days: those of the National Day holidays are none."""
    pool, last = fresh_pool_number(), date(2026, 9, 30)
    pools.open_pool(pool, "MOFCOM", date(2026, 6, 30))
    legacy_opened(pool, 100_000, bank=BANK, issuer="c")
    pools.cut(pool, last)
    booked(pool, "payment_confirmed", ("channel_receivable", "w:d"), ("received", "p"), 20_000)
    with pytest.raises(PeriodNotOver):
        periodic.quarter(pool, last, revenue_fen=250_000)
    pools.cut(pool, date(2026, 10, 1))
    quarter = periodic.quarter(pool, last, revenue_fen=250_000)
    told = quarter.prepaid
    assert (told.prepaid_fen, told.before_fen, told.of_revenue_per_mille) == (120_000, 100_000, 480)
    assert (told.over_fen, told.custody_fen, told.custody_short_fen) == (20_000, 100_000, 0)
    assert (told.due_working_days, told.due_on) == (15, calendar.add_working(last, 15))
    assert told.due_on > date(2026, 10, 20)
    assert cells(periodic.quarter_report(quarter), "prepaid")[0][2] == 480


@pytest.mark.parametrize("profile", rules.NAMES)
def test_a_quarter_tells_what_every_regime_asks(db, profile):
    """R10's fund and R12 of interest, R13, R11's principal, R20's cards, R28's statistics."""
    pool = october(profile)
    booked(pool, "interest_received", ("bank_reserve", BANK), ("interest_unallocated", BANK), 333)
    cases.open_case("near_real_name_threshold", pool=pool, subject="2026-11-02 p", now=NOW)
    pools.cut(pool, date(2027, 1, 1))
    told = periodic.quarter(pool, date(2026, 12, 31), revenue_fen=1)
    span, is_pboc = told.span, profile == "PBOC"
    assert span.first == date(2026, 10, 1)
    assert len(span.days) == 92
    assert span.average_fen == (15 * 10_000 + 77 * 20_333) // 92
    assert (span.interest_fen, span.fund_fen, span.risk_reserve_fen) == (
        333, 34 if is_pboc else None, 34 if is_pboc else None)  # fmt: skip
    assert (span.net_assets_due_fen is not None, told.prepaid is not None) == (
        is_pboc, profile == "MOFCOM")  # fmt: skip
    assert (span.reserve_fen, span.owed_fen, span.custody_per_mille) == (20_333, 20_333, 1000)
    report = periodic.quarter_report(told)
    names = {table.name for table in report.tables}
    assert names - {"prepaid"} == {
        "figures", "placements", "fees", "days", "dormant", "statistics-fees",
        "statistics-subsidies", "statistics-matters",
    }  # fmt: skip
    assert [row[1:] for row in cells(report, "statistics-matters")] == [(1, 0, 1, 1)]
    month = periodic.month_report(periodic.month(pool, 2026, 11))
    assert {table.name for table in month.tables} == names - {"prepaid"}


def test_a_placements_principal_is_proven_part_by_part(db):
    """R11: placed = back + lost, borne by own money + there; a span without it tells nothing."""
    pool = october("MOT")
    account = an_account(pool)
    row = Placement.objects.create(
        id=new_id(NOW), pool=pool, account=account, kind="term_deposit", institution="示例银行",
        contract_no="CD2026", principal_fen=9_000, rate_bp=150, matures_on=date(2026, 12, 1),
        asked_on=date(2026, 10, 16), state="asked", asked_at=NOW,
    )  # fmt: skip
    made = Posting(
        pool=pool, id=new_id(NOW), code="placement_made", debit=row.ref,
        credit=Ref(kind="bank_reserve", owner=BANK), amount_fen=9_000, event_at=NOW,
    )  # fmt: skip
    word = two_officers_allow(pool, book.fingerprint([made]))
    book.post([replace(made, approval_id=word)])
    pools.cut(pool, date(2026, 11, 1))
    booked(pool, "placement_matured", ("bank_reserve", BANK), ("placement", str(row.id)), 6_000)
    lost = {"reason": CoverReason.PLACEMENT_LOSS, "from_account": row.ref, "amount_fen": 1_000}
    book.post(postings.loss_covered(pool, new_id(NOW), event_at=NOW, **lost))
    pools.cut(pool, date(2026, 12, 1))
    one = {number: periodic.month(pool, 2026, number).proofs for number in (10, 11)}
    parts = {
        number: [(each.placed_fen, each.back_fen, each.lost_fen, each.there_fen) for each in told]
        for number, told in one.items()
    }
    assert parts == {10: [(9_000, 0, 0, 9_000)], 11: [(9_000, 6_000, 1_000, 2_000)]}
    row_of = cells(periodic.month_report(periodic.month(pool, 2026, 11)), "placements")
    assert row_of == [("CD2026", "示例银行", "term_deposit", date(2026, 12, 1), 9_000, 6_000,
                       1_000, 2_000)]  # fmt: skip


def test_every_report_goes_out_as_csv(pool):
    paid(pool, 500)
    for told in (
        daily.report(daily.daily(pool, DAY)), daily.trial_balance(pool, DAY),
        lists.waiting(pool, DAY), lists.large(pool, DAY), lists.dormant(pool, DAY),
    ):  # fmt: skip
        words = b"".join(export.as_csv(told)).decode("utf-8-sig")
        assert str(pool) in words
        assert told.zh in words
