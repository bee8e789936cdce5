"""A client says which application a card answered to: a legacy city card loads beside the new."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from accounts.models import IssuerPrefix, TransitCard
from gateway.sandbox.card_files import AID, CITY_AID
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup.card.profiles import by_name
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import Load
from tests.support.province import KEYS, Answer, Citizen, Province
from tests.support.talk import Talk


@pytest.fixture
def city_talk(province: Province, tmp_path: Path) -> Talk:
    """A citizen with an old city card: its row, like every new one, expects the ministry's AID."""
    import_test_keys(tmp_path / "card-keys.json", indices=(by_name("city").vault_index,))
    prefix = f"000{province.pool:06d}"  # a city's number has 16 digits; three zeros before it
    IssuerPrefix.objects.create(
        prefix=prefix, issuer_name="旧城市卡", operator=province.operator, source="test"
    )
    asn = f"0{prefix}{random.randrange(10**10):010d}"
    dlk, dtk = card_keys(KEYS, asn)
    chip = VirtualCard(CardState(asn=asn, dlk=dlk, dtk=dtk), quirks=Quirks(aid=CITY_AID))
    return Talk(citizen=province.citizen(), card=chip)


def opened(talk: Talk, topup: dict[str, object], aid: object) -> Answer:
    return talk.citizen.post(f"topups/{topup['id']}/loads", {"aid": aid})


def profile_of(citizen: Citizen) -> str:
    return str(TransitCard.objects.get(holder=citizen.person).profile_name)


def test_the_aid_that_was_seen_chooses_the_script_and_the_keys(
    province: Province, city_talk: Talk
) -> None:
    topup = province.paid(city_talk.citizen, city_talk.card)
    refused = city_talk.challenge(city_talk.open(topup))
    assert (refused.status, refused.body["code"]) == (409, "card_refused_step")

    load = opened(city_talk, topup, CITY_AID.hex())

    assert load.status == 201
    assert CITY_AID.hex().upper() in load.body["script"][0]["apdu"]
    verdict = city_talk.prove(city_talk.challenge(load))
    assert verdict.body["outcome"] == "loaded", verdict.body
    assert city_talk.balance_fen() == 5_000
    assert province.faults() == []
    assert profile_of(city_talk.citizen) == "city", "kept for the next time"


def test_an_unknown_aid_is_refused_and_nothing_moves(province: Province, city_talk: Talk) -> None:
    topup = province.paid(city_talk.citizen, city_talk.card)

    refused = opened(city_talk, topup, "A00000000099")

    assert (refused.status, refused.body["code"]) == (400, "card_aid_unknown")
    assert refused.body["facts"] == {"aid": "A00000000099"}
    assert profile_of(city_talk.citizen) == "tunion"
    assert not Load.objects.filter(order_id=topup["id"]).exists()


@pytest.mark.parametrize("aid", ["", "A0", "zz" * 7, "A0" * 17, 7, None])
def test_what_is_no_aid_is_a_field_that_is_not_valid(
    province: Province, city_talk: Talk, aid: object
) -> None:
    topup = province.order(city_talk.citizen, city_talk.card)
    refused = opened(city_talk, topup, aid)
    assert (refused.status, refused.body["code"]) == (400, "fields_not_valid")


def test_evidence_asks_the_application_of_the_load_in_doubt(
    province: Province, city_talk: Talk
) -> None:
    topup = province.paid(city_talk.citizen, city_talk.card)
    credit = city_talk.challenge(opened(city_talk, topup, CITY_AID.hex()))
    city_talk.card.line("!tear-after")
    assert city_talk.prove(credit).body["outcome"] == "in_doubt"
    number = city_talk.card.state.asn[1:]

    for aid, status, code in [
        (AID, 409, "card_other_application"),
        (bytes(7), 400, "card_aid_unknown"),
    ]:
        refused = city_talk.citizen.post("evidence", {"card_no": number, "aid": aid.hex()})
        assert (refused.status, refused.body["code"]) == (status, code)
    again = opened(city_talk, topup, AID.hex())
    assert (again.status, again.body["code"]) == (409, "load_unresolved")

    city_talk.card.line("!reset")
    asked = city_talk.citizen.post("evidence", {"card_no": number, "aid": CITY_AID.hex()})
    answers = city_talk.run(asked.body["script"])
    verdict = city_talk.citizen.post(f"evidence/{asked.body['id']}", {"answers": answers})
    assert verdict.body["outcome"] == "loaded"
    assert province.faults() == []
