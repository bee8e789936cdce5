"""The kiosks' pages in a real browser: list, map, one kiosk, every form, at three widths."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts import clock, roles
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.models import Kiosk, Operator
from gateway.kiosk import claims, fleet, receipts
from gateway.kiosk.models import Difference, Pulse
from reserve_funds import postings
from reserve_funds.ledger import book, pools
from tests.gateway.console.kiosk_rooms import (
    new_box,
    new_claim,
    new_counter,
    new_day,
    new_kept,
    new_kiosk,
)
from tests.gateway.console.test_kiosks import heard, in_service
from tests.journeys.pages.looking import Picture, Visit, faults, fits, in_turn
from tests.reserve_funds.conftest import fresh_pool_number
from tests.support.officers import seat

LOOKS = [(1280, "light", "zh"), (390, "dark", "zh"), (320, "light", "en")]
HOUR = timedelta(hours=1)


@pytest.fixture
def world(lasting_db: None) -> dict[str, Any]:
    """A pool with kiosks of every health, a box that is late, a day that differs, waiting cash."""
    pool, now = fresh_pool_number(), clock.now()
    Operator.objects.create(
        code=f"p{pool}"[:16], name_zh=f"终端{pool}", name_en="Zhongyuan Integrated Transport Card",
        level="city", city_code=None, pool=pool,
    )  # fmt: skip
    pools.open_pool(pool, "MOT", business_day(now))
    keeper = seat((roles.KIOSK_OPERATOR, pool), (roles.FINANCE_OFFICER, pool)).person
    spots = [(11365, 3474), (11245, 3462), (11431, 3480), (11409, 3215), (11253, 3299)]
    made: list[Kiosk] = []
    for number, (east, north) in enumerate([*spots, spots[0]]):
        kiosk = in_service(new_kiosk(pool, place=f"地铁 {number} 号线换乘大厅东北出入口"))
        fleet.place_at(
            kiosk, longitude_e5=east * 1_000, latitude_e5=north * 1_000, by=keeper, now=clock.now()
        )
        made.append(kiosk)
    heard(made[0])
    heard(made[1], "PRN-7", "NV-22")
    heard(made[2], ago=2 * HOUR)
    heard(made[3], paper="low")
    new_kiosk(pool, place="还没有启用")
    hour = now.replace(minute=0, second=0, microsecond=0)
    Pulse.objects.bulk_create(
        Pulse(kiosk=made[1], hour=hour - at * HOUR, beats=60 - at % 17, paper="full", cash_fen=0,
              errors=["PRN-7"] if at in (5, 6) else [])
        for at in range(1, 40)
    )  # fmt: skip
    box = new_box(made[1], out_for=timedelta(days=6))
    book.post([
        postings.cash_accepted(pool, new_id(now), new_id(now), box=box.label, amount_fen=123_000,
                               event_at=now)
    ])  # fmt: skip
    new_box(made[1])
    day = new_day(made[1])
    Difference.objects.create(
        settlement=day, number=2, kind="missing_here", found_at=now,
        theirs={"kind": "note", "amount_fen": 5_000},
    )  # fmt: skip
    claim = new_claim(made[1], card_no=f"31050702{new_id(now).int % 10**11:011d}")
    counter = new_counter(pool)
    kept, going = (
        new_kept(box, card_no=f"31050702{new_id(now).int % 10**11:011d}") for _ in range(2)
    )
    asked = claims.ask(going.id, way="bank", because="持小票来领", maker=keeper, now=clock.now())
    checker = seat((roles.FINANCE_OFFICER, pool)).person
    claims.approve(asked.id, checker=checker, now=clock.now())
    return {"pool": pool, "kiosk": made[1], "box": box, "day": day, "claim": claim,
            "counter": counter, "kept": kept, "going": going}  # fmt: skip


def places(world: dict[str, Any]) -> list[tuple[str, str]]:
    kiosk = f"/console/kiosks/{world['kiosk'].pk}"
    return [
        ("kiosks", "/console/kiosks"),
        ("kiosks-map", "/console/kiosks?view=map"),
        ("kiosk", kiosk),
        ("kiosk-new", "/console/kiosks/new"),
        ("kiosk-quota", f"{kiosk}/quota"),
        ("kiosk-move", f"{kiosk}/move"),
        ("kiosk-boxes", "/console/kiosks/boxes"),
        ("kiosk-box", f"/console/kiosks/boxes/{world['box'].pk}"),
        ("kiosk-count", f"/console/kiosks/boxes/{world['box'].pk}/count"),
        ("kiosk-counters", "/console/kiosks/counters"),
        ("kiosk-counter-new", "/console/kiosks/counters/new"),
        ("kiosk-counter-retire", f"/console/kiosks/counters/{world['counter'].pk}/retire"),
        ("kiosk-day", f"/console/kiosks/days/{world['day'].pk}"),
        ("kiosk-day-end", f"/console/kiosks/days/{world['day'].pk}/end"),
        ("kiosk-claims", "/console/kiosks/claims"),
        ("kiosk-give-back", f"/console/kiosks/claims/{world['claim'].pk}/give-back"),
        ("kiosk-give-kept-back", f"/console/kiosks/claims/{world['kept'].pk}/give-back"),
        ("kiosk-transfer", f"/console/kiosks/claims/{world['going'].pk}/transfer"),
        ("kiosk-kept-tracker", f"/r/{receipts.token_of_cash(world['kept'].intake)}"),
    ]


def test_every_page_of_kiosks_fits_and_axe_finds_nothing_serious(
    visit: Visit, picture: Picture, world: dict[str, Any]
) -> None:
    pool = world["pool"]
    officer = seat(
        (roles.KIOSK_OPERATOR, pool), (roles.FINANCE_OFFICER, pool), name="欧阳锦程 Nathaniel"
    )
    found: dict[str, Any] = {}
    for width, look, language in LOOKS:
        page = visit(officer, width=width, look=look, language=language)
        for number, (name, path) in enumerate(places(world)):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            picture(page, f"{name}-{width}-{look}-{language}")
            wrong = faults(page) if language == "zh" and in_turn(number, look) else []
            wrong += [] if fits(page) else ["it scrolls sideways"]
            if wrong:
                found[f"{name}-{width}"] = wrong
    assert found == {}
    page.goto("/console/kiosks?view=map")
    page.locator("svg.province a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/kiosks/*")
