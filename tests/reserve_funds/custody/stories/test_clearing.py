"""A subsidised ride in another city: its fare, its fees, what own money owes of it, and the 划款.

The ride and its verdict are booked by their postings (the clearing room is not built yet); the
transfer instruction goes through requests of two officers, the bank, and its statement.
"""

from datetime import timedelta

from reserve_funds import income, postings
from reserve_funds.custody.bank import understanding
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.cases import queries as cases
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Ref
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.stories.house import NEXT, written

CARD = "0310000000000000021"


def own(house, word, code, debit, credit, fen):
    book.post([
        postings.of(code, house.pool, house.call(word), debit=debit, credit=credit, amount_fen=fen,
                    event_at=NOW)
    ])  # fmt: skip


def test_list_200_discount_40_by_the_city_fee_and_one_net_instruction(house):
    """200 listed, 160 off the card: 150 for the other operator, 4 for clearing, 6 our income.

    The other operator is owed the list price: the city's 40 are own money's, paid before the
    instruction of 190 leaves. The reserve lends nothing of it.
    """
    other, subsidy = "kaifeng-bus", Ref(kind="subsidy_receivable", owner="kaifeng")
    owed_own = Ref(kind="own_settlement_payable", owner=other)
    payment, order, load = (house.call(word) for word in ("payment", "order", "load"))
    house.paid(payment, order, 1_000)
    house.loaded(load, order, CARD, 1_000)
    ride, batch = house.call("ride"), house.call("batch")
    book.post([
        postings.of("ride_ingested", house.pool, ride, debit=postings.card_purse(CARD),
                    credit=postings.account("rides_in_clearing", "B1"), amount_fen=160,
                    event_at=NOW),
    ])  # fmt: skip
    own(house, "discount", "own_part_owed", subsidy, owed_own, 40)
    house.sound(held=1_000, owed=1_000)
    assert house.ends().state == "closed"

    book.post(
        income.ride_verified(
            house.pool, batch, batch="B1", counterparty=other, settled_fen=150,
            platform="province", fee_fen=4, source="reload-fees", income_fen=6, event_at=NOW,
        )
    )  # fmt: skip
    house.sound(held=1_000, owed=1_000)
    due, fee_due = (postings.account("settlement_due", house.call(w)) for w in ("net", "fee"))
    for word, source, target, fen in (
        ("order-net", Ref(kind="settlement_payable", owner=other), due, 150),
        ("order-fee", Ref(kind="clearing_fee_payable", owner="province"), fee_due, 4),
    ):
        own(house, word, "instruction_due", source, target, fen)

    house.knows("payouts", Known.CHANNEL_PAYOUT, words="财付通",
                terms={"channel": "wechat", "days_before": 1, "working_days": False})  # fmt: skip
    _, funded = house.bank.line(1_000, summary="财付通").line(40, summary="补贴部分先行").book()
    house.call("entry", funded.entry_id)
    house.sound(held=1_040, owed=1_040)
    word = understanding.ask(
        funded.entry_id, as_=due, because="own part of the 划款 of B1", maker=house.maker,
        now=moment(),
    )  # fmt: skip
    understanding.approve(word.id, checker=house.checker, now=moment())
    own(house, "own-paid", "own_part_paid", owed_own,
        Ref(kind="own_bank", owner=str(house.income.id)), 40)  # fmt: skip
    house.sound(held=1_040, owed=1_040)
    assert cases.open_of(house.pool) == []
    assert house.ends(NEXT).state == "closed"

    net = house.instructed(Purpose.CLEARING_SETTLEMENT, due, 190)
    house.names[net.in_transit.owner] = "net-paid"
    fee = house.instructed(Purpose.CLEARING_SETTLEMENT, fee_due, 4)
    house.names[fee.in_transit.owner] = "fee-paid"
    house.sound(held=1_040, owed=1_040)
    house.bank.of(net).of(fee).book()
    house.sound(held=846, owed=846)
    own(house, "city-paid", "own_debt_collected",
        Ref(kind="own_bank", owner=str(house.income.id)), subsidy, 40)  # fmt: skip
    assert house.fen("own_income_in_reserve", "reload-fees") == 6
    assert house.fen("card_purse", CARD) == 840
    assert (house.fen(*_of(subsidy)), house.fen(*_of(owed_own))) == (0, 0)
    assert house.ends(NEXT + timedelta(days=1)).state == "closed"
    assert house.lines() == written(f"""
        payment_confirmed   channel_receivable wechat:{DAY}  received payment                 1000
        payment_allocated   received payment                 unloaded_orders order            1000
        load(held)          unloaded_orders order            card_purse {CARD}                1000
        load(settled)       unloaded_orders order            card_purse {CARD}                1000
        ride_ingested       card_purse {CARD}                rides_in_clearing B1             160
        own_part_owed       subsidy_receivable kaifeng       own_settlement_payable {other}   40
        ride_verified       rides_in_clearing B1             settlement_payable {other}       150
        ride_verified       rides_in_clearing B1             clearing_fee_payable province    4
        ride_verified       rides_in_clearing B1             own_income_in_reserve reload-fees 6
        own_income_earned   due_from_reserve reload-fees     income reload-fees               6
        instruction_due     settlement_payable {other}       settlement_due net               150
        instruction_due     clearing_fee_payable province    settlement_due fee               4
        channel_settled     bank_reserve bank                channel_receivable wechat:{DAY}  1000
        bank_line_unclear   bank_reserve bank                suspense entry                   40
        suspense_understood suspense entry                   settlement_due net               40
        own_part_paid       own_settlement_payable {other}   own_bank own-bank                40
        instruction_sent    settlement_due net               bank_out_in_transit net-paid     190
        instruction_sent    settlement_due fee               bank_out_in_transit fee-paid     4
        bank_paid_out       bank_out_in_transit net-paid     bank_reserve bank                190
        bank_paid_out       bank_out_in_transit fee-paid     bank_reserve bank                4
        own_debt_collected  own_bank own-bank                subsidy_receivable kaifeng       40
    """)


def _of(ref):
    return ref.kind, ref.owner
