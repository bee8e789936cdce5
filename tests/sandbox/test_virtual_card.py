"""The virtual card answers every recorded exchange byte for byte, and keeps what it must."""

import io
import json
import sys
from pathlib import Path

import pytest

from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys, main

SAMPLE = Path(__file__).parents[1] / "samples" / "purse-load-3des.json"
EXCHANGES = json.loads(SAMPLE.read_text(encoding="utf-8"))["exchanges"]
ASN = "03105170010170907984"


def values_of(exchange):
    values = exchange["values"]
    return [v for v in (values if isinstance(values, list) else [values]) if "card_random" in v]


def answers(exchange):
    return [(a.get("c") or a.get("ctl"), a["r"]) for a in exchange["apdus"]]


def recorded_card(exchange):
    values = values_of(exchange)
    initialized = [
        reply for sent, reply in answers(exchange) if sent[:4] == "8050" and len(reply) == 36
    ]
    randoms = iter([bytes.fromhex(reply[16:24]) for reply in initialized])
    balance = values[0]["old_balance"] if values else 0
    counter = values[0]["online_counter"] if values else 0
    state = CardState(
        asn=ASN,
        dlk=exchange["keys"]["DLK"],
        dtk=exchange["keys"]["DTK"],
        balances={"1": 0, "2": balance},
        counter=counter,
    )
    return VirtualCard(state, random=lambda _: next(randoms))


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda e: e["id"])
def test_it_reproduces_the_recorded_exchange(exchange):
    card = recorded_card(exchange)
    told = [(sent, card.line(sent)) for sent, _ in answers(exchange)]
    assert told == answers(exchange)


@pytest.mark.parametrize(
    "exchange", [e for e in EXCHANGES if e["diversification"]], ids=lambda e: e["id"]
)
def test_it_finds_its_keys_from_the_issuers(exchange):
    given = exchange["diversification"]
    masters = {"MLK": given["master_load_key"], "MTK": given["master_tac_key"]}
    names = ["asn8"] if len(given["levels"]) == 1 else ["city2x4", "asn8"]
    for levels in (given["levels"], names):
        assert card_keys(masters | {"levels": levels}, ASN) == (given["DLK"], given["DTK"])


def a_card(**more):
    state = CardState(asn=ASN, dlk="11" * 8 + "22" * 8, dtk="33" * 8 + "44" * 8)
    return VirtualCard(state, **more)


def test_a_card_may_refuse_in_other_words():
    card = a_card(quirks=Quirks(pin=None, key_unknown=0x6A83, supports_proofs=False))
    card.line("00A4040008A000000632010105")
    assert card.line("805000020B020000000100000000000110") == "6A83"
    assert card.line("805A000202000008") == "6D00"
    assert card.line("805000020B010000000100000000000110").endswith("9000")


def test_nonsense_is_answered_and_changes_nothing():
    card = a_card()
    for text in ("zz", "00", "0", "80", "805000", "FFFFFFFFFF", "8050000220" + "00" * 40, "!what"):
        assert len(card.line(text)) >= 4
    assert card.state.counter == 0


def test_the_line_protocol_keeps_the_card_in_its_file(tmp_path, monkeypatch, capsys):
    keys, state = tmp_path / "keys.json", tmp_path / "card.json"
    keys.write_text('{"DLK": "11111111111111112222222222222222", "DTK": "%s"}' % ("33" * 16))
    arguments = ["--asn", ASN, "--keys", str(keys), "--state", str(state), "--balance", "500"]
    monkeypatch.setattr(
        sys, "stdin", io.StringIO("00A4040008A000000632010105\n0020000003999999\n!reset\n")
    )
    main(arguments)
    assert capsys.readouterr().out.split()[1:] == ["6C02", "RESET"]
    monkeypatch.setattr(
        sys,
        "stdin",
        io.StringIO("!tear-before\n805C000204\n00A4040008A000000632010105\n0020000003999999\n"),
    )
    main(arguments)
    assert [line[-4:] for line in capsys.readouterr().out.split()] == [
        "RMED", "TORN", "9000", "6C01",
    ]  # fmt: skip
