"""One kiosk's day: customers come, machines die, lines break, cards tear; nobody is told why."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.support.fleet.proxy import Proxy
from tests.support.kiosk_customer import Customer
from tests.support.kiosk_process import Killed, KioskProcess
from tests.support.reference_kiosk import Place

LOOKS = 40
QUIET_LOOKS = 150
NOTES = (1_000, 2_000, 5_000, 10_000)
MOST_FEN = 20_000
TORN = ("!tear-before", "!tear-after")


@dataclass(slots=True, kw_only=True)
class Worker:
    """Drives one kiosk process by its screen; all chance comes from one seed."""

    place: Place
    line: Proxy
    chance: random.Random
    words: Sequence[str]
    tell: Callable[[str], None]
    elbows: threading.Semaphore
    """Held for one act: all machines live at once, and so many of them move at once."""
    customers: list[Customer] = field(default_factory=list)
    kills: int = 0
    tears: int = 0
    kiosk: KioskProcess | None = None
    calm: bool = False

    def day(self, visits: int) -> None:
        """So many customers, one after the other; whoever is not served comes back at the end."""
        for number in range(visits):
            self.line.down = number == visits // 2 and self.chance.random() < 0.5
            self.visit(self._customer(), LOOKS)
        self.line.down = False

    def calm_down(self) -> None:
        """Everything is whole again: the machine says what it still holds and is free."""
        self.calm, self.line.rate, self.line.down = True, 0.0, False
        if self.kiosk is not None:
            self.kiosk.end()
            self.kiosk = None
        self.place.cabinet.lift()
        self.place.cabinet.things.tears.clear()
        self._until("idle", press="finish")

    def evening(self) -> None:
        """Who was not served is, the box is changed, the day settled."""
        for customer in self.customers:
            if not customer.is_content:
                self.visit(customer, QUIET_LOOKS)
            assert customer.is_content, self._why(customer)
        self.place.cabinet.things.unlocked = True
        for key in ("box", "settle", "sign-off"):
            self._until("staff", "closed", press="service")
            self._run(lambda kiosk, key=key: kiosk.press(key))
            if key == "settle":
                assert self.kiosk is not None
                said = self.kiosk.screen["lines"][0]
                assert said in ("日结一致。", "没有需要日结的流水。"), (self.place.kiosk.code, said)

    def visit(self, customer: Customer, looks: int) -> None:
        """The customer tries for a while."""
        if not self.calm and self.chance.random() < 0.3:
            self.tears += 1
            self.tell("torn")
            self.place.cabinet.tear_at("8052", self.chance.choice(TORN))

        def look(kiosk: KioskProcess) -> None:
            customer.press = kiosk.press
            customer.act(kiosk.screen)
            kiosk.tick()

        for _ in range(looks):
            if customer.is_content:
                break
            self._run(look)
        self.place.cabinet.lift()
        self._run(lambda kiosk: kiosk.tick())
        self.tell("served" if customer.is_content else "went away")

    def _dies_at(self) -> int:
        """Each machine dies at least once in its day."""
        if self.calm:
            return 0
        return self.chance.randint(20, 90) if not self.kills else self.chance.randint(20, 300)

    def _why(self, customer: Customer) -> str:
        """What a customer who never was served would say."""
        held, lies = customer.card.state.balances["2"], self.place.cabinet.things.card
        screen = self.kiosk.screen["name"] if self.kiosk else "dead"
        paid = f"put in {customer.put_in} of {customer.notes}, on the card {held}"
        return f"{self.place.kiosk.code} shows {screen}: {paid}, told {customer.was_told}, {lies}"

    def end(self) -> None:
        if self.kiosk is not None:
            self.kiosk.end()
            self.kiosk = None

    def _customer(self) -> Customer:
        notes, left = [], MOST_FEN
        for _ in range(self.chance.randint(1, 3)):
            note = self.chance.choice([each for each in NOTES if each <= left])
            notes.append(note)
            left -= note
            if left < min(NOTES):
                break
        made = Customer(
            cabinet=self.place.cabinet,
            card=self.place.province.card(),
            notes=notes,
            press=lambda word: None,
        )
        self.customers.append(made)
        return made

    def _until(self, *names: str, press: str) -> None:
        for _ in range(QUIET_LOOKS):
            if self.kiosk is not None and self.kiosk.screen["name"] in names:
                return
            self._run(lambda kiosk: (kiosk.press(press), kiosk.tick()))
        raise AssertionError((self.place.kiosk.code, self.kiosk and self.kiosk.screen))

    def _run(self, act: Callable[[KioskProcess], object]) -> None:
        with self.elbows:
            try:
                if self.kiosk is None:
                    self.kiosk = KioskProcess(self.words, dies_at=self._dies_at())
                    if self.kiosk.screen["name"] == "setup":
                        self.kiosk.press("enrol", self.place.code)
                act(self.kiosk)
            except Killed:
                self.kills += 1
                self.tell("killed")
                self.kiosk = None
