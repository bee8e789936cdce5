"""Bad input at every door: a clear problem, a security event where it smells, nothing moved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import clock, duties
from accounts.models import SecurityEvent
from gateway.payments.models import Notice
from gateway.sandbox.neighbourhood import neighbour
from tests.support.channels import every_channel, false_answer, forged_notice, silence
from tests.support.province import Answer, Citizen, Province, order_no
from tests.support.talk import Talk

MALFORMED: list[tuple[Any, str]] = [
    ({}, "fields_not_valid"),
    ({"answers": "9000"}, "fields_not_valid"),
    ({"answers": [1, 2]}, "card_transcript_mismatch"),
    ({"answers": ["zz9000"] * 4}, "card_answer_unreadable"),
    ({"answers": ["900"] * 4}, "card_answer_unreadable"),
    ({"answers": [""] * 4}, "fields_not_valid"),
    ({"answers": ["9000"] * 41}, "fields_not_valid"),
    ({"answers": ["00" * 300]}, "fields_not_valid"),
    ({"answers": []}, "card_transcript_mismatch"),
]


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


@pytest.fixture
def topup(province: Province, talk: Talk) -> dict[str, Any]:
    return province.paid(talk.citizen, talk.card)


def nothing_moved(province: Province, talk: Talk, topup: dict[str, Any]) -> None:
    assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.balance_fen("card_purse", talk.card.state.asn) == 0
    assert talk.balance_fen() == 0
    assert province.faults() == []


def events() -> int:
    return SecurityEvent.objects.count()


@pytest.mark.parametrize(("content", "code"), MALFORMED)
def test_malformed_answers_of_a_card(
    province: Province, talk: Talk, topup: dict[str, Any], content: Any, code: str
) -> None:
    load = talk.open(topup)
    answer = talk.citizen.post(f"loads/{load.body['id']}/challenge", content)
    assert answer.status == 400, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    nothing_moved(province, talk, topup)


def test_another_card_than_the_orders(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    load = talk.open(topup)
    other = Talk(citizen=talk.citizen, card=province.card())
    answer = talk.challenge(load, other.run(load.body["script"]))
    assert (answer.status, answer.body["code"]) == (409, "other_card")
    nothing_moved(province, talk, topup)


def test_a_forged_mac1_gets_no_mac2_and_an_alarm(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    answers[-1] = answers[-1][:24] + f"{int(answers[-1][24:26], 16) ^ 1:02X}" + answers[-1][26:]
    before = events()
    answer = talk.challenge(load, answers)
    assert answer.status in (400, 403, 409), answer.body
    assert "script" not in answer.body
    assert events() == before + 1
    nothing_moved(province, talk, topup)


def test_a_damaged_tac_is_doubt_and_ends_at_the_next_tap(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    credit = talk.challenge(talk.open(topup))
    talk.card.line("!flip 0")
    assert talk.prove(credit).body["outcome"] == "in_doubt"
    assert province.balance_fen("card_purse", talk.card.state.asn) == 0
    assert talk.show().body["outcome"] == "loaded"
    assert province.balance_fen("card_purse", talk.card.state.asn) == talk.balance_fen() == 5_000
    assert province.faults() == []


def test_a_recorded_challenge_replayed_under_another_load(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    first = talk.open(topup)
    recorded = talk.run(first.body["script"])
    assert talk.prove(talk.challenge(first, recorded)).body["outcome"] == "loaded"
    second_order = province.paid(talk.citizen, talk.card)
    second = talk.open(second_order)
    before = events()
    replayed = talk.challenge(second, recorded)
    assert replayed.status >= 400, replayed.body
    assert events() > before
    assert province.balance_fen("unloaded_orders", second_order["id"]) == 5_000
    assert talk.balance_fen() == 5_000
    assert province.faults() == []


def test_a_recorded_answer_with_counter_n_cannot_buy_a_refund(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    load = talk.open(topup)
    recorded = talk.run(load.body["script"])
    credit = talk.challenge(load, recorded)
    talk.run(credit.body["script"])
    talk.prove(credit, ["TORN"])
    asked = talk.citizen.post("evidence", {"card_no": talk.card.state.asn[1:]})
    script = asked.body["script"]
    answers = [recorded[0], recorded[1], *["6985"] * (len(script) - 3), recorded[-1]]
    verdict = talk.citizen.post(f"evidence/{asked.body['id']}", {"answers": answers})
    assert verdict.body.get("outcome") != "not_loaded", verdict.body
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 409
    assert talk.show().body["outcome"] == "loaded"


@forged_notice
def test_a_notice_that_is_not_the_channels_word(
    province: Province, fault: str, verdict: str
) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.faults(**{fault: 1})
    [push] = province.pay(topup)
    before = events()
    assert province.deliver(push) >= 400
    kept = Notice.objects.filter(merchant__pool=province.pool).get()
    assert (kept.state, kept.verdict) == ("refused", verdict)
    assert bytes(kept.body) == push.body
    assert events() == before + 1
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    province.wallet.behave()
    province.ask(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid", "money is not lost by it"


def test_an_oversized_notice_is_refused(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    [push] = province.pay(topup)
    path = push.path
    response = Client().post(path, b"{" + b" " * 70_000, content_type="application/json")
    assert response.status_code >= 400
    assert Notice.objects.get(merchant__pool=province.pool).state == "refused"


@every_channel
def test_a_notice_and_an_answer_that_disagree_book_nothing(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.faults(notice_wrong_amount=1)
    [push] = province.pay(topup)
    assert province.deliver(push) in (200, 204)
    duties.work(clock.now())
    assert province.payment(topup).state == "contested"
    [event] = SecurityEvent.objects.filter(subject=topup["payments"][0]["id"])
    assert event.code == "payment_evidence_disagrees"
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    assert province.balance_fen("received", topup["payments"][0]["id"]) == 0
    assert province.faults() == []


@false_answer
def test_an_answer_that_is_not_proven_confirms_nothing(province: Province, fault: str) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.pay(topup)
    province.wallet.faults(**{fault: {"times": True, "on": "query"}})
    province.ask(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    assert province.balance_fen("received", topup["payments"][0]["id"]) == 0
    province.wallet.behave()
    province.ask(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"


def test_keys_rotate_with_overlap_and_an_unknown_one_is_learned(province: Province) -> None:
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    province.wallet.rotate_keys()
    province.pay(topup)
    province.ask(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"


@silence
def test_a_silent_channel_is_asked_again_under_the_same_numbers(
    province: Province, fault: str
) -> None:
    citizen = province.citizen()
    card = province.card()
    card_id = citizen.post("cards", {"card_no": card.state.asn[1:]}).body["id"]
    scene = neighbour(province.channel).scenes[0]
    wish = {
        "card_id": card_id,
        "amount_fen": 900,
        "channel": province.channel,
        "scene": scene,
    }
    province.wallet.faults(**{fault: {"times": 1, "on": "create"}})
    silent = citizen.post("topups", wish, key="asked-again")
    assert (silent.status, silent.body["code"][:8]) == (503, "channel_")
    again = citizen.post("topups", wish, key="asked-again")
    assert again.status == 201, again.body
    assert len(citizen.get("topups").body["results"]) == 1
    assert province.wallet.order(order_no(again.body))["amount_fen"] == 900
    assert again.body["state"] == "placed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_fen": 0}, "fields_not_valid"),
        ({"amount_fen": -5}, "fields_not_valid"),
        ({"amount_fen": "5000"}, "fields_not_valid"),
        ({"amount_fen": 50.0}, "fields_not_valid"),
        ({"amount_fen": True}, "fields_not_valid"),
        ({"amount_fen": 100_001}, "amount_not_offered"),
        ({"amount_fen": 10**30}, "body_unreadable"),
        ({"channel": "shells"}, "channel_not_offered"),
        ({"scene": "telepathy"}, "fields_not_valid"),
        ({"scene": "jsapi"}, "payer_openid_missing"),
        ({"card_id": "nobody"}, "fields_not_valid"),
        ({"card_id": "01a202ef-3be3-8b90-bf08-21dc75f5d71f"}, "card_not_found"),
    ],
)
def test_a_wish_that_cannot_be_granted(
    province: Province, change: dict[str, Any], code: str
) -> None:
    citizen = province.citizen()
    card = province.card()
    card_id = citizen.post("cards", {"card_no": card.state.asn[1:]}).body["id"]
    wish = {"card_id": card_id, "amount_fen": 900, "channel": "wechatpay", "scene": "native"}
    answer = citizen.post("topups", wish | change)
    assert 400 <= answer.status < 500, answer.body
    assert answer.body["code"] == code
    assert {"zh", "en"} == set(answer.body["say"])
    assert citizen.get("topups").body["results"] == []


def test_somebody_elses_things_are_not_found(
    province: Province, talk: Talk, topup: dict[str, Any]
) -> None:
    load = talk.open(topup)
    stranger = province.citizen()
    doors: list[Answer] = [
        stranger.get(f"topups/{topup['id']}"),
        stranger.get(f"topups/{topup['id']}/story"),
        stranger.get(f"topups/{topup['id']}/payment.svg"),
        stranger.post(f"topups/{topup['id']}/refund"),
        stranger.post(f"topups/{topup['id']}/loads"),
        stranger.post(f"loads/{load.body['id']}/challenge", {"answers": ["9000"]}),
        stranger.post(f"loads/{load.body['id']}/proof", {"answers": ["9000"]}),
        stranger.get(f"cards/{topup['card_id']}"),
    ]
    assert {door.status for door in doors} == {404}
    assert stranger.get("topups").body["results"] == []
    nothing_moved(province, talk, topup)


def test_without_a_token_or_a_key_nothing_happens(province: Province, talk: Talk) -> None:
    bare = Client()
    assert bare.get("/api/v1/topups").status_code == 401
    assert bare.post("/api/v1/topups").status_code == 401
    lost = Citizen(clock.now())
    lost.token = "ctz_" + "A" * 43
    assert lost.get("topups").body["code"] == "token_not_valid"
    headers = {"Authorization": f"Bearer {talk.citizen.token}"}
    keyless = bare.post("/api/v1/cards", {}, content_type="application/json", headers=headers)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
