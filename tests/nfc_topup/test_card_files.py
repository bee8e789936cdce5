"""A card's files: what is read is built back to the byte; blanks, names and disputes are kept."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.card_files import ride
from nfc_topup.card import files, holder, purse, trips
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.fields import CardDate, CardMoment, CardText

EXAMPLE_15 = bytes.fromhex("01011000FFFFFFFF02010310517001017090798420190806204012310000")
BCD = st.text("0123456789", min_size=20, max_size=20).map(bytes.fromhex)


def exactly(length):
    return st.binary(min_size=length, max_size=length)


def around(head, number, tail):
    return st.builds(lambda a, b, c: a + b + c, exactly(head), number, exactly(tail))


BUILT_BACK = [
    (files.read_tunion_file15, around(10, BCD, 10)),
    (files.read_city_file15, around(12, BCD.map(lambda raw: raw[2:]), 10)),
    (holder.parse_file16, exactly(55)),
    (holder.parse_file17, exactly(60) | exactly(11)),
    (trips.parse_trip, exactly(48)),
    (trips.parse_open_ride, exactly(125).map(lambda tail: trips.BUS_RIDE + tail)),
]


@pytest.mark.parametrize(("read", "raw"), BUILT_BACK, ids=lambda p: getattr(p, "__name__", ""))
@given(data=st.data())
def test_what_was_read_is_built_back_to_the_byte(read, raw, data):
    whole = data.draw(raw)
    assert read(whole).to_bytes() == whole


@given(st.dates(), st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999))
def test_days_and_moments_come_back(day, moment):
    assert CardDate.of(day).day == day
    whole = moment.replace(microsecond=0)
    assert CardMoment.of(whole).moment == whole


@given(exactly(4), exactly(7))
def test_a_date_is_a_day_or_nothing(raw, longer):
    assert isinstance(CardDate(raw).day, date | None)
    assert isinstance(CardMoment(longer).moment, datetime | None)
    assert isinstance(str(CardDate(raw)) + str(CardMoment(longer)), str)


@pytest.mark.parametrize("blank", ["00000000", "FFFFFFFF", "20261301", "2026AB01", "20230229"])
def test_a_blank_or_impossible_date_is_no_day(blank):
    assert CardDate(bytes.fromhex(blank)).day is None
    assert CardDate.of(None).day is None
    assert CardMoment.of(None).moment is None


def test_a_name_is_in_gbk_and_a_damaged_one_stays_readable():
    name = CardText.of("欧阳娜娜", 20)
    assert (name.text, len(name.raw)) == ("欧阳娜娜", 20)
    assert CardText("张三".encode("gbk") + b"\xff" * 16).text == "张三"
    assert "\ufffd" in CardText(b"\x81").text
    assert CardText(bytes(20)).text == ""
    with pytest.raises(ValueError, match="20"):
        CardText.of("一二三四五六七八九十十一", 20)
    with pytest.raises(ValueError, match="gbk"):
        CardText.of("😀", 20)


def test_the_published_example_of_file_15_is_read_to_values():
    read = files.read_tunion_file15(EXAMPLE_15)
    assert (read.asn, read.application_type, read.version) == ("03105170010170907984", 2, 1)
    assert (read.starts.day, read.expires.day) == (date(2019, 8, 6), date(2040, 12, 31))
    assert read.public.issuer_id.hex() == "01011000"


def test_a_city_s_file_15_has_an_asn_of_8_bytes():
    raw = bytes.fromhex("49104910000100000101000100004910000012342019080620401231FFFF")
    read = files.read_city_file15(raw)
    assert (read.city, read.industry, read.enabled) == ("4910", "0001", 1)
    assert (read.interoperable, read.asn) == ("0001", "00000000491000001234")
    assert read.public.issuer_id.hex() == "49104910"


def test_file_16_never_shows_whose_it_is_by_accident():
    raw = (
        b"\x01\x00"
        + "张三".encode("gbk").ljust(20, b"\0")
        + b"410100199001011234".ljust(32)
        + b"\0"
    )
    read = holder.parse_file16(raw)
    assert (read.name.text, read.identity_no.text) == ("张三", "410100199001011234")
    assert "张三" not in repr(read)
    assert "4101" not in repr(read)


def test_file_17_says_where_the_card_is_at_home():
    read = holder.parse_file17(bytes.fromhex("0000015641004910000103"))
    assert (read.country, read.city, read.kind) == (holder.CHINA, "4910", 3)
    assert read.is_interoperable
    assert holder.parse_file17(bytes(11)).is_interoperable is False
    assert holder.parse_file17(b"\xff" * 60).is_interoperable is None


def test_a_trip_is_read_from_what_a_bus_wrote():
    raw = ride(city="4910", line="66", amount_fen=100, balance_fen=4900, at="20261121083000")
    trip = trips.parse_trip(bytes.fromhex(raw))
    assert (trip.amount_fen, trip.balance_fen, trip.city) == (100, 4900, "4910")
    assert str(trip.at) == "2026-11-21 08:30:00"
    assert trips.parse_trip(bytes(48)).is_blank
    assert not trip.is_blank


def test_an_open_ride_tells_that_nobody_left():
    on = bytes.fromhex("4910" + "01034910FFFFFFFF" + "0001" + "0042" + "07")
    on += b"A12345  " + bytes.fromhex("0000410000000001" + "20261121083000")
    raw = trips.BUS_RIDE + b"\1\1\0" + bytes(8) + b"\1" + on + (200).to_bytes(4, "big") + b"\xab"
    read = trips.parse_open_ride(raw + bytes(38) + bytes(32))
    assert read.is_unfinished
    assert not read.is_locked
    assert (read.on.line, read.on.station, read.on.vehicle.text) == (0x42, 7, "A12345")
    assert (read.marked_fen, read.off.at.moment) == (200, None)
    with pytest.raises(CardAnswerUnreadable):
        trips.parse_open_ride(b"\x01" + raw[1:] + bytes(70))


def test_a_log_record_tells_when():
    raw = bytes.fromhex("0007000000000003E80200000000000120261122110000")
    record = purse.parse_log_record(raw)
    assert str(record.at) == "2026-11-22 11:00:00"
    assert purse.TRANSACTION_TYPES[record.type][1] == "EP load"
    assert purse.parse_log_record(bytes(23)).is_blank


@pytest.mark.parametrize("number", [0, 31])
def test_there_are_thirty_trips(number):
    with pytest.raises(ValueError, match="30"):
        trips.read_trip(number)
