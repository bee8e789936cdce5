"""The reference kiosk with its card on a PC/SC reader: all of pcscd and pyscard lies between."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.sandbox.reference_kiosk.devices import PcscReader
from gateway.sandbox.reference_kiosk.steps import Steps
from gateway.sandbox.virtual_card import VirtualCard
from gateway.sandbox.virtual_reader import VirtualReader
from tests.support import pcsc
from tests.support.reference_kiosk import AtWork, Place

PATIENCE_SECONDS = 30
LOOKS_WITHOUT_A_CARD = 300
"""More than pcscd gives clients at once: a look keeps nothing of it."""


@dataclass(slots=True, kw_only=True)
class TearingOnce(Steps):
    """Steps of a machine whose card leaves right after it has carried out its first CREDIT."""

    card: VirtualCard
    torn: bool = False

    def pass_(self, name: str) -> None:
        """One more step; the card may leave at the next command."""
        Steps.pass_(self, name)
        if name == "before the card's 8052" and not self.torn:
            self.torn = True
            self.card.line("!tear-after")


def test_a_load_over_a_real_reader_also_of_a_card_that_tore_away(
    place: Place, tmp_path: Path
) -> None:
    pcsc.skip_unless_there()
    card = place.province.card()
    steps = TearingOnce(card=card)
    with pcsc.virtual_reader(tmp_path) as port, closing(PcscReader("virtual", steps)) as hand:
        kiosk = AtWork(place, steps=steps, reader=hand)
        for _ in range(LOOKS_WITHOUT_A_CARD):
            assert hand.shown() == 0
        laid = VirtualReader(card, port=port)
        laid.insert()

        until(kiosk, "choice")
        pay(kiosk, place, 5_000)
        until(kiosk, "doubt", "choice")  # a second later it lies there again
        assert steps.torn
        until(kiosk, "choice")
        assert kiosk.screen is not None
        assert "上次的充值已核对：已写到卡上。" in kiosk.screen.told("zh")["lines"]
        assert (card.state.balances["2"], place.doubts()) == (5_000, 0)

        pay(kiosk, place, 2_000)
        until(kiosk, "done")
        laid.remove()

    assert (card.state.balances["2"], card.state.counter) == (7_000, 2)
    assert place.province.balance_fen("card_purse", card.state.asn) == 7_000
    assert place.cash_fen() == place.stacked_fen() == 7_000
    assert place.records() == [
        ("note", 5_000), ("doubt", 5_000), ("note", 2_000), ("load", 2_000),
    ]  # fmt: skip
    assert place.province.faults() == []


def pay(kiosk: AtWork, place: Place, note_fen: int) -> None:
    """One note, and onto the card with it."""
    kiosk.attendant.press("cash")
    assert place.cabinet.insert(note_fen), kiosk.seen
    until(kiosk, "cash")
    kiosk.attendant.tick()
    kiosk.attendant.press("load")


def until(kiosk: AtWork, *names: str) -> None:
    """Looks until one of these screens stands there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while kiosk.name not in names:
        assert time.monotonic() < end, kiosk.seen
        kiosk.attendant.tick()
        time.sleep(0.02)
