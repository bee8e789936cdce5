"""Cash that no card took: any kiosk still loads it, or two officers give it back; pools settle."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from accounts import approvals, clock, duties
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import MakerIsChecker
from accounts.models import IssuerPrefix, Operator, Person
from gateway.card_service.errors import CashTooMuch
from gateway.kiosk import cash, claims, receipts, transfers
from gateway.kiosk.errors import BoxCannotPay, ClaimNotOpen
from gateway.kiosk.models import Claim
from gateway.sandbox import seed
from gateway.sandbox.journey import stage
from gateway.sandbox.virtual_card import VirtualCard
from gateway.topup import scanning
from gateway.topup.errors import RefundWhileUnresolved, TopupNotFound
from gateway.topup.models import TopUp
from reserve_funds.custody.bridges import listing, services
from reserve_funds.custody.cases.models import Case
from reserve_funds.ledger import check, pools, queries
from reserve_funds.refs import account
from tests.support.kiosks import HOST, Standing, run
from tests.support.officers import seat
from tests.support.pools import next_pool
from tests.support.province import KEYS, Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=30_000)


class Elsewhere:
    """Another operator, whose cards come to our kiosks."""

    def __init__(self) -> None:
        self.pool = next_pool()
        operator = Operator.objects.create(
            code=f"test-{self.pool}", name_zh=f"他市{self.pool}", name_en=f"Other {self.pool}",
            level="city", pool=self.pool,
        )  # fmt: skip
        self.prefix = f"310999{self.pool:06d}"
        IssuerPrefix.objects.create(
            prefix=self.prefix, issuer_name="他市", operator=operator, source="test"
        )
        pools.open_pool(self.pool, seed.PROFILE, business_day(clock.now()))

    def card(self) -> VirtualCard:
        return stage.virtual_card_of(f"0{self.prefix}{random.randrange(10**7):07d}", KEYS)

    def holds(self, kind: str, owner: object) -> int:
        return queries.balance_fen(self.pool, account(kind, owner))


def claim_of(kiosk: Standing, card: VirtualCard, *values: int) -> Claim:
    opened = kiosk.open_cash(card, *values)
    assert opened.status == 201, opened.body
    return Claim.objects.get(pk=opened.body["order_id"])


def test_past_its_time_people_are_told_and_any_kiosk_still_loads_it(kiosk: Standing) -> None:
    card = kiosk.province.card()
    claim = claim_of(kiosk, card, 5_000)
    assert not claims.look(claim.id, now=clock.now())
    late = claim.deadline + timedelta(minutes=1)
    assert not claims.look(claim.id, now=late)
    case = Case.objects.get(kind="kiosk_cash_unclaimed", pool=kiosk.province.pool)
    assert (case.amount_fen, case.subject, case.state) == (5_000, f"order:{claim.id}", "open")
    assert card.state.asn not in str(case.facts)

    other = Standing.new(kiosk.province, officers=(kiosk.first, kiosk.second))
    wish = {"card_no": card.state.asn[1:], "order_id": str(claim.id)}
    opened = other.machine.post("loads", wish)
    with pytest.raises(ClaimNotOpen):
        claims.ask(claim.id, way="post", because="x", maker=kiosk.first, now=late)
    credit = other.challenge(opened, card)
    with pytest.raises(RefundWhileUnresolved):
        claims.ask(claim.id, way="bank", because="x", maker=kiosk.first, now=late)
    assert other.prove(opened, credit, card).body["outcome"] == "loaded"
    assert claims.look(claim.id, now=late)
    case.refresh_from_db()
    assert (case.state, kiosk.agrees(card, 5_000)) == ("resolved", True)
    with pytest.raises(ClaimNotOpen):
        claims.ask(claim.id, way="bank", because="x", maker=kiosk.first, now=late)


def test_a_counter_gives_it_back_out_of_a_box_and_no_card_takes_it_again(kiosk: Standing) -> None:
    card, ours = kiosk.province.card(), kiosk.province
    claim, now = claim_of(kiosk, card, 10_000), clock.now()

    def ask(box: str) -> claims.Payout:
        return claims.ask(
            claim.id, way="cash", box=box, because="the card broke", maker=kiosk.first, now=now
        )

    with pytest.raises(BoxCannotPay):
        ask(kiosk.box)  # still in its kiosk
    kiosk.machine.post("boxes")
    refused = ask(kiosk.box)
    claims.refuse(refused.id, checker=kiosk.second, now=now)
    payout = ask(kiosk.box)
    with pytest.raises(MakerIsChecker):
        claims.approve(payout.id, checker=kiosk.first, now=now)
    assert ours.balance_fen("unloaded_orders", str(claim.id)) == 10_000, "asking moves nothing"
    claims.approve(payout.id, checker=kiosk.second, now=now)

    claim.refresh_from_db()
    assert (claim.state, TopUp.objects.get(pk=claim.id).state) == ("paid_out", "refunded")
    assert approvals.get(payout.id).state == "spent"
    assert (kiosk.cash_fen(), ours.balance_fen("unloaded_orders", str(claim.id))) == (0, 0)
    assert kiosk.quota_fen() == 20_000, "what was taken stays taken until officers grant anew"
    wish = {"card_no": card.state.asn[1:], "order_id": str(claim.id)}
    assert kiosk.machine.post("loads", wish).status == 409
    with pytest.raises(ClaimNotOpen):
        claims.approve(payout.id, checker=kiosk.second, now=now)
    kiosk.counted(kiosk.box, {})
    assert kiosk.agrees(card, 0)


def test_a_load_that_began_stops_the_giving_back(kiosk: Standing) -> None:
    card = kiosk.province.card()
    opened = kiosk.open_cash(card, 5_000)
    claim_id, now = Claim.objects.get(pk=opened.body["order_id"]).id, clock.now()
    payout = claims.ask(claim_id, way="bank", because="x", maker=kiosk.first, now=now)
    credit = kiosk.challenge(opened, card)
    with pytest.raises(RefundWhileUnresolved):
        claims.approve(payout.id, checker=kiosk.second, now=now)
    assert approvals.get(payout.id).state == "asked"
    assert kiosk.prove(opened, credit, card).body["outcome"] == "loaded"
    with pytest.raises(ClaimNotOpen):
        claims.approve(payout.id, checker=kiosk.second, now=now)
    assert kiosk.agrees(card, 5_000)


def test_cash_for_another_pools_card_crosses_settles_and_comes_back(kiosk: Standing) -> None:
    ours, other, now = kiosk.province, Elsewhere(), clock.now()
    first, second = other.card(), other.card()

    # the far leg is late: the order holds nothing yet, and no MAC2 leaves
    slot = kiosk.slot(first).body["intake_id"]
    kiosk.machine.post("notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 5_000)]})
    topup = cash._order(kiosk.kiosk, slot, actor=kiosk_actor(kiosk), now=now)
    assert other.holds("unloaded_orders", topup.id) == 0
    assert ours.balance_fen("pool_due_to", str(other.pool)) == 5_000
    wish = {"card_no": first.state.asn[1:], "order_id": str(topup.id)}
    opened = kiosk.machine.post("loads", wish)
    answers = {"answers": run(first, opened.body["script"])}
    path = f"loads/{opened.body['id']}/challenge"
    assert kiosk.machine.post(path, answers).status == 409
    [mirror] = [one for one in listing.mirrors(ours.pool) if one.debtor == ours.pool]
    assert (mirror.unexplained_fen, mirror.on_its_way_fen) == (0, -5_000)
    assert duties.work_one(services.CARRY, cash.crossing_of(topup_intake(topup)), clock.now())
    credit = kiosk.machine.post(path, answers)
    assert kiosk.prove(opened, credit, first).body["outcome"] == "loaded"
    assert other.holds("card_purse", first.state.asn) == 5_000

    # and in one go, as it usually is
    claim = claim_of(kiosk, second, 2_000)
    assert (claim.pool, claim.collected_by) == (other.pool, ours.pool)
    assert other.holds("pool_due_from", ours.pool) == 7_000
    assert kiosk.quota_fen() == 23_000, "the kiosk's own pool guards what its cash becomes"

    # the holder wants the second back: the pool that took the cash pays it by its bank
    maker, checker = other_officer(other), other_officer(other)
    asked = claims.ask(claim.id, way="bank", because="x", maker=maker, now=clock.now())
    claims.approve(asked.id, checker=checker, now=clock.now())
    claim.refresh_from_db()
    assert (claim.state, TopUp.objects.get(pk=claim.id).state) == ("paying", "refunding")
    assert transfers.source_of(asked) == (ours.pool, account("refunds_in_flight", asked.id))
    assert ours.balance_fen("refunds_in_flight", str(asked.id)) == 2_000
    assert other.holds("unloaded_orders", claim.id) == 0

    tomorrow = now + timedelta(days=1)
    netting, settlement = services.settle_all_of(ours.pool, other.pool, now=tomorrow)
    assert (netting.amount_fen, settlement.amount_fen) == (2_000, 5_000)
    assert settlement.from_pool == ours.pool
    duties.work_one(services.CARRY, netting.id, tomorrow)
    assert [one.unexplained_fen for one in listing.mirrors(ours.pool)] == [0, 0]
    assert ours.balance_fen("settlement_due", str(settlement.id)) == 5_000
    assert kiosk.cash_fen() == 7_000
    assert ours.faults() == []
    assert check.check_figures(other.pool).findings == []


def test_the_receipts_link_tells_what_a_receipt_may_and_no_more(kiosk: Standing) -> None:
    citizen, card = kiosk.province.citizen(), kiosk.province.card()
    citizen.post("cards", {"card_no": card.state.asn[1:]})
    opened = kiosk.open_cash(card, 5_000)
    link = opened.body["receipt_url"].removeprefix(f"http://{HOST}")
    page = Client().get(link)
    told = page.content.decode()
    assert (page.status_code, page["Referrer-Policy"]) == (200, "no-referrer")
    for word in ("已付款，没写卡", "¥50.00", card.state.asn[-4:], "郑州东站 1 厅", "凭卡和小票"):
        assert word in told
    proved = kiosk.prove(opened, kiosk.challenge(opened, card), card)
    assert proved.body["receipt"]["qr"].endswith(link)
    after = Client().get(link).content.decode()
    assert "已写到卡上" in after
    for secret in (card.state.asn[1:], card.state.asn[1:15], str(citizen.person.pk), "余额"):
        assert secret not in told + after

    # nobody makes one up, asks by a payment's code, changes anything by it, or keeps it for ever
    order = TopUp.objects.get(pk=opened.body["order_id"])
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), f"/r/{scanning.token_of(order)}",
                  "/r/x", f"/r/{order.id}"):  # fmt: skip
        assert Client().get(wrong).status_code == 404
    assert Client().get(link.replace("/r/", "/pay/")).status_code == 404
    assert Client().post(link).status_code == 405
    with pytest.raises(TopupNotFound):
        receipts.shown(link.rpartition("/")[2], clock.now() + receipts.TOLD_FOR)
    refund = citizen.post(f"topups/{order.id}/refund")
    assert refund.status == 409
    assert kiosk.agrees(card, 5_000)


def test_cash_has_its_own_word_when_its_holder_asks_for_it_back(kiosk: Standing) -> None:
    citizen, card = kiosk.province.citizen(), kiosk.province.card()
    citizen.post("cards", {"card_no": card.state.asn[1:]})
    claim = claim_of(kiosk, card, 5_000)
    refund = citizen.post(f"topups/{claim.id}/refund")
    assert (refund.status, refund.body["code"]) == (409, "topup_paid_in_cash")
    assert kiosk.province.balance_fen("unloaded_orders", str(claim.id)) == 5_000


def test_more_than_a_counter_may_pay_goes_by_the_bank(
    kiosk: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claim_of(kiosk, kiosk.province.card(), 10_000)
    kiosk.machine.post("boxes")
    monkeypatch.setattr("gateway.card_service.planning.cash_most_fen", lambda pool, now: 9_999)
    with pytest.raises(CashTooMuch):
        claims.ask(
            claim.id, way="cash", box=kiosk.box, because="x", maker=kiosk.first, now=clock.now()
        )


def kiosk_actor(kiosk: Standing) -> Actor:
    return Actor(kind="kiosk", id=str(kiosk.kiosk.id))


def topup_intake(topup: TopUp) -> UUID:
    return Claim.objects.get(pk=topup.id).intake_id


def other_officer(other: Elsewhere) -> Person:
    return seat(("finance_officer", other.pool)).person
