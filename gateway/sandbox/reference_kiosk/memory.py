"""What the kiosk knows, folded from its journal event by event: the same after every restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox.reference_kiosk.journal import Event

Note = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Intake:
    """Cash for one card. `state`: open, ordered (the house has the order), kept (people look)."""

    id: str
    card_no: str
    aid: str
    most_fen: int
    order_key: str
    notes: list[Note] = field(default_factory=list)
    state: str = "open"

    @property
    def taken_fen(self) -> int:
        """What fell."""
        return sum(int(note["value_fen"]) for note in self.notes)


@dataclass(slots=True, kw_only=True)
class Record:
    """One numbered line of the day. `state`: waiting, taken (the house has it) or refused."""

    number: int
    kind: str
    amount_fen: int
    ref: str
    wish: dict[str, Any]
    state: str = "waiting"

    @property
    def line(self) -> dict[str, Any]:
        """As it is settled."""
        return {
            "number": self.number,
            "kind": self.kind,
            "amount_fen": self.amount_fen,
            "ref": self.ref,
        }


@dataclass(slots=True, kw_only=True)
class Load:
    """The load whose CREDIT was given to the card and whose answer is not yet a record."""

    id: str
    order_id: str
    amount_fen: int


@dataclass(slots=True, kw_only=True)
class Memory:
    """Everything that must outlive the process."""

    kiosk: str = ""
    key_id: str = ""
    sequence: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    list_version: int = 0
    signed_on: bool = False
    skew_seconds: float = 0.0
    boxing: str = ""
    box: str = ""
    boxes: dict[str, dict[int, int]] = field(default_factory=dict)
    note_seen: int = 0
    intakes: dict[str, Intake] = field(default_factory=dict)
    crediting: Load | None = None
    records: dict[int, Record] = field(default_factory=dict)
    last_number: int = 0
    settled_to: int = 0
    settling: dict[str, Any] | None = None

    def take(self, event: Event) -> None:
        """One event of the journal, new or read again."""
        _FOLD[event["kind"]](self, event)

    @property
    def waiting(self) -> list[Record]:
        """Records that the house does not have yet, in the order in which they were made."""
        return [one for _, one in sorted(self.records.items()) if one.state == "waiting"]

    @property
    def unordered(self) -> list[Intake]:
        """Cash that fell and is no order yet."""
        return [one for one in self.intakes.values() if one.state == "open" and one.notes]


def _enrolled(memory: Memory, event: Event) -> None:
    memory.kiosk, memory.key_id = event["kiosk"], event["key_id"]


def _numbers(memory: Memory, event: Event) -> None:
    memory.sequence = event["upto"]


def _signed_on(memory: Memory, event: Event) -> None:
    memory.signed_on = True
    memory.parameters, memory.list_version = event["parameters"], event["list_version"]
    memory.last_number = max(memory.last_number, event["next_record"] - 1)


def _signed_off(memory: Memory, _: Event) -> None:
    memory.signed_on = False


def _clock(memory: Memory, event: Event) -> None:
    memory.skew_seconds = event["skew_seconds"]


def _boxing(memory: Memory, event: Event) -> None:
    memory.boxing = event["key"]


def _box(memory: Memory, event: Event) -> None:
    memory.box, memory.boxing = event["box"], ""
    memory.boxes.setdefault(memory.box, {})


def _slot(memory: Memory, event: Event) -> None:
    """Slots before it that are settled, or took nothing, need not be remembered."""
    known = {name: value for name, value in event.items() if name != "kind"}
    memory.intakes = {one.id: one for one in memory.unordered}
    memory.intakes.setdefault(event["id"], Intake(**known))


def _note(memory: Memory, event: Event) -> None:
    memory.note_seen = event["seen"]
    note = event["note"]
    memory.intakes[note["intake_id"]].notes.append(note)
    counted = memory.boxes.setdefault(note["box"], {})
    counted[note["value_fen"]] = counted.get(note["value_fen"], 0) + 1
    _keep(memory, note["number"], "note", note["value_fen"], note["intake_id"], note)


def _ordered(memory: Memory, event: Event) -> None:
    memory.intakes[event["id"]].state = event["state"]


def _crediting(memory: Memory, event: Event) -> None:
    memory.crediting = Load(
        id=event["id"], order_id=event["order_id"], amount_fen=event["amount_fen"]
    )


def _answered(memory: Memory, event: Event) -> None:
    memory.crediting = None
    wish = event["wish"]
    _keep(memory, wish["number"], event["outcome"], event["amount_fen"], event["id"], wish)


def _told(memory: Memory, event: Event) -> None:
    for number in event["numbers"]:
        memory.records[number].state = event["state"]


def _settling(memory: Memory, event: Event) -> None:
    memory.settling = {name: event[name] for name in ("first", "last", "day")}


def _settled(memory: Memory, event: Event) -> None:
    memory.settling, memory.settled_to = None, event["last"]
    for number in [one for one in memory.records if one <= memory.settled_to]:
        if memory.records[number].state != "waiting":
            del memory.records[number]


def _keep(
    memory: Memory, number: int, kind: str, amount_fen: int, ref: str, wish: dict[str, Any]
) -> None:
    memory.last_number = max(memory.last_number, number)
    memory.records[number] = Record(
        number=number, kind=kind, amount_fen=amount_fen, ref=ref, wish=wish
    )


_FOLD: dict[str, Callable[[Memory, Event], None]] = {
    "enrolled": _enrolled,
    "numbers": _numbers,
    "signed_on": _signed_on,
    "signed_off": _signed_off,
    "clock": _clock,
    "boxing": _boxing,
    "box": _box,
    "slot": _slot,
    "note": _note,
    "ordered": _ordered,
    "crediting": _crediting,
    "answered": _answered,
    "told": _told,
    "settling": _settling,
    "settled": _settled,
}
