"""Compares the recorded values of a load with ours, one by one, with no exchange around them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nfc_topup.card import purse
from nfc_topup.card.purse import Purse
from nfc_topup.vault import algorithms
from nfc_topup.vectors import reading
from nfc_topup.vectors.bench import Bench, Load
from nfc_topup.vectors.reading import IssuerKeys
from nfc_topup.vectors.report import Report

Entry = Mapping[str, object]

NAMED = ("old_balance", "online_counter", "card_random", "amount", "terminal")


def load_in(entry: Entry, kind: Purse) -> Load | None:
    """The load an entry describes, None when it does not name all of it."""
    balance, counter = reading.number(entry, "old_balance"), reading.counter(entry)
    nonce, terminal = reading.octets(entry, "card_random", 4), reading.octets(entry, "terminal", 6)
    amount = reading.number(entry, "amount")
    if None in (balance, counter, nonce, terminal, amount):
        return None
    assert balance is not None and counter is not None and amount is not None  # noqa: PT018
    assert nonce is not None and terminal is not None  # noqa: PT018
    return Load(
        balance_raw=balance,
        counter=counter,
        card_random=nonce,
        amount_fen=amount,
        purse=kind,
        terminal=terminal,
    )


def kind_in(entry: Entry) -> Purse:
    """ED or EP, as the recorded MAC1 or MAC2 message says; EP when neither is there."""
    message = reading.octets(entry, "mac1_input")
    place = 8
    if message is None:
        message, place = reading.octets(entry, "mac2_input"), 4
    told = message[place] if message is not None and len(message) > place else Purse.EP
    return Purse.ED if told == Purse.ED else Purse.EP


def check_entry(
    entry: Entry, load: Load, bench: Bench, own: IssuerKeys | None, report: Report, name: str
) -> None:
    """Compare every value the entry has with ours."""
    digits = reading.digits(entry)
    _check_messages(entry, load, digits, report, name)
    if own is not None:
        _check_keys(entry, load, own, report, name)
    mac1 = reading.octets(entry, "mac1_reference", 4)
    if mac1 is not None:
        report.compare("MAC1", name, "mac1_reference", bench.mac1_verifies(load, mac1), True)
        wrong = bytes((mac1[0] ^ 1,)) + mac1[1:]
        report.compare("MAC1", name, "MAC1 changed", bench.mac1_verifies(load, wrong), False)
        if digits is not None:
            _check_mac2(entry, load, bench, (mac1, wrong, digits), report, name)
    tac = reading.octets(entry, "tac_reference", 4)
    if tac is not None and digits is not None:
        found = bench.tac_verifies(load, digits, tac)
        report.compare("TAC", name, "tac_reference", found, True)
    balance = reading.number(entry, "new_balance")
    if balance is not None:
        report.compare("values", name, "new_balance", load.new_balance_raw, balance)


def check_diversification(
    exchange: Entry, own: IssuerKeys, issuer: IssuerKeys, report: Report, name: str
) -> None:
    """Compare the card's keys found from the issuer's with the recorded ones."""
    for key_name, master, kept in (("DLK", issuer.load, own.load), ("DTK", issuer.tac, own.tac)):
        ours = algorithms.diversify(master, issuer.levels).hex().upper()
        report.compare("keys", name, key_name, ours, kept.hex().upper())
        spread = exchange.get("diversification")
        told = reading.octets(spread, key_name, 16) if isinstance(spread, dict) else None
        if told is not None:
            report.compare("keys", name, f"diversification {key_name}", ours, told.hex().upper())


def _check_messages(
    entry: Entry, load: Load, digits: str | None, report: Report, name: str
) -> None:
    ours = {"session_key_input": load.session_input, "mac1_input": load.mac1_message}
    if digits is not None:
        ours["mac2_input"] = load.mac2_message(digits)
        ours["tac_input"] = load.tac_message(digits)
    for what, message in ours.items():
        told = reading.octets(entry, what)
        if told is not None:
            report.compare("messages", name, what, message.hex().upper(), told.hex().upper())


def _check_keys(entry: Entry, load: Load, own: IssuerKeys, report: Report, name: str) -> None:
    ours = {
        "session_key": algorithms.session_key(own.load, load.session_input),
        "tac_key": algorithms.tac_key(own.tac),
    }
    for what, key in ours.items():
        told = reading.octets(entry, what)
        if told is not None:
            report.compare("keys", name, what, key.hex().upper(), told.hex().upper())


def _check_mac2(
    entry: Entry,
    load: Load,
    bench: Bench,
    given: tuple[bytes, bytes, str],
    report: Report,
    name: str,
) -> None:
    mac1, wrong, digits = given
    told = reading.octets(entry, "mac2", 4)
    if told is not None:
        ours = bench.mac2(load, mac1, digits)
        shown = ours.hex().upper() if ours is not None else "refused"
        report.compare("MAC2", name, "mac2", shown, told.hex().upper())
    refused = bench.mac2(load, wrong, digits) is None
    report.compare("MAC2", name, "MAC2 after a changed MAC1 is refused", refused, True)


_SESSION = re.compile(r"SESLK\(.*?([0-9A-F]{8}) ([0-9A-F]{4}) 8000\)")
_MAC2 = re.compile(r"MAC2 amount ([0-9A-F]{8}) type (0[12]) term ([0-9A-F]{12}) ([0-9]{14})")


def check_published(listed: object, default: object, report: Report) -> None:
    """Published numbers: each agrees as it says; those that tell enough are recomputed."""
    if not isinstance(listed, list):
        return
    own, _ = reading.keys_of({}, default)
    session: bytes | None = None
    for entry in listed:
        if not isinstance(entry, dict):
            raise reading.Unreadable("a published number is not an object")
        what = str(entry.get("what"))
        told = str(entry.get("published")).upper()
        if entry.get("agrees", True):
            report.compare("published", what, "reference", str(entry["reference"]).upper(), told)
        ours = None
        if own is not None and (found := _SESSION.search(what)):
            session = ours = algorithms.session_key(
                own.load, bytes.fromhex(found[1] + found[2] + "8000")
            )
        elif session is not None and (found := _MAC2.search(what)):
            ours = algorithms.mac(session, bytes.fromhex("".join(found.groups())))
        elif own is not None and what.startswith("TAC key = DTK"):
            ours = algorithms.tac_key(own.tac)
        if ours is None:
            report.notes.append(f"published number not recomputed: {what}")
        else:
            report.compare("published", what, "recomputed", ours.hex().upper(), told)


def amount_and_terminal(data: bytes) -> tuple[int, int, bytes]:
    """Key index, amount and terminal as a recorded INITIALIZE has them (11 bytes)."""
    if len(data) != 11:
        raise reading.Unreadable("INITIALIZE FOR LOAD carries 11 bytes")
    return data[0], int.from_bytes(data[1:5], "big") & purse.AMOUNT_MAX_FEN, data[5:]
