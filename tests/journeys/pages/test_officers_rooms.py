"""Banks, roles and events in a real browser: each page and form, wide and narrow, zh and en."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from accounts import clock, devices, people, posts, roles
from tests.gateway.console.test_door import a_lock
from tests.gateway.events import scene
from tests.gateway.events.scene import Receiver
from tests.journeys.pages.looking import LOOKS, Picture, Visit, faults, fits
from tests.support.officers import seat

LONG = "中原农村商业银行股份有限公司郑州航空港经济综合实验区支行"


@pytest.fixture
def places(lasting_db: None) -> list[tuple[str, str]]:
    """A bank with a long name, an officer with roles, and something that waits of each."""
    now = clock.now()
    bank = devices.add_bank(code=f"bank_{secrets.token_hex(4)}", name=LONG, now=now)
    someone = seat((roles.CLERK, 1), (roles.FINANCE_OFFICER, 3), name="司马相如 Alexandrina")
    maker = seat((roles.SECURITY_OFFICER, None)).person
    posts.ask_grant(
        someone.person, roles.KEY_CUSTODIAN, pool=None, because="轮岗", maker=maker, now=clock.now()
    )
    [held] = [
        one.pk for one in people.roles_of(someone.person, clock.now()) if one.role == roles.CLERK
    ]
    receiver = Receiver()
    endpoint = scene.an_endpoint(receiver, None, app=f"wallet-{secrets.token_hex(4)}")
    topup = scene.a_topup(scene.an_operator())
    scene.pay(topup)
    scene.tell(topup)
    receiver.answers = [500]
    scene.send(endpoint)
    receiver.stop()
    events = f"/console/events/{endpoint.pk}"
    return [
        ("events", "/console/events"),
        ("event-address", events),
        ("event-new", "/console/events/new"),
        ("event-replay", f"{events}/replay"),
        ("locks", "/console/locks"),
        ("lock-lift", f"/console/locks/{a_lock()['lock_id']}/lift"),
        ("banks", "/console/banks"),
        ("bank-suspend", f"/console/banks/{bank.code}/suspend"),
        ("roles", "/console/roles?q=司马"),
        ("role-give", f"/console/roles/{someone.officer.pk}/give"),
        ("role-withdraw", f"/console/roles/grants/{held}/withdraw"),
    ]


def test_every_page_fits_and_axe_finds_nothing_serious(
    visit: Visit, picture: Picture, places: list[tuple[str, str]]
) -> None:
    officer = seat((roles.SECURITY_OFFICER, None), (roles.FINANCE_OFFICER, None), name="欧阳锦程")
    keeper = seat((roles.ADMINISTRATOR, None), name="钱宏")
    found: dict[str, Any] = {}
    for width, look, language in LOOKS:
        pages = [visit(one, width=width, look=look, language=language) for one in (officer, keeper)]
        for name, path in places:
            page = pages[name.startswith("event")]
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            picture(page, f"{name}-{width}-{look}-{language}")
            wrong = faults(page) + ([] if fits(page) else ["it scrolls sideways"])
            if wrong:
                found[f"{name}-{width}"] = wrong
    assert found == {}
