"""Stories of balances that leave their cards: redeemed with coupons in them, or replaced when lost.

Through the card services themselves, line by line. The bills' lines are made here, for the
neighbours give no coupons, and so are the trips, for the clearing platform has no room yet.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from accounts import clock, roles
from accounts.actors import Actor
from accounts.identifiers import new_id
from gateway.card_service import departing, following, late_rides, moving
from gateway.card_service.models import Departure, Part
from gateway.payments.bills import costs
from gateway.payments.decisions.deciding import Choice
from gateway.payments.models import Refund
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.losses.services import Borne
from tests.gateway.card_service.desk import Desk, sent
from tests.gateway.card_service.holders import NAME, WAIT, Held, known_by_name, replaced, ride
from tests.journeys.money_stories.bills import billed
from tests.journeys.test_deciding import decide, only
from tests.reserve_funds.custody.stories.house import House, written
from tests.support.officers import seat
from tests.support.province import Province

CLEARING = Actor(kind="system", id="clearing")


def test_redemption_of_two_lots_with_coupons(province: Province, house: House) -> None:
    """50.00 and 30.00 topped up, each a tenth of it our coupon; 10.00 ridden away, 70.00 redeemed.

    FIFO: the ride took from the first lot. The second goes back by its channel, which splits it
    into 27.00 for the payer and 3.00 for us; the first's channel cannot, so the bank pays the 36.00
    that were paid of its 40.00, and the coupon's 4.00 stay.
    """
    me, desk, day = known_by_name(province), Desk(province), clock.business_day(clock.now())
    held = Held.new(province, me, named=True, loads=0)
    first, second = held.load(5_000), held.load(3_000)
    ride(held, 1_000, clock.now())
    payments = {"first": province.payment(first), "second": province.payment(second)}
    house.call("paid-day", f"wechatpay:{day}")
    house.call("back-day", f"wechatpay:{day + timedelta(days=1)}")
    house.call("card", held.asn)
    house.call("rides", f"batch-{province.pool}")
    for word, payment in payments.items():
        house.call(f"{word}-payment", payment.id)
        house.call(f"{word}-order", payment.patron_id)
    lots = {payments["first"]: (5_000, 4_500), payments["second"]: (3_000, 2_700)}
    costs.book(billed(day, "payment", lots), now=clock.now())
    house.sound(held=7_200, owed=8_000, due=800)

    payee = {"account_no": "6222021702012345678", "name": NAME, "bank_name": "示例银行"}
    said = me.post(f"{held.path}/redemption", {"why": "given_up", "payee": payee})
    departure_id = house.call("redemption", UUID(said.body["id"]))
    desk.takes_in(departure_id)
    moving.move(departure_id, clock.now() + WAIT)
    house.sound(held=7_200, owed=8_000, due=800)
    desk.proposes(departure_id)
    house.sound(held=7_200, owed=8_000, due=800)
    desk.agrees(departure_id)
    for word, payment in payments.items():
        house.call(f"{word}-refund", Refund.objects.get(payment=payment).id)
    province.carry_refunds(second)
    province.wallet.faults(refund_closed=1)
    province.carry_refunds(first)
    decide(only(province), Choice.BACK_TO_CLAIM, desk.maker, desk.checker)
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "moved"
    house.sound(held=4_200, owed=5_000, due=800)

    desk.proposes(departure_id, account=house.account)
    parts = Part.objects.filter(departure_id=departure_id, round_no=2)
    assert {part.way: part.amount_fen for part in parts} == {"coupon": 400, "bank": 3_600}
    house.sound(held=4_200, owed=5_000, due=800)
    assert desk.agrees(departure_id).state == "paying"
    house.sound(held=4_200, owed=4_600, due=400)
    instruction = sent(departure_id)
    house.call("instruction", instruction.in_transit.owner)
    house.bank.of(instruction).book()
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "settled"
    house.sound(held=600, owed=1_000, due=400)
    back = billed(day + timedelta(days=1), "refund", {payments["second"]: (3_000, 2_700)})
    costs.book(back, now=clock.now())
    house.sound(held=900, owed=1_000, due=100)
    assert house.fen("own_cover_due", "coupon") == 100, "the coupon's part of what was ridden"
    assert (house.fen("redemption_payable", departure_id), held.booked_fen()) == (0, 0)
    assert house.ends(day).state == "closed"
    [reversed_] = [line for line in house.lines() if line.startswith("redemption_routed_")]
    assert [line for line in house.lines() if line != reversed_] == written("""
        payment_confirmed   channel_receivable paid-day     received first-payment        5000
        payment_allocated   received first-payment          unloaded_orders first-order   5000
        load(held)          unloaded_orders first-order     card_purse card               5000
        load(settled)       unloaded_orders first-order     card_purse card               5000
        payment_confirmed   channel_receivable paid-day     received second-payment       3000
        payment_allocated   received second-payment         unloaded_orders second-order  3000
        load(held)          unloaded_orders second-order    card_purse card               3000
        load(settled)       unloaded_orders second-order    card_purse card               3000
        ride_ingested       card_purse card                 rides_in_clearing rides       1000
        coupon_used         own_cover_due coupon            channel_receivable paid-day   800
        own_cover_owed      loss coupon                     due_to_reserve coupon         800
        redemption_asked    card_purse card                 redemption_payable redemption 7000
        redemption_routed   redemption_payable redemption   refunds_in_flight first-refund  4000
        redemption_routed   redemption_payable redemption   refunds_in_flight second-refund 3000
        refund_done_by_channel refunds_in_flight second-refund channel_receivable paid-day 3000
        coupon_taken_back   redemption_payable redemption   own_cover_due coupon          400
        own_cover_forgiven  due_to_reserve coupon           loss coupon                   400
        redemption_paid_by_bank redemption_payable redemption bank_out_in_transit instruction 3600
        bank_paid_out       bank_out_in_transit instruction bank_reserve bank             3600
        coupon_taken_back   channel_receivable back-day     own_cover_due coupon          300
        own_cover_forgiven  due_to_reserve coupon           loss coupon                   300
    """)
    assert reversed_ == (
        "redemption_routed_reversed refunds_in_flight first-refund "
        "redemption_payable redemption 4000"
    )


def test_late_trips_after_loss_and_replacement_with_a_late_trip(
    province: Province, house: House
) -> None:
    """50.00 on a lost card: 3.00 ridden before the loss counts are its holder's, all else ours."""
    me, day = known_by_name(province), clock.business_day(clock.now())
    old, new = (Held.new(province, me, named=True, loads=0) for _ in range(2))
    topup = old.load(5_000)
    for word, value in {
        "paid-day": f"wechatpay:{day}", "payment": province.payment(topup).id,
        "order": topup["id"], "old-card": old.asn, "new-card": new.asn,
        "rides": f"batch-{province.pool}",
    }.items():  # fmt: skip
        house.call(word, value)
    assert me.post(f"{old.path}/loss").status == 201
    departure_id = UUID(replaced(old, new, "lost").body["id"])
    effect = late_rides.holder_bears_until(old.row)
    assert effect is not None
    before, after = effect - timedelta(minutes=1), effect
    mine, theirs = Borne(holder_fen=300, operator_fen=0), Borne(holder_fen=0, operator_fen=150)
    for made_at, borne in ((before, mine), (after, theirs)):
        trip, fen = new_id(clock.now()), borne.holder_fen + borne.operator_fen
        for _ in range(2):
            assert late_rides.take_in(
                old.row, trip, batch="late-rides", amount_fen=fen, made_at=made_at, actor=CLEARING,
                now=clock.now(),
            ) == borne  # fmt: skip
    house.sound(held=5_000, owed=5_150, due=150)
    moving.move(departure_id, clock.now() + WAIT)
    house.sound(held=5_000, owed=5_150, due=150)
    [claim] = Part.objects.filter(departure_id=departure_id)
    house.call("claim", claim.goes_as)
    too_late = late_rides.take_in(
        old.row, new_id(clock.now()), batch="late-rides", amount_fen=70, made_at=before,
        actor=CLEARING, now=clock.now(),
    )  # fmt: skip
    assert too_late == Borne(holder_fen=0, operator_fen=70), "a claim is never touched"
    house.sound(held=5_000, owed=5_220, due=220)
    new.chip.line("!reset")
    assert new.talk.load({"id": str(claim.goes_as)}).body["outcome"] == "loaded"
    assert (new.chip.state.balances["2"], new.booked_fen()) == (4_700, 4_700)
    house.sound(held=5_000, owed=5_220, due=220)

    ride(old, 120, clock.now())
    house.sound(held=5_000, owed=5_340, due=220, overdrawn=120)
    assert late_rides.cover(departure_id, clock.now()) == 120
    house.sound(held=5_000, owed=5_340, due=340)
    following.look(departure_id, clock.now())
    assert Departure.objects.get(pk=departure_id).state == "settled"
    assert sorted(case.amount_fen for case in cases.open_of(house.pool)) == [70, 120, 150]
    assert house.ends(day).state == "closed", "young cover is told, and keeps no day open"
    assert house.lines() == written("""
        payment_confirmed  channel_receivable paid-day received payment              5000
        payment_allocated  received payment            unloaded_orders order         5000
        load(held)         unloaded_orders order       card_purse old-card           5000
        load(settled)      unloaded_orders order       card_purse old-card           5000
        ride_ingested      card_purse old-card         rides_in_clearing late-rides  300
        loss_covered       own_cover_due late_ride     rides_in_clearing late-rides  150
        own_cover_owed     loss late_ride              due_to_reserve late_ride      150
        card_balance_moved card_purse old-card         unloaded_orders claim         4700
        loss_covered       own_cover_due late_ride     rides_in_clearing late-rides  70
        own_cover_owed     loss late_ride              due_to_reserve late_ride      70
        load(held)         unloaded_orders claim       card_purse new-card           4700
        load(settled)      unloaded_orders claim       card_purse new-card           4700
        ride_ingested      card_purse old-card         rides_in_clearing rides       120
        loss_covered       own_cover_due late_ride     card_purse old-card           120
        own_cover_owed     loss late_ride              due_to_reserve late_ride      120
    """)


def test_a_card_handed_in_bears_what_was_ridden_before(province: Province, house: House) -> None:
    """换卡 by surrender: the moment of the counter takes the place of a loss's effect."""
    me, clerk = province.citizen(), seat((roles.CLERK, province.pool)).person
    old, new = (Held.new(province, me, named=False, loads=0) for _ in range(2))
    old.load(5_000)
    departure_id = UUID(replaced(old, new, "unreadable").body["id"])
    departing.surrender(
        departure_id, clerk=clerk, open_ride=False,
        actor=Actor(kind="officer", id=str(clerk.pk)), now=clock.now(),
    )  # fmt: skip
    trip = late_rides.take_in(
        old.row, new_id(clock.now()), batch="late-rides", amount_fen=400,
        made_at=clock.now() - timedelta(hours=1), actor=CLEARING, now=clock.now(),
    )  # fmt: skip
    assert trip == Borne(holder_fen=400, operator_fen=0)
    moving.move(departure_id, clock.now() + WAIT)
    [claim] = Part.objects.filter(departure_id=departure_id)
    assert claim.amount_fen == 4_600
    house.sound(held=5_000, owed=5_000)
