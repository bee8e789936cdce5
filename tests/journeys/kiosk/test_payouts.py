"""Cash that no card took, given back over a bank: whatever the bank answers, to its end."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import clock, duties
from gateway.kiosk import claims, tasks, transfers
from gateway.kiosk.models import Claim, Payout
from gateway.topup.models import TopUp
from reserve_funds.custody.bank import instructions, requests
from reserve_funds.custody.bank.instructions import Answer, Said
from reserve_funds.custody.bank.models import Instruction
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.errors import Overdrawn
from reserve_funds.handbook import Purpose
from tests.journeys.kiosk.test_cash import banked, open_cases
from tests.journeys.kiosk.test_claims import claim_of
from tests.journeys.kiosk.test_two_people import refused
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.support.kiosks import Standing
from tests.support.province import Province

HOLDER = Payee(account_no="6222021702018887777", name="王小明", bank_code="102491002013")
UNPAID = "kiosk_payout_unpaid"


@pytest.fixture
def kiosk(province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Standing:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Standing.new(province, quota_fen=30_000)


class Cashier:
    """The officers who have the money transferred, and the bank that answers."""

    def __init__(self, kiosk: Standing, payout: Payout) -> None:
        self.kiosk, self.payout = kiosk, payout
        self.account = an_account(kiosk.province.pool, form="camt053")
        self.bank = Bank(account=self.account, day=clock.business_day(clock.now()), balance_fen=0)

    def sends(self, fen: int = 0) -> Instruction:
        """Asked by one, agreed by another, told to the bank."""
        pool, source = transfers.source_of(self.payout)
        asked = requests.ask(
            pool=pool, purpose=Purpose.REFUND_TO_PAYER, source=source, payee=HOLDER,
            amount_fen=fen or self.payout.claim.amount_fen, account=self.account,
            because="未写卡现金退还", maker=self.kiosk.first, now=clock.now(),
        )  # fmt: skip
        [made] = requests.approve(asked.id, checker=self.kiosk.second, now=clock.now())
        return instructions.sending(made.id, now=clock.now())

    def says(self, sent: Instruction, state: Said, **words: Any) -> None:
        instructions.answered(sent.id, Answer(state=state, **words), now=clock.now())
        self.follows(sent)

    def shows(self, sent: Instruction, fen: int | None = None, **words: Any) -> None:
        """Its statement has a line of it: it left, or came back."""
        self.bank.of(sent, fen, **words).book()
        self.follows(sent)

    def follows(self, sent: Instruction) -> None:
        duties.work_one(tasks.BANK_SAID, sent.id, clock.now())
        claims.look(self.payout.claim_id, now=clock.now())


def test_over_the_bank_unknown_rejected_paid_returned_and_paid_at_last(kiosk: Standing) -> None:
    card, ours = kiosk.province.card(), kiosk.province
    claim, now = claim_of(kiosk, card, 10_000), clock.now()
    banked(kiosk, kiosk.box, 10_000)
    asked = claims.ask(claim.id, way="bank", because="the card broke", maker=kiosk.first, now=now)
    payout = claims.approve(asked.id, checker=kiosk.second, now=now)
    cashier = Cashier(kiosk, payout)

    def stands() -> tuple[str, str, int, int]:
        claim.refresh_from_db()
        waiting = ours.balance_fen("refunds_in_flight", str(payout.id))
        state = TopUp.objects.get(pk=claim.id).state
        return claim.state, state, waiting, len(open_cases(kiosk, UNPAID))

    under_way = ("paying", "refunding", 0, 1)
    assert stands() == ("paying", "refunding", 10_000, 1), "officers are told to ask for it"
    end = "UPDATE kiosk_claim SET state = 'paid_out' WHERE id = %s"
    refused("kiosk_claim_has_its_payout", end, claim.id)

    first = cashier.sends()
    for word in (Said.UNKNOWN, Said.ACCEPTED, Said.PAID):
        cashier.says(first, word, no_such_number=word is Said.UNKNOWN)
        assert stands() == under_way, "a bank's word ends nothing"
    second = None
    with pytest.raises(Overdrawn):
        cashier.sends()  # never twice while the first is under way
    instructions.answered(first.id, Answer(state=Said.REJECTED, reason="户名不符"), now=now)
    cashier.follows(first)
    assert stands() == ("paying", "refunding", 10_000, 1), "it is where it was, to be asked again"
    wish = {"card_no": card.state.asn[1:], "order_id": str(claim.id)}
    assert kiosk.machine.post("loads", wish).status == 409, "no card takes it meanwhile"

    part, second = cashier.sends(4_000), cashier.sends(6_000)
    cashier.shows(part)
    assert stands() == ("paying", "refunding", 0, 1), "a part is not the whole"
    refused("kiosk_claim_has_its_payout", end, claim.id)
    cashier.shows(second)
    assert stands() == ("paid_out", "refunded", 0, 0)
    cashier.shows(second, second.amount_fen, summary="退汇")
    assert stands() == ("paying", "refunding", 6_000, 1), "a bank may send it back"
    last = cashier.sends(6_000)
    cashier.shows(last)
    cashier.follows(last)
    assert stands() == ("paid_out", "refunded", 0, 0)
    refused("kiosk_claim_has_its_payout",
            "UPDATE kiosk_claim SET state = 'paying' WHERE id = %s", claim.id)  # fmt: skip
    assert ours.balance_fen("unloaded_orders", str(claim.id)) == 0
    assert Claim.objects.filter(pk=claim.id, payouts__state="done").count() == 1
    assert ours.faults() == []
