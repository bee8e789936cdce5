"""Scripts out, transcripts in: what a client may send back, and what is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nfc_topup.card import scripts
from nfc_topup.card.errors import CardAnswerUnreadable, TranscriptMismatch
from nfc_topup.card.profiles import by_name
from nfc_topup.card.scripts import Act

TERMINAL = bytes.fromhex("000000000001")
PIN = bytes.fromhex("123456")


def opening():
    return scripts.opening_script(by_name("sandbox"), amount_fen=10000, terminal=TERMINAL, pin=PIN)


def test_the_opening_script_is_the_recorded_one():
    assert [step.apdu_hex for step in opening()] == [
        "00A4040008A000000632010105",
        "00B095001E",
        "0020000003123456",
        "805000020B010000271000000000000110",
    ]


def test_the_evidence_script_asks_for_the_proof_before_a_fresh_initialize():
    script = scripts.evidence_script(
        by_name("sandbox"), counter=5, amount_fen=7, terminal=TERMINAL, pin=PIN
    )
    acts = [step.act for step in script]
    assert acts == [
        Act.SELECT,
        Act.FILE15,
        Act.BALANCE,
        Act.PROVE,
        Act.PROVE,
        Act.PIN,
        Act.LOG,
        Act.LOG,
        Act.LOG,
        Act.INITIALIZE,
    ]
    proves = [step.apdu_hex for step in script if step.act is Act.PROVE]
    assert proves == ["805A000202000608", "805A000202000508"]


def test_a_card_without_proofs_is_not_asked_for_them():
    script = scripts.evidence_script(
        by_name("sandbox-no-proof"), counter=5, amount_fen=7, terminal=TERMINAL, pin=None
    )
    assert not [step for step in script if step.act in (Act.PROVE, Act.PIN)]


def test_what_follows_a_tear_is_not_read():
    lines = scripts.read_transcript(opening(), ["9000", "torn", "9000"])
    assert [line.torn for line in lines] == [False, True, False, False]
    assert [line.answer is not None for line in lines] == [True, False, False, False]


def test_a_client_may_stop_where_the_script_let_it():
    lines = scripts.read_transcript(opening(), ["9000", "6A82"])
    assert lines[1].answer.sw == 0x6A82
    assert lines[3].answer is None


@pytest.mark.parametrize("answers", [[], ["9000"], ["9000"] * 3, ["9000"] * 5, ["TORN"] * 5])
def test_a_list_that_does_not_fit_is_refused(answers):
    with pytest.raises(TranscriptMismatch):
        scripts.read_transcript(opening(), answers)


@pytest.mark.parametrize("text", ["900", "xx", "", "90", "00" * 259, "9000 9000", 9000, None])
def test_an_answer_that_is_none_is_refused(text):
    with pytest.raises(CardAnswerUnreadable):
        scripts.read_transcript(opening(), [text])


@given(st.lists(st.text(max_size=12) | st.sampled_from(["9000", "TORN", "6985"]), max_size=6))
def test_no_list_of_texts_crashes_the_reader(answers):
    with contextlib.suppress(CardAnswerUnreadable):
        assert len(scripts.read_transcript(opening(), answers)) == 4


def sent(script):
    return [step.apdu_hex for step in script]


def test_reading_scripts_are_what_deployed_readers_send():
    profile = by_name("tunion")
    assert sent(scripts.balance_script(profile))[1:] == ["00B095001E", "805C000204"]
    log = scripts.log_script(profile, pin=PIN, records=2)
    assert sent(log)[1:] == ["0020000003123456", "00B201C417", "00B202C417"]
    trips = scripts.trips_script(profile, records=2)
    assert sent(trips)[1:] == ["00B097000B", "00B202D480", "00B201F430", "00B202F430"]
    whole = scripts.reading_script(profile, pin=None, log=10, rides=30)
    assert len(whole) == 3 + 2 + 30 + 10
    assert {step.apdu_hex[:4] for step in whole} == {"00A4", "00B0", "00B2", "805C"}


def test_a_city_card_is_not_asked_for_files_it_has_not():
    profile = by_name("city")
    assert sent(scripts.trips_script(profile, records=30)) == ["00A4040009A00000000386980701"]
    assert not [step for step in scripts.reading_script(profile, pin=None) if step.act == "trip"]
