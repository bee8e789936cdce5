"""The reference client: one code for the virtual card, an outside program and a PC/SC reader."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from gateway.sandbox.card_files import CITY_AID
from gateway.sandbox.journey import stage
from gateway.sandbox.journey.pcsc import PcscPipe, ReaderMissing
from gateway.sandbox.management.commands import card_reader
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from gateway.sandbox.virtual_reader import VirtualReader
from nfc_topup.card import purse, reading
from nfc_topup.card.errors import CardNotOurs
from nfc_topup.card.profiles import TUNION_AID
from tests.support import pcsc
from tests.support.province import KEYS

ASN = "03105070212345678901"
SELECT = "00A4040008A000000632010105"
LOGGED = "00070000000000138802000000000001" + "20261122110000"


def a_card(*, asn=ASN, **quirks):
    dlk, dtk = card_keys(KEYS, asn)
    state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 1234}, log=[LOGGED])
    state.files["1E"] = card_reader.RIDES
    return VirtualCard(state, quirks=Quirks(**quirks))


@pytest.fixture
def keys_file(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    (tmp_path / "card-keys.json").write_text(json.dumps(KEYS), encoding="utf-8")
    return tmp_path / "card-keys.json"


@pytest.fixture
def port(tmp_path):
    pcsc.skip_unless_there()
    with pcsc.virtual_reader(tmp_path) as port:
        yield port


def told(*arguments):
    out = io.StringIO()
    call_command("card_reader", *arguments, stdout=out)
    return out.getvalue()


def test_a_card_is_read_whole():
    picture = reading.read_card(a_card().line, pin=bytes.fromhex("123456"))
    assert (picture.profile.name, picture.card_no, picture.balance_fen) == ("tunion", ASN[1:], 1234)
    assert [record.amount_fen for record in picture.log] == [5000]
    assert [trip.city for trip in picture.trips] == ["4910", "4930"]
    assert picture.region.city == "4910"
    assert picture.ride is None


def test_without_its_pin_a_card_shows_the_rest():
    picture = reading.read_card(a_card().line)
    assert (picture.balance_fen, picture.log, picture.log_sw) == (1234, (), "6982")


def test_reading_changes_nothing_on_the_card():
    card = a_card()
    before = repr(card.state)
    reading.read_card(card.line, pin=bytes.fromhex("123456"))
    assert repr(card.state) == before


def test_an_old_city_card_is_known_by_its_aid():
    card = a_card(asn="00004910000012345678", aid=CITY_AID)
    picture = reading.read_card(card.line)
    assert (picture.profile.name, picture.card_no) == ("city", "0004910000012345678")


def test_another_card_is_not_ours():
    with pytest.raises(CardNotOurs):
        reading.read_card(a_card(aid=bytes(7)).line)
    with pytest.raises(CardNotOurs):
        reading.read_card(lambda _: "TORN")


def test_a_card_that_leaves_in_the_middle_gives_what_it_gave():
    card = a_card()
    said = iter([card.line(purse.select(TUNION_AID).hex), "9000"])
    picture = reading.read_card(lambda _: next(said, "TORN"))
    assert (picture.card_no, picture.balance_fen, picture.trips) == ("", None, ())


def test_the_command_reads_the_virtual_card_and_keeps_it(keys_file):
    first, second = told("--virtual", "--pin", "123456"), told("--virtual")
    assert "balance ¥0.00" in first
    assert "4910, 普通卡, interoperable" in first
    assert "2026-11-21 08:30:00" in first
    assert "--pin HEX" in second
    assert first.split()[0] == second.split()[0]


def test_the_command_reads_an_outside_program(keys_file):
    program = f"{sys.executable} -m gateway.sandbox.virtual_card --asn {ASN} --keys {keys_file}"
    assert ASN[1:] in told("--card-command", program)


def test_what_is_missing_is_said(keys_file, monkeypatch):
    monkeypatch.delenv(card_reader.TOKEN, raising=False)
    with pytest.raises(CommandError, match="name the service"):
        told("--virtual", "--load", "x")
    with pytest.raises(CommandError, match="token is wanted"):
        told("--virtual", "--load", "x", "--url", "http://127.0.0.1:9")
    with pytest.raises(CommandError, match="hex"):
        told("--virtual", "--pin", "12345")
    keys_file.unlink()
    (keys_file.parent / card_reader.KEPT).unlink()
    with pytest.raises(CommandError, match="script/run"):
        told("--virtual")


def test_without_reader_software_the_message_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(ReaderMissing, match="script/reader"):
        PcscPipe()


def test_over_a_real_pc_sc_stack_the_same_code_reads_the_same(port):
    reader = VirtualReader(a_card(), port=port)
    reader.insert()
    pipe = PcscPipe("virtual")
    try:
        over_pcsc = reading.read_card(pipe.line, pin=bytes.fromhex("123456"))
    finally:
        pipe.close()
        reader.remove()
    assert over_pcsc == reading.read_card(a_card().line, pin=bytes.fromhex("123456"))


def test_a_card_torn_from_the_reader_is_torn_and_may_come_back(port):
    card = a_card()
    reader = VirtualReader(card, port=port)
    reader.insert()
    pipe = PcscPipe("virtual")
    try:
        assert pipe.line(SELECT).endswith("9000")
        card.line("!tear-before")
        assert pipe.line(purse.get_balance(purse.Purse.EP).hex) == "TORN"
        assert pipe.line(SELECT) == "TORN", "a card that left is not asked on"
        assert pipe.line("!reset") == "RESET"
        assert pipe.line(purse.get_balance(purse.Purse.EP).hex) == "6D00", "its session is gone"
        assert pipe.line(SELECT).endswith("9000")
    finally:
        pipe.close()
        reader.remove()


def test_nobody_shows_a_card(port):
    with pytest.raises(ReaderMissing, match="no card was shown on Virtual PCD"):
        PcscPipe("virtual", patience_seconds=0.2)
    with pytest.raises(ReaderMissing, match="no reader like omnikey; readers here: Virtual PCD"):
        PcscPipe("omnikey")


def test_the_card_s_number_is_the_one_the_journey_reads():
    card = a_card()
    profile = reading.recognise(card.line)
    assert stage.number_on(card, profile) == ASN
