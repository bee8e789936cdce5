"""Days without network: what was written down meanwhile is taken when the line is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest import mock
from urllib.parse import urlsplit

import pytest

from accounts import clock
from gateway.kiosk import cash
from gateway.kiosk.models import Intake, Record
from gateway.sandbox.reference_kiosk.steps import Steps
from gateway.topup.tasks import doubt_silent_loads
from reserve_funds.custody.cases.models import Case
from reserve_funds.ledger import pools
from tests.support.fleet.proxy import Proxy
from tests.support.kiosk_customer import Customer
from tests.support.kiosks import Standing, run
from tests.support.reference_kiosk import AtWork, Place


@dataclass(slots=True, kw_only=True)
class Cutting(Steps):
    """Steps of a machine whose line goes down when it has passed one of them."""

    line: Proxy
    after: str = ""

    def pass_(self, name: str) -> None:
        """One more step; the line may end with it."""
        Steps.pass_(self, name)
        if name == self.after:
            self.line.down, self.after = True, ""


@pytest.fixture
def line(place: Place) -> Iterator[Proxy]:
    where = urlsplit(place.url)
    made = Proxy((where.hostname or "", where.port or 0), seed=1, rate=0.0, tell=lambda _: None)
    yield made
    made.close()


@pytest.fixture
def days_go_by(place: Place) -> Iterator[Callable[[int], None]]:
    """Puts the clock of house and machine forward; the books are cut and the house tidies."""
    ahead, really = timedelta(), clock.now

    def forward(days: int) -> None:
        nonlocal ahead
        for _ in range(days):
            ahead += timedelta(days=1)
            pools.cut(place.province.pool, clock.business_day(clock.now()))
            cash.tidy(clock.now(), limit=10_000)
            doubt_silent_loads(clock.now())

    def now() -> datetime:
        return really() + ahead

    with mock.patch("accounts.clock.now", now):
        yield forward


def test_a_proof_and_notes_wait_for_days_and_nothing_is_lost(
    place: Place, line: Proxy, days_go_by: Callable[[int], None]
) -> None:
    host, _, port = line.where.partition(":")
    via, province = (host, int(port)), place.province
    cutting = Cutting(line=line)
    kiosk = AtWork(place, via=via, steps=cutting)
    first = kiosk.customer(place, 5_000, 2_000)
    cutting.after = "after the card's 8052"

    # the line ends between the card and the house: it is on the card, and only the machine knows
    kiosk.serve(first)
    assert "已写入卡中，网络恢复后上传" in place.cabinet.things.slips[-1][0]
    assert place.records() == [("note", 5_000), ("note", 2_000)]
    assert province.balance_fen("card_purse", first.card.state.asn) == 0

    # three days: nobody else is served, the machine is switched off and on, the house in doubt
    days_go_by(3)
    waiting = Customer(
        cabinet=place.cabinet, card=province.card(), notes=[1_000], press=kiosk.attendant.press
    )
    place.cabinet.lay(waiting.card)
    for _ in range(3):
        kiosk.attendant.tick()
    assert kiosk.name == "offline"
    place.cabinet.lift()
    kiosk.die()
    assert place.doubts() == 1

    line.down = False
    kiosk = AtWork(place, via=via, steps=cutting)
    assert kiosk.name == "idle"
    assert place.records()[2:] == [("load", 7_000)]
    assert place.doubts() == 0
    assert first.card.state.balances["2"] == 7_000
    assert province.balance_fen("card_purse", first.card.state.asn) == 7_000

    # cash falls while the line ends: it is told after the house has long closed that slot
    second = waiting
    second.press = kiosk.attendant.press
    while kiosk.name != "cash":
        assert kiosk.screen is not None
        second.act(kiosk.screen.told("zh"))
        kiosk.attendant.tick()
    line.down = True
    assert place.cabinet.insert(1_000)
    second.put_in.append(1_000)
    while kiosk.name != "offline":
        kiosk.attendant.tick()
    place.cabinet.lift()
    assert "网络中断，金额已记录" in place.cabinet.things.slips[-1][0]
    days_go_by(2)
    assert Intake.objects.filter(kiosk=place.kiosk, state="ended").count() == 1
    assert place.cash_fen() == 7_000

    line.down = False
    kiosk.serve(second)
    assert place.records()[3:] == [("note", 1_000), ("load", 1_000)]
    assert place.cash_fen() == place.stacked_fen() == 8_000
    for customer in (first, second):
        card = customer.card.state
        assert card.counter == 1, "one credit each"
        assert province.balance_fen("card_purse", card.asn) == card.balances["2"]
    assert not Case.objects.filter(pool=province.pool, state="open").exists()

    # the numbers have no gap, and the day agrees
    numbers = Record.objects.filter(kiosk=place.kiosk).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    place.cabinet.things.unlocked = True
    kiosk.attendant.press("service")
    kiosk.attendant.press("settle")
    assert kiosk.screen is not None
    assert "Both sides agree." in kiosk.screen.told("en")["lines"]
    assert province.faults() == []


def test_proofs_of_days_ago_are_taken_in_whatever_order_they_come(
    place: Place, days_go_by: Callable[[int], None]
) -> None:
    province = place.province
    kiosk = Standing.new(
        province, quota_fen=50_000, officers=(place.first, place.second), now=moment
    )
    cards = [province.card() for _ in range(3)]
    kept = []
    for card in cards:
        opened = kiosk.open_cash(card, 5_000)
        answers = run(card, kiosk.challenge(opened, card).body["script"])
        kept.append(kiosk.proof(opened, answers))
    days_go_by(3)
    assert place.doubts() == 3

    kiosk.machine.sign_on()
    for where, proof in [*reversed(kept), *kept]:
        said = kiosk.machine.post(where, proof)
        assert (said.status, said.body["outcome"]) == (200, "loaded")
    forged = kiosk.machine.post(kept[0][0], kept[0][1] | {"number": kept[1][1]["number"]})
    assert (forged.status, forged.body["code"]) == (409, "kiosk_record_differs")

    assert place.doubts() == 0
    for card in cards:
        assert kiosk.agrees(card, 5_000)
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (15_000, 35_000)
    day = str(clock.business_day(clock.now()))
    assert kiosk.machine.settlement(1, 6, day).body["state"] == "agreed"


def moment() -> datetime:
    """The house's clock, also when it is put forward."""
    return clock.now()
