"""Cash that was kept and became no order: told on the spot, and given back once, by two people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts import approvals, clock
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from gateway.kiosk import cash, cash_limits, claims, kept, shops
from gateway.kiosk.errors import BoxCannotPay, ClaimNotOpen
from gateway.kiosk.models import Claim, Intake, Payout
from gateway.sandbox.kiosks.client import Reply
from gateway.sandbox.virtual_card import VirtualCard
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.custody.reports.winding_down import winding_down
from reserve_funds.ledger import book, faults
from reserve_funds.ledger.values import Posting
from tests.journeys.kiosk.test_cash import banked, open_cases
from tests.journeys.kiosk.test_claims import Elsewhere
from tests.journeys.kiosk.test_payouts import Cashier
from tests.journeys.kiosk.test_two_people import refused
from tests.journeys.test_plug_pulled import killed
from tests.support.kiosks import HOST, Standing
from tests.support.officers import seat
from tests.support.pools import wind_down
from tests.support.province import Province

KEPT = "kiosk_cash_kept"


@pytest.fixture
def kiosk(province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Standing:
    """A kiosk with quota for one order of 50 yuan at most."""
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Standing.new(province, quota_fen=10_000)


def slot_of(kiosk: Standing, card: VirtualCard, *values: int) -> UUID:
    """Notes of one card that fell and are no order yet."""
    slot = kiosk.slot(card)
    assert slot.status == 201, slot.body
    intake_id = slot.body["intake_id"]
    notes = [kiosk.machine.note(intake_id, kiosk.box, fen) for fen in values]
    assert kiosk.machine.post("notes", {"notes": notes}).status == 200
    return UUID(intake_id)


def ordered(kiosk: Standing, card: VirtualCard, intake_id: UUID) -> Reply:
    wish = {"card_no": card.state.asn[1:], "intake_id": str(intake_id)}
    return kiosk.machine.post("cash-loads", wish)


def no_quota(kiosk: Standing, fen: int = 5_000) -> tuple[VirtualCard, Claim]:
    """Two cards bring cash at once, and the quota is enough for the first alone."""
    first, card = kiosk.province.card(), kiosk.province.card()
    slots = slot_of(kiosk, first, 10_000), slot_of(kiosk, card, fen)
    assert ordered(kiosk, first, slots[0]).status == 201
    short = ordered(kiosk, card, slots[1])
    assert (short.status, short.body["code"]) == (409, "kiosk_quota_used_up"), short.body
    return card, Claim.objects.get(pk=slots[1])


def told(kiosk: Standing, intake_id: UUID) -> tuple[str, str]:
    """What the kiosk prints of it, and the page behind its code."""
    slip = kiosk.machine.get(f"intakes/{intake_id}/receipt")
    assert slip.status == 200, slip.body
    page = Client().get(slip.body["qr"].removeprefix(f"http://{HOST}"))
    assert page.status_code == 200
    return "".join(slip.body["lines"]), page.content.decode()


def stands(kiosk: Standing, claim: Claim) -> tuple[str, str, int, int]:
    """The claim, its intake, what lies there for it, and how many cases tell people of it."""
    claim.refresh_from_db()
    held = kiosk.province.balance_fen("received", str(claim.id))
    about = [one for one in open_cases(kiosk, KEPT) if one.subject == claim.subject]
    return claim.state, Intake.objects.get(pk=claim.id).state, held, len(about)


def asking(kiosk: Standing, claim: Claim, way: str = "cash", **changed: Any) -> Payout:
    wish = {
        "box": kiosk.box if way == "cash" else "",
        "because": "持小票来领",
        "maker": kiosk.first,
    }
    return claims.ask(claim.id, way=way, now=clock.now(), **wish | changed)


def test_no_quota_told_at_once_and_given_back_at_a_counter_by_two(kiosk: Standing) -> None:
    card, claim = no_quota(kiosk)
    ours, now = kiosk.province, clock.now()
    assert stands(kiosk, claim) == ("waiting", "kept", 5_000, 1)
    slip, page = told(kiosk, claim.id)
    assert ("50.00 元" in slip, "到柜台领回" in slip, card.state.asn[-4:] in slip) == (True,) * 3
    for word in ("钱已收，没能充值", "¥50.00", card.state.asn[-4:], "凭卡和小票到柜台领回"):
        assert word in page
    assert card.state.asn[1:] not in slip + page
    other = Standing.new(ours, officers=(kiosk.first, kiosk.second))
    assert other.machine.get(f"intakes/{claim.id}/receipt").status == 404, "another kiosk's"

    clerk = seat(("kiosk_operator", ours.pool)).person
    with pytest.raises(NotAllowed):
        asking(kiosk, claim, maker=clerk)
    with pytest.raises(BoxCannotPay):
        asking(kiosk, claim)  # still in its kiosk
    kiosk.machine.post("boxes")
    with pytest.raises(ClaimNotOpen):
        asking(kiosk, claim, "shop")
    declined = asking(kiosk, claim)
    claims.refuse(declined.id, checker=kiosk.second, now=now)
    payout, twin = asking(kiosk, claim), asking(kiosk, claim, "bank")
    with pytest.raises(MakerIsChecker):
        claims.approve(payout.id, checker=kiosk.first, now=now)
    assert stands(kiosk, claim) == ("waiting", "kept", 5_000, 1), "asking moves nothing"
    assert kiosk.cash_fen() == 15_000
    claims.approve(payout.id, checker=kiosk.second, now=now)

    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)
    assert (kiosk.cash_fen(), approvals.get(payout.id).state) == (10_000, "spent")
    assert "已退款" in told(kiosk, claim.id)[1]
    for late in (payout, twin):
        with pytest.raises(ClaimNotOpen):
            claims.approve(late.id, checker=kiosk.second, now=now)
    with pytest.raises(ClaimNotOpen):
        asking(kiosk, claim)
    kiosk.grant(20_000)
    cash.tidy(now + timedelta(hours=1))
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0), "it is no order any more"
    assert ordered(kiosk, card, claim.id).body["code"] == "kiosk_intake_over"
    day = clock.business_day(now)
    assert cash_limits.cash_today_fen(claim.intake.card, day) == 0, "the card's day is free again"
    assert not TopUp.objects.filter(card=claim.intake.card).exists()
    kiosk.counted(kiosk.box, {10_000: 1})
    assert kiosk.agrees(card, 0)


def test_a_pool_being_wound_down_gives_it_back_over_its_bank_to_the_end(kiosk: Standing) -> None:
    card, ours = kiosk.province.card(), kiosk.province
    intake_id = slot_of(kiosk, card, 2_000, 1_000)
    wind_down(kiosk.province.pool, kiosk.first, kiosk.second)
    said = ordered(kiosk, card, intake_id)
    assert (said.status, said.body["code"]) == (409, "pool_winding_down")
    claim = Claim.objects.get(pk=intake_id)
    slip, page = told(kiosk, intake_id)
    assert ("已停止充值" in slip, "钱已收，等您领回" in page) == (True, True)
    assert not winding_down(ours.pool).is_done, "the pool still owes it"
    banked(kiosk, kiosk.box, 3_000)

    asked = asking(kiosk, claim, "bank")
    payout = claims.approve(asked.id, checker=kiosk.second, now=clock.now())
    assert stands(kiosk, claim) == ("paying", "returned", 0, 0)
    assert ours.balance_fen("refunds_in_flight", str(payout.id)) == 3_000
    assert [one.amount_fen for one in open_cases(kiosk, "kiosk_payout_unpaid")] == [3_000]
    assert "退款中" in told(kiosk, intake_id)[1]
    cashier = Cashier(kiosk, payout)
    sent = cashier.sends()
    refused("kiosk_claim_has_its_payout",
            "UPDATE kiosk_claim SET state = 'paid_out' WHERE id = %s", claim.id)  # fmt: skip
    assert not winding_down(ours.pool).is_done
    cashier.shows(sent)
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)
    assert "已退款" in told(kiosk, intake_id)[1]
    assert winding_down(ours.pool).is_done, "nobody is owed anything"
    cashier.shows(sent, sent.amount_fen, summary="退汇")
    assert stands(kiosk, claim)[:2] == ("paying", "returned")
    last = cashier.sends()
    cashier.shows(last)
    assert (stands(kiosk, claim)[0], open_cases(kiosk, "kiosk_payout_unpaid")) == ("paid_out", [])
    assert winding_down(ours.pool).is_done
    assert ours.faults() == []


def test_the_card_s_pool_is_wound_down_and_the_kiosk_s_pool_gives_it_back(kiosk: Standing) -> None:
    other = Elsewhere()
    card = other.card()
    intake_id = slot_of(kiosk, card, 5_000)
    ends = [seat(("finance_officer", other.pool)).person for _ in range(2)]
    wind_down(other.pool, *ends)
    assert ordered(kiosk, card, intake_id).body["code"] == "pool_winding_down"
    claim = Claim.objects.get(pk=intake_id)
    assert (claim.pool, claim.collected_by) == (kiosk.province.pool,) * 2
    with pytest.raises(NotAllowed):
        asking(kiosk, claim, "bank", maker=ends[0])
    kiosk.machine.post("boxes")
    payout = asking(kiosk, claim)
    claims.approve(payout.id, checker=kiosk.second, now=clock.now())
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)
    assert (other.holds("unloaded_orders", claim.id), kiosk.province.faults()) == (0, [])


def test_what_became_an_order_first_claims_as_an_order_and_the_slip_follows(
    kiosk: Standing,
) -> None:
    card, claim = no_quota(kiosk)
    kiosk.machine.post("boxes")
    asked = asking(kiosk, claim)
    kiosk.grant(10_000)
    opened = ordered(kiosk, card, claim.id)
    assert opened.status == 201, opened.body
    with pytest.raises(ClaimNotOpen):
        claims.approve(asked.id, checker=kiosk.second, now=clock.now())
    assert stands(kiosk, claim) == ("ordered", "ordered", 0, 0)
    order_claim = Claim.objects.get(pk=opened.body["order_id"])
    assert (order_claim.state, order_claim.is_kept) == ("waiting", False)
    slip, page = told(kiosk, claim.id)
    assert ("已成为这张卡的充值" in slip, "已付款，没写卡" in page) == (True, True)
    assert kiosk.prove(opened, kiosk.challenge(opened, card), card).body["outcome"] == "loaded"
    assert "已写到卡上" in told(kiosk, claim.id)[1]
    assert claims.look(claim.id, now=clock.now())
    assert kiosk.agrees(card, 5_000)


def test_more_notes_of_it_are_claimed_too_and_none_after_it_went_back(kiosk: Standing) -> None:
    card, claim = no_quota(kiosk)
    kiosk.machine.post("boxes")
    asked = asking(kiosk, claim)
    more = kiosk.machine.note(str(claim.id), kiosk.box, 2_000)
    assert kiosk.machine.post("notes", {"notes": [more, more]}).status == 200
    claim.refresh_from_db()
    assert claim.amount_fen == 7_000
    with pytest.raises(ClaimNotOpen):
        claims.approve(asked.id, checker=kiosk.second, now=clock.now())
    payout = asking(kiosk, claim)
    claims.approve(payout.id, checker=kiosk.second, now=clock.now())
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)

    late = kiosk.machine.note(str(claim.id), kiosk.box, 1_000)
    assert kiosk.machine.post("notes", {"notes": [late, more]}).status == 200
    slot = Intake.objects.get(follows=claim.id)
    assert (slot.state, slot.taken_fen) == ("kept", 1_000)
    Intake.objects.filter(pk=slot.pk).update(opened_at=clock.now() - timedelta(hours=1))
    cash.tidy(clock.now())
    following = Claim.objects.get(pk=slot.id)
    assert stands(kiosk, following) == ("waiting", "kept", 1_000, 1)
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)
    assert kiosk.agrees(card, 0)


def test_a_shop_gives_its_own_notes_back_and_two_officers_take_note(kiosk: Standing) -> None:
    card, ours = kiosk.province.card(), kiosk.province
    shop = Standing.new(ours, officers=(kiosk.first, kiosk.second))
    shops.entrust(shop.kiosk, "corner-shop", by=kiosk.first, now=clock.now())
    paid = new_id(clock.now())
    book.post([
        postings.payment_confirmed(ours.pool, paid, channel="wechatpay", amount_fen=5_000,
                                   settlement_day=clock.business_day(clock.now()),
                                   event_at=clock.now()),
        postings.allocated_to(ours.pool, paid, postings.account("agent_deposit", "corner-shop"),
                              amount_fen=5_000, event_at=clock.now()),
    ])  # fmt: skip
    intake_id = slot_of(shop, card, 5_000)
    wind_down(kiosk.province.pool, kiosk.first, kiosk.second)
    assert ordered(shop, card, intake_id).status == 409
    claim = Claim.objects.get(pk=intake_id)
    assert "网点领回" in told(shop, intake_id)[1]
    shop.machine.post("boxes")
    for way in ("cash", "bank"):
        with pytest.raises(ClaimNotOpen):
            asking(shop, claim, way)
    asked = asking(shop, claim, "shop")
    with pytest.raises(MakerIsChecker):
        claims.approve(asked.id, checker=kiosk.first, now=clock.now())
    claims.approve(asked.id, checker=kiosk.second, now=clock.now())
    assert stands(shop, claim) == ("paid_out", "returned", 0, 0)
    assert ours.balance_fen("agent_deposit", "corner-shop") == 5_000, "nothing of ours moved"
    assert ours.faults() == []


def test_the_plug_is_pulled_while_the_second_officer_agrees(kiosk: Standing) -> None:
    card, claim = no_quota(kiosk)
    kiosk.machine.post("boxes")
    payout = asking(kiosk, claim)
    agreeing: Callable[[], Any] = lambda: claims.approve(  # noqa: E731
        payout.id, checker=kiosk.second, now=clock.now()
    )
    for step in ("gateway.kiosk.claims.book.post", "gateway.kiosk.claims.kept.returned"):
        killed(agreeing, step)
        assert stands(kiosk, claim) == ("waiting", "kept", 5_000, 1), step
        assert kiosk.cash_fen() == 15_000
    agreeing()
    assert stands(kiosk, claim) == ("paid_out", "returned", 0, 0)
    assert kiosk.agrees(card, 0)


def test_by_hand_no_kept_cash_is_claimed_made_larger_or_paid_out(kiosk: Standing) -> None:
    _, claim = no_quota(kiosk)
    kiosk.machine.post("boxes")
    pool, now = kiosk.province.pool, clock.now()
    claiming = (
        "INSERT INTO kiosk_claim (id, intake_id, pool, collected_by, amount_fen, state, deadline,"
        " made_at) VALUES (%s, %s, %s, %s, %s, 'waiting', now(), now())"
    )
    worth, its_orders = "kiosk_claim_is_what_was_kept", "kiosk_claim_is_its_orders"
    refused(its_orders, claiming, new_id(now), claim.id, pool, pool, 5_000)
    done = Claim.objects.get(pool=pool, intake__state="ordered")
    refused(worth, claiming, done.intake_id, done.intake_id, pool, pool, 10_000)
    refused(worth, "UPDATE kiosk_claim SET amount_fen = 500000 WHERE id = %s", claim.id)
    refused(its_orders, "UPDATE kiosk_claim SET amount_fen = 1 WHERE id = %s", done.id)
    for state in ("due", "loaded", "ordered"):
        refused(worth, "UPDATE kiosk_claim SET state = %s WHERE id = %s", state, claim.id)
    for state in ("paying", "paid_out"):
        refused("kiosk_claim_has_its_payout",
                "UPDATE kiosk_claim SET state = %s WHERE id = %s", state, claim.id)  # fmt: skip
    refused("kiosk_intake_is_returned_with_its_payout",
            "UPDATE kiosk_intake SET state = 'returned' WHERE id = %s", claim.id)  # fmt: skip

    payout = asking(kiosk, claim)
    paying = "UPDATE kiosk_payout SET state = 'done', checker_id = %s WHERE id = %s"
    alone = "kiosk_payout_has_its_approval"
    refused(alone, paying, kiosk.second.pk, payout.id)
    refused(alone, paying, kiosk.first.pk, payout.id)
    by_bank = asking(kiosk, claim, "bank")
    refused("kiosk_payout_is_kept_as_it_was_made",
            "UPDATE kiosk_payout SET way = 'shop', box = '' WHERE id = %s", payout.id)  # fmt: skip
    writing = (
        "INSERT INTO kiosk_payout (id, claim_id, state, way, box, because, maker_id, asked_at)"
        " VALUES (%s, %s, 'asked', %s, '', 'x', %s, now())"
    )
    refused(alone, writing, new_id(now), claim.id, "bank", kiosk.first.pk)
    refused(alone, writing, by_bank.id, done.id, "bank", kiosk.first.pk)

    # the book: only under both officers' word, and exactly what they agreed to
    given = kept.given_in_cash(claim, kiosk.box, now)
    assert by_hand(given, None) == "23514"
    assert by_hand(given, payout.id) == "LG005", "one alone"
    approvals.approve(payout.id, checker=kiosk.second, now=now)
    refused(alone, paying, kiosk.second.pk, payout.id)  # the book has not booked it
    for changed in ({"amount_fen": 4_999}, {"credit": postings.account("cash_in_transit", "b")},
                    {"debit": postings.received(done.intake_id)}):  # fmt: skip
        assert by_hand(replace(given, **changed), payout.id) == "LG005", changed

    # and whatever two officers agree to: only where cash fell, and never more than lies there
    paid = new_id(now)
    book.post([
        postings.payment_confirmed(pool, paid, channel="wechatpay", amount_fen=5_000, event_at=now,
                                   settlement_day=clock.business_day(now)),
    ])  # fmt: skip
    for wrong, said in (
        (_given(pool, paid, kiosk.box, 5_000), "LG019"),
        (_given(pool, claim.id, kiosk.box, 5_001), "23514"),
        (_given(pool, done.intake_id, kiosk.box, 1), "23514"),
    ):
        assert by_hand(wrong, agreed(kiosk, wrong)) == said
    assert stands(kiosk, claim) == ("waiting", "kept", 5_000, 1)
    assert (kiosk.cash_fen(), kiosk.province.faults()) == (15_000, [])


def by_hand(wish: Posting, approval_id: UUID | None) -> str | None:
    """The SQLSTATE with which the book refuses the service's own statement."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger.post_one(%s::int, 1::smallint, %s::uuid, %s, %s::smallint, %s, "
            "%s::smallint, %s, %s, %s, %s::uuid, NULL)",
            [wish.pool, wish.id, wish.code, wish.debit.in_chart.number, wish.debit.owner,
             wish.credit.in_chart.number, wish.credit.owner, wish.amount_fen, wish.event_at,
             approval_id],
        )  # fmt: skip
    return faults.sqlstate(error.value)


def agreed(kiosk: Standing, wish: Posting) -> UUID:
    """Two officers' word on this very posting."""
    asked = approvals.ask(
        maker=kiosk.first, purpose=claims.PURPOSE, pool=wish.pool, content={"box": "x"},
        fingerprint=book.fingerprint([wish]), now=clock.now(),
        expires_at=clock.now() + timedelta(hours=1), checker_role="finance_officer",
    )  # fmt: skip
    approvals.approve(asked.id, checker=kiosk.second, now=clock.now())
    return asked.id


def _given(pool: int, payment: UUID, box: str, fen: int) -> Posting:
    return postings.of(
        "cash_given_back", pool, payment, debit=postings.received(payment),
        credit=postings.account("cash_in_transit", box), amount_fen=fen, event_at=clock.now(),
        step=f"by hand {fen}",
    )  # fmt: skip
