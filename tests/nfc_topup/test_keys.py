"""A test issuer's keys come in by file, sealed, once, and a new version takes over."""

import json

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import SandboxOnly
from nfc_topup import keyring
from nfc_topup.errors import TestKeysWrong
from nfc_topup.keys.sandbox_issuer import KEY_INDICES, import_test_keys, read_test_keys
from nfc_topup.models import CardKey
from nfc_topup.vault.errors import KeyUnknown
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import MASTERS, NOW

OWN = {"DLK": "eb9bc6dcdf74ff4e4b43f2e34a6727b6", "DTK": "CEB726EDC01B793BC37DC09E2F768534"}


@pytest.mark.django_db
def test_the_same_keys_twice_change_nothing_and_other_keys_take_over(keys_file, tmp_path):
    first = import_test_keys(keys_file, now=NOW)
    assert import_test_keys(keys_file, now=NOW) == first
    other = tmp_path / "own.json"
    other.write_text(json.dumps(OWN), encoding="utf-8")
    second = import_test_keys(other, now=NOW)
    assert [key.version for key in second] == [key.version + 1 for key in first]
    assert CardKey.objects.filter(state="retired").count() >= 2 * len(KEY_INDICES)
    assert keyring.active_key(Purpose.LOAD, 1).levels == []
    for key in CardKey.objects.all():
        assert bytes.fromhex(MASTERS["MLK"]) not in bytes(key.sealed)


@pytest.mark.django_db
def test_a_load_begun_before_a_change_of_keys_ends_after_it(talk, tmp_path):
    load_id, seal = talk.sealed()
    other = tmp_path / "own.json"
    other.write_text(json.dumps(OWN), encoding="utf-8")
    import_test_keys(other, now=NOW)
    talk.chip.line("!tear-after")
    talk.prove(load_id, talk.pipe(seal.script))
    assert talk.evidence().outcome == "loaded"


@pytest.mark.django_db
def test_without_keys_nothing_opens(db):
    with pytest.raises(KeyUnknown):
        keyring.active_key(Purpose.LOAD, 200)


def test_levels_are_names_or_numbers_and_asn8_when_not_told():
    keys = read_test_keys(json.dumps(MASTERS | {"levels": ["asn8", "5170517051705170"]}))
    assert keys.levels == ("asn8", "5170517051705170")
    bare = {name: MASTERS[name] for name in ("MLK", "MTK")}
    assert read_test_keys(json.dumps(bare)).levels == ("asn8",)
    assert MASTERS["MLK"] not in repr(keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"MLK": "11" * 16}),
        json.dumps(MASTERS | OWN),
        json.dumps(OWN | {"DLK": "11" * 8}),
        json.dumps(OWN | {"DLK": "zz" * 16}),
        json.dumps(OWN | {"DTK": None}),
        json.dumps(MASTERS | {"levels": "asn8"}),
        json.dumps(MASTERS | {"levels": ["asn9"]}),
        json.dumps(MASTERS | {"levels": [8]}),
        json.dumps(MASTERS | {"levels": ["asn8"] * 9}),
    ],
)
def test_a_wrong_file_is_refused_without_showing_it(text):
    with pytest.raises(TestKeysWrong) as refused:
        read_test_keys(text)
    assert "11" * 8 not in str(refused.value)


@pytest.mark.django_db
def test_the_command_tells_the_check_value_only(keys_file, tmp_path, capsys, monkeypatch):
    call_command("import_test_keys", str(keys_file))
    told = capsys.readouterr().out
    assert "check value" in told
    assert MASTERS["MLK"] not in told
    with pytest.raises(CommandError):
        call_command("import_test_keys", str(tmp_path / "none.json"))
    monkeypatch.setenv("GATEWAY_ENV", "production")
    with pytest.raises(SandboxOnly):
        import_test_keys(keys_file)
