"""A citizen tops up from a bank account: the same journey over each partner bank."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import approvals, clock, devices, duties, roles, trail
from accounts.actors import SYSTEM
from accounts.models import PartnerBank
from gateway.bank_line import suspending
from gateway.bank_line.suspending import Act
from gateway.channels.banks.profiles import PROFILES
from gateway.payments.bills import costs, reconciling, taking
from gateway.payments.models import Bill, BillLine, Notice, Payment
from gateway.sandbox.neighbourhood import neighbour
from gateway.topup.models import TopUp
from tests.journeys.test_any_order import undone
from tests.support.officers import seat
from tests.support.province import Province, order_no, payment_id
from tests.support.talk import Talk

BANKS = [profile.name for profile in PROFILES]
pytestmark = pytest.mark.parametrize("channel", BANKS)


def test_paid_from_a_bank_account_the_card_is_loaded_to_the_fen(
    province: Province, channel: str
) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.order(citizen, talk.card, 5_000, scene=neighbour(channel).scenes[0])
    offer = topup["payments"][0]["offer"]
    assert any(url.startswith(province.wallet.base_url) for url in offer.values() if url)

    [push] = province.pay(topup)
    assert province.deliver(push) == 200
    assert province.deliver(push) == 200, "a twin is counted, not believed twice"
    notice = Notice.objects.get(merchant__pool=province.pool, verdict="genuine")
    assert notice.deliveries == 2
    assert bytes(notice.body) == push.body, "as it came, whatever its encoding"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed", "a notice only hastens"
    duties.work(clock.now())
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"

    assert talk.load(topup).body["outcome"] == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    bank = PartnerBank.objects.get(code=channel)
    assert bank.state == "active"
    assert province.payment(topup).transaction_no == notice.fact["transaction_no"]
    assert province.faults() == []


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_a_bank_out_of_service_begins_nothing_and_ends_what_was_begun(
    province: Province, channel: str, state: str
) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.order(citizen, talk.card, 5_000)
    [push] = province.pay(topup)
    wish = {"card_id": topup["card_id"], "amount_fen": 5_000, "channel": channel, "scene": "h5"}
    known = len(province.wallet.book()["orders"])
    with undone():
        out_of_service(channel, state)
        refused = citizen.post("topups", wish)
        assert (refused.status, refused.body["code"]) == (409, "bank_not_taking_payments")
        assert set(refused.body["say"]) == {"zh", "en"}
        assert TopUp.objects.filter(pool=province.pool).count() == 1
        assert Payment.objects.filter(pool=province.pool).count() == 1
        assert len(province.wallet.book()["orders"]) == known, "the bank heard nothing of it"

        assert province.deliver(push) == 200
        assert Notice.objects.get(merchant__pool=province.pool).verdict == "genuine"
        province.ask(topup)
        assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
        assert citizen.post(f"topups/{topup['id']}/refund").status == 202
        province.carry_refunds(topup)
        assert citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
        assert province.faults() == []
    assert citizen.post("topups", wish).status == 201, "in service again"


def out_of_service(channel: str, state: str) -> None:
    """Two officers end a bank's service, as the law of its row wants it."""
    maker, checker = (seat((roles.FINANCE_OFFICER, None)).person for _ in range(2))
    bank, now = PartnerBank.objects.get(code=channel), clock.now()
    if state == "suspended":
        asked = suspending.ask(channel, Act.SUSPEND, because="its contract", maker=maker, now=now)
        suspending.approve(asked.pk, checker=checker, now=now)
        return
    seen = devices.print_of_bank_move(bank.pk, state)
    asked = approvals.ask(
        maker=maker, purpose="partner_bank.closing", pool=0, content={}, fingerprint=seen, now=now,
        expires_at=now + timedelta(hours=1), checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip
    approvals.approve(asked.pk, checker=checker, now=now)
    trail.advance(
        bank, to=state, actor=SYSTEM, because="its contract", now=now, decision_id=asked.pk
    )


def test_money_paid_and_not_loaded_goes_back_to_the_account(
    province: Province, channel: str
) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.order(citizen, talk.card, 3_000, scene=neighbour(channel).scenes[0])
    province.pay(topup)
    province.ask(topup)
    assert citizen.post(f"topups/{topup['id']}/refund").status in (200, 201, 202)
    province.carry_refunds(topup)

    payment = province.payment(topup)
    assert payment.refunds.get().state == "done"
    owner = f"{channel}:{payment.settlement_day}"
    assert province.balance_fen("channel_receivable", owner) == 0
    [row] = [
        row for row in province.wallet.book()["refunds"] if row["order_no"] == payment_id(topup).hex
    ]
    assert (row["state"], row["amount_fen"]) == ("DONE", 3_000)
    assert province.faults() == []


@pytest.mark.parametrize(
    "switch",
    ["notice_bad_signature", "notice_unsigned", "notice_wrong_merchant", "notice_unknown_key"],
)
def test_a_push_that_is_not_the_banks_word_moves_nothing(
    province: Province, channel: str, switch: str
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card(), 1_000, scene=neighbour(channel).scenes[0])
    province.wallet.faults(**{switch: 1})
    [push] = province.pay(topup)
    assert province.deliver(push) >= 400
    assert not Notice.objects.filter(merchant__pool=province.pool, verdict="genuine").exists()
    assert province.payment(topup).state == "offered"
    province.ask(topup)
    assert province.payment(topup).state == "confirmed", "the bank, asked, says what is true"
    assert province.faults() == []


def test_the_banks_daily_file_is_taken_and_what_it_cost_is_the_companys(
    province: Province,
    channel: str,
    running: Callable[[str], tuple[Any, Path]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    topup = province.order(
        province.citizen(), province.card(), 5_000, scene=neighbour(channel).scenes[0]
    )
    province.pay(topup)
    with closing(sqlite3.connect(running(channel)[1] / "book.sqlite3")) as book, book:
        book.execute(
            "UPDATE orders SET paid_at = paid_at - 172800 WHERE order_no = ?", [order_no(topup)]
        )
    province.ask(topup)
    day = clock.business_day(clock.now()) - timedelta(days=2)
    taking.expect(clock.now(), pool=province.pool)
    bill = Bill.objects.get(merchant__pool=province.pool, day=day)
    taking.fetch(bill.id, now=clock.now())
    assert reconciling.apply(bill.id, now=clock.now())
    [line] = BillLine.objects.filter(bill=bill)
    assert (line.order_no, line.amount_fen) == (order_no(topup), 5_000)
    assert line.transaction_no == province.payment(topup).transaction_no
    cost = costs.book(Bill.objects.get(pk=bill.pk), now=clock.now())
    assert cost is not None
    assert cost.fee_fen == 15
    assert province.faults() == []
