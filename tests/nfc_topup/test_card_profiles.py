"""Card profiles are data: every setting has its grounds, every fault in a file has a sentence."""

import re

import pytest
from django.core.management import CommandError, call_command

from nfc_topup.card.errors import ProfileUnknown, ProfileWrong
from nfc_topup.card.profiles import CITY_AID, TUNION_AID, by_aid, by_name, live
from nfc_topup.card.profiles.catalogue import DIRECTORY, SHEETS
from nfc_topup.card.profiles.page import PAGE, page
from nfc_topup.card.profiles.schema import Confidence, read_texts
from nfc_topup.card.profiles.settings import SETTINGS

TUNION = (DIRECTORY / "tunion.toml").read_text(encoding="utf-8")


def changed(pattern, replacement, text=TUNION):
    done, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert count == 1
    return done


def setting(name, value):
    return changed(rf"(\[settings\.{name}\]\nvalue = ).*", rf"\g<1>{value}")


def test_every_profile_stands_in_its_own_file_and_tells_every_setting():
    assert {path.stem for path in DIRECTORY.glob("*.toml")} == set(SHEETS)
    for sheet in SHEETS.values():
        assert sheet.told.keys() == SETTINGS.keys()
        assert all(told.source for told in sheet.told.values())


def test_what_is_disputed_says_what_others_say():
    disputed = [
        name
        for name, told in SHEETS["tunion"].told.items()
        if told.confidence is Confidence.DISPUTED
    ]
    assert {"levels", "proof_offsets", "log_counter", "card_kinds", "mac_terminal_width"} <= set(
        disputed
    )


def test_two_key_sets_live_side_by_side_and_the_aid_chooses():
    ministry, city = by_aid(TUNION_AID), by_aid(CITY_AID)
    assert (ministry.name, city.name) == ("tunion", "city")
    assert ministry.key_index == city.key_index
    assert ministry.vault_index != city.vault_index
    assert [profile.name for profile in live()] == ["tunion", "city"]
    assert by_aid(bytes(7)) is None


def test_kinds_are_read_by_the_profile_s_own_table():
    assert by_name("tunion").kind_name(3) == "老人卡"
    assert by_name("tunion").kind_name(9) == ""
    assert by_name("city").kind_name(1) == ""


WRONG = [
    (changed(r"^name = ", "nmae = "), "unknown field nmae"),
    (changed(r"\[settings\.levels\]", "[settings.level]"), "unknown setting level"),
    (changed(r'^source = "both running cards"$', ""), "source is missing"),
    (changed(r'^confidence = "ours"$', 'confidence = "sure"'), "confidence is one of seen"),
    (changed(r"^alternatives = .*$", ""), "file15 is disputed"),
    (changed(r"^value = 6$", 'value = 6\nwidth = "x"'), "mac_terminal_width: unknown field width"),
    (setting("mac_terminal_width", "5"), "4 or 6 bytes wide"),
    (setting("mac_terminal_width", "true"), "4 or 6 bytes wide"),
    (setting("mac_city_code", '"491"'), "city code of 2 bytes"),
    (setting("aid", '"A0"'), "wants 5 to 16 bytes, has 1"),
    (setting("aid", '"A00000063201010"'), "pairs of hex digits"),
    (setting("balance_mask", '"7FFFFF"'), "wants 4 bytes, has 3"),
    (setting("balance_mask", '"FFFFFFFE"'), "loses the last fen"),
    (setting("pin_secret", '"123456"'), "a PIN itself never stands"),
    (setting("pin_secret", '"313233343536"'), "a PIN itself never stands"),
    (setting("pin_secret", "123456"), "a PIN itself never stands"),
    (setting("pin_secret", '"deadbeef"'), "a PIN itself never stands"),
    (setting("levels", '["asn9"]'), "asn8, city2x4, issuer4x2"),
    (setting("levels", "[]"), "1 to 8 steps"),
    (setting("levels", "[1]"), "16 hex digits"),
    (setting("proof_offsets", "[2]"), "0 (N) or 1 (N+1)"),
    (setting("proof_offsets", "[1, 1]"), "at most once"),
    (setting("algorithms", '{ "00" = "des" }'), "one of 3des, sm4"),
    (setting("algorithms", '{ "0" = "3des" }'), "pairs of hex digits"),
    (setting("algorithms", "{}"), "wants a table"),
    (setting("file15", '"metro"'), "one of city, tunion"),
    (setting("key_index", "256"), "from 0 to 255"),
    (setting("key_set", "127"), "from 0 to 126"),
    (setting("load_cap_fen", "100001"), "above balance_cap_fen"),
    (setting("question_cap_fen", "0"), "whole number"),
    (setting("card_kinds", '{ "1" = "普通卡" }'), "two upper-case hex digits"),
    (setting("reads_file15", "1"), "true or false"),
    (setting("terminal_prefix", '"00112233"'), "wants 0 to 3 bytes, has 4"),
    (TUNION + "\nvalue = = 1\n", "not TOML"),
    ('name = "x"', "settings are missing: aid"),
    (changed(r"^name = .*$", 'name = ""'), "name is missing"),
    ('name = "x"\nextends = "tunion"', "extends no profile that stands by itself"),
]


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[told for _, told in WRONG])
def test_a_fault_in_a_file_is_named(text, told):
    with pytest.raises(ProfileWrong, match=re.escape(told)) as refused:
        read_texts([("new.toml", text)])
    assert "new.toml" in str(refused.value)
    assert "123456" not in str(refused.value)


def test_a_pin_that_was_put_in_is_not_told_again():
    with pytest.raises(ProfileWrong) as refused:
        read_texts([("new.toml", setting("pin_secret", '"9876543210"'))])
    assert "9876543210" not in str(refused.value)


def test_two_live_profiles_never_share_an_aid():
    twin = changed(r'^name = "tunion"', 'name = "twin"')
    with pytest.raises(ProfileWrong, match="one AID"):
        read_texts([("a.toml", TUNION), ("b.toml", twin)])


def test_a_new_issuer_is_a_file_and_nothing_else():
    child = 'name = "n"\ntitle_zh = "甲"\ntitle_en = "n"\nextends = "tunion"\nsandbox_only = true\n'
    child += '[settings.key_index]\nvalue = 2\nconfidence = "seen"\nsource = "its test cards"\n'
    sheets = read_texts([("n.toml", child), ("tunion.toml", TUNION)])
    made = sheets["n"].profile
    assert (made.key_index, made.aid, made.sandbox_only) == (2, TUNION_AID, True)
    assert sheets["n"].inherited == SETTINGS.keys() - {"key_index"}


def test_the_sandbox_s_options_still_work_on_data():
    assert by_name("sandbox-city:index=2").vault_index == 258
    with pytest.raises(ProfileUnknown):
        by_name("city:index=2")


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run manage.py card_profiles"


def test_the_command_checks_a_new_issuer_s_file(tmp_path, capsys):
    good, bad = tmp_path / "new-issuer.toml", tmp_path / "bad-issuer.toml"
    good.write_text(
        changed(r'^name = "tunion"', 'name = "new"').replace(
            'value = "A000000632010105"', 'value = "A0000006320101FF"'
        ),
        encoding="utf-8",
    )
    bad.write_text(setting("pin_secret", '"123456"'), encoding="utf-8")
    call_command("card_profiles", "--check", str(good))
    assert "good" in capsys.readouterr().out
    with pytest.raises(CommandError, match="a PIN itself never stands"):
        call_command("card_profiles", "--check", str(good), str(bad))
    with pytest.raises(CommandError, match=re.escape("missing.toml")):
        call_command("card_profiles", "--check", str(tmp_path / "missing.toml"))
