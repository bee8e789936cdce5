"""A city moves over smoothly: two key sets live at once, and old cards go on loading."""

import itertools
import json

import pytest

from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.sandbox.card_files import CITY_AID
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup import applications
from nfc_topup.card.profiles import CITY_AID as CITY
from nfc_topup.card.profiles import TUNION_AID, by_name
from nfc_topup.card.reading import recognise
from nfc_topup.errors import AidUnknown, CardRefusedStep, LoadUnresolved, Mac1Wrong
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import CardKey, Load
from tests.nfc_topup.conftest import NOW, Talk

OLD_MASTERS = {
    "MLK": "0123456789ABCDEFFEDCBA9876543210",
    "MTK": "89ABCDEF0123456776543210FEDCBA98",
    "levels": ["asn8"],
}
OLD = by_name("sandbox-city")
NEW = by_name("sandbox")
_numbers = itertools.count(1)


@pytest.fixture
def old_talk(new_talk, tmp_path, operator):
    """A talk with an old city card; the new cards' keys are in use beside it."""
    file = tmp_path / "old-keys.json"
    file.write_text(json.dumps(OLD_MASTERS), encoding="utf-8")
    import_test_keys(file, indices=(OLD.vault_index,), now=NOW)

    def make(masters=OLD_MASTERS, profile_name=OLD.name):
        asn = f"000049100001{next(_numbers):08d}"
        dlk, dtk = card_keys(masters, asn)
        state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 300}, counter=9)
        card = TransitCard.objects.create(
            id=new_id(NOW), asn=asn, operator=operator, added_at=NOW, profile_name=profile_name
        )
        return Talk(card=card, chip=VirtualCard(state, quirks=Quirks(aid=CITY_AID)))

    return make


def test_old_and_new_cards_load_side_by_side_each_under_its_own_keys(old_talk, new_talk):
    old, new = old_talk(), new_talk(balance=300)
    for talk in (old, new, old, new):
        _, verdict = talk.load(700)
        assert verdict.outcome == "loaded"
    assert (old.balance, new.balance) == (1_700, 1_700)
    active = CardKey.objects.filter(state="active", purpose="load")
    both = active.filter(index__in=[OLD.vault_index, NEW.vault_index])
    assert len({key.check_value for key in both}) == 2


def test_a_new_version_of_the_old_keys_leaves_the_new_cards_alone(old_talk, new_talk, tmp_path):
    file = tmp_path / "newer.json"
    file.write_text(json.dumps(OLD_MASTERS | {"MLK": "AA" * 8 + "55" * 8}), encoding="utf-8")
    before, opened = new_talk(), old_talk()
    load_id, seal = opened.sealed(500)
    import_test_keys(file, indices=(OLD.vault_index,), now=NOW)
    assert before.load(500)[1].outcome == "loaded"
    answers = opened.pipe(seal.script)
    assert opened.prove(load_id, answers).outcome == "loaded", "what it began, it still judges"


def test_an_old_card_s_doubt_ends_like_a_new_one_s(old_talk):
    talk = old_talk()
    load_id, seal = talk.sealed(500)
    talk.chip.line("!tear-after")
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    assert talk.evidence().outcome == "loaded"
    assert talk.balance == 800


def test_the_other_set_s_keys_open_nothing(old_talk, new_talk):
    talk = old_talk(masters=OLD_MASTERS | {"MLK": "11" * 8 + "22" * 8})
    opened = talk.open(500)
    with pytest.raises(Mac1Wrong):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert Load.objects.get(pk=opened.load_id).state == "opened"
    assert talk.balance == 300


def test_a_card_answers_to_one_aid_or_the_other(old_talk, new_talk):
    old, new = old_talk(), new_talk()
    assert recognise(old.chip.line).name == "city"
    assert recognise(new.chip.line).name == "tunion"
    asked_wrong = old_talk(profile_name="sandbox")
    opened = asked_wrong.open(500)
    with pytest.raises(CardRefusedStep):
        asked_wrong.seal(opened.load_id, asked_wrong.pipe(opened.script))


def test_the_aid_that_a_card_answers_to_chooses_its_profile_and_keys(old_talk):
    talk = old_talk(profile_name="sandbox")
    chosen = applications.answers_to(talk.card, CITY, actor=SYSTEM, now=NOW)
    assert (chosen.name, chosen.vault_index) == ("city", OLD.vault_index)
    assert talk.load(700)[1].outcome == "loaded"
    assert applications.answers_to(talk.card, CITY, actor=SYSTEM, now=NOW).name == "city"


def test_a_card_does_not_change_sides_while_a_seal_is_out(old_talk):
    talk = old_talk()
    talk.sealed(500)
    with pytest.raises(LoadUnresolved):
        applications.answers_to(talk.card, TUNION_AID, actor=SYSTEM, now=NOW)
    with pytest.raises(AidUnknown):
        applications.answers_to(talk.card, bytes(7), actor=SYSTEM, now=NOW)
    assert TransitCard.objects.get(pk=talk.card.pk).profile_name == OLD.name
