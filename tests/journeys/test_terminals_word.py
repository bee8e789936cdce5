"""No door takes a terminal's word for what is on a card: not a citizen's, a kiosk's, a wallet's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from accounts import clock
from accounts.actors import Actor
from gateway.topup import conversation
from nfc_topup import loading
from nfc_topup import queries as loads
from tests.journeys.test_robbers import card_of, state_of
from tests.journeys.test_scenes import kiosk
from tests.support.province import Province
from tests.support.talk import Talk

CLAIMS = ["9000", "9302", "6985", "6901", "00000000" + "9000", "DEADBEEF" + "9000", "TORN"]


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def at_the_proof_door(talk: Talk, load_id: str, claim: str) -> Any:
    return talk.citizen.post(f"loads/{load_id}/proof", {"answers": [claim]}).body["outcome"]


def at_the_wallets_door(talk: Talk, load_id: str, claim: str) -> Any:
    """What a provider's confirmation ends in, whatever its own door is called."""
    answers = loading.credit_answers(None) if claim == "TORN" else [claim]
    wallet = Actor(kind="provider", id="some-wallet")
    return conversation.prove(
        UUID(load_id), answers, person=None, actor=wallet, now=clock.now()
    ).outcome


def claimed(talk: Talk, who: Any, claim: str) -> Any:
    """Everything but the last is the card's own word; the fresh question's answer is claimed."""
    talk.card.line("!reset")
    asked = who.post("evidence", {"card_no": talk.card.state.asn[1:]})
    script = asked.body["script"]
    answers = [*("6985" for _ in script[2:-1]), claim]
    told = [*talk.run(script[:2]), *answers]
    return who.post(f"evidence/{asked.body['id']}", {"answers": told}).body["outcome"]


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("credited", [True, False], ids=["credited", "not credited"])
def test_a_claim_leaves_the_doubt_and_the_card_ends_it(
    province: Province, talk: Talk, credited: bool, claim: str
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    credit = talk.challenge(talk.open(topup))
    load_id = credit.body["id"]
    if credited:
        talk.run(credit.body["script"])
    assert at_the_proof_door(talk, load_id, claim) == "in_doubt"
    assert at_the_wallets_door(talk, load_id, claim) == "in_doubt"
    for who in (talk.citizen, kiosk(province)):
        assert claimed(talk, who, claim) in ("unclear", None)
    assert state_of(talk.citizen, topup) == "in_doubt"
    assert loads.get(UUID(load_id)).state == "in_doubt"
    assert province.balance_fen("card_purse", card_of(talk).asn) == 0
    refund = talk.citizen.post(f"topups/{topup['id']}/refund")
    assert refund.body["code"] == "refund_while_load_unresolved"
    assert talk.show().body["outcome"] == ("loaded" if credited else "not_loaded")
    assert province.faults() == []
