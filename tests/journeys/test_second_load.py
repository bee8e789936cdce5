"""A top-up that is loaded a second time: what is still said of the first load moves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.test_late_truth import decided_against, prove
from tests.support.province import Province
from tests.support.talk import Talk


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def state_of(talk: Talk, topup: dict[str, Any]) -> str:
    return str(talk.citizen.get(f"topups/{topup['id']}").body["state"])


def test_an_old_refusal_said_again_leaves_the_second_load_alone(
    province: Province, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    first, _ = decided_against(talk, topup)
    credit = talk.challenge(talk.open(topup))
    assert credit.status == 200
    assert talk.citizen.post(f"loads/{first}/proof", {"answers": ["TORN"]}).body["outcome"] == (
        "not_loaded"
    )
    assert state_of(talk, topup) == "loading"
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 409
    assert talk.prove(credit).body["outcome"] == "loaded"
    assert state_of(talk, topup) == "loaded"
    assert talk.balance_fen() == province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.faults() == []


def test_an_old_question_answered_again_leaves_the_second_load_alone(
    province: Province, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    talk.prove(talk.challenge(talk.open(topup)), ["TORN"])
    talk.card.line("!reset")
    asked = talk.citizen.post("evidence", {"card_no": talk.card.state.asn[1:]})
    answers = {"answers": talk.run(asked.body["script"])}
    where = f"evidence/{asked.body['id']}"
    assert talk.citizen.post(where, answers).body["outcome"] == "not_loaded"
    credit = talk.challenge(talk.open(topup))
    assert talk.citizen.post(where, answers).body["outcome"] == "not_loaded"
    assert state_of(talk, topup) == "loading"
    assert talk.prove(credit).body["outcome"] == "loaded"
    assert state_of(talk, topup) == "loaded"
    assert province.faults() == []


def test_a_credit_covered_by_own_money_is_not_booked_from_the_order_as_well(
    province: Province, talk: Talk
) -> None:
    """The first load proves its credit while the second is out; the second comes to nothing."""
    topup = province.paid(talk.citizen, talk.card)
    first, tac = decided_against(talk, topup)
    credit = talk.challenge(talk.open(topup))
    assert prove(talk, first, tac).body["outcome"] == "loaded_after_refusal"
    assert province.balance_fen("own_cover_due", "unauthorised") == 5_000
    assert talk.prove(credit, ["TORN"]).body["outcome"] == "in_doubt"
    assert talk.show().body["outcome"] != "loaded"
    for _ in range(2):
        assert prove(talk, first, tac).body["outcome"] == "loaded_after_refusal"
        assert province.balance_fen("card_purse", talk.card.state.asn) == 5_000
    assert province.balance_fen("own_cover_due", "unauthorised") == 5_000
    assert province.faults() == []
