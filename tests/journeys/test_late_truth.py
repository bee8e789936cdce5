"""A card that proves a credit after it was decided against: the book follows the card."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import SecurityEvent
from gateway.sandbox.card_macs import mac
from tests.support.channels import every_channel
from tests.support.province import Answer, Province
from tests.support.talk import Talk


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def decided_against(talk: Talk, topup: dict[str, Any]) -> tuple[str, str]:
    """A load that evidence has ended as not loaded; its id and the TAC it would have had."""
    load = talk.open(topup)
    initialize = load.body["script"][-1]["apdu"]
    credit = talk.challenge(load)
    apdu = credit.body["script"][0]["apdu"]
    assert talk.prove(credit, ["TORN"]).body["outcome"] == "in_doubt"
    assert talk.show().body["outcome"] == "not_loaded"
    amount, terminal, moment = initialize[12:20], initialize[20:32], apdu[10:24]
    message = bytes.fromhex(f"{5_000:08X}0000{amount}02{terminal}{moment}")
    dtk = bytes.fromhex(talk.card.state.dtk)
    key = bytes(left ^ right for left, right in zip(dtk[:8], dtk[8:], strict=True))
    return load.body["id"], mac(key, message).hex().upper()


def prove(talk: Talk, load_id: str, tac: str) -> Answer:
    return talk.citizen.post(f"loads/{load_id}/proof", {"answers": [f"{tac}9000"]})


def test_money_that_still_waits_is_this_loads_after_all(province: Province, talk: Talk) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load_id, tac = decided_against(talk, topup)
    for _ in range(2):
        assert prove(talk, load_id, tac).body["outcome"] == "loaded_after_refusal"
        assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
        assert province.balance_fen("card_purse", talk.card.state.asn) == 5_000
        assert province.balance_fen("unloaded_orders", topup["id"]) == 0
        assert province.balance_fen("own_cover_due", "unauthorised") == 0
    assert SecurityEvent.objects.filter(subject=f"load:{load_id}").count() == 1
    assert talk.citizen.post(f"topups/{topup['id']}/refund").body["code"] == "topup_is_over"
    assert province.faults() == []


@every_channel
def test_money_that_has_gone_back_is_covered_by_the_operator(
    province: Province, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load_id, tac = decided_against(talk, topup)
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)
    for _ in range(2):
        assert prove(talk, load_id, tac).body["outcome"] == "loaded_after_refusal"
        assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "refunded"
        assert province.balance_fen("card_purse", talk.card.state.asn) == 5_000
        assert province.balance_fen("own_cover_due", "unauthorised") == 5_000
        assert province.balance_fen("due_to_reserve", "unauthorised") == 5_000
    assert province.faults() == []


def test_a_made_up_tac_moves_nothing(province: Province, talk: Talk) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load_id, tac = decided_against(talk, topup)
    made_up = f"{int(tac, 16) ^ 1:08X}"
    assert prove(talk, load_id, made_up).body["outcome"] == "not_loaded"
    assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert province.balance_fen("card_purse", talk.card.state.asn) == 0
    assert province.faults() == []
