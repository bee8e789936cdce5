"""Serves whoever stands before the machine: what is shown, what is pressed, what comes next.

One thread only. `tick` looks at the devices and goes on; `press` is a key or a finger.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from gateway.sandbox.reference_kiosk import (
    counter,
    counter_screens,
    forwarding,
    keepers,
    screens,
    service,
    talking,
)
from gateway.sandbox.reference_kiosk.devices import CabinetSilent
from gateway.sandbox.reference_kiosk.machine import Inside, fresh
from gateway.sandbox.reference_kiosk.memory import Intake
from gateway.sandbox.reference_kiosk.screens import Screen
from gateway.sandbox.reference_kiosk.talking import Card
from gateway.sandbox.reference_kiosk.wire import Refused, Silent

AGAIN_SECONDS = 2.0
DONE_SECONDS = 10.0
REPAIRS = 2
RESTING = frozenset({"problem", "doubt", "done"})


class Attendant:
    """One machine at work."""

    def __init__(
        self, inside: Inside, *, show: Callable[[Screen], None], again: float = AGAIN_SECONDS
    ) -> None:
        self.inside = inside
        self.screen = screens.OFFLINE
        self.card: Card | None = None
        self.order_id, self.ask_at = "", 0.0
        self._show, self._again = show, again
        self._served = 0
        self._try_at = 0.0
        self._beat_at = 0.0
        self._touched = monotonic()
        self._working = False

    def start(self) -> None:
        """Takes up what was left, then opens for business or asks for the enrolment code."""
        forwarding.pick_up(self.inside)
        if not self.inside.memory.key_id:
            self.show(screens.SETUP)
            return
        self._guarded(self._open)

    def tick(self) -> None:
        """One look at everything; call it a few times a second."""
        name = self.screen.name
        if name in ("setup", "closed") or name.startswith("staff"):
            return
        self._guarded(self._step)

    def press(self, word: str, value: str = "") -> None:
        """A key of the screen that is shown; one that is not there does nothing."""
        self._touched = monotonic()
        if word == "service":
            self._guarded(lambda: keepers.enter(self))
        elif word in [one.word for one in self.screen.buttons]:
            self._guarded(lambda: self._press(word, value))

    def show(self, screen: Screen) -> None:
        """What stands there from now on."""
        self.screen = screen
        self._show(screen)

    def rest(self) -> None:
        """Back to the first screen; the card that lies there was served."""
        self._served = self.inside.reader.shown()
        self.card, self.order_id = None, ""
        self.show(screens.IDLE)

    def go_off(self) -> None:
        """No line, or no box: nothing new is begun; the next try opens again."""
        self._working = False
        self._try_at = monotonic() + self._again
        self.inside.cabinet.let_fall(0)
        self.show(screens.OFFLINE)

    def choose(self) -> None:
        """Looks at the card anew and shows what can be done; repairs a half record first."""
        inside = self.inside
        self.show(screens.READING)
        card = self.card = talking.look_at(inside)
        if card is None:
            self._served = inside.reader.shown()
            self.show(screens.UNREADABLE)
            return
        if service.is_listed(inside, card.card_no):
            self.show(screens.LISTED)
            return
        self._catch_up()
        repaired = ""
        for _ in range(REPAIRS):
            seen = inside.wire.post("cards", card.wish, key=fresh())
            if not seen["repair_first"]:
                self.show(counter_screens.choice(card, seen["orders"], repaired))
                return
            repaired = talking.repair(inside, card)
            if repaired == "unclear":
                break
        self.show(screens.doubt(""))

    def carry(self, opened: dict[str, Any]) -> None:
        """Writes an opened load to the card and shows how it ended."""
        self.show(screens.WRITING)
        outcome = talking.load(self.inside, opened)
        assert self.card is not None
        counter.end(self, outcome)

    def intake(self) -> Intake | None:
        """The slot that is open on the screen."""
        intakes = list(self.inside.memory.intakes.values())
        return intakes[-1] if intakes else None

    def _open(self) -> None:
        self._working = service.sign_on(self.inside)
        self._catch_up()
        self._beat_at = monotonic() + self._beat_seconds()
        if self._working:
            self.show(screens.IDLE)
        else:
            self.show(screens.STOPPED)

    def _catch_up(self) -> None:
        forwarding.flush(self.inside)
        forwarding.order_left_cash(self.inside)

    def _step(self) -> None:
        if not self._working:
            if monotonic() >= self._try_at:
                self._try_at = monotonic() + self._again
                self._open()
            return
        if self.screen.name == "idle" and monotonic() >= self._beat_at:
            self._beat()
        shown = self.inside.reader.shown()
        if self.screen.name in RESTING and self._is_over(shown):
            self._served = 0
            self.show(screens.IDLE)
        if self.screen.name == "idle":
            if shown and shown != self._served:
                self._touched = monotonic()
                self.choose()
            elif not shown:
                self._served = 0
        elif not counter.step(self, shown) and self._is_left_alone():
            counter.leave(self)

    def _is_over(self, shown: int) -> bool:
        """An end stays to be read until the next card is laid, or a while after this one left."""
        if shown:
            return shown != (self.card.shown if self.card else self._served)
        return self.screen.name == "done" and monotonic() - self._touched > DONE_SECONDS

    def _is_left_alone(self) -> bool:
        seconds = float(self.inside.memory.parameters.get("session_seconds", 60))
        return monotonic() - self._touched > seconds

    def touched(self) -> None:
        """Somebody is there."""
        self._touched = monotonic()

    def _beat(self) -> None:
        self._beat_at = monotonic() + self._beat_seconds()
        self._catch_up()
        if service.heartbeat(self.inside, self.inside.wire.now()):
            self._working = False
            self.show(screens.STOPPED)

    def _beat_seconds(self) -> float:
        return float(self.inside.memory.parameters.get("heartbeat_seconds", 60))

    def _press(self, word: str, value: str) -> None:
        if word == "enrol":
            enrolled = service.enrol(self.inside, value.strip())
            if enrolled:
                self._open()
            else:
                self.show(screens.SETUP_REFUSED)
        elif self.screen.name.startswith("staff"):
            keepers.press(self, word)
        else:
            counter.press(self, word)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Whatever goes wrong with line or devices ends in a screen, never in silence."""
        try:
            act()
        except (Silent, CabinetSilent):
            self._off_line()
        except Refused as refused:
            self._refused(refused)

    def _off_line(self) -> None:
        if self.screen.name == "setup":
            self.show(screens.SETUP_REFUSED)
            return
        try:
            counter.interrupted(self)
            self.go_off()
        except CabinetSilent:
            self._working = False
            self.show(screens.OFFLINE)

    def _refused(self, refused: Refused) -> None:
        self.inside.cabinet.let_fall(0)
        if refused.code == "kiosk_not_signed_on":
            self._working, self._try_at = False, 0.0
            self.show(screens.OFFLINE)
        elif refused.status == 401 or refused.code == "kiosk_not_in_service":
            self._working = False
            self._try_at = monotonic() + self._again * 5
            self.show(screens.STOPPED)
        else:
            self._served = self.inside.reader.shown()
            self.show(counter_screens.refusal(refused))
