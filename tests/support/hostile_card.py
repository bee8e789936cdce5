"""A card program that misbehaves: `python -m tests.support.hostile_card HOW ASN KEYS STATE`."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys

SELECT, FILE15, PIN, INITIALIZE, CREDIT = "00A404", "00B095", "0020", "8050", "8052"
Misdeed = Callable[[str, str], str | None]


def silent(_: str, __: str) -> str | None:
    """Never says anything."""
    time.sleep(600)
    return None


def garbage(_: str, __: str) -> str:
    return "lorem ipsum"


def garbage_later(sent: str, said: str) -> str:
    return "oops \x1b[31m" if sent.startswith(INITIALIZE) else said


def bytes_that_are_no_text(sent: str, said: str) -> str:
    if sent.startswith(INITIALIZE):
        sys.stdout.buffer.write(b"\xff\xfe\x00\n")
        sys.stdout.flush()
    return said


def lower_case(_: str, said: str) -> str:
    return said.lower()


def blank_lines(_: str, said: str) -> str:
    return f"\n\r\n  \n{said}\r"


def endless_line(_: str, __: str) -> str:
    return "90" * 100_000


def ends_at(point: str) -> Misdeed:
    def misdeed(sent: str, said: str) -> str:
        if sent.startswith(point):
            sys.exit(0)
        return said

    return misdeed


def torn_at(point: str) -> Misdeed:
    return lambda sent, said: "TORN" if sent.startswith(point) else said


def says(point: str, answer: str) -> Misdeed:
    return lambda sent, said: answer if sent.startswith(point) else said


def knows_no_control_lines(sent: str, said: str) -> str:
    return "6D00" if sent.startswith("!") else said


HOW: dict[str, Misdeed] = {
    "silent": silent,
    "garbage": garbage,
    "garbage-later": garbage_later,
    "no-text": bytes_that_are_no_text,
    "lower-case": lower_case,
    "blank-lines": blank_lines,
    "endless-line": endless_line,
    "dies-at-once": ends_at(""),
    "dies-at-initialize": ends_at(INITIALIZE),
    "dies-after-credit": ends_at(CREDIT),
    "torn-select": torn_at(SELECT),
    "torn-file15": torn_at(FILE15),
    "torn-pin": torn_at(PIN),
    "torn-initialize": torn_at(INITIALIZE),
    "torn-credit": torn_at(CREDIT),
    "no-application": says(SELECT, "6A82"),
    "no-file15": says(FILE15, "6A82"),
    "short-file15": says(FILE15, "01029000"),
    "short-initialize": says(INITIALIZE, "00009000"),
    "no-tac": says(CREDIT, "9000"),
    "long-tac": says(CREDIT, "AABBCCDDEE9000"),
    "wrong-tac": says(CREDIT, "AABBCCDD9000"),
    "refuses-initialize": says(INITIALIZE, "6985"),
    "one-digit": says(INITIALIZE, "9"),
    "no-control-lines": knows_no_control_lines,
    "honest": lambda _, said: said,
}


QUIRKS = {
    "mac2-9302": Quirks(mac2_wrong=0x9302),
    "mac2-6982": Quirks(mac2_wrong=0x6982, mac2_wrong_keeps_session=False),
    "proof-n1": Quirks(proof_counter_offset=1),
    "log-n1": Quirks(log_counter_offset=1, supports_proofs=False),
    "no-proofs": Quirks(supports_proofs=False),
    "no-pin": Quirks(pin=None),
    "other-index": Quirks(key_index=2),
    "forgetful": Quirks(gives_proof_once=False, keeps_proof_after_initialize=True),
}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(words: list[str]) -> None:
    """`HOW ASN KEYS STATE`: HOW is one misdeed, or several and quirks joined by +."""
    how, asn, keys, state = words[0], words[1], Path(words[2]), Path(words[3])
    names = how.split("+")
    quirks = next((QUIRKS[name] for name in names if name in QUIRKS), Quirks())
    misdeeds = [HOW[name] for name in names if name in HOW]
    if state.exists():
        kept = CardState(**json.loads(state.read_text()))
    else:
        dlk, dtk = card_keys(json.loads(keys.read_text()), asn)
        kept = CardState(asn=asn, dlk=dlk, dtk=dtk)
    card = VirtualCard(kept, quirks=quirks, file=state)
    if "banner" in names:
        say("Card simulator 1.0\nready")
    for text in io.TextIOWrapper(sys.stdin.buffer, encoding="ascii"):
        said: str | None = card.line(text)
        for misdeed in misdeeds:
            said = misdeed(text.strip().upper(), said or "")
        if said is not None:
            say(said)


if __name__ == "__main__":
    main(sys.argv[1:])
