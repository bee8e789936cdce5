"""A lost card's late trips, a replaced card's late trip, two lots redeemed with a coupon in them.

Booked through custody's losses, real approvals and the book. Loss, replacement and redemption
themselves are the card services': their postings are booked here as the handbook has them.
"""

from datetime import timedelta

import pytest

from accounts import approvals, roles
from accounts.actors import Actor
from accounts.errors import MakerIsChecker
from reserve_funds import income, postings
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.losses import services as losses
from reserve_funds.custody.losses.errors import LossMalformed
from reserve_funds.custody.losses.services import Borne
from reserve_funds.errors import ApprovalNotUsable
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.stories.house import NEXT, written

OLD, NEW = "0310000000000000011", "0310000000000000012"
CLEARING = Actor(kind="system", id="clearing")
EFFECT = NOW + timedelta(hours=24)


def card_with(house, fen, card=OLD, word=""):
    """A top-up, paid and loaded."""
    order = house.call(f"{word}order")
    house.paid(house.call(f"{word}payment"), order, fen)
    house.loaded(house.call(f"{word}load"), order, card, fen)


def trip(house, fen, *, batch="batch-1"):
    """A trip that came in time."""
    book.post([
        postings.of("ride_ingested", house.pool, house.call("ride"), debit=postings.card_purse(OLD),
                    credit=postings.account("rides_in_clearing", batch), amount_fen=fen,
                    event_at=NOW)
    ])  # fmt: skip


def becomes_a_claim(house, fen):
    claim = house.call("claim")
    book.post([
        postings.card_balance_moved(house.pool, claim, OLD, amount_fen=fen, event_at=NOW)
    ])  # fmt: skip
    return postings.unloaded_order(claim)


def late(house, fen, claim, *, made_at, ride=None):
    return losses.late_trip(
        house.pool, ride or house.call("late-ride"), batch="batch-2", claim=claim, amount_fen=fen,
        made_at=made_at, takes_effect_at=EFFECT, actor=CLEARING, now=moment(),
    )  # fmt: skip


def test_late_trips_after_loss_are_whose_the_moment_says(house):
    card_with(house, 3_000)
    trip(house, 200)
    claim = becomes_a_claim(house, 2_800)
    house.sound(held=3_000, owed=3_000)
    first = house.call("ride-before")
    for _ in range(2):
        told = late(house, 300, claim, made_at=EFFECT - timedelta(minutes=1), ride=first)
        assert told == Borne(holder_fen=300, operator_fen=0)
    house.sound(held=3_000, owed=3_000)
    assert cases.open_of(house.pool) == [], "the holder's own trip is no loss"
    after = house.call("ride-after")
    for _ in range(2):
        told = late(house, 150, claim, made_at=EFFECT, ride=after)
        assert told == Borne(holder_fen=0, operator_fen=150)
    house.sound(held=3_000, owed=3_150, due=150)
    (case,) = cases.open_of(house.pool)
    assert (case.kind, case.amount_fen) == ("late_trip", 150)
    assert house.fen("unloaded_orders", claim.owner) == 2_500
    assert house.ends().state == "closed"
    assert house.lines() == written(f"""
        payment_confirmed  channel_receivable wechat:{DAY} received payment            3000
        payment_allocated  received payment               unloaded_orders order       3000
        load(held)         unloaded_orders order          card_purse {OLD}            3000
        load(settled)      unloaded_orders order          card_purse {OLD}            3000
        ride_ingested      card_purse {OLD}               rides_in_clearing batch-1   200
        card_balance_moved card_purse {OLD}               unloaded_orders claim       2800
        ride_ingested      unloaded_orders claim          rides_in_clearing batch-2   300
        loss_covered       own_cover_due late_ride        rides_in_clearing batch-2   150
        own_cover_owed     loss late_ride                 due_to_reserve late_ride    150
    """)


def test_a_replaced_card_and_a_trip_that_comes_when_the_claim_is_spent(house):
    card_with(house, 5_000)
    claim = becomes_a_claim(house, 5_000)
    partly = late(house, 400, claim, made_at=NOW)
    assert partly == Borne(holder_fen=400, operator_fen=0)
    load = house.call("new-load")
    held = book.hold(
        postings.of("load", house.pool, load, step="sealed", debit=claim,
                    credit=postings.card_purse(NEW), amount_fen=4_500, event_at=NOW)
    )  # fmt: skip
    split = late(house, 300, claim, made_at=NOW)
    assert split == Borne(holder_fen=100, operator_fen=200), "what is set aside is the new card's"
    book.settle(house.pool, held.id, event_at=NOW)
    house.sound(held=5_000, owed=5_200, due=200)
    trip(house, 120, batch="batch-3")
    house.sound(held=5_000, owed=5_320, due=200, overdrawn=120)
    pools.cut(house.pool, NEXT)
    result = house.closes()
    assert result.needs_exception, "an overdrawn purse is true and bad"
    house.signed(DAY, "I4")

    filled = losses.overdrawn_by_late_trips(
        house.pool, house.call("settling"), card=OLD, event_at=NOW, actor=CLEARING, now=moment()
    )
    assert filled == 120
    house.sound(held=5_000, owed=5_320, due=320)
    assert house.fen("card_purse", OLD) == 0
    assert [case.amount_fen for case in cases.open_of(house.pool)] == [200, 120]
    assert [line for line in house.lines() if "loss" in line or "new" in line] == written(f"""
        loss_covered   own_cover_due late_ride rides_in_clearing batch-2   200
        loss_covered   own_cover_due late_ride card_purse {OLD}            120
        own_cover_owed loss late_ride          due_to_reserve late_ride    200
        own_cover_owed loss late_ride          due_to_reserve late_ride    120
    """)
    assert house.fen("card_purse", NEW) == 4_500


def test_a_wallet_with_too_little_pays_what_is_there_and_its_rider_owes_the_rest(house):
    payment, rider, ride = (house.call(word) for word in ("payment", "rider", "ride"))
    wallet = postings.account("wallet", rider)
    book.post([
        postings.payment_confirmed(house.pool, payment, channel="wechat", settlement_day=DAY,
                                   amount_fen=150, event_at=NOW),
        postings.allocated_to(house.pool, payment, wallet, amount_fen=150, event_at=NOW),
    ])  # fmt: skip
    for _ in range(2):
        assert losses.arrears(house.pool, ride, batch="batch-1", rider=str(rider), amount_fen=200,
                              ridden_at=NOW) == 50  # fmt: skip
    house.sound(held=150, owed=200, due=50)
    assert house.fen("user_receivable", rider) == 50
    second = house.call("ride-2")
    assert losses.arrears(house.pool, second, batch="batch-1", rider=str(rider), amount_fen=30,
                          ridden_at=NOW) == 30  # fmt: skip
    house.sound(held=150, owed=230, due=80)
    assert house.ends().state == "closed"
    assert house.lines() == written(f"""
        payment_confirmed channel_receivable wechat:{DAY} received payment          150
        payment_allocated received payment                wallet rider              150
        ride_ingested     wallet rider                    rides_in_clearing batch-1 150
        ride_arrears      own_cover_due arrears           rides_in_clearing batch-1 50
        own_cover_owed    user_receivable rider           due_to_reserve arrears    50
        ride_arrears      own_cover_due arrears           rides_in_clearing batch-1 30
        own_cover_owed    user_receivable rider           due_to_reserve arrears    30
    """)
    with pytest.raises(LossMalformed):
        losses.arrears(house.pool, ride, batch="b", rider="r", amount_fen=0, ridden_at=NOW)


def test_two_lots_are_redeemed_at_what_was_paid_and_the_coupons_part_goes_back(house):
    """80.00 topped up, 5.00 of it by a coupon of the first lot; 10.00 ridden away; 70.00 redeemed.

    FIFO: the ride took from the first lot, 40.00 are left of it, paid as 36.00 and 4.00 of coupon.
    """
    card_with(house, 5_000, word="first-")
    card_with(house, 3_000, word="second-")
    bill = house.call("bill")
    book.post([
        *postings.coupon_used(house.pool, bill, channel="wechat", settlement_day=DAY,
                              amount_fen=500, event_at=NOW),
        *postings.fee_withheld(house.pool, bill, channel="wechat", settlement_day=DAY,
                               amount_fen=45, event_at=NOW),
    ])  # fmt: skip
    trip(house, 1_000)
    house.sound(held=7_455, owed=8_000, due=545)
    redemption = house.call("redemption")
    whole = postings.account("redemption_payable", redemption)
    back = {house.call("refund-1"): 3_600, house.call("refund-2"): 3_000}
    book.post([
        postings.of("redemption_asked", house.pool, redemption, debit=postings.card_purse(OLD),
                    credit=whole, amount_fen=7_000, event_at=NOW)
    ])  # fmt: skip

    def routed(approval_id):
        return [
            postings.of("redemption_routed", house.pool, refund, debit=whole,
                        credit=postings.refund_in_flight(refund), amount_fen=fen, event_at=NOW,
                        approval_id=approval_id)
            for refund, fen in back.items()
        ]  # fmt: skip

    asked = approvals.ask(
        maker=house.maker, purpose="card_service.redemption", pool=house.pool, content={},
        fingerprint=book.fingerprint(routed(redemption)), now=moment(),
        expires_at=moment() + timedelta(days=1), checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip
    with pytest.raises(MakerIsChecker):
        approvals.approve(asked.id, checker=house.maker, now=moment())
    with pytest.raises(ApprovalNotUsable):
        book.post(routed(asked.id))
    house.sound(held=7_455, owed=8_000, due=545)
    approvals.approve(asked.id, checker=house.checker, now=moment())
    book.post([
        *routed(asked.id),
        *income.coupon_taken_back(house.pool, redemption, due_fen=400, covered_fen=0,
                                  event_at=NOW),
    ])  # fmt: skip
    house.sound(held=7_455, owed=7_600, due=145)
    for refund, fen in back.items():
        book.post([
            postings.refund_done_by_channel(house.pool, refund, channel="wechat",
                                            settlement_day=DAY, amount_fen=fen, event_at=NOW)
        ])  # fmt: skip
    house.sound(held=855, owed=1_000, due=145)
    assert house.fen("own_cover_due", "coupon") == 100, "the coupon's part of what was ridden"
    assert (house.fen("redemption_payable", redemption), house.fen("card_purse", OLD)) == (0, 0)
    assert house.ends().state == "closed"
    assert house.lines() == written(f"""
        payment_confirmed  channel_receivable wechat:{DAY} received first-payment        5000
        payment_allocated  received first-payment          unloaded_orders first-order   5000
        load(held)         unloaded_orders first-order     card_purse {OLD}              5000
        load(settled)      unloaded_orders first-order     card_purse {OLD}              5000
        payment_confirmed  channel_receivable wechat:{DAY} received second-payment       3000
        payment_allocated  received second-payment         unloaded_orders second-order  3000
        load(held)         unloaded_orders second-order    card_purse {OLD}              3000
        load(settled)      unloaded_orders second-order    card_purse {OLD}              3000
        coupon_used        own_cover_due coupon            channel_receivable wechat:{DAY} 500
        own_cover_owed     loss coupon                     due_to_reserve coupon         500
        channel_fee_withheld own_cover_due fee             channel_receivable wechat:{DAY} 45
        own_cover_owed     fee_expense wechat              due_to_reserve fee            45
        ride_ingested      card_purse {OLD}                rides_in_clearing batch-1     1000
        redemption_asked   card_purse {OLD}                redemption_payable redemption 7000
        redemption_routed  redemption_payable redemption   refunds_in_flight refund-1    3600
        redemption_routed  redemption_payable redemption   refunds_in_flight refund-2    3000
        coupon_taken_back  redemption_payable redemption   own_cover_due coupon          400
        own_cover_forgiven due_to_reserve coupon           loss coupon                   400
        refund_done_by_channel refunds_in_flight refund-1  channel_receivable wechat:{DAY} 3600
        refund_done_by_channel refunds_in_flight refund-2  channel_receivable wechat:{DAY} 3000
    """)


def test_a_coupon_that_own_money_had_covered_comes_back_as_own_income(house):
    """Covered already: what goes back is the operator's own money, lying in the reserve."""
    card_with(house, 5_000)
    bill, redemption = house.call("bill"), house.call("redemption")
    whole = postings.account("redemption_payable", redemption)
    book.post([
        *postings.coupon_used(house.pool, bill, channel="wechat", settlement_day=DAY,
                              amount_fen=500, event_at=NOW),
        *postings.operator_covered(house.pool, bill, reason=postings.CoverReason.COUPON,
                                   bank_account=str(house.account.id),
                                   own_bank=str(house.income.id), amount_fen=500, event_at=NOW),
        postings.of("redemption_asked", house.pool, redemption, debit=postings.card_purse(OLD),
                    credit=whole, amount_fen=5_000, event_at=NOW),
        *income.coupon_taken_back(house.pool, redemption, due_fen=0, covered_fen=500,
                                  event_at=NOW),
    ])  # fmt: skip
    house.sound(held=5_000, owed=5_000)
    assert house.fen("own_income_in_reserve", "coupon:redeemed") == 500
