"""Legacy opening balances: handed over with less than is owed, opened by two, moved card by card.

All through the cut-over's own services, sightings and the bank's first statement.
"""

import hashlib
import io

from accounts.clock import start_of_day
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.coverage import sightings
from reserve_funds.custody.coverage.sightings import Proved
from reserve_funds.custody.cutover import services
from reserve_funds.custody.cutover.services import Handover
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.custody.bank.officers import moment
from tests.reserve_funds.custody.closing.conftest import an_officer
from tests.reserve_funds.custody.stories.house import NEXT, written

CARDS = {"3100000000000000041": 5_000, "3100000000000000042": 1_250}


def test_handed_over_with_two_and_a_half_yuan_too_little(house):
    content = "".join(
        ["card_no,balance_fen\n", *(f"{card},{fen}\n" for card, fen in CARDS.items())]
    ).encode()
    told = Handover(
        pool=house.pool, issuer="city bus", as_of=start_of_day(DAY),
        cards=2, total_fen=6_250, digest=hashlib.sha256(content).hexdigest(), handed_fen=6_000,
        bank_account=str(house.account.id),
    )  # fmt: skip
    taken = services.take(io.BytesIO(content), told, taken_by=an_officer(house.pool), now=NOW)
    house.sound(held=0, owed=0)
    asked = services.ask_sign_off(taken.id, maker=house.maker, first=DAY, last=DAY, now=moment())
    services.sign_off(asked.id, checker=house.checker, now=moment())
    house.sound(held=6_000, owed=6_250, due=250)
    house.bank.balance_fen = 6_000  # what its first statement opens with
    assert house.ends().state == "closed"

    card = f"0{next(iter(CARDS))}"
    seen = Proved(pool=house.pool, card=card, counter=9, balance_fen=4_800, proof="mac1",
                  source_id=house.call("sighting"), seen_at=NOW)  # fmt: skip
    sightings.deliver([seen], now=NOW)
    assert [services.see_proved(house.pool, now=NOW) for _ in range(2)] == [1, 0]
    house.sound(held=6_000, owed=6_250, due=250)
    assert cases.open_of(house.pool) == [], "two yuan ridden and not received yet are no incident"

    house.knows("cover", Known.OWN_COVER, words="历史缺口补足",
                terms={"reason": "legacy_shortfall",
                       "own_account_id": str(house.income.id)})  # fmt: skip
    house.bank.line(250, summary="历史缺口补足").book()
    house.sound(held=6_250, owed=6_250)
    assert house.ends(NEXT).state == "closed"
    assert house.fen("legacy_float", "city bus") == 1_250
    assert house.lines() == written(f"""
        legacy_opened    bank_reserve bank               legacy_float city bus           6000
        legacy_opened    own_cover_due legacy_shortfall  legacy_float city bus           250
        own_cover_owed   loss legacy_shortfall           due_to_reserve legacy_shortfall 250
        legacy_card_seen legacy_float city bus           card_purse {card}               5000
        operator_covered bank_reserve bank               own_cover_due legacy_shortfall  250
        own_cover_paid   due_to_reserve legacy_shortfall own_bank own-bank               250
    """)
