"""The reference kiosk at work: cash onto a card, a card torn away, a day without network."""

from __future__ import annotations

from tests.support.reference_kiosk import AtWork, Place


def test_notes_go_onto_the_card_and_the_day_agrees(place: Place) -> None:
    kiosk = AtWork(place)
    customer = kiosk.customer(place, 5_000, 2_000)

    kiosk.serve(customer)

    assert customer.card.state.balances["2"] == 7_000
    assert place.cash_fen() == place.stacked_fen() == 7_000
    assert place.records() == [("note", 5_000), ("note", 2_000), ("load", 7_000)]
    place.cabinet.things.unlocked = True
    kiosk.attendant.press("service")
    kiosk.attendant.press("settle")
    assert kiosk.screen is not None
    assert "Both sides agree." in kiosk.screen.told("en")["lines"]
    assert place.province.faults() == []
