"""The card on a PC/SC reader, spoken to by lines like every other card of the journey.

pyscard is an optional extra (`requirements-reader.txt`, `script/reader`), so it is looked for only
when a reader is asked for.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from gateway.sandbox.journey.cardpipe import TORN

PATIENCE_SECONDS = 30
RESET = "RESET"
MORE = 0x61


class ReaderMissing(Exception):
    """No reader, no card on it, or no software for one; the message says what to do."""


class PcscPipe:
    """One card on one reader, held alone: nothing may come between INITIALIZE and CREDIT."""

    def __init__(self, reader: str = "", *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._scard = _scard()
        self._wanted = reader
        self._patience = patience_seconds
        self._context = self._ask(self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER))
        self._card: Any = None
        self._protocol: Any = None
        try:
            self.reader = self._find_reader()
            self._wait_for_card()
        except ReaderMissing:
            self.close()  # pcscd has room for so many, and somebody may look all day
            raise

    def line(self, text: str) -> str:
        """The card's answer, TORN when it left; `!reset` waits until a card is there again."""
        if text == "!reset":
            self._let_go()
            self._wait_for_card()
            return RESET
        answer = self._transmit(bytes.fromhex(text))
        while answer is not None and len(answer) == 2 and answer[0] == MORE:
            answer = self._transmit(bytes((0x00, 0xC0, 0x00, 0x00, answer[1])))
        return TORN if answer is None else answer.hex().upper()

    def close(self) -> None:
        """Let go of card and reader."""
        self._let_go()
        self._scard.SCardReleaseContext(self._context)

    def _transmit(self, command: bytes) -> bytes | None:
        if self._card is None:
            return None
        result, answer = self._scard.SCardTransmit(self._card, self._protocol, list(command))
        if result != self._scard.SCARD_S_SUCCESS or len(answer) < 2:
            self._let_go()
            return None
        return bytes(answer)

    def _wait_for_card(self) -> None:
        """Raises ReaderMissing when nobody shows a card in time."""
        until = monotonic() + self._patience
        while (result := self._connect()) != self._scard.SCARD_S_SUCCESS:
            if monotonic() > until:
                why = self._scard.SCardGetErrorMessage(result)
                raise ReaderMissing(f"no card was shown on {self.reader} ({why})")
            sleep(0.1)

    def _connect(self) -> int:
        """PC/SC's result; the card is held when it is success."""
        scard = self._scard
        result, card, protocol = scard.SCardConnect(
            self._context,
            self.reader,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result != scard.SCARD_S_SUCCESS:
            return int(result)
        self._card = card
        t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._protocol = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1
        return int(result)

    def _let_go(self) -> None:
        """Power goes off with it: the card forgets its session."""
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_UNPOWER_CARD)
            self._card = None

    def _find_reader(self) -> str:
        result, readers = self._scard.SCardListReaders(self._context, [])
        named = [one for one in readers or [] if self._wanted.lower() in one.lower()]
        if result != self._scard.SCARD_S_SUCCESS or not named:
            told = ", ".join(readers or []) or "none"
            raise ReaderMissing(
                f"no reader{f' like {self._wanted}' if self._wanted else ''}; readers here: {told}"
            )
        return str(named[0])

    def _ask(self, answer: Any) -> Any:
        result, value = answer
        if result != self._scard.SCARD_S_SUCCESS:
            why = self._scard.SCardGetErrorMessage(result)
            raise ReaderMissing(f"pcscd does not answer ({why}): is it installed and running?")
        return value


def _scard() -> Any:
    with suppress(ImportError):
        return importlib.import_module("smartcard.scard")
    raise ReaderMissing("pyscard is not installed: run script/reader, or pip install pyscard")
