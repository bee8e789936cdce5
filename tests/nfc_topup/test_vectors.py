"""check_vectors passes what is recorded, names what was changed, and never passes for nothing."""

import copy
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard
from nfc_topup.card import purse
from nfc_topup.card.purse import Purse
from nfc_topup.vault import algorithms
from nfc_topup.vectors import check_text
from nfc_topup.vectors.bench import software

SAMPLE = Path(__file__).parents[1] / "samples" / "purse-load-3des.json"
WHOLE = json.loads(SAMPLE.read_text(encoding="utf-8"))
KEYS = {"DLK": WHOLE["default_keys"]["DLK"], "DTK": WHOLE["default_keys"]["DTK"]}
SELECT, PIN = "00A4040008A000000632010105", "0020000003123456"


def found(*exchanges, **more):
    text = json.dumps({"default_keys": KEYS, "exchanges": list(exchanges), **more})
    return check_text(text, software("sandbox"))


def exchange(name):
    return copy.deepcopy(next(e for e in WHOLE["exchanges"] if e["id"] == name))


@pytest.mark.parametrize("vault", ["software", "pkcs11"])
def test_all_recorded_exchanges_and_numbers_pass(vault, capsys):
    call_command("check_vectors", str(SAMPLE), "--vault", vault)
    told = capsys.readouterr().out
    assert "all as recorded" in told
    assert "19 exchanges" in told


def test_a_difference_is_printed_and_fails_the_command(tmp_path, capsys):
    one = exchange("A01")
    one["values"]["mac2"] = "00000000"
    path = tmp_path / "changed.json"
    path.write_text(json.dumps({"exchanges": [one]}), encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("check_vectors", str(path))
    assert "A01: mac2: ours B55E9298, recorded 00000000" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("check_vectors", str(path), "--vault", "pkcs11")
    assert "A01: mac2: ours B55E9298, recorded 00000000" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("check_vectors", str(tmp_path / "none"))


@pytest.mark.parametrize("name", list(exchange("A07")["values"]))
def test_every_recorded_value_counts(name):
    one = exchange("A07")
    told = one["values"][name]
    one["values"][name] = told + 1 if isinstance(told, int) else told[:-1] + "57"[told[-1] == "5"]
    assert found(one).differences


@pytest.mark.parametrize("place", [2, 3, 4])
@pytest.mark.parametrize("byte", range(2, 16))
def test_a_changed_command_that_was_carried_out_differs(place, byte):
    one = exchange("A01")
    command = bytearray.fromhex(one["apdus"][place]["c"])
    if byte >= len(command):
        return
    command[byte] ^= 0x01
    one["apdus"][place]["c"] = command.hex().upper()
    assert found(one).differences


def test_a_changed_command_that_was_refused_does_not():
    one = exchange("A22")
    refused = next(a for a in one["apdus"] if a["r"] == "9302")
    refused["c"] = refused["c"][:-4] + "FF04"
    one["values"]["mac2_sent"] = refused["c"][24:32]
    assert not found(one).differences
    refused["r"] = "9999"
    assert "without a meaning" in str(found(one).differences[0])


def test_commands_foreign_to_loading_are_no_differences():
    one = exchange("A01")
    for foreign in ("00B097000B", "0084000004", "00A404000E325041592E5359532E4444463031"):
        one["apdus"].insert(0, {"c": foreign, "r": "6A82"})
        one["apdus"].insert(0, {"c": foreign, "r": "00009000"})
    assert not found(one).differences


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 60_000,
        "[]",
        "{}",
        '{"exchanges": []}',
        '{"exchanges": [1]}',
        '{"exchanges": [{"id": "X"}]}',
        '{"exchanges": [{"id": "X", "apdus": [{"c": "805C000204", "r": "000000009000"}]}]}',
    ],
)
def test_a_file_that_shows_nothing_does_not_pass(text):
    assert check_text(text, software("sandbox")).differences


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(["8050", "TORN", "9000"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["c", "r", "ctl", "id", "apdus", "values", "keys", "diversification"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_file_crashes_it(whatever):
    assert check_text(
        json.dumps({"exchanges": [whatever], "default_keys": whatever}), software("sandbox")
    ).differences


@settings(max_examples=150)
@given(st.data())
def test_no_recorded_field_of_another_kind_crashes_it(data):
    one = exchange(data.draw(st.sampled_from(["A01", "A10", "A12", "A33", "A36"])))
    place = data.draw(st.sampled_from(["values", "keys", "apdus", "diversification"]))
    inner = one[place]
    if data.draw(st.booleans()) or not inner:
        one[place] = data.draw(JSON)
    else:
        at = data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else [0, -1]))
        inner[at] = data.draw(JSON)
    found(one)


def recorded(*lines, quirks=None, **state):
    """An exchange as another card would have recorded it."""
    card = VirtualCard(
        CardState(asn="03105170010170907984", dlk=KEYS["DLK"], dtk=KEYS["DTK"], **state),
        quirks=quirks,
    )
    apdus, load = [], {}
    for line in lines:
        sent = line(load) if callable(line) else line
        reply = card.line(sent)
        apdus.append({"ctl" if sent.startswith("!") else "c": sent, "r": reply})
        if sent.startswith("8050") and len(reply) == 36:
            load = {"sent": sent, "reply": reply}
    return {"id": "X", "keys": KEYS, "diversification": None, "apdus": apdus, "values": {}}


def init(amount=1000, kind=2):
    return f"8050000{kind}0B01{amount:08X}000000000001" + "10"


def credit(load, wrong=False):
    reply, sent = bytes.fromhex(load["reply"]), bytes.fromhex(load["sent"])
    key = algorithms.session_key(
        bytes.fromhex(KEYS["DLK"]), purse.session_input(reply[8:12], int.from_bytes(reply[4:6]))
    )
    message = purse.mac2_message(
        int.from_bytes(sent[6:10]), Purse(sent[3]), sent[10:16], "20260501120000"
    )
    mac2 = bytes(4) if wrong else algorithms.mac(key, message)
    return purse.credit_for_load("20260501120000", mac2).hex


OTHERS = {
    "right MAC2 after a wrong one": [SELECT, PIN, init(), lambda p: credit(p, True), credit],
    "balance read in between": [SELECT, PIN, init(), "805C000204", credit, "805C000204"],
    "ED": [SELECT, PIN, init(kind=1), credit, "805C000104", "805C000204", "00B201C417"],
    "ED then EP": [SELECT, PIN, init(kind=1), credit, init(), credit, "00B201C417", "00B202C417"],
    "proof": [SELECT, PIN, init(), "!tear-after", credit, SELECT, "805A000202000008"],
    "flipped balance": [SELECT, "!flip 1", "805C000204", PIN, init()],
    "flipped random": [SELECT, PIN, "!flip 9", init()],
    "flipped key version": [SELECT, PIN, "!flip 6", init(), credit],
    "torn init": [SELECT, PIN, "!tear-after", init(), SELECT, PIN, init(), credit],
    "unknown key": [SELECT, PIN, init().replace("0B01", "0B02"), init(), credit],
}


@pytest.mark.parametrize("name", OTHERS)
def test_exchanges_without_values_are_checked_all_the_same(name):
    one = recorded(*OTHERS[name])
    report = found(one)
    assert report.differences == []
    assert report.compared["MAC1"]


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(mac2_wrong=0x6982, mac2_wrong_keeps_session=False, log_counter_offset=1),
        Quirks(proof_counter_offset=1, pin_wrong=0x63C0, log_needs_pin=False),
    ],
)
def test_other_cards_quirks_are_no_differences(quirks):
    counter = quirks.proof_counter_offset
    one = recorded(
        SELECT,
        "0020000003999999",
        PIN,
        init(),
        lambda p: credit(p, wrong=True),
        init(),
        credit,
        f"805A00020200{counter:02X}08",
        "00B201C417",
        quirks=quirks,
    )
    assert found(one).differences == []


def test_a_card_that_credits_for_a_wrong_mac2_differs():
    one = recorded(SELECT, PIN, init(), lambda p: credit(p, wrong=True), "805C000204")
    one["apdus"][3]["r"] = "123456789000"
    assert found(one).differences


def test_a_balance_that_the_status_words_do_not_allow_differs():
    one = recorded(SELECT, PIN, init(), credit, "805C000204")
    one["apdus"][4]["r"] = "000000019000"
    assert "balance" in str(found(one).differences[0])


def test_the_lab_reports_numbers_confirm_every_layout_with_its_own_iv():
    iv, load_key = bytes([0x11] * 8), bytes.fromhex(KEYS["DLK"])
    terminal, digits = bytes.fromhex("001122334455"), "20180620214822"
    key = algorithms.session_key(load_key, purse.session_input(bytes.fromhex("916FDF75"), 0))
    mac1 = purse.mac1_message(0, 0x1000, Purse.EP, terminal)
    mac2 = purse.mac2_message(0x1000, Purse.EP, terminal, digits)
    tac = purse.tac_message(0x1000, 0, 0x1000, Purse.EP, terminal, digits)
    tac_key = algorithms.tac_key(bytes.fromhex(KEYS["DTK"]))
    assert algorithms.full_mac(key, mac1, iv).hex().upper().startswith("3F9A7EAE")
    assert algorithms.full_mac(key, mac2, iv).hex().upper().startswith("26658D92")
    assert algorithms.full_mac(tac_key, tac, iv).hex().upper() == "9643618645D04025"
    assert algorithms.mac(key, mac1) != algorithms.full_mac(key, mac1, iv)[:4]
