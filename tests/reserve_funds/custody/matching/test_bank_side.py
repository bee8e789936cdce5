"""What the bank's room read as a channel's payout becomes a line of the bank's side, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reserve_funds.custody.bank import booking
from reserve_funds.custody.bank.recognition import Known
from reserve_funds.custody.matching import bank_side
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.queries import differences
from tests.reserve_funds.conftest import DAY
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.officers import Desk
from tests.reserve_funds.custody.bank.test_booking import rule
from tests.reserve_funds.custody.matching.worlds import LATER, life, payout, told


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


@pytest.fixture
def bank(desk):
    desk.account.form = "camt053"
    terms = {"channel": "wechat", "days_before": 1, "working_days": False}
    rule(desk, "wechat", Known.CHANNEL_PAYOUT, counterparty="财付通", terms=terms)
    return Bank(account=desk.account)


def test_a_payout_that_was_booked_meets_its_bill(desk, bank):
    lives = [life(desk.pool, str(number), day=DAY) for number in range(3)]
    told(desk.pool, [each for one in lives for each in one.lines()], now=LATER)
    net = payout(desk.pool, lives).amount_fen
    entry, _ = bank.line(net, counterparty_name="财付通支付").line(
        1_234, counterparty_name="不认识").tell()  # fmt: skip
    assert not Line.objects.filter(source_id=entry.id).exists(), "not read yet, so not told"
    booking.book(desk.account, now=LATER)
    bank_side.bring()
    bank_side.bring()
    [line] = Line.objects.filter(pool=desk.pool, side="bank")
    assert (line.source_id, line.amount_fen, line.batch) == (entry.id, net, f"wechat:{DAY}")
    told(desk.pool, [], now=LATER + timedelta(days=1))
    assert "bill_bank" not in {each.relation for each in differences(desk.pool, now=LATER)}
