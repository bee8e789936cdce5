"""A placement that matures below its principal, and a sweep while own money still owes cover.

All through the real services: placements, requests of two officers, instructions, statements.
"""

from datetime import timedelta

import pytest

from accounts import duties
from accounts.clock import business_day, start_of_day
from reserve_funds import income, postings
from reserve_funds.custody.bank import instructions, payees, requests
from reserve_funds.custody.bank.errors import SweepTooLarge
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.errors import OutflowsStopped
from reserve_funds.custody.placements import asking, following
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book, pools
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank import officers
from tests.reserve_funds.custody.bank.officers import PAYEE, moment
from tests.reserve_funds.custody.stories.house import NEXT, House, failed, written

THIRD = NEXT + timedelta(days=1)
CONTRACT = "CD20261122001"


def banked(house, fen, *, net=None):
    """Paid over a channel; the bank shows the payout the day after, net of the channel's fee."""
    payment, order = house.call("payment"), house.call("order")
    house.paid(payment, order, fen)
    house.knows("payouts", Known.CHANNEL_PAYOUT, words="财付通",
                terms={"channel": "wechat", "days_before": 1, "working_days": False})  # fmt: skip
    assert house.ends().state == "closed"
    house.bank.line(net or fen, summary="财付通").book()
    assert house.ends(NEXT).state == "closed"


def test_five_thousand_placed_and_ten_yuan_less_come_back(house):
    banked(house, 1_000_000)
    third = officers.an_officer(house.pool)
    matures = max(NEXT, business_day(moment())) + timedelta(days=20)
    placement = asking.ask(
        pool=house.pool, account=house.account, kind="term_deposit", institution="示例银行",
        contract_no=CONTRACT, payee=PAYEE, principal_fen=500_000, rate_bp=150, matures_on=matures,
        because="保值", maker=house.maker, now=moment(),
    )  # fmt: skip
    house.call("placement", placement.id)
    assert asking.approve(placement.id, checker=house.checker, now=moment()) == []
    (made,) = asking.approve(placement.id, checker=third, now=moment())
    house.call("instruction", made.in_transit.owner)
    duties.work_one(following.FOLLOW, made.id, moment())
    instructions.sending(made.id, now=moment())
    house.sound(held=1_500_000, owed=1_500_000)
    house.bank.of(made).book()
    house.sound(held=1_000_000, owed=1_000_000)

    assert house.ends(THIRD).state == "closed"
    pools.cut(house.pool, matures)
    house.bank.day = matures
    house.bank.line(499_000, summary=f"定期存款到期本金 {CONTRACT}").book()
    house.sound(held=1_000_000, owed=1_000_000)
    that_day = start_of_day(matures) + timedelta(hours=9)
    for _ in range(2):
        following.watch(that_day)
    house.sound(held=999_000, owed=1_000_000, due=1_000)
    (case,) = cases.open_of(house.pool)
    assert (case.kind, case.amount_fen, case.deadline) == (
        "placement_below_principal", 1_000, matures)  # fmt: skip
    house.knows("cover", Known.OWN_COVER, words="备付金补足",
                terms={"reason": "placement_loss",
                       "own_account_id": str(house.income.id)})  # fmt: skip
    assert house.closes(THIRD + timedelta(days=1)).state == "closed"
    result = house.ends(matures)
    assert failed(result) == {"R7"}, "a placement's loss is covered the same day, or signed for"
    house.signed(matures, "R7")
    with pytest.raises(OutflowsStopped):
        house.may_sweep(0)
    house.bank.line(1_000, summary="备付金补足").book()
    house.sound(held=1_000_000, owed=1_000_000)
    assert house.lines() == written(f"""
        payment_confirmed channel_receivable wechat:{DAY}  received payment             1000000
        payment_allocated received payment                 unloaded_orders order        1000000
        channel_settled   bank_reserve bank                channel_receivable wechat:{DAY} 1000000
        placement_made    placement placement              bank_out_in_transit instruction 500000
        bank_paid_out     bank_out_in_transit instruction  bank_reserve bank            500000
        placement_matured bank_reserve bank                placement placement          499000
        loss_covered      own_cover_due placement_loss     placement placement          1000
        own_cover_owed    loss placement_loss              due_to_reserve placement_loss 1000
        operator_covered  bank_reserve bank                own_cover_due placement_loss 1000
        own_cover_paid    due_to_reserve placement_loss    own_bank own-bank            1000
    """)


def earns(house, fen):
    """A card ridden away: what the operator earned lies in the reserve."""
    card, batch = "0310000000000000031", house.call("batch")
    house.loaded(house.call("load"), _order(house), card, fen)
    book.post([
        postings.of("ride_ingested", house.pool, house.call("ride"),
                    debit=postings.card_purse(card),
                    credit=postings.account("rides_in_clearing", "B1"), amount_fen=fen,
                    event_at=NOW),
        *income.ride_verified(
            house.pool, batch, batch="B1", counterparty="none", settled_fen=0, platform="p",
            fee_fen=0, source="fares", income_fen=fen, event_at=NOW),
    ])  # fmt: skip


def sweep(house, fen):
    return house.instructed(
        Purpose.OWN_INCOME_SWEEP, Ref(kind="own_income_in_reserve", owner="fares"), fen,
        payee=payees.of_account(house.income),
    )  # fmt: skip


def test_a_sweep_leaves_what_own_money_still_owes(kept):
    """10.00 earned, 3.00 of fees open: 7.00 may leave now, the rest once the cover has come."""
    house = House()
    banked(house, 1_000, net=700)
    bill = house.call("bill")
    book.post(
        postings.fee_withheld(house.pool, bill, channel="wechat", settlement_day=DAY,
                              amount_fen=300, event_at=NOW)
    )  # fmt: skip
    earns(house, 1_000)
    house.sound(held=700, owed=1_000, due=300)
    before = house.lines()
    for fen in (1_000, 701):
        with pytest.raises(SweepTooLarge):
            sweep(house, fen)
    assert house.lines() == before
    assert requests.open_of(house.pool) == []

    first = sweep(house, 700)
    house.names[first.in_transit.owner] = "first"
    house.sound(held=700, owed=1_000, due=300)
    with pytest.raises(SweepTooLarge):
        sweep(house, 1)
    house.bank.of(first).book()
    house.sound(held=0, owed=300, due=300)
    assert house.ends(THIRD).state == "closed"

    house.knows("cover", Known.OWN_COVER, words="备付金补足",
                terms={"reason": "fee", "own_account_id": str(house.income.id)})  # fmt: skip
    house.bank.line(300, summary="备付金补足").book()
    house.sound(held=300, owed=300)
    second = sweep(house, 300)
    house.names[second.in_transit.owner] = "second"
    house.bank.of(second).book()
    house.sound(held=0, owed=0)
    card = "0310000000000000031"
    assert house.lines() == written(f"""
        payment_confirmed    channel_receivable wechat:{DAY} received payment                1000
        payment_allocated    received payment                unloaded_orders order           1000
        channel_settled      bank_reserve bank               channel_receivable wechat:{DAY} 700
        channel_fee_withheld own_cover_due fee               channel_receivable wechat:{DAY} 300
        own_cover_owed       fee_expense wechat              due_to_reserve fee              300
        load(held)           unloaded_orders order           card_purse {card}               1000
        load(settled)        unloaded_orders order           card_purse {card}               1000
        ride_ingested        card_purse {card}               rides_in_clearing B1            1000
        ride_verified        rides_in_clearing B1            own_income_in_reserve fares     1000
        own_income_earned    due_from_reserve fares          income fares                    1000
        own_income_swept     own_income_in_reserve fares     bank_out_in_transit first       700
        own_income_arrived   own_bank own-bank               due_from_reserve fares          700
        bank_paid_out        bank_out_in_transit first       bank_reserve bank               700
        operator_covered     bank_reserve bank               own_cover_due fee               300
        own_cover_paid       due_to_reserve fee              own_bank own-bank               300
        own_income_swept     own_income_in_reserve fares     bank_out_in_transit second      300
        own_income_arrived   own_bank own-bank               due_from_reserve fares          300
        bank_paid_out        bank_out_in_transit second      bank_reserve bank               300
    """)


def _order(house):
    return next(owner for owner, name in house.names.items() if name == "order")
