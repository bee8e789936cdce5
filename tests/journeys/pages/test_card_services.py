"""Card services as citizens see them: lost and found, replaced, redeemed, on any screen."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import cards, clock, roles
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import IssuerPrefix, Operator, TransitCard
from gateway.card_service import departing, moving
from gateway.card_service.models import Departure
from gateway.deposits import coming_back, taking
from gateway.deposits.models import Deposit
from gateway.sandbox import seed
from reserve_funds.ledger import pools
from tests.gateway.card_service.desk import load_by_cash
from tests.gateway.card_service.holders import NAME, WAIT, confirm_name
from tests.gateway.web.citizens import Signed, signed
from tests.journeys.pages.looking import (
    LOOKS,
    Picture,
    Visit,
    axed,
    faults,
    fits,
    holding,
    small_targets,
    too_narrow,
)
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.support import deposits
from tests.support.officers import seat
from tests.support.pools import next_pool


def a_city() -> Operator:
    """A city of its own with its pool open; its name is a long one."""
    pool = next_pool()
    operator = Operator.objects.create(
        code=f"test-{pool}",
        name_zh=f"试验省直管县级市公共交通一卡通运营服务有限公司{pool}",
        name_en=f"Test County Public Transport One-Card Operating Company {pool}",
        level="city",
        pool=pool,
    )
    IssuerPrefix.objects.create(
        prefix=f"310998{pool:06d}", issuer_name="试验", operator=operator, source="test"
    )
    pools.open_pool(pool, seed.PROFILE, clock.business_day(clock.now()))
    return operator


def a_card(me: Signed, operator: Operator, *, named: bool) -> TransitCard:
    number = f"310998{operator.pool:06d}{random.randrange(10**7):07d}"
    return cards.add(me.person, number, clock.now(), named=named)


def taken(card: TransitCard, city: Operator) -> Deposit:
    """A deposit paid in cash at the counter."""
    clerk, now = seat((roles.CLERK, city.pool)).person, clock.now()
    return taking.take_cash(cause=new_id(now), card_no=card.asn[1:], clerk=clerk, now=now)


@axed(
    "web:card-services", "web:card-deposit", "web:card-name", "web:card-migrate", "web:card-renew",
    "web:card-replace", "web:card-redeem", "web:departure",
)  # fmt: skip
@pytest.mark.parametrize(
    ("width", "look", "language"),
    LOOKS,
)
def test_a_card_is_lost_replaced_and_another_redeemed(
    visit: Visit, picture: Picture, server: str, width: int, look: str, language: str,
    settings: Any, tmp_path: Path,
) -> None:  # fmt: skip
    me, city = signed(), a_city()
    deposits.takes(settings, tmp_path, city.code)
    confirm_name(me.person, NAME, clock.now())
    old, new = (a_card(me, city, named=True) for _ in range(2))
    plain = a_card(me, city, named=False)
    page = holding(visit, server, me, width=width, look=look, language=language)

    def seen(name: str) -> None:
        assert page.locator("text=internal_fault").count() == 0
        picture(page, f"services-{name}-{width}-{look}-{language}")
        assert too_narrow(page) == [], name
        assert faults(page) == []
        small = [one for one in small_targets(page) if 'type="radio"' not in one]
        assert small == []

    def press(zh: str, en: str) -> None:
        page.get_by_role("button", name=zh if language == "zh" else en, exact=True).click()

    taken(plain, city)
    page.goto(f"/cards/{plain.pk}/services")
    seen("anonymous")
    page.goto(f"/cards/{plain.pk}/deposit")
    seen("deposit")
    page.goto(f"/cards/{new.pk}/deposit")
    seen("deposit-none")
    page.goto(f"/cards/{plain.pk}/name")
    seen("name")
    page.goto(f"/cards/{old.pk}/migrate")
    seen("migrate")
    page.goto(f"/cards/{plain.pk}/renew")
    press("给这张卡延期", "Renew this card")
    expect(page.get_by_role("status")).to_be_visible()
    seen("renewed")
    page.goto(f"/cards/{old.pk}/services")
    seen("named")
    press("挂失这张卡", "Report this card lost")
    seen("lost")
    press("卡找到了，解除挂失", "I found it: lift the loss report")
    press("挂失这张卡", "Report this card lost")
    page.goto(f"/cards/{old.pk}/replace")
    seen("replace")
    press("申请", "Ask for it")
    assert "/services/" in page.url
    seen("waiting")
    departure = Departure.objects.get(card=old)
    assert (departure.state, departure.new_card_id) == ("waiting", new.pk)
    moving.move(departure.pk, clock.now() + WAIT)
    page.reload()
    seen("settled")
    page.goto(f"/cards/{old.pk}/services")
    seen("replaced")
    page.goto(f"/cards/{plain.pk}/redeem")
    page.locator("#id_account_no").fill("6222021702012345678")
    page.locator("#id_name").fill("张三")
    press("申请退卡", "Ask for redemption")
    seen("refused")
    page.locator("#id_name").fill(NAME)
    press("申请退卡", "Ask for redemption")
    seen("asked")
    press("撤回这个申请", "Withdraw")
    seen("withdrawn")
    assert Departure.objects.get(card=plain).state == "withdrawn"


def test_officers_take_a_card_in_and_propose_on_any_screen(
    visit: Visit, picture: Picture, server: str, settings: Any, tmp_path: Path
) -> None:
    me, city = signed(), a_city()
    deposits.takes(settings, tmp_path, city.code)
    confirm_name(me.person, NAME, clock.now())
    card = a_card(me, city, named=True)
    actor = Actor(kind="citizen", id=str(me.person.pk))
    departure = departing.redeem(
        cause=new_id(clock.now()), person=me.person, card=card, why="given_up",
        payee=departing.SameName(account_no="6222021702012345678", name=NAME), actor=actor,
        now=clock.now(),
    )  # fmt: skip
    load_by_cash(card, 12_000)
    deposit = taken(card, city)
    an_account(city.pool, form="camt053")
    where = f"/console/services/{departure.pk}"
    for width, look, language in ((390, "light", "zh"), (1280, "dark", "en")):
        officer = seat((roles.FINANCE_OFFICER, city.pool), name="欧阳锦程 Nathaniel")
        page = visit(officer, width=width, look=look, language=language)
        for name, path in (
            ("list", "/console/services"), ("one", where), ("surrender", f"{where}/surrender"),
            ("proposal", f"{where}/proposal"), ("deposits", "/console/deposits"),
            ("deposit", f"/console/deposits/{deposit.pk}"),
            ("deposit-take", "/console/deposits/take"),
            ("deposit-return", f"/console/deposits/{deposit.pk}/return"),
        ):  # fmt: skip
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            picture(page, f"officer-services-{name}-{width}-{look}-{language}")
            assert fits(page), name
            assert faults(page) == []
        if departure.state == "asked":
            page.goto(f"{where}/surrender")
            page.locator("#id_open_ride").select_option("no")
            page.get_by_role("button", name="确定收卡").click()
            page.wait_for_url(f"**{where}")
            moving.move(departure.pk, clock.now() + WAIT)
            coming_back.handed_in(departure.pk, clock.now())
            departure.refresh_from_db()
    page.goto(f"/console/deposits/{deposit.pk}/return")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(f"**/deposits/{deposit.pk}")
    picture(page, "officer-services-deposit-proposed-1280-dark-en")
    page.locator(".main a.button").first.click()
    picture(page, "officer-services-deposit-approval-1280-dark-en")
    page.goto(f"{where}/proposal")
    page.locator("#id_rest").wait_for()
    page.get_by_role("button", name="Submit").first.click()
    page.wait_for_url(f"**{where}")
    picture(page, "officer-services-proposed-1280-dark-en")
    departure.refresh_from_db()
    assert departure.state == "proposed"
    page.goto(f"/console/custody/outflows/{departure.request_id}")
    picture(page, "officer-services-outflow-1280-dark-en")
