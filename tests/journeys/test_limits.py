"""What a card may hold and a payer may pay is the rule of the card's pool, not of the code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts import clock
from accounts.models import TransitCard
from gateway.channels.values import HttpRequest, Merchant
from gateway.channels.wechatpay import questions
from gateway.payments.models import Payment
from gateway.sandbox import seed
from gateway.topup.models import TopUp
from nfc_topup.models import LoadSeal
from reserve_funds.custody.rules import book, pools
from tests.support.people import confirmed
from tests.support.province import Answer, Citizen, Province
from tests.support.talk import Talk


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def wished(
    province: Province, citizen: Citizen, card_no: str, amount_fen: int, **more: str
) -> Answer:
    added = citizen.post("cards", {"card_no": card_no})
    assert added.status == 201, added.body
    wish = {"card_id": added.body["id"], "amount_fen": amount_fen}
    return citizen.post("topups", wish | {"channel": province.channel, "scene": "native"} | more)


def test_waiting_orders_count_before_another_is_placed(province: Province, talk: Talk) -> None:
    """R14: an anonymous card holds at most 1,000 yuan, what waits for it included."""
    card_no = talk.card.state.asn[1:]
    province.paid(talk.citizen, talk.card, 60_000)
    refused = wished(province, talk.citizen, card_no, 40_001)
    assert (refused.status, refused.body["code"]) == (400, "card_would_hold_too_much")
    assert TopUp.objects.filter(card__asn=talk.card.state.asn).count() == 1
    assert wished(province, talk.citizen, card_no, 40_000).status == 201


def test_what_the_card_has_proved_counts_when_the_next_is_placed(
    province: Province, talk: Talk
) -> None:
    talk.load(province.paid(talk.citizen, talk.card, 90_000))
    refused = wished(province, talk.citizen, talk.card.state.asn[1:], 10_001)
    assert refused.body["code"] == "card_would_hold_too_much"
    TransitCard.objects.filter(asn=talk.card.state.asn).update(named=True)
    assert wished(province, talk.citizen, talk.card.state.asn[1:], 10_001).status == 201


def test_no_mac2_for_a_card_that_would_hold_too_much(
    province: Province, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R14 again at MAC2, by the balance under MAC1: the order knew nothing of this card.

    The limit is below what the purse itself can hold, so the purse does not refuse first.
    """
    plan = book.by_name("MOT")
    cap = replace(plan.rules["R14"], parameters={"named_fen": 60_000, "anonymous_fen": 50_000})
    small = replace(plan, rules={**plan.rules, "R14": cap})
    monkeypatch.setattr(pools, "profile_named", lambda name, pool: small)
    talk.card.state.balances["2"] = 45_001
    topup = province.paid(talk.citizen, talk.card, 5_000)
    opened = talk.open(topup)
    refused = talk.challenge(opened)
    assert (refused.status, refused.body["code"]) == (400, "card_would_hold_too_much")
    assert not LoadSeal.objects.filter(load_id=opened.body["id"]).exists()
    assert talk.citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000
    assert province.balance_fen("card_purse", talk.card.state.asn) == 0
    assert province.faults() == []
    talk.card.state.balances["2"] = 45_000  # a ride later there is room
    talk.card.line("!reset")
    talk.load(topup)
    assert province.balance_fen("card_purse", talk.card.state.asn) == 5_000


def test_an_unknown_payer_pays_less_than_ten_thousand_a_day(province: Province, talk: Talk) -> None:
    """R16: over the whole day and every card; whoever has given their real name is known.

    A card of their own that is named does not do: it says who holds it, not who pays.
    """
    person, now = talk.citizen.person, clock.now()
    own = talk.citizen.post("cards", {"card_no": talk.card.state.asn[1:]}).body["id"]
    other = province.card(province.citizen())
    TopUp.objects.bulk_create(
        TopUp(
            id=f"01a202ef-3be3-8b90-bf08-{number:012x}", pool=province.pool, person=person,
            card=TransitCard.objects.get(asn=other.state.asn), amount_fen=99_000,
            state="placed", placed_at=now,
        )
        for number in range(province.pool * 100, province.pool * 100 + 10)
    )  # fmt: skip
    TopUp.objects.filter(person=person).update(paid_at=now)
    refused = wished(province, talk.citizen, talk.card.state.asn[1:], 10_000)
    assert (refused.status, refused.body["code"]) == (400, "real_name_needed")
    assert wished(province, talk.citizen, talk.card.state.asn[1:], 9_999).status == 201
    TransitCard.objects.filter(pk=own).update(named=True)
    assert wished(province, talk.citizen, talk.card.state.asn[1:], 10_000).status == 400
    confirmed(person, now)
    assert wished(province, talk.citizen, talk.card.state.asn[1:], 10_000).status == 201


@pytest.fixture
def under_pboc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for before `province`, whose pool then lives under PBOC from its first day."""
    monkeypatch.setattr(seed, "PROFILE", "PBOC")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What WeChat Pay is told, as it is told."""
    said: list[dict[str, Any]] = []
    post = questions._post

    def noting(merchant: Merchant, path: str, words: dict[str, Any], **how: Any) -> HttpRequest:
        said.append(words)
        return post(merchant, path, words, **how)

    monkeypatch.setattr(questions, "_post", noting)
    return said


def test_where_credit_is_forbidden_the_channel_is_told(
    under_pboc: None, province: Province, told: list[dict[str, Any]]
) -> None:
    """R18."""
    province.order(province.citizen(), province.card(), scene="native")
    assert told[-1]["limit_pay"] == ["no_credit"]


def test_elsewhere_the_payer_chooses(province: Province, told: list[dict[str, Any]]) -> None:
    province.order(province.citizen(), province.card(), scene="native")
    assert told
    assert "limit_pay" not in told[-1]


@pytest.mark.parametrize("channel", ["unionpay"])
def test_a_channel_that_cannot_keep_credit_out_takes_nothing(
    under_pboc: None, province: Province
) -> None:
    refused = wished(province, province.citizen(), province.card().state.asn[1:], 5_000)
    assert (refused.status, refused.body["code"]) == (400, "channel_wish_refused")
    assert not TopUp.objects.filter(pool=province.pool).exists(), "no order that nobody can pay"
    assert not Payment.objects.filter(pool=province.pool).exists()
    added = province.citizen()
    card = added.post("cards", {"card_no": province.card().state.asn[1:]}).body["id"]
    by_code = added.post("topups", {"card_id": card, "amount_fen": 5_000, "channel": "any"})
    assert by_code.body["code"] == "channel_wish_refused"
    assert not TopUp.objects.filter(pool=province.pool).exists()
