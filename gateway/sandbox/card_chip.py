"""The chip of the virtual card: what a purse remembers, forgets and answers.

It shares no code with the vault or the card core on purpose: it is the other side of the talk.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gateway.sandbox.card_files import AID, FCI, binary_file, record_of
from gateway.sandbox.card_macs import TRIPLE_DES_BYTE, load_session, load_tac_key, mac_of

PIN = bytes.fromhex("123456")
OK = b"\x90\x00"
TORN, RESET, ARMED = "TORN", "RESET", "ARMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Where running cards differ; the defaults are the recorded card's."""

    aid: bytes = AID
    pin: bytes | None = PIN
    key_index: int = 1
    key_version: int = 1
    algorithm: int = TRIPLE_DES_BYTE
    pin_wrong: int = 0x6C00
    pin_blocked: int = 0x6A83
    mac2_wrong: int = 0x9302
    mac2_wrong_keeps_session: bool = True
    credit_out_of_order: int = 0x6985
    key_unknown: int = 0x9403
    overflow: int = 0x6985
    limit_fen: int = 0x7FFFFFFF
    supports_proofs: bool = True
    proof_counter_offset: int = 0
    log_counter_offset: int = 0
    keeps_proof_after_initialize: bool = False
    gives_proof_once: bool = True
    log_needs_pin: bool = True


@dataclass(slots=True, kw_only=True)
class CardState:
    """What survives loss of power; all hex text, so that it can be kept in a file as it is."""

    asn: str
    dlk: str
    dtk: str
    balances: dict[str, int] = field(default_factory=lambda: {"1": 0, "2": 0})
    counter: int = 0
    log: list[str] = field(default_factory=list)
    proof: dict[str, str | int] | None = None
    pin_tries: int = 3
    files: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    purse: int
    amount: int
    terminal: bytes
    key: bytes


class VirtualCard:
    """One card. `transmit` takes and gives bytes, None when power was lost; `line` takes text."""

    def __init__(
        self,
        state: CardState,
        *,
        quirks: Quirks | None = None,
        file: Path | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.state = state
        self.quirks = quirks or Quirks()
        self._file = file
        self._random = random
        self._tear = ""
        self._flip: int | None = None
        self._session: _Session | None = None
        self._lose_power()

    def line(self, text: str) -> str:
        """One line of the protocol: an APDU in hex, or a control line beginning with `!`."""
        word, _, argument = text.strip().partition(" ")
        if word == "!reset":
            self._lose_power()
            return RESET
        if word in ("!tear-before", "!tear-after"):
            self._tear = word
            return ARMED
        if word == "!flip" and argument.isdecimal():
            self._flip = int(argument)
            return ARMED
        try:
            answer = self.transmit(bytes.fromhex(text.strip()))
        except ValueError:
            return "6700"
        return TORN if answer is None else answer.hex().upper()

    def transmit(self, command: bytes) -> bytes | None:
        """Carry out one command; None when the card was torn away before or after it."""
        tear, self._tear = self._tear, ""
        if tear == "!tear-before":
            self._lose_power()
            return None
        before = asdict(self.state)
        answer = self._answer(command)
        if asdict(self.state) != before:
            self.keep()
        if tear == "!tear-after":
            self._lose_power()
            return None
        flip, self._flip = self._flip, None
        if flip is not None and flip < len(answer):
            answer = answer[:flip] + bytes((answer[flip] ^ 0xFF,)) + answer[flip + 1 :]
        return answer

    def keep(self) -> None:
        """Write the card to its file, whole or not at all; done after whatever changes it."""
        if self._file is None:
            return
        temporary = self._file.with_name(self._file.name + ".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(asdict(self.state), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._file)

    def _answer(self, command: bytes) -> bytes:
        if len(command) < 4:
            return _sw(0x6700)
        known = {
            (0x00, 0xA4): self._select,
            (0x00, 0x20): self._verify_pin,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xB2): self._read_record,
            (0x80, 0x5C): self._get_balance,
            (0x80, 0x50): self._initialize,
            (0x80, 0x52): self._credit,
            (0x80, 0x5A): self._prove,
        }
        act = known.get((command[0], command[1]))
        if act is None:
            return _sw(0x6D00)
        if act != self._select and not self._selected:
            return _sw(0x6D00)
        return act(command[2], command[3], _data(command))

    def _select(self, p1: int, _p2: int, data: bytes) -> bytes:
        if p1 != 0x04 or data != self.quirks.aid:
            return _sw(0x6A82)
        self._lose_power()
        self._selected = True
        return FCI + OK

    def _verify_pin(self, _p1: int, _p2: int, data: bytes) -> bytes:
        if self.state.pin_tries == 0:
            return _sw(self.quirks.pin_blocked)
        if self.quirks.pin is not None and data != self.quirks.pin:
            self.state.pin_tries -= 1
            self._pin_ok = False
            return _sw(self.quirks.pin_wrong | self.state.pin_tries)
        self.state.pin_tries = 3
        self._pin_ok = True
        return OK

    def _read_binary(self, p1: int, p2: int, _data: bytes) -> bytes:
        if not p1 & 0x80 or p2:
            return _sw(0x6B00)
        state = self.state
        content = binary_file(p1 & 0x1F, aid=self.quirks.aid, asn=state.asn, files=state.files)
        return _sw(0x6A82) if content is None else content + OK

    def _read_record(self, p1: int, p2: int, _data: bytes) -> bytes:
        if p2 != 0xC4:
            record = record_of(p2 >> 3, p1, self.state.files)
            return _sw(0x6A83) if record is None else record + OK
        if self.quirks.log_needs_pin and not self._may():
            return _sw(0x6982)
        if not 1 <= p1 <= len(self.state.log):
            return _sw(0x6A83)
        return bytes.fromhex(self.state.log[p1 - 1]) + OK

    def _get_balance(self, _p1: int, p2: int, _data: bytes) -> bytes:
        if str(p2) not in self.state.balances:
            return _sw(0x6A86)
        return self.state.balances[str(p2)].to_bytes(4, "big") + OK

    def _initialize(self, p1: int, p2: int, data: bytes) -> bytes:
        if p1 != 0x00 or str(p2) not in self.state.balances:
            return _sw(0x6A86)
        if len(data) != 11:
            return _sw(0x6700)
        if not self._may():
            return _sw(0x6982)
        if data[0] != self.quirks.key_index:
            return _sw(self.quirks.key_unknown)
        if self.state.counter >= 0xFFFF:
            return _sw(0x9402)
        amount = int.from_bytes(data[1:5], "big")
        balance = self.state.balances[str(p2)]
        if balance + amount > self.quirks.limit_fen:
            return _sw(self.quirks.overflow)
        nonce = self._random(4)
        head = (
            balance.to_bytes(4, "big")
            + self.state.counter.to_bytes(2, "big")
            + bytes((self.quirks.key_version, self.quirks.algorithm))
        )
        seed = nonce + self.state.counter.to_bytes(2, "big") + b"\x80\0"
        key = load_session(self.quirks.algorithm, bytes.fromhex(self.state.dlk), seed)
        self._session = _Session(purse=p2, amount=amount, terminal=data[5:], key=key)
        if not self.quirks.keeps_proof_after_initialize:
            self.state.proof = None
        told = head[:4] + data[1:5] + bytes((p2,)) + data[5:]
        return head + nonce + mac_of(self.quirks.algorithm, key, told) + OK

    def _credit(self, p1: int, p2: int, data: bytes) -> bytes:
        if (p1, p2) != (0, 0):
            return _sw(0x6A86)
        session = self._session
        if session is None:
            return _sw(self.quirks.credit_out_of_order)
        if len(data) != 11:
            return _sw(0x6700)
        told = session.amount.to_bytes(4, "big") + bytes((session.purse,)) + session.terminal
        told += data[:7]
        if mac_of(self.quirks.algorithm, session.key, told) != data[7:]:
            if not self.quirks.mac2_wrong_keeps_session:
                self._session = None
            return _sw(self.quirks.mac2_wrong)
        return self._book(session, told) + OK

    def _book(self, session: _Session, told: bytes) -> bytes:
        """Add the value, count on, write the log, keep the proof: all of it, or none (one save)."""
        state, quirks = self.state, self.quirks
        balance = state.balances[str(session.purse)] + session.amount
        tac_key = load_tac_key(quirks.algorithm, bytes.fromhex(state.dtk))
        before = balance.to_bytes(4, "big") + state.counter.to_bytes(2, "big")
        tac = mac_of(quirks.algorithm, tac_key, before + told)
        logged = (state.counter + quirks.log_counter_offset).to_bytes(2, "big") + bytes(3) + told
        state.balances[str(session.purse)] = balance
        state.log = [logged.hex().upper(), *state.log][:10]
        counter = state.counter + quirks.proof_counter_offset
        state.proof = {"purse": session.purse, "counter": counter, "tac": tac.hex()}
        state.counter += 1
        self._session = None
        return tac

    def _prove(self, _p1: int, p2: int, data: bytes) -> bytes:
        if not self.quirks.supports_proofs:
            return _sw(0x6D00)
        proof = self.state.proof
        if proof is None:
            return _sw(0x6985)
        if proof["purse"] != p2 or proof["counter"] != int.from_bytes(data, "big"):
            return _sw(0x9406)
        if self.quirks.gives_proof_once:
            self.state.proof = None
        return bytes(4) + bytes.fromhex(str(proof["tac"])) + OK

    def _may(self) -> bool:
        return self.quirks.pin is None or self._pin_ok

    def _lose_power(self) -> None:
        self._selected = False
        self._pin_ok = False
        self._session = None


def _data(command: bytes) -> bytes:
    return command[5 : 5 + command[4]] if len(command) > 5 else b""


def _sw(word: int) -> bytes:
    return word.to_bytes(2, "big")
