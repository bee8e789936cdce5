"""A ride of a wallet with too little in it: what is there pays, and its rider owes the rest."""

import pytest

from reserve_funds import postings
from reserve_funds.custody.losses import services as losses
from reserve_funds.custody.losses.errors import LossMalformed
from reserve_funds.ledger import book
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.stories.house import written


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
