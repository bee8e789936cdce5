"""kill -9 at every step of the reference kiosk: nothing is lost and nothing is doubled.

The steps are counted by running each story once unharmed; then each story is told again with the
plug pulled at a step, for every step, and the customer does what a customer does. In every run one
step of each name; all of them, also where a name comes again, under script/campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.kiosk.models import Box, Settlement
from gateway.sandbox.virtual_card import VirtualCard
from nfc_topup.models import Load
from tests.support import campaign
from tests.support.kiosk_customer import Customer
from tests.support.kiosk_process import Killed, KioskProcess
from tests.support.province import Province
from tests.support.reference_kiosk import Place

AMOUNTS = [5_000, 2_000]
LOOKS = 80


@dataclass(slots=True, kw_only=True)
class Living:
    """A kiosk that is started again whenever it dies."""

    place: Place
    dies_at: int = 0
    deaths: int = 0
    now: KioskProcess | None = None
    cards: list[VirtualCard] = field(default_factory=list)

    def run(self, act: Callable[[KioskProcess], None]) -> None:
        """One act; dead meanwhile, the machine is started anew and the act is not repeated."""
        try:
            if self.now is None:
                words = self.place.arguments("--again-seconds", "0")
                self.now = KioskProcess(words, dies_at=self.dies_at)
            act(self.now)
        except Killed:
            self.deaths += 1
            self.dies_at, self.now = 0, None

    def until(self, done: Callable[[KioskProcess], bool], act: Callable[..., None]) -> None:
        for _ in range(LOOKS):
            ended = False

            def look(kiosk: KioskProcess) -> None:
                nonlocal ended
                ended = done(kiosk)
                if not ended:
                    act(kiosk)
                    kiosk.tick()

            self.run(look)
            if ended:
                return
        raise AssertionError(f"it never ended: {self.now and self.now.screen}")

    def steps(self) -> list[str]:
        assert self.now is not None
        return self.now.steps()

    def end(self) -> None:
        if self.now is not None:
            self.now.end()
            self.now = None


def begin(living: Living) -> None:
    """Enrolled by its code, signed on, a box in place."""

    def enter(kiosk: KioskProcess) -> None:
        if kiosk.screen["name"] == "setup":
            kiosk.press("enrol", living.place.code)

    living.until(lambda kiosk: kiosk.screen["name"] == "idle", enter)


def cash(living: Living, *, tear: bool = False) -> None:
    """A customer puts notes in and has them loaded."""
    place = living.place
    customer = Customer(
        cabinet=place.cabinet, card=place.province.card(), notes=AMOUNTS, press=lambda word: None
    )
    living.cards.append(customer.card)
    if tear:
        place.cabinet.tear_at("8052", "!tear-after")

    def act(kiosk: KioskProcess) -> None:
        customer.press = kiosk.press
        customer.act(kiosk.screen)

    living.until(lambda kiosk: customer.is_content and kiosk.screen["name"] == "idle", act)


def torn(living: Living) -> None:
    """The card leaves after it was credited, and comes back."""
    cash(living, tear=True)


def keepers(living: Living) -> None:
    """The box is changed and the day settled."""
    place = living.place
    place.cabinet.things.unlocked = True
    box, days = _boxes(place), _settled(place)
    cash(living)

    def act(kiosk: KioskProcess) -> None:
        if kiosk.screen["name"] != "staff":
            kiosk.press("service")
        elif _boxes(place) == box:
            kiosk.press("box")
        elif _settled(place) == days:
            kiosk.press("settle")

    living.until(lambda kiosk: _settled(place) > days and kiosk.screen["name"] == "staff", act)
    living.run(lambda kiosk: kiosk.press("open"))
    living.until(lambda kiosk: kiosk.screen["name"] == "idle", lambda kiosk: None)
    place.cabinet.things.unlocked = False


@pytest.fixture
def living(place: Place) -> Iterator[Living]:
    made = Living(place=place)
    yield made
    made.end()


def test_a_machine_that_dies_while_it_makes_itself_known(
    province: Province, house: str, tmp_path: Path
) -> None:
    counted = Living(place=_another(province, house, tmp_path, 0))
    begin(counted)
    steps = counted.steps()
    counted.end()
    assert {"before POST enrolments", "after POST enrolments", "after the journal's box"} <= {
        *steps
    }

    for dies_at in chosen(steps, set()):
        place = _another(province, house, tmp_path, dies_at)
        living = Living(place=place, dies_at=dies_at)
        begin(living)
        living.end()
        assert living.deaths == 1, steps[dies_at - 1]
        assert _boxes(place) == 1, f"one box, not two: {steps[dies_at - 1]}"


def test_a_machine_that_dies_at_work(living: Living) -> None:
    begin(living)
    harmed: set[str] = set()
    for tell in (cash, torn, keepers):
        living.end()
        tell(living)
        steps = living.steps()
        living.end()
        assert len({*steps}) > 40, steps
        _die_at_each(living, tell, steps, harmed)
        harmed |= {*steps}
    _all_is_well(living)


def _die_at_each(
    living: Living, tell: Callable[[Living], None], steps: list[str], harmed: set[str]
) -> None:
    place = living.place
    for dies_at in chosen(steps, harmed):
        living.dies_at, deaths = dies_at, living.deaths
        tell(living)
        living.end()
        told = f"{dies_at} {steps[dies_at - 1]}"
        assert living.deaths == deaths + 1, told
        assert living.cards[-1].state.balances["2"] == sum(AMOUNTS), told
        assert place.cash_fen() == place.stacked_fen(), told
        assert place.doubts() == 0, told


def chosen(steps: list[str], harmed: set[str]) -> list[int]:
    """Where the plug is pulled: at every other name not yet harmed; at every step in a campaign."""
    if campaign.is_on():
        return list(range(1, len(steps) + 1))
    last = {name: at for at, name in enumerate(steps, start=1) if name not in harmed}
    return sorted(last.values())[::2]


def _all_is_well(living: Living) -> None:
    """Every card is its ledger account, each load credited it once, the day agrees.

    A machine that dies between two notes makes the first an order of its own: two loads then.
    """
    place = living.place
    each = sum(AMOUNTS)
    for card in living.cards:
        assert place.province.balance_fen("card_purse", card.state.asn) == each
        loads = Load.objects.filter(application__asn=card.state.asn, state="loaded")
        assert loads.count() == card.state.counter, "one credit for each load"
        assert sum(loads.values_list("amount_fen", flat=True)) == each
    assert place.stacked_fen() == each * len(living.cards)
    keepers(living)
    assert not Settlement.objects.filter(kiosk=place.kiosk).exclude(state="agreed").exists()
    assert place.province.faults() == []


def _another(province: Province, house: str, tmp_path: Path, number: int) -> Place:
    return Place.new(province, url=house, directory=tmp_path / f"k{number}", quota_fen=10_000)


def _boxes(place: Place) -> int:
    return Box.objects.filter(kiosk=place.kiosk).count()


def _settled(place: Place) -> int:
    return Settlement.objects.filter(kiosk=place.kiosk, state="agreed").count()
