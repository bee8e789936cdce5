"""kill -9 between any two steps of a cash load, on our side: asked again, it ends the same."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from gateway.kiosk.models import Claim, Record
from gateway.sandbox.kiosks.client import Reply
from gateway.sandbox.virtual_card import VirtualCard
from tests.journeys.kiosk.test_claims import Elsewhere
from tests.journeys.test_plug_pulled import BEFORE_ANSWER, killed
from tests.support.campaign import size
from tests.support.kiosks import Standing, run
from tests.support.province import Province

# Step and what is called next; those first that leave most behind.
ARROWS = (
    "open: gateway.kiosk.cash._paid_order",
    "open: gateway.kiosk.loads.conversation.open_load",
    "seal: nfc_topup.loading.commit_seal",
    "proof: gateway.kiosk.loads.conversation.prove",
    "slot: gateway.kiosk.cash.cash_limits.room_fen",
    f"slot: {BEFORE_ANSWER}",
    "open: gateway.kiosk.cash.book.post",
    "open: gateway.kiosk.cash.claims.begin",
    f"open: {BEFORE_ANSWER}",
    f"seal: {BEFORE_ANSWER}",
    f"proof: {BEFORE_ANSWER}",
)
ACROSS = "open: gateway.kiosk.cash.duties.work_one"


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=200_000)


def again(kiosk: Standing, arrow: str, here: str, path: str, wish: Any, key: str) -> Reply:
    """The write; killed first where this arrow is the one, then signed anew under the same key."""
    step, _, at = arrow.partition(": ")
    if step == here:
        killed(lambda: kiosk.machine.post(path, wish, key=key), at)
        kiosk.machine.sequence += 1  # the number that died with its process
    return kiosk.machine.post(path, wish, key=key)


def loaded(kiosk: Standing, card: VirtualCard, arrow: str) -> str:
    """A cash load of 50 yuan with the plug pulled at this arrow; the order's id."""
    no, key = card.state.asn[1:], uuid4().hex
    slot = again(kiosk, arrow, "slot", "intakes", {"card_no": no}, f"{key}-slot")
    assert slot.status == 201, (arrow, slot.body)
    intake = slot.body["intake_id"]
    note = kiosk.machine.note(intake, kiosk.box, 5_000)
    wish = {"card_no": no, "intake_id": intake, "notes": [note]}
    opened = again(kiosk, arrow, "open", "cash-loads", wish, f"{key}-open")
    assert opened.status == 201, (arrow, opened.body)
    answers = {"answers": run(card, opened.body["script"])}
    path = f"loads/{opened.body['id']}/challenge"
    credit = again(kiosk, arrow, "seal", path, answers, f"{key}-seal")
    where, proof = kiosk.proof(opened, run(card, credit.body["script"]))
    verdict = again(kiosk, arrow, "proof", where, proof, f"{key}-proof")
    assert verdict.body["outcome"] == "loaded", (arrow, verdict.body)
    return str(opened.body["order_id"])


def test_a_cash_load_survives_the_plug_at_every_arrow(kiosk: Standing) -> None:
    arrows = ARROWS[: size(4, len(ARROWS))]
    for arrow in arrows:
        card = kiosk.province.card()
        loaded(kiosk, card, arrow)
        assert kiosk.agrees(card, 5_000), arrow
    taken = 5_000 * len(arrows)
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (taken, 200_000 - taken)
    assert Claim.objects.filter(pool=kiosk.province.pool).count() == len(arrows)
    assert Record.objects.filter(kiosk=kiosk.kiosk).count() == 2 * len(arrows)


def test_between_the_two_legs_of_another_pools_order(kiosk: Standing) -> None:
    other = Elsewhere()
    card = other.card()
    order_id = loaded(kiosk, card, ACROSS)
    assert other.holds("card_purse", card.state.asn) == 5_000
    assert other.holds("unloaded_orders", order_id) == 0
    assert other.holds("pool_due_from", kiosk.province.pool) == 5_000
    assert kiosk.province.balance_fen("pool_due_to", str(other.pool)) == 5_000
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (5_000, 195_000)
    assert kiosk.province.faults() == []
