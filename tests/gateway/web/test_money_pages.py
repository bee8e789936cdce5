"""Cards, topping up and records as pages: what they tell, refuse, count, and never do twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts import cards, clock, trail
from accounts.actors import SYSTEM, WORKER
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.payments.models import Payment, Refund
from gateway.sandbox import seed
from gateway.topup import known, limits
from gateway.topup.models import TopUp
from gateway.web import sums, tellings, whereabouts
from gateway.web.errors import AmountNotUnderstood
from gateway.web.parts import Step
from gateway.web.whereabouts import Phase
from tests.accounts.strangers import a_card_no
from tests.gateway.web.citizens import Signed, browser, signed
from tests.support import invoices

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> Signed:
    seed.open_books(clock.now())
    return signed()


def a_card(me: Signed) -> TransitCard:
    return cards.add(me.person, a_card_no(), clock.now())


def a_topup(me: Signed, card: TransitCard | None = None, *, state: str = "placed") -> TopUp:
    now = clock.now()
    card = card or a_card(me)
    topup = TopUp.objects.create(
        id=new_id(now), pool=card.operator.pool, person=me.person, card=card, amount_fen=5_000,
        placed_at=now, by_code=True,
    )  # fmt: skip
    for to in {"paid": ["paid"], "expired": ["expired"], "refunding": ["paid", "refunding"]}.get(
        state, []
    ):
        more = {"paid_at": now, "return_at": now + timedelta(days=7)} if to == "paid" else {}
        trail.advance(topup, to=to, actor=SYSTEM, because="test", now=now, **more)
    return topup


def wish(me: Signed, card: TransitCard, key: str, **said: str) -> Any:
    return me.client.post("/topup", {"once": key, "card": str(card.pk), **said})


def test_a_form_sent_twice_is_one_top_up_and_changed_it_is_another(me: Signed) -> None:
    card, key = a_card(me), uuid4().hex
    first, again = wish(me, card, key, amount="5000"), wish(me, card, key, amount="5000")
    assert (first.status_code, first["Location"]) == (302, again["Location"])
    assert TopUp.objects.filter(person=me.person).count() == 1
    other = wish(me, card, key, amount="2000")
    assert other["Location"] != first["Location"]
    typed = wish(me, card, key, amount="2000", other="３５.５")
    assert TopUp.objects.get(pk=typed["Location"].split("/")[2]).amount_fen == 3_550
    assert TopUp.objects.filter(person=me.person).count() == 3


@pytest.mark.parametrize("said", [{}, {"amount": "x"}, {"amount": "9" * 12}, {"other": "1.234"},
                                  {"amount": "100001"}, {"other": "1000.01"}])  # fmt: skip
def test_a_sum_that_may_not_be_is_refused_and_nothing_is_kept(
    me: Signed, said: dict[str, str]
) -> None:
    answer = wish(me, a_card(me), uuid4().hex, **said)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not TopUp.objects.filter(person=me.person).exists()


def test_another_s_card_is_not_topped_up(me: Signed) -> None:
    theirs = a_card(signed())
    assert wish(me, theirs, uuid4().hex, amount="5000").status_code == 400
    assert not TopUp.objects.filter(card=theirs).exists()


def test_what_is_told_before_paying_is_what_is_judged(me: Signed) -> None:
    card, now = a_card(me), clock.now()
    a_topup(me, card, state="paid")
    seen = known.look(new_id(now), card, person=me.person, channel="", payer_openid="", now=now)
    may = limits.allowance(card, seen, load_cap_fen=100_000)
    assert (may.cap_fen, may.known_fen, may.most_fen) == (100_000, 5_000, 95_000)
    assert may.unnamed_fen == 1_000_000 - 1 - 5_000
    page = me.client.get("/topup").content.decode()
    assert "¥950.00" in page
    assert "¥9,949.99" in page
    assert wish(me, card, uuid4().hex, other="950.01").status_code == 400
    assert wish(me, card, uuid4().hex, other="950").status_code == 302


def test_a_card_that_is_full_offers_no_form(me: Signed) -> None:
    card = a_card(me)
    full = a_topup(me, card)
    TopUp.objects.filter(pk=full.pk).update(amount_fen=100_000)
    trail.advance(full, to="paid", actor=SYSTEM, because="test", now=clock.now())
    page = me.client.get("/topup").content.decode()
    assert "这张卡现在充不了" in page
    assert 'name="once"' not in page


@pytest.mark.parametrize(("number", "code"), [("9999999999999999999", "issuer_unknown"),
                                              ("3105", "card_number_not_understood")])  # fmt: skip
def test_a_number_nobody_issued_is_told_plainly(me: Signed, number: str, code: str) -> None:
    answer = me.client.post("/cards/add", {"card_no": number})
    assert answer.status_code in (400, 404)
    page = answer.content.decode()
    assert code in page
    assert ("外省的卡" in page) == (code == "issuer_unknown")


def test_a_card_is_removed_but_not_while_money_waits_for_it(me: Signed) -> None:
    card = a_card(me)
    topup = a_topup(me, card)
    answer = me.client.post(f"/cards/{card.pk}/remove")
    assert (answer.status_code, cards.get(me.person, card.pk)) == (409, card)
    trail.advance(topup, to="expired", actor=WORKER, because="test", now=clock.now())
    assert me.client.post(f"/cards/{card.pk}/remove").status_code == 302
    assert cards.of(me.person) == []
    assert me.client.get(f"/records/{topup.pk}").status_code == 200, "its record stays"


def test_records_go_on_page_by_page_and_are_narrowed(me: Signed) -> None:
    card = a_card(me)
    for _ in range(22):
        a_topup(me, card)
    over = a_topup(me, card, state="expired")
    first = me.client.get("/records").content.decode()
    assert first.count('class="line"') == 20
    older = first.split("before=")[1].split('"')[0]
    second = me.client.get(f"/records?before={older}").content.decode()
    assert second.count('class="line"') == 3
    narrowed = me.client.get("/records?show=over").content.decode()
    assert narrowed.count('class="line"') == 1
    assert str(over.pk) in narrowed
    assert me.client.get("/records?before=x&card=y&show=z").status_code == 200
    assert str(over.pk) not in signed().client.get("/records").content.decode()


def test_what_waits_for_a_hand_stands_above_what_moves_by_itself(me: Signed) -> None:
    hand = a_topup(me, state="paid")
    for _ in range(3):
        a_topup(me, state="refunding")
    page = me.client.get("/").content.decode()
    on_top = page.split('class="line on-top')[1]
    assert str(hand.pk) in on_top
    assert page.count("on-top") == 3
    assert "看全部没办完的" in page


def a_payment(topup: TopUp, state: str, **more: Any) -> Payment:
    return Payment(
        id=new_id(clock.now()), pool=topup.pool, channel="wechatpay", state=state,
        patron="topup", patron_id=topup.id, created_at=clock.now(), paid_at=clock.now(), **more,
    )  # fmt: skip


def a_refund(state: str) -> Refund:
    return Refund(state=state, source_kind="received", created_at=clock.now(), amount_fen=5_000)


@pytest.mark.parametrize(
    ("state", "payment", "refund", "phase"),
    [
        ("placed", "", "", Phase.TO_PAY),
        ("placed", "contested", "", Phase.CONTESTED),
        ("expired", "", "", Phase.OVER),
        ("expired", "contested", "", Phase.CONTESTED),
        ("expired", "confirmed", "sent", Phase.LATE_MONEY),
        ("expired", "confirmed", "done", Phase.RETURNED),
        ("paid", "confirmed", "", Phase.TO_LOAD),
        ("refunding", "confirmed", "sent", Phase.GOING_BACK),
        ("refunding", "confirmed", "abnormal", Phase.STUCK),
    ],
)
def test_each_standing_has_plain_words_and_steps(
    me: Signed, state: str, payment: str, refund: str, phase: Phase
) -> None:
    topup, now = a_topup(me, state=state), clock.now()
    made = [a_payment(topup, payment)] if payment else []
    given = a_refund(refund) if refund else None
    assert whereabouts.phase_of(topup, made, given, now) is phase
    at = whereabouts.Whereabouts(
        topup=topup, phase=phase, payment=made[0] if made else None, refund=given,
        pay_until=now, confirmed_at=now, counted_on=None, is_sealed=False, is_settled=False,
        seen=None,
    )  # fmt: skip
    told = tellings.telling(at, now)
    steps = tellings.steps(at, now)
    assert told.title
    assert told.sentence
    assert all(isinstance(one, Step) for one in steps)
    assert len(steps) == (1 if phase is Phase.OVER else 5)


def test_an_unpaid_one_past_its_time_is_being_asked_about(me: Signed) -> None:
    topup = a_topup(me)
    later = clock.now() + timedelta(minutes=31)
    assert whereabouts.phase_of(topup, [], None, later) is Phase.ASKING


def test_a_paid_one_promises_when_it_goes_back(me: Signed) -> None:
    topup = a_topup(me, state="paid")
    invoices.a_payment(topup, clock.now())
    page = me.client.get(f"/records/{topup.pk}").content.decode()
    assert "会自动退回" in page
    assert reverse("web:refund", args=[topup.pk]) in page
    state = me.client.get(f"/topup/{topup.pk}/state").json()
    assert state["version"].startswith("to_load")
    assert me.client.get(f"/topup/{topup.pk}/pay").status_code == 302, "nothing is left to pay"
    assert me.client.get(f"/topup/{topup.pk}/code.svg").status_code == 404


def test_an_unpaid_one_is_not_refunded(me: Signed) -> None:
    topup = a_topup(me)
    assert me.client.get(f"/records/{topup.pk}/refund").status_code == 302
    answer = me.client.post(f"/records/{topup.pk}/refund")
    assert (answer.status_code, "topup_not_paid" in answer.content.decode()) == (409, True)
    topup.refresh_from_db()
    assert topup.state == "placed"


def test_the_code_leads_to_the_one_address_of_this_top_up(me: Signed) -> None:
    topup = a_topup(me)
    drawn = me.client.get(f"/topup/{topup.pk}/code.svg")
    assert (drawn.status_code, drawn["Content-Type"]) == (200, "image/svg+xml")
    phone = me.client.get(f"/topup/{topup.pk}/pay", headers={"User-Agent": "iPhone Mobile"})
    desk = me.client.get(f"/topup/{topup.pk}/pay", headers={"User-Agent": "X11; Linux"})
    for page, first in ((phone, "用这台设备付"), (desk, "用别的手机扫码付")):
        text = page.content.decode()
        both = [text.index("用这台设备付"), text.index("用别的手机扫码付")]
        assert text.index(first) == min(both)


@pytest.mark.parametrize(("text", "fen"), [("35", 3_500), ("35.5", 3_550), ("￥1,000.01", 100_001),
                                           ("０.５", 50), (" 20 元", 2_000)])  # fmt: skip
def test_sums_are_read_as_people_write_them(text: str, fen: int) -> None:
    assert sums.fen_of(text) == fen


@pytest.mark.parametrize("text", ["", "0", "-5", "1e3", "5.555", "五十", "1" * 9])
def test_what_is_no_sum_is_said_to_be_none(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        sums.fen_of(text)


def test_errors_are_told_in_the_citizens_shell(me: Signed) -> None:
    lost = me.client.get("/nowhere").content.decode()
    assert "web/web.css" in lost
    assert browser().get("/help").status_code == 200
    old = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    old.cookies = me.client.cookies
    answer = old.post("/topup", {"amount": "5000"})
    page = answer.content.decode()
    assert (answer.status_code, "form_not_ours" in page, "没有扣款" in page) == (403, True, True)
    assert "安全员" not in page
    assert "web/web.css" not in browser().get("/console/nowhere").content.decode()


def test_a_look_at_one_s_money_is_a_look_at_oneself(me: Signed) -> None:
    topup = a_topup(me)
    stranger = a_topup(signed())
    for one in (topup, stranger):
        trail.record("personal_data_viewed", actor=SYSTEM, now=clock.now(), subject=str(one.pk))
    told = b"".join(me.client.post("/me/data/export").streaming_content).decode()  # type: ignore[attr-defined]
    assert told.count("personal_data_viewed") == 1


def test_the_sandbox_alone_offers_a_wallet_and_a_card(me: Signed, urls_of_production: None) -> None:
    topup = a_topup(me, state="paid")
    page = me.client.get(f"/records/{topup.pk}").content.decode()
    assert "怎么写到卡上" in page
    assert "沙箱" not in page


@pytest.fixture
def urls_of_production(settings: Any) -> None:
    """The addresses without the sandbox's."""
    settings.ROOT_URLCONF = "tests.gateway.web.production_urls"
