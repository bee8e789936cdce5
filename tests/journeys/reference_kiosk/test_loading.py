"""The reference kiosk at work: cash onto a card, an order paid elsewhere, both in three trips."""

from __future__ import annotations

from django.test import Client

from gateway.kiosk.models import Claim
from tests.support.pools import wind_down
from tests.support.reference_kiosk import AtWork, Place

THREE_TRIPS = ["loads/…/challenge", "loads/…/proof"]


def test_notes_go_onto_the_card_and_the_day_agrees(place: Place) -> None:
    kiosk = AtWork(place)
    customer = kiosk.customer(place, 5_000, 2_000)

    kiosk.serve(customer)

    assert trips_from("cash-loads", kiosk) == ["cash-loads", *THREE_TRIPS]
    assert customer.card.state.balances["2"] == 7_000
    assert place.cash_fen() == place.stacked_fen() == 7_000
    assert place.records() == [("note", 5_000), ("note", 2_000), ("load", 7_000)]

    # 补登: what somebody paid by phone, onto the same card
    citizen = place.province.citizen()
    place.province.paid(citizen, customer.card, 3_000)
    place.cabinet.lay(customer.card)
    kiosk.attendant.tick()
    assert kiosk.screen is not None
    [order] = [one.word for one in kiosk.screen.buttons if one.word.startswith("order:")]
    kiosk.attendant.press(order)
    assert kiosk.name == "done"
    assert trips_from("loads", kiosk) == ["loads", *THREE_TRIPS]
    assert customer.card.state.balances["2"] == 10_000
    lines, tracker = place.cabinet.things.slips[-1]
    assert "金额 30.00 元" in lines
    assert tracker.startswith(f"{place.url}/r/")
    kiosk.attendant.press("finish")

    place.cabinet.things.unlocked = True
    kiosk.attendant.press("service")
    kiosk.attendant.press("settle")
    assert "Both sides agree." in kiosk.screen.told("en")["lines"]
    assert place.province.faults() == []


def test_cash_that_cannot_be_loaded_is_told_with_a_slip_that_follows_it(place: Place) -> None:
    kiosk, pool = AtWork(place), place.province.pool
    customer = kiosk.customer(place, 5_000)
    while not (customer.put_in and kiosk.name == "cash" and kiosk.inside.memory.waiting == []):
        assert kiosk.screen is not None
        customer.act(kiosk.screen.told("zh"))
        kiosk.attendant.tick()
    wind_down(pool, place.first, place.second)

    kiosk.attendant.press("load")

    assert kiosk.screen is not None
    assert kiosk.screen.heading[0] == "现金已收，没能充到卡上"
    lines, tracker = place.cabinet.things.slips[-1]
    assert "已收现金 50.00 元" in lines
    assert "已停止充值,请凭卡和小票到柜台领回" in lines
    page = Client().get(tracker.removeprefix(place.url)).content.decode()
    assert "钱已收，等您领回" in page
    [claim] = Claim.objects.filter(pool=pool)
    assert (claim.is_kept, claim.amount_fen, customer.card.state.balances["2"]) == (True, 5_000, 0)
    assert (place.cash_fen(), kiosk.inside.memory.unordered) == (5_000, []), "not asked for again"
    assert place.province.faults() == []


def trips_from(door: str, kiosk: AtWork) -> list[str]:
    """Every word to the house from the last one at this door on."""
    said = [name for name in kiosk.steps.names if name.startswith("before ")]
    doors = [name.split()[2] for name in said if name.split()[1] in ("POST", "GET")]
    at = len(doors) - 1 - doors[::-1].index(door)
    return doors[at:]
