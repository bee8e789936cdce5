"""The experimental SM4 profile: its numbers come out, its cards load and heal, in the sandbox."""

import copy
import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.errors import SandboxOnly
from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.sandbox import card_macs
from gateway.sandbox.card_macs import SM4_BYTE, card_keys
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard
from nfc_topup import keyring
from nfc_topup.card.errors import ProfileUnknown, ProfileWrong
from nfc_topup.card.profiles import by_name, live
from nfc_topup.card.profiles.catalogue import DIRECTORY, SHEETS
from nfc_topup.card.profiles.schema import read_texts
from nfc_topup.errors import CardAlgorithmUnsupported, Mac1Wrong
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.keys.sandbox_sm4 import import_sm4_keys
from nfc_topup.models import CardKey, Load, LoadSeal
from nfc_topup.vault import sm4
from nfc_topup.vault.errors import AlgorithmUnsupported, KeyUnusable, MessageRefused
from nfc_topup.vectors import check_text
from nfc_topup.vectors.bench import software
from tests.nfc_topup.conftest import MASTERS, NOW, Talk
from tests.nfc_topup.test_vectors import SAMPLE, WHOLE

PROFILE = by_name("sm4")
SET = WHOLE["sm4"][0]


@pytest.fixture
def sm4_talk(keys_file, operator):
    """A talk with an SM4 card; 3DES keys of the same issuer are in use beside its own."""
    import_test_keys(keys_file, now=NOW)
    import_sm4_keys(keys_file, now=NOW)

    def make(*, profile_name="sm4", number=1, masters=MASTERS, **quirks):
        asn = f"0310517001988{number:07d}"
        dlk, dtk = card_keys(masters, asn, SM4_BYTE)
        state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 300}, counter=9)
        card = TransitCard.objects.create(
            id=new_id(NOW), asn=asn, operator=operator, added_at=NOW, profile_name=profile_name
        )
        given = {"key_index": PROFILE.key_index, "algorithm": SM4_BYTE} | quirks
        return Talk(card=card, chip=VirtualCard(state, quirks=Quirks(**given)))

    return make


def test_the_recorded_numbers_come_out_through_the_software_vault():
    report = check_text(
        SAMPLE.read_text(encoding="utf-8"), software("sandbox"), software("sandbox", "sm4")
    )
    assert report.differences == []
    assert any("sm4 section checked" in note for note in report.notes)


@pytest.mark.parametrize("what", ["session_key", "mac1", "mac2", "tac_with_whole_DTK"])
def test_a_changed_number_is_named(what):
    whole = copy.deepcopy(WHOLE)
    told = whole["sm4"][0][what]
    whole["sm4"][0][what] = ("0" if told[0] != "0" else "1") + told[1:]
    report = check_text(json.dumps(whole), software("sandbox"), software("sandbox", "sm4"))
    assert report.differences
    assert all("sm4" in str(difference) for difference in report.differences)


@pytest.mark.parametrize("broken", [[{}], [7], "x", [{"diversification": {}}]])
def test_a_section_that_cannot_be_read_does_not_pass(broken):
    whole = dict(WHOLE, sm4=broken)
    report = check_text(json.dumps(whole), software("sandbox"), software("sandbox", "sm4"))
    assert report.differences


def test_a_token_is_said_plainly_not_to_have_been_checked():
    report = check_text(SAMPLE.read_text(encoding="utf-8"), software("sandbox"))
    assert any("NOT checked" in note and "PKCS#11" in note for note in report.notes)


def test_the_virtual_card_makes_the_same_numbers_by_code_of_its_own():
    spread = SET["diversification"]
    masters = {"MLK": spread["MLK"], "MTK": spread["MTK"], "levels": [spread["factor"]]}
    assert card_keys(masters, "0" * 20, SM4_BYTE) == (spread["DLK"], spread["DTK"])
    seed = bytes.fromhex(SET["session_key_input"])[:8]
    session = card_macs.load_session(SM4_BYTE, bytes.fromhex(spread["DLK"]), seed)
    assert session.hex().upper() == SET["session_key"]
    tac_key = card_macs.load_tac_key(SM4_BYTE, bytes.fromhex(spread["DTK"]))
    for key, message, told in (
        (session, "mac1_input", "mac1"),
        (session, "mac2_input", "mac2"),
        (tac_key, "tac_input", "tac_with_whole_DTK"),
    ):
        made = card_macs.mac_of(SM4_BYTE, key, bytes.fromhex(SET[message]))
        assert made.hex().upper() == SET[told]


@pytest.mark.django_db
def test_an_sm4_card_is_loaded_beside_3des_cards(sm4_talk, new_talk):
    old, new = new_talk(balance=300), sm4_talk()
    for talk in (old, new, old, new):
        _, verdict = talk.load(700)
        assert verdict.outcome == "loaded"
    assert (old.balance, new.balance) == (1_700, 1_700)


@pytest.mark.django_db
@pytest.mark.parametrize(("tear", "ruling"), [("after", "loaded"), ("before", "not_loaded")])
def test_its_doubt_ends_at_the_next_tap(sm4_talk, tear, ruling):
    talk = sm4_talk()
    load_id, seal = talk.sealed(500)
    talk.chip.line(f"!tear-{tear}")
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    talk.chip.line("!reset")
    assert talk.evidence().outcome == ruling
    assert talk.balance == (800 if ruling == "loaded" else 300)


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", [0x00, 0x01, 0x05, 0xFF])
def test_a_card_that_names_another_algorithm_gets_no_mac2(sm4_talk, algorithm):
    talk = sm4_talk()
    opened = talk.open(500)
    answers = talk.pipe(opened.script)
    said = bytearray.fromhex(answers[-1])
    said[7] = algorithm
    with pytest.raises(CardAlgorithmUnsupported):
        talk.seal(opened.load_id, [*answers[:-1], said.hex().upper()])
    assert not LoadSeal.objects.filter(load_id=opened.load_id).exists()


@pytest.mark.django_db
def test_an_sm4_card_is_no_3des_card(sm4_talk):
    talk = sm4_talk(profile_name="sandbox", key_index=1)
    opened = talk.open(500)
    with pytest.raises(CardAlgorithmUnsupported):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert (talk.balance, Load.objects.get(pk=opened.load_id).state) == (300, "opened")


@pytest.mark.django_db
def test_another_issuers_sm4_card_has_the_wrong_mac1(sm4_talk):
    talk = sm4_talk(masters=MASTERS | {"MLK": "11" * 16})
    opened = talk.open(500)
    with pytest.raises(Mac1Wrong):
        talk.seal(opened.load_id, talk.pipe(opened.script))


@pytest.mark.django_db
def test_a_key_cannot_be_called_another_algorithm_afterwards(sm4_talk):
    sm4_talk()
    row = CardKey.objects.get(purpose="load", index=PROFILE.vault_index, state="active")
    with pytest.raises(IntegrityError), transaction.atomic():
        CardKey.objects.filter(pk=row.pk).update(algorithm="3des")
    sealed = keyring.KeysAtRest().find(row.ref)
    assert sealed is not None
    store = type("Box", (), {"find": lambda self, ref: replace(sealed, algorithm="3des")})()
    vault = keyring.SoftwareVault(
        store=store, read_secret=keyring.secrets.read_key, environment="sandbox"
    )
    with pytest.raises(KeyUnusable):
        vault.verify_mac1(row.ref, [bytes(8)] * 2, bytes(8), b"m", bytes(4))


@pytest.mark.django_db
def test_the_same_keys_twice_are_once_and_others_a_new_version(keys_file, tmp_path):
    first = import_sm4_keys(keys_file, now=NOW)
    assert [key.pk for key in import_sm4_keys(keys_file, now=NOW)] == [key.pk for key in first]
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(MASTERS | {"MLK": "AA" * 16}), encoding="utf-8")
    assert import_sm4_keys(newer, now=NOW)[0].version == first[0].version + 1
    assert CardKey.objects.get(pk=first[0].pk).state == "retired"


@pytest.mark.django_db
def test_a_token_takes_no_sm4_key_and_opens_no_sm4_load(sm4_talk, keys_file, settings):
    talk = sm4_talk()
    settings.CARD_VAULT = "pkcs11"
    with pytest.raises(AlgorithmUnsupported):
        import_sm4_keys(keys_file, now=NOW)
    with pytest.raises(AlgorithmUnsupported):
        talk.open(500)
    assert not Load.objects.filter(application__asn=talk.card.asn).exists()


def test_outside_the_sandbox_there_is_no_sm4(monkeypatch, tmp_path):
    assert PROFILE.sandbox_only
    assert "sm4" not in [profile.name for profile in live()]
    monkeypatch.setenv("GATEWAY_ENV", "production")
    with pytest.raises(ProfileUnknown):
        keyring.profile_named("sm4")
    with pytest.raises(SandboxOnly):
        import_sm4_keys(tmp_path / "keys.json", now=NOW)


def test_an_experimental_profile_cannot_be_made_a_live_one():
    assert SHEETS["sm4"].experimental
    texts = [(file.name, file.read_text(encoding="utf-8")) for file in DIRECTORY.glob("*.toml")]
    live_one = [
        (name, text.replace("sandbox_only = true", "sandbox_only = false"))
        if name == "sm4.toml"
        else (name, text)
        for name, text in texts
    ]
    with pytest.raises(ProfileWrong, match="experimental"):
        read_texts(live_one)


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_only_eight_bytes_are_spread(length):
    with pytest.raises(MessageRefused):
        sm4.diversify(bytes(16), [bytes(length)])
    with pytest.raises(MessageRefused):
        sm4.session_key(bytes(16), bytes(length))
    with pytest.raises(MessageRefused):
        sm4.tac_key(bytes(length + 1))


def test_check_vectors_says_that_the_section_was_checked(capsys):
    call_command("check_vectors", str(SAMPLE))
    told = capsys.readouterr().out
    assert "sm4 section checked: experimental" in told
    assert "all as recorded" in told
