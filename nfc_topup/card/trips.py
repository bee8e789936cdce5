"""Rides as the card remembers them: the open ride (file 1A) and the last thirty (file 1E).

No text of the standard was available. 1E is as a public reader of T-Union documents it (one
source); 1A's record 2 is as a validator's header and a card tool give it, field for field alike,
while metro and older city cards write other records there, which are not read. Hints, no proofs.
"""

from __future__ import annotations

from dataclasses import dataclass

from nfc_topup.card.apdu import Command
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.fields import CardMoment, CardText, exactly, number

TRIP_LENGTH = 48
TRIPS = 30
RIDE_LENGTH = 128
BUS_RECORD = 2
BUS_RIDE = bytes.fromhex("27017D")  # record's identifier 2701, length 125 of what follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One record of file 1E. `terminal` is 16 digits or other hex, `station` 7 bytes as hex."""

    kind: int
    terminal: str
    subtype: int
    station: str
    amount_fen: int
    balance_fen: int
    at: CardMoment
    city: str
    institution: str
    reserved: bytes

    def to_bytes(self) -> bytes:
        """The 48 bytes as the card keeps them."""
        where = bytes((self.subtype,)) + bytes.fromhex(self.station)
        money = self.amount_fen.to_bytes(4, "big") + self.balance_fen.to_bytes(4, "big")
        region = bytes.fromhex(self.city + self.institution)
        head = bytes((self.kind,)) + bytes.fromhex(self.terminal)
        return head + where + money + self.at.raw + region + self.reserved

    @property
    def is_blank(self) -> bool:
        """A record never written: all 00 or all FF."""
        return self.to_bytes() in (bytes(TRIP_LENGTH), b"\xff" * TRIP_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where and when a ride began or ended; 38 bytes of file 1A. Codes are hex text."""

    city: str
    institution: str
    operator: int
    line: int
    station: int
    vehicle: CardText
    terminal: str
    at: CardMoment

    def to_bytes(self) -> bytes:
        """The 38 bytes as the card keeps them."""
        codes = bytes.fromhex(self.city + self.institution) + self.operator.to_bytes(2, "big")
        line = self.line.to_bytes(2, "big") + bytes((self.station,))
        return codes + line + self.vehicle.raw + bytes.fromhex(self.terminal) + self.at.raw


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRide:
    """Record 2 of file 1A (buses). `state` 0 none, 1 on board, 2 left; `lock` 1 = locked.

    `marked_fen` is the fare owed when the ride is never ended, `direction` AB or BA (hex).
    """

    valid: int
    mode: int
    lock: int
    serial: str
    state: int
    on: Stop
    marked_fen: int
    direction: int
    off: Stop
    reserved: bytes

    def to_bytes(self) -> bytes:
        """The 128 bytes as the card keeps them."""
        flags = bytes((self.valid, self.mode, self.lock))
        head = BUS_RIDE + flags + bytes.fromhex(self.serial) + bytes((self.state,))
        fare = self.marked_fen.to_bytes(4, "big") + bytes((self.direction,))
        return head + self.on.to_bytes() + fare + self.off.to_bytes() + self.reserved

    @property
    def is_locked(self) -> bool:
        """Whether the terminal that wrote it left the application locked."""
        return self.lock == 1

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody boarded and never left: 不完整行程."""
        return self.state == 1


def read_trip(record: int) -> Command:
    """READ RECORD of file 1E, 1 = newest, at most 30."""
    if not 1 <= record <= TRIPS:
        raise ValueError("file 1E has records 1 to 30")
    return Command(cla=0x00, ins=0xB2, p1=record, p2=0xF4, le=TRIP_LENGTH)


def read_open_ride() -> Command:
    """READ RECORD 2 of file 1A."""
    return Command(cla=0x00, ins=0xB2, p1=BUS_RECORD, p2=0xD4, le=RIDE_LENGTH)


def parse_trip(data: bytes) -> Trip:
    """Read the 48 bytes of one record of file 1E; CardAnswerUnreadable."""
    exactly(data, (TRIP_LENGTH,), "a trip", "READ RECORD")
    return Trip(
        kind=data[0],
        terminal=data[1:9].hex(),
        subtype=data[9],
        station=data[10:17].hex(),
        amount_fen=number(data[17:21]),
        balance_fen=number(data[21:25]),
        at=CardMoment(data[25:32]),
        city=data[32:34].hex(),
        institution=data[34:42].hex(),
        reserved=data[42:48],
    )


def parse_open_ride(data: bytes) -> OpenRide:
    """Read record 2 of file 1A; CardAnswerUnreadable for every other record and length."""
    exactly(data, (RIDE_LENGTH,), "a ride", "READ RECORD")
    if data[:3] != BUS_RIDE:
        raise CardAnswerUnreadable("not a bus ride's record", command="READ RECORD")
    return OpenRide(
        valid=data[3],
        mode=data[4],
        lock=data[5],
        serial=data[6:14].hex(),
        state=data[14],
        on=_stop(data[15:53]),
        marked_fen=number(data[53:57]),
        direction=data[57],
        off=_stop(data[58:96]),
        reserved=data[96:],
    )


def _stop(data: bytes) -> Stop:
    return Stop(
        city=data[0:2].hex(),
        institution=data[2:10].hex(),
        operator=number(data[10:12]),
        line=number(data[12:14]),
        station=data[14],
        vehicle=CardText(data[15:23]),
        terminal=data[23:31].hex(),
        at=CardMoment(data[31:38]),
    )
