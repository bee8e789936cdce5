"""The electronic purse's own words for loading: commands, answers, and what goes under each MAC.

Every layout is from the domain's card page; numbers are big-endian, money is fen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from nfc_topup.card.apdu import Command
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.fields import CardMoment

COUNTER_MAX = 0xFFFF
AMOUNT_MAX_FEN = 0xFFFFFFFF
LOG_RECORDS = 10

TRANSACTION_TYPES: Mapping[int, tuple[str, str]] = {
    1: ("存折圈存", "ED load"),
    2: ("钱包圈存", "EP load"),
    3: ("圈提", "unload"),
    4: ("取现", "cash"),
    5: ("存折消费", "ED purchase"),
    6: ("钱包消费", "EP purchase"),
    7: ("修改透支限额", "overdraft limit"),
    8: ("信用消费", "credit purchase"),
    9: ("复合消费", "compound purchase"),
}

_DIGITS = re.compile(r"[0-9]{14}")


class Purse(IntEnum):
    """Which value of the card: P2 of the commands and the type byte under the MACs."""

    ED = 1
    EP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Answer to INITIALIZE FOR LOAD. `balance_raw` is kept as sent: MAC1 covers all 32 bits."""

    balance_raw: int
    counter: int
    key_version: int
    algorithm: int
    card_random: bytes
    mac1: bytes

    def to_bytes(self) -> bytes:
        """The 16 bytes as a card sends them."""
        numbers = self.balance_raw.to_bytes(4, "big") + self.counter.to_bytes(2, "big")
        return numbers + bytes((self.key_version, self.algorithm)) + self.card_random + self.mac1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Answer to GET TRANSACTION PROVE; for a load `mac` is 00000000."""

    mac: bytes
    tac: bytes

    def to_bytes(self) -> bytes:
        """MAC, then TAC."""
        return self.mac + self.tac


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """One record of the log (SFI 18 hex). Not authenticated: a hint, never a proof."""

    counter: int
    overdraft_limit: int
    amount_fen: int
    type: int
    terminal: bytes
    digits: str

    @property
    def at(self) -> CardMoment:
        """Date and time of the terminal."""
        return CardMoment(bytes.fromhex(self.digits))

    @property
    def is_blank(self) -> bool:
        """A record never written."""
        return not any(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The 23 bytes as a card sends them."""
        head = self.counter.to_bytes(2, "big") + self.overdraft_limit.to_bytes(3, "big")
        money = self.amount_fen.to_bytes(4, "big") + bytes((self.type,))
        return head + money + self.terminal + bytes.fromhex(self.digits)


def select(aid: bytes) -> Command:
    """SELECT by name."""
    return Command(cla=0x00, ins=0xA4, p1=0x04, p2=0x00, data=aid)


def verify_pin(pin: bytes) -> Command:
    """VERIFY PIN with the PIN's bytes as the card wants them."""
    return Command(cla=0x00, ins=0x20, p1=0x00, p2=0x00, data=pin)


def read_file15() -> Command:
    """READ BINARY of the 30 bytes of file 15 hex (the card's public data)."""
    return Command(cla=0x00, ins=0xB0, p1=0x95, p2=0x00, le=30)


def get_balance(purse: Purse) -> Command:
    """GET BALANCE."""
    return Command(cla=0x80, ins=0x5C, p1=0x00, p2=purse, le=4)


def read_log_record(number: int) -> Command:
    """READ RECORD of the log, 1 = newest, at most 10."""
    if not 1 <= number <= LOG_RECORDS:
        raise ValueError("the log has records 1 to 10")
    return Command(cla=0x00, ins=0xB2, p1=number, p2=0xC4, le=23)


def initialize_for_load(
    purse: Purse, *, key_index: int, amount_fen: int, terminal: bytes
) -> Command:
    """INITIALIZE FOR LOAD with our amount and terminal (6 bytes); the answer is a Challenge."""
    data = bytes((key_index,)) + _amount(amount_fen) + _terminal(terminal)
    return Command(cla=0x80, ins=0x50, p1=0x00, p2=purse, data=data, le=16)


def credit_for_load(digits: str, mac2: bytes) -> Command:
    """CREDIT FOR LOAD; `digits` are YYYYMMDDhhmmss exactly as sealed under MAC2."""
    if len(mac2) != 4:
        raise ValueError("MAC2 has 4 bytes")
    return Command(cla=0x80, ins=0x52, p1=0x00, p2=0x00, data=_digits(digits) + mac2, le=4)


def get_transaction_prove(purse: Purse, counter: int) -> Command:
    """GET TRANSACTION PROVE for the load with this online counter (N+1 or N, by profile)."""
    data = counter.to_bytes(2, "big")
    return Command(cla=0x80, ins=0x5A, p1=0x00, p2=purse, data=data, le=8)


def parse_challenge(data: bytes) -> Challenge:
    """Read the 16 bytes after INITIALIZE FOR LOAD."""
    _exactly(data, 16, "INITIALIZE FOR LOAD")
    return Challenge(
        balance_raw=int.from_bytes(data[0:4], "big"),
        counter=int.from_bytes(data[4:6], "big"),
        key_version=data[6],
        algorithm=data[7],
        card_random=data[8:12],
        mac1=data[12:16],
    )


def parse_tac(data: bytes) -> bytes:
    """Read the 4 bytes after CREDIT FOR LOAD."""
    _exactly(data, 4, "CREDIT FOR LOAD")
    return data


def parse_balance(data: bytes) -> int:
    """Read the 4 bytes after GET BALANCE, unmasked."""
    _exactly(data, 4, "GET BALANCE")
    return int.from_bytes(data, "big")


def parse_proof(data: bytes) -> Proof:
    """Read the 8 bytes after GET TRANSACTION PROVE."""
    _exactly(data, 8, "GET TRANSACTION PROVE")
    return Proof(mac=data[:4], tac=data[4:])


def parse_log_record(data: bytes) -> LogRecord:
    """Read the 23 bytes of one log record; the date must be BCD digits."""
    _exactly(data, 23, "READ RECORD")
    digits = data[16:23].hex()
    if not _DIGITS.fullmatch(digits):
        raise CardAnswerUnreadable("the log record's date is not BCD", command="READ RECORD")
    return LogRecord(
        counter=int.from_bytes(data[0:2], "big"),
        overdraft_limit=int.from_bytes(data[2:5], "big"),
        amount_fen=int.from_bytes(data[5:9], "big"),
        type=data[9],
        terminal=data[10:16],
        digits=digits,
    )


def session_input(card_random: bytes, counter: int) -> bytes:
    """The 8 bytes that make the session key: card random, online counter, 8000."""
    return card_random + counter.to_bytes(2, "big") + b"\x80\x00"


def mac1_message(balance_raw: int, amount_fen: int, purse: Purse, terminal: bytes) -> bytes:
    """What the card signs in MAC1: old balance as sent, amount, type, terminal."""
    return balance_raw.to_bytes(4, "big") + _amount(amount_fen) + bytes((purse,)) + terminal


def mac2_message(amount_fen: int, purse: Purse, terminal: bytes, digits: str) -> bytes:
    """What the host signs in MAC2: amount, type, terminal, date and time."""
    return _amount(amount_fen) + bytes((purse,)) + terminal + _digits(digits)


def tac_message(
    new_balance_raw: int, counter: int, amount_fen: int, purse: Purse, terminal: bytes, digits: str
) -> bytes:
    """What the card signs in TAC; `counter` is the one before +1."""
    head = new_balance_raw.to_bytes(4, "big") + counter.to_bytes(2, "big")
    return head + mac2_message(amount_fen, purse, terminal, digits)


def _amount(amount_fen: int) -> bytes:
    if not 0 <= amount_fen <= AMOUNT_MAX_FEN:
        raise ValueError("an amount is 0 to 4294967295 fen")
    return amount_fen.to_bytes(4, "big")


def _terminal(terminal: bytes) -> bytes:
    if len(terminal) != 6:
        raise ValueError("a terminal number has 6 bytes")
    return terminal


def _digits(digits: str) -> bytes:
    if not _DIGITS.fullmatch(digits):
        raise ValueError("date and time are 14 digits")
    return bytes.fromhex(digits)


def _exactly(data: bytes, length: int, command: str) -> None:
    if len(data) != length:
        raise CardAnswerUnreadable(
            f"{command} answers {length} bytes", command=command, length=len(data)
        )
