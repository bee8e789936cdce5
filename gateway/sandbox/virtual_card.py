"""A purse card in software, one line a command: `python -m gateway.sandbox.virtual_card`.

An APDU in hex a line on standard input, the answer with its status word a line on standard
output, `TORN` for power lost. The control lines `!reset`, `!tear-before`, `!tear-after` (both for
the next command) and `!flip N` (byte N of the next answer inverted) answer RESET or ARMED.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.sandbox.card_chip import ARMED, PIN, RESET, TORN, CardState, Quirks, VirtualCard
from gateway.sandbox.card_files import AID, CITY_AID
from gateway.sandbox.card_macs import SM4_BYTE, TRIPLE_DES_BYTE, card_keys

__all__ = [
    "AID", "ARMED", "CITY_AID", "PIN", "RESET", "TORN", "CardState", "Quirks", "VirtualCard",
    "card_keys", "card_of", "main", "parser",
]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """The line protocol: one line in, one line out, until end of input."""
    card = card_of(parser().parse_args(arguments))
    for text in sys.stdin:
        if text.strip():
            sys.stdout.write(card.line(text) + "\n")
            sys.stdout.flush()


def card_of(given: argparse.Namespace) -> VirtualCard:
    """The card that the arguments describe, as its file kept it when there is one."""
    quirks = Quirks(
        aid=bytes.fromhex(given.aid),
        pin=bytes.fromhex(given.pin) if given.pin else None,
        key_index=given.key_index,
        key_version=given.key_version,
        algorithm=SM4_BYTE if given.sm4 else TRIPLE_DES_BYTE,
        supports_proofs=not given.no_proofs,
        proof_counter_offset=given.proof_offset,
    )
    file = Path(given.state) if given.state else None
    if file is not None and file.exists():
        state = CardState(**json.loads(file.read_text(encoding="utf-8")))
    else:
        keys = json.loads(Path(given.keys).read_text(encoding="utf-8"))
        dlk, dtk = card_keys(keys, given.asn, quirks.algorithm)
        balances = {"1": 0, "2": given.balance}
        state = CardState(asn=given.asn, dlk=dlk, dtk=dtk, balances=balances, counter=given.counter)
    return VirtualCard(state, quirks=quirks, file=file)


def parser() -> argparse.ArgumentParser:
    """The arguments of a virtual card, here and where it lies on a virtual reader."""
    words = argparse.ArgumentParser(prog="virtual_card", description=__doc__)
    words.add_argument("--asn", required=True, help="20 digits")
    words.add_argument("--keys", required=True, help="JSON file: {DLK, DTK} or {MLK, MTK, levels}")
    words.add_argument("--state", help="file that keeps the card between runs")
    words.add_argument("--balance", type=int, default=0, help="fen, for a new card")
    words.add_argument("--counter", type=int, default=0)
    words.add_argument("--aid", default=AID.hex(), help=f"hex; {CITY_AID.hex()}: a city card")
    words.add_argument("--pin", default=PIN.hex(), help="hex; empty for a card without PIN")
    words.add_argument("--key-index", type=int, default=1)
    words.add_argument("--key-version", type=int, default=1, help="what INITIALIZE answers, 0..255")
    words.add_argument("--sm4", action="store_true", help="SM4 keys, algorithm 04 (experimental)")
    words.add_argument("--no-proofs", action="store_true")
    words.add_argument("--proof-offset", type=int, choices=(0, 1), default=0)
    return words


if __name__ == "__main__":
    main()
