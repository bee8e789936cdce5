"""Lays the virtual card on a virtual PC/SC reader: `python -m gateway.sandbox.virtual_reader`.

The reader is vsmartcard's driver for pcscd (Debian: vsmartcard-vpcd), which listens on a port of
this machine; the card comes to it over TCP. Each message is two bytes of length and the content;
one byte is a control (0 power off, 1 power on, 2 reset, 4 give your ATR), all else is an APDU.
"""

from __future__ import annotations

import argparse
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from gateway.sandbox.virtual_card import TORN, VirtualCard, card_of, parser

PORT = 0x8C7B
ATR = bytes.fromhex("3B8001" + "81")  # contactless, no historical bytes
POWER_ON, GIVE_ATR = 0x01, 0x04
BACK_AFTER_SECONDS = 1.0  # pcscd looks every 0.4 s, and has to see that the card was away
PATIENCE_SECONDS = 10
UNNOTICED_SECONDS = 3


class VirtualReader:
    """One card on the reader. Torn away it comes back by itself: the same card, shown again."""

    def __init__(self, card: VirtualCard, *, port: int = PORT, host: str = "127.0.0.1") -> None:
        self._card = card
        self._where = (host, port)
        self._away = threading.Event()
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._line: socket.socket | None = None

    def insert(self) -> None:
        """Put the card on the reader and answer from a thread of its own."""
        self._thread.start()

    def remove(self) -> None:
        """Take it away for good."""
        self._away.set()
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(5)

    def serve(self) -> None:
        """Answer until the card is taken away, or no reader has been there for a while."""
        last_seen = time.monotonic()
        while not self._away.is_set() and time.monotonic() - last_seen < PATIENCE_SECONDS:
            self._card.line("!reset")
            with suppress(OSError), socket.create_connection(self._where, timeout=5) as line:
                self._line = line
                try:
                    self._talk(line)
                finally:
                    last_seen = time.monotonic()
            time.sleep(BACK_AFTER_SECONDS)

    def _talk(self, line: socket.socket) -> None:
        """Returns when the card was torn away, let go of, or nobody noticed that it came.

        pcscd powers a card whose coming it sees. It does not see one that left and was back
        between two of its looks, though its clients were told that the card is gone; such a card
        has to be shown again.
        """
        shown, noticed = time.monotonic(), False
        while noticed or time.monotonic() < shown + UNNOTICED_SECONDS:
            content = _receive(line)
            if content is None:
                return
            if len(content) == 1:
                noticed = noticed or content[0] == POWER_ON
                if content[0] == GIVE_ATR:
                    _send(line, ATR)
                else:
                    self._card.line("!reset")
                continue
            answer = self._card.line(content.hex())
            if answer == TORN:
                return
            _send(line, bytes.fromhex(answer))


def main(arguments: Sequence[str] | None = None) -> None:
    """A virtual card on the reader until it is interrupted."""
    words = argparse.ArgumentParser(
        parents=[parser()], conflict_handler="resolve", add_help=False, description=__doc__
    )
    words.add_argument("--port", type=int, default=PORT, help="the port of the reader's driver")
    given = words.parse_args(arguments)
    with suppress(KeyboardInterrupt):
        VirtualReader(card_of(given), port=given.port).serve()


def _receive(line: socket.socket) -> bytes | None:
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, int.from_bytes(head, "big"))


def _exactly(line: socket.socket, length: int) -> bytes | None:
    content = b""
    while len(content) < length:
        more = line.recv(length - len(content))
        if not more:
            return None
        content += more
    return content


def _send(line: socket.socket, content: bytes) -> None:
    line.sendall(len(content).to_bytes(2, "big") + content)


if __name__ == "__main__":
    main()
