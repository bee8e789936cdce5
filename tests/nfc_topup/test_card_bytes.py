"""Commands and answers in bytes: built and read as pairs, and no bytes ever crash a parser."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nfc_topup.card import files, purse, status_words
from nfc_topup.card.apdu import Answer, Command, parse_answer, parse_command, parse_hex
from nfc_topup.card.errors import CardAnswerUnreadable, FactorUnavailable, ProfileUnknown
from nfc_topup.card.profiles import by_aid, by_name, diversifiers
from nfc_topup.card.purse import Challenge, LogRecord, Proof, Purse

BYTE = st.integers(0, 255)
DIGITS = st.text("0123456789", min_size=14, max_size=14)
U32 = st.integers(0, 0xFFFFFFFF)
U16 = st.integers(0, 0xFFFF)


def exactly(length):
    return st.binary(min_size=length, max_size=length)


@given(BYTE, BYTE, BYTE, BYTE, st.binary(max_size=255), st.none() | st.integers(1, 256))
def test_a_command_reads_back_as_it_was_built(cla, ins, p1, p2, data, le):
    command = Command(cla=cla, ins=ins, p1=p1, p2=p2, data=data, le=le)
    assert parse_command(command.to_bytes()) == command


@given(st.binary(max_size=256), U16)
def test_an_answer_reads_back_as_it_was_built(data, sw):
    answer = Answer(data=data, sw=sw)
    assert parse_answer(parse_hex(answer.to_bytes().hex())) == answer


@given(U32, U16, BYTE, BYTE, exactly(4), exactly(4))
def test_a_challenge_reads_back_as_it_was_built(balance, counter, version, algorithm, nonce, mac1):
    challenge = Challenge(
        balance_raw=balance,
        counter=counter,
        key_version=version,
        algorithm=algorithm,
        card_random=nonce,
        mac1=mac1,
    )
    assert purse.parse_challenge(challenge.to_bytes()) == challenge


@given(exactly(4), exactly(4), U16, st.integers(0, 0xFFFFFF), U32, BYTE, exactly(6), DIGITS)
def test_proofs_and_log_records_read_back(mac, tac, counter, limit, amount, kind, terminal, digits):
    proof = Proof(mac=mac, tac=tac)
    assert purse.parse_proof(proof.to_bytes()) == proof
    record = LogRecord(
        counter=counter,
        overdraft_limit=limit,
        amount_fen=amount,
        type=kind,
        terminal=terminal,
        digits=digits,
    )
    assert purse.parse_log_record(record.to_bytes()) == record


PARSERS = [
    parse_command,
    parse_answer,
    purse.parse_challenge,
    purse.parse_tac,
    purse.parse_balance,
    purse.parse_proof,
    purse.parse_log_record,
    files.parse_tunion_file15,
    files.parse_city_file15,
]


@pytest.mark.parametrize("parse", PARSERS, ids=lambda p: p.__name__)
@given(raw=st.binary(max_size=40) | st.binary(min_size=200, max_size=300))
def test_no_bytes_crash_a_parser(parse, raw):
    try:
        parse(raw)
    except CardAnswerUnreadable:
        return


@given(st.text(max_size=700))
def test_no_text_crashes_the_hex_reader(text):
    with contextlib.suppress(CardAnswerUnreadable):
        assert isinstance(parse_hex(text), bytes)


@pytest.mark.parametrize("text", ["9", "90 00", "0x9000", "９０００", "90" * 400, "TORN"])
def test_only_plain_hex_digits_are_read(text):
    with pytest.raises(CardAnswerUnreadable):
        parse_hex(text)


@given(U16, st.none() | BYTE)
def test_every_status_word_has_words_and_only_9000_is_acceptance(sw, ins):
    word = status_words.meaning(sw, ins)
    assert word.zh
    assert word.en
    assert (word.says is status_words.Says.ACCEPTED) == (sw == 0x9000)


def test_status_words_are_read_in_the_light_of_their_command():
    assert "2 tries" in status_words.meaning(0x6C02, 0x20).en
    assert "2 tries" in status_words.meaning(0x63C2, 0x20).en
    assert "Le" in status_words.meaning(0x6C10, 0x50).en
    assert status_words.meaning(0x9302, 0x52).says is status_words.Says.NOT_CREDITED_CLAIMED
    assert status_words.meaning(0x9302, 0x50).says is status_words.Says.NOTHING
    assert not status_words.meaning(0x9999, 0x52).known


def test_file_15_is_read_by_the_parser_of_the_application():
    example = bytes.fromhex("01011000FFFFFFFF020103105170010170907984201908062040123100" + "00")
    public = by_aid(bytes.fromhex("A000000632010105")).parse_file15(example)
    assert (public.asn, public.expires) == ("03105170010170907984", "20401231")
    city = by_aid(bytes.fromhex("A00000000386980701")).parse_file15(example)
    assert city.asn == "00005170010170907984"
    assert files.parse_tunion_file15(files.build_tunion_file15(public)) == public


def test_diversification_levels_are_names_or_numbers():
    asn, issuer = "03105170010170907984", bytes.fromhex("01011000")
    levels = ("city2x4", "issuer4x2", "00112233445566ff", "asn8")
    found = [f.hex() for f in diversifiers(levels, asn=asn, issuer_id=issuer)]
    assert found == ["5170" * 4, "0101100001011000", "00112233445566ff", "5170010170907984"]
    for wrong in (("issuer4x2", None), ("asn9", issuer), ("0011", issuer)):
        with pytest.raises(FactorUnavailable):
            diversifiers((wrong[0],), asn=asn, issuer_id=wrong[1])


def test_profiles_come_by_name_and_only_sandbox_ones_take_options():
    profile = by_name("sandbox:pin=pin-1a2b3c4d,index=65,proofs=n")
    assert (profile.pin_secret, profile.key_index) == ("pin-1a2b3c4d", 65)
    assert profile.proof_counters(9) == (9,)
    assert by_name("sandbox:pin=none,proofs=no").proof_counters(9) == ()
    assert by_name("tunion").proof_counters(9) == (10, 9)
    assert by_name("tunion").proof_counters(0xFFFF) == (0xFFFF,)
    for name in ("", "nothing", "tunion:index=2", "sandbox:index=300", "sandbox:cap=1"):
        with pytest.raises(ProfileUnknown):
            by_name(name)


def test_the_balance_has_31_bits_and_mac1_all_32():
    profile = by_name("tunion")
    assert profile.balance_fen(0x80000064) == 100
    message = purse.mac1_message(0x80000064, 1, Purse.EP, bytes(6))
    assert message.hex() == "80000064" + "00000001" + "02" + "00" * 6
