"""Commands and answers as they go over the air (ISO 7816-4, short), built and read in pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nfc_topup.card.errors import CardAnswerUnreadable

TORN = "TORN"
LONGEST_ANSWER = 258  # 256 bytes of data and the status word

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. `le` is the number of bytes expected, 1 to 256; None when none are."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __post_init__(self) -> None:
        for name in ("cla", "ins", "p1", "p2"):
            if not 0 <= getattr(self, name) <= 0xFF:
                raise ValueError(f"{name} is one byte")
        if len(self.data) > 255:
            raise ValueError("a short command carries at most 255 bytes")
        if self.le is not None and not 1 <= self.le <= 256:
            raise ValueError("le is 1 to 256")

    def to_bytes(self) -> bytes:
        """CLA INS P1 P2, then Lc and data when there are data, then Le when there is one."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.le is None else bytes((self.le % 256,))
        return head + body + tail

    @property
    def hex(self) -> str:
        """The command as upper-case hex, the way it is sent to a terminal."""
        return self.to_bytes().hex().upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a card said: data and status word (two bytes, 0 to 0xFFFF)."""

    data: bytes
    sw: int

    @property
    def ok(self) -> bool:
        """True for 9000 and nothing else."""
        return self.sw == 0x9000

    def to_bytes(self) -> bytes:
        """Data, then the status word."""
        return self.data + self.sw.to_bytes(2, "big")


def parse_command(raw: bytes) -> Command:
    """Read a short command; CardAnswerUnreadable when its lengths contradict each other."""
    if len(raw) < 4:
        raise CardAnswerUnreadable("a command has at least 4 bytes", length=len(raw))
    cla, ins, p1, p2 = raw[:4]
    if len(raw) == 4:
        return Command(cla=cla, ins=ins, p1=p1, p2=p2)
    if len(raw) == 5:
        return Command(cla=cla, ins=ins, p1=p1, p2=p2, le=raw[4] or 256)
    lc = raw[4]
    if lc == 0 or len(raw) not in (5 + lc, 6 + lc):
        raise CardAnswerUnreadable("Lc does not fit the command", length=len(raw), lc=lc)
    le = (raw[5 + lc] or 256) if len(raw) == 6 + lc else None
    return Command(cla=cla, ins=ins, p1=p1, p2=p2, data=raw[5 : 5 + lc], le=le)


def parse_answer(raw: bytes) -> Answer:
    """Split data and status word; CardAnswerUnreadable unless 2 to 258 bytes."""
    if len(raw) < 2:
        raise CardAnswerUnreadable("an answer ends with a status word of 2 bytes", length=len(raw))
    if len(raw) > LONGEST_ANSWER:
        raise CardAnswerUnreadable("an answer has at most 258 bytes", length=len(raw))
    return Answer(data=raw[:-2], sw=int.from_bytes(raw[-2:], "big"))


def parse_hex(text: str) -> bytes:
    """Hex digits of either case, nothing else; else CardAnswerUnreadable."""
    if not isinstance(text, str):
        raise CardAnswerUnreadable("an answer is a text of hex digits")
    if len(text) > 2 * LONGEST_ANSWER + 16:
        raise CardAnswerUnreadable("the text is longer than any answer", length=len(text))
    stripped = text.strip()
    if not _HEX.fullmatch(stripped):
        raise CardAnswerUnreadable("not an even number of hex digits", length=len(stripped))
    return bytes.fromhex(stripped)
