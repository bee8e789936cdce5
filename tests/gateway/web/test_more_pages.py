"""Renewing a card, what a clerk did, wishes by API; and how little each page asks the database."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import resolve, reverse

from accounts import cards, clock, roles, tokens
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.assisting.models import AssistAct, AssistSession
from gateway.card_service import listing
from gateway.card_service.models import Departure, ListEntry
from gateway.notifying import queries
from gateway.sandbox import seed
from gateway.web import urls
from tests.gateway.card_service.holders import NAME, confirm_name
from tests.gateway.web.citizens import Signed, signed
from tests.gateway.web.test_money_pages import a_card, a_topup
from tests.support.invoices import an_invoice
from tests.support.officers import seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> Signed:
    seed.open_books(clock.now())
    return signed()


def assisted(me: Signed, card: TransitCard, acts: int = 2) -> AssistSession:
    now = clock.now()
    one = AssistSession.objects.create(
        id=new_id(now), pool=card.operator.pool, clerk=seat((roles.CLERK, 1)).person,
        citizen=me.person, reason="top_up", consent="phone", asked_at=now,
        ends_at=now + timedelta(minutes=5),
    )  # fmt: skip
    for number in range(acts):
        act = ("assisted_top_up", "assisted_loss_report", "assisted_redemption")[number % 3]
        AssistAct.objects.create(
            id=new_id(now), session=one, act=act, subject_id=new_id(now), done_at=now
        )
    return one


def test_an_expired_card_goes_on_with_its_balance(me: Signed) -> None:
    plain, lost = a_card(me), a_card(me)
    page = f"/cards/{plain.pk}/renew"
    assert page in me.client.get(f"/cards/{plain.pk}/services").content.decode()
    assert "不会作废" in me.client.get(page).content.decode()
    assert not ListEntry.objects.filter(asn=plain.asn).exists(), "looking renews nothing"
    for _ in range(2):
        assert me.client.post(page)["Location"] == page
    [entry] = ListEntry.objects.filter(asn=plain.asn, act=listing.RENEWED)
    assert isinstance(entry.until, date)
    assert f"{entry.until:%Y-%m-%d}" in me.client.get(page).content.decode()
    TransitCard.objects.filter(pk=plain.pk).update(named=True)
    me.client.post(page)
    assert "不再过期" in me.client.get(page).content.decode()
    cards.report_lost(lost, actor=SYSTEM, now=clock.now())
    refused = me.client.post(f"/cards/{lost.pk}/renew")
    assert refused.status_code == 409
    assert "卡里的钱不会作废" in refused.content.decode()
    assert not ListEntry.objects.filter(asn=lost.asn, act=listing.RENEWED).exists()
    assert signed().client.post(page).status_code == 404


def test_what_a_clerk_did_is_shown_to_who_was_served_alone(me: Signed) -> None:
    card = a_card(me)
    one = assisted(me, card, acts=3)
    page = me.client.get(f"/me/assisted/{one.pk}").content.decode()
    for told in ("下了一笔充值", "挂失了卡", "申请了退卡", "验证码告诉了柜员", str(one.pk)):
        assert told in page
    assert str(one.clerk_id) not in page
    idle = assisted(me, card, acts=0)
    assert "没有代办什么" in me.client.get(f"/me/assisted/{idle.pk}").content.decode()
    assert signed().client.get(f"/me/assisted/{one.pk}").status_code == 404


def test_wishes_are_kept_by_api_as_by_page(me: Signed) -> None:
    now = clock.now()
    token = tokens.mint(me.person, label="t", now=now, expires_at=now + timedelta(hours=1))
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    where = "/api/v1/notices/preferences"
    assert me.client.get(where, headers=headers).json() == {"sms_all": False, "language": "zh"}
    for said, status in (
        ({"sms_all": True, "language": "fr"}, 400), ({"language": "en"}, 400),
        ({"sms_all": True, "language": "en"}, 200),
    ):  # fmt: skip
        key = {"Idempotency-Key": str(new_id(now))}
        answer = me.client.post(where, said, headers=headers | key, content_type="application/json")
        assert answer.status_code == status, answer.content
    assert answer.json() == {"sms_all": True, "language": "en"}
    wish = queries.preference_of(me.person)
    assert (wish.sms_all, wish.language) == (True, "en")
    assert "checked" in me.client.get("/notices/settings").content.decode().split("sms_all")[1][:20]


MOST = {
    "/": 6, "/records": 4, "/topup": 15, "/help": 3, "/invoices": 3, "/notices": 3,
    "/cards/{card}": 5, "/records/{paid}": 13, "/records/{paid}/receipt": 13,
    "/cards/add": 2, "/cards/{card}/remove": 6, "/cards/{card}/services": 12,
    "/cards/{card}/deposit": 4, "/cards/{card}/deposit/pay": 8, "/cards/{card}/deposit/state": 4,
    "/cards/{card}/name": 4, "/cards/{card}/replace": 7, "/cards/{card}/migrate": 8,
    "/cards/{card}/redeem": 6, "/cards/{card}/renew": 7, "/topup/{topup}/pay": 12,
    "/topup/{topup}/state": 8, "/records/{paid}/refund": 12, "/records/{paid}/invoice": 8,
    "/invoices/{invoice}": 5, "/notices/settings": 4, "/me": 4, "/me/devices": 3,
    "/me/real-name": 3, "/me/data": 3, "/me/data/take-along": 3, "/me/data/leave": 12,
    "/me/assisted/{session}": 5, "/services/{departure}": 5,
}  # fmt: skip
"""Questions a page may ask; a number that may only fall. None grows with how much one has."""
NO_PAGES = {
    "sign-in", "sign-in-code", "export", "pay-code",
    "invoice-pdf", "invoice-ofd", "invoice-red-pdf", "invoice-red-ofd",
}  # fmt: skip
"""Ways in, drawings and files."""


def everything_of(me: Signed) -> dict[str, UUID]:
    """Something for each page to show; their numbers by the words in MOST."""
    confirm_name(me.person, NAME, clock.now())
    card = a_card(me)
    paid, placed = a_topup(me, card, state="paid"), a_topup(me, card)
    leaving = Departure.objects.create(
        id=new_id(clock.now()), kind="redemption", why="given_up", pool=paid.pool,
        card=a_card(me), person=me.person, asked_at=clock.now(),
    )  # fmt: skip
    invoice, session = an_invoice(paid, clock.now()), assisted(me, card)
    return {"card": card.pk, "paid": paid.pk, "topup": placed.pk, "departure": leaving.pk,
            "invoice": invoice.pk, "session": session.pk}  # fmt: skip


def test_no_page_asks_more_than_it_did_or_more_for_who_has_more(
    me: Signed, django_assert_max_num_queries: Any
) -> None:
    """And each is under the strict policy, with nothing inline that would need more."""
    ids = everything_of(me)
    found: dict[str, int] = {}
    for many in (False, True):
        for path, most in MOST.items():
            with django_assert_max_num_queries(99) as asked:
                answer = me.client.get(path.format(**ids))
            assert answer.status_code in (200, 302), path
            assert answer["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY, path
            assert not re.search(rb"<style|<script>|\s(style|on\w+)=", answer.content), path
            if len(asked) > most:
                found[f"{path} {'many' if many else 'one'}"] = len(asked)
        for _ in range(0 if many else 4):
            a_topup(me, a_card(me), state="paid")
            signed(me.person)
    assert found == {}
    assert "unsafe" not in settings.CONTENT_SECURITY_POLICY


def test_every_page_of_a_citizen_is_counted(me: Signed) -> None:
    ids = dict.fromkeys(re.findall(r"{(\w+)}", "".join(MOST)), UUID(int=1))
    counted = {resolve(path.format(**ids)).url_name for path in MOST}
    for pattern in urls.pages:
        if pattern.name in counted | NO_PAGES:
            continue
        named = dict.fromkeys(pattern.pattern.converters, UUID(int=1))
        answer = me.client.get(reverse(f"web:{pattern.name}", kwargs=named))
        assert answer.status_code == 405, f"{pattern.name} is a page without its count"
