"""A campaign against every parser of the card core: any bytes, any cut, a million of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nfc_topup.card import files, holder, purse, scripts, status_words, trips
from nfc_topup.card.apdu import parse_answer, parse_command, parse_hex
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.profiles import PROFILES
from nfc_topup.card.reading import picture_of
from tests.support.campaign import size

WIDTHS = {
    parse_command: 16,
    parse_answer: 18,
    purse.parse_challenge: 16,
    purse.parse_tac: 4,
    purse.parse_balance: 4,
    purse.parse_proof: 8,
    purse.parse_log_record: 23,
    files.read_tunion_file15: 30,
    files.read_city_file15: 30,
    files.parse_tunion_file15: 30,
    files.parse_city_file15: 30,
    holder.parse_file16: 55,
    holder.parse_file17: 60,
    trips.parse_trip: 48,
    trips.parse_open_ride: 128,
}
OTHERS = 2  # the hex reader and whole transcripts
INPUTS = size(1_700, 1_020_000)
EACH = INPUTS // (len(WIDTHS) + OTHERS)
HARD = settings(max_examples=EACH, suppress_health_check=list(HealthCheck))

BITS = [b"", b"\x00", b"\xff", b"\x90\x00", trips.BUS_RIDE, bytes.fromhex("03105170010170907984")]
SCRIPTS = {
    name: scripts.reading_script(profile, pin=None, log=3, rides=2)
    for name, profile in PROFILES.items()
}


def near(width):
    """Bytes about as long as they should be: random, blank, BCD, cut or with something put in."""
    right = st.binary(min_size=width, max_size=width)
    digits = st.text("0123456789", min_size=2 * width, max_size=2 * width).map(bytes.fromhex)
    spliced = st.builds(
        lambda raw, bit, at: (raw[:at] + bit + raw[at + len(bit) :])[:width],
        right | digits,
        st.sampled_from(BITS),
        st.integers(0, width),
    )
    cut = st.builds(lambda raw, at: raw[:at], right | digits, st.integers(0, width))
    return right | digits | spliced | cut | st.binary(max_size=300)


@pytest.mark.parametrize("parse", list(WIDTHS), ids=lambda parse: parse.__name__)
def test_any_bytes_are_read_or_refused_by_name(parse):
    given_ = 0

    @HARD
    @given(near(WIDTHS[parse]))
    def hold(raw):
        nonlocal given_
        given_ += 1
        try:
            read = parse(raw)
        except CardAnswerUnreadable:
            return
        if hasattr(read, "to_bytes") and not isinstance(read, int) and parse is not parse_command:
            assert read.to_bytes() == raw
        assert repr(read)

    hold()
    assert given_ >= EACH, "the campaign gave as many inputs as it says"


@HARD
@given(st.text(max_size=80) | st.binary(max_size=60).map(bytes.hex))
def test_any_text_is_hex_or_refused_by_name(text):
    try:
        assert parse_hex(text).hex() == text.strip().lower()
    except CardAnswerUnreadable:
        return


@HARD
@given(st.data())
def test_any_transcript_gives_a_picture_or_is_refused_by_name(data):
    name = data.draw(st.sampled_from(sorted(SCRIPTS)))
    script = SCRIPTS[name]
    words = ["TORN", "9000", "6A83", "6982", "", "00" * 23 + "9000", "ff" * 48 + "9000"]
    some = st.sampled_from(words) | st.binary(max_size=64).map(lambda raw: raw.hex() + "9000")
    answers = data.draw(st.lists(some, min_size=len(script) - 2, max_size=len(script)))
    try:
        lines = scripts.read_transcript(script, answers)
    except CardAnswerUnreadable:
        return
    picture = picture_of(PROFILES[name], lines)
    assert len(picture.card_no) in (0, 19)
    for line in lines:
        if line.answer is not None:
            assert status_words.meaning(line.answer.sw).en


def test_the_campaign_is_as_long_as_it_promises():
    assert EACH * (len(WIDTHS) + OTHERS) >= size(1_000, 1_000_000)
