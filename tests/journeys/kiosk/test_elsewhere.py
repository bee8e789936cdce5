"""A code to scan and a shop's prepayment: each on its own money."""

from __future__ import annotations

from accounts import clock
from accounts.identifiers import new_id
from gateway.kiosk import shops
from reserve_funds import postings
from reserve_funds.ledger import book
from tests.journeys.kiosk.test_claims import Elsewhere
from tests.support.kiosks import Standing
from tests.support.province import Province


def test_a_code_to_scan_and_a_shop_s_prepayment(province: Province) -> None:
    kiosk, ours, now = Standing.new(province, quota_fen=10_000), province.pool, clock.now()
    card = province.card()
    wish = {"card_no": card.state.asn[1:], "amount_fen": 5_000}
    scan = kiosk.machine.post("scans", wish)
    assert scan.status == 201, scan.body
    order = kiosk.machine.get(f"orders/{scan.body['order_id']}").body
    assert (order["state"], order["amount_fen"]) == ("placed", 5_000)

    shops.entrust(kiosk.kiosk, "corner-shop", by=kiosk.first, now=now)
    none = kiosk.slot(card)
    assert none.body["code"] == "kiosk_cash_not_taken", "nothing was paid in advance"
    stranger = kiosk.slot(Elsewhere().card())
    assert stranger.body["code"] == "kiosk_prepaid_other_pool", "before any note falls"
    paid = new_id(now)
    book.post([
        postings.payment_confirmed(ours, paid, channel="wechatpay", settlement_day=now.date(),
                                   amount_fen=6_000, event_at=now),
        postings.allocated_to(ours, paid, postings.account("agent_deposit", "corner-shop"),
                              amount_fen=6_000, event_at=now),
    ])  # fmt: skip
    assert kiosk.load_cash(card, 5_000).body["outcome"] == "loaded"
    assert province.balance_fen("agent_deposit", "corner-shop") == 1_000
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (0, 10_000), "a shop's cash is its own"
    assert kiosk.agrees(card, 5_000)
