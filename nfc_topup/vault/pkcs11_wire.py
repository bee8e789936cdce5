"""What passes between the house and a vault process: one JSON line a question, one an answer."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfc_topup.vault import errors
from nfc_topup.vault.errors import MessageRefused, VaultError, VaultMisconfigured
from nfc_topup.vault.port import KeyRef, Purpose

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_LINE = 64 * 1024
SESSION_KEYS = ("des2", "des")
PIN_SECRET = "hsm-pin"  # noqa: S105 a name, not a value
FINGERPRINT_KEY = "card-key-fingerprint"
"""What the token's own key is called that fingerprints of values are made with."""

_CHUNK = 4096
_LABEL = re.compile(r"(load|tac|transport)-(\d{1,5})-v(\d{1,9})")
_KNOWN: dict[str, type[VaultError]] = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, VaultError)
}


class LineEnded(Exception):
    """The other side closed the line: a process has died, or a house has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Which token a vault process opens, and how its keys are worked.

    `module` is the path of the vendor's library, `token` the token's label. `session_key` is the
    form that session keys have in this token: `des2` (one half twice, for tokens without single
    DES) or `des` (for tokens that refuse a two-key DES key with equal halves). `environment` is
    added to that of the process, for libraries that are configured so.
    """

    module: str
    token: str
    session_key: str = "des2"
    environment: Mapping[str, str] = field(default_factory=dict)

    def unless_wrong(self) -> TokenSettings:
        """These settings; VaultMisconfigured when a part is missing or unknown."""
        if not self.module:
            raise VaultMisconfigured("PKCS11_MODULE names no library")
        if not self.token:
            raise VaultMisconfigured("PKCS11_TOKEN names no token")
        if self.session_key not in SESSION_KEYS:
            raise VaultMisconfigured("PKCS11_SESSION_KEY is des2 or des")
        return self


def label_of(ref: KeyRef) -> str:
    """The name a key bears in a token, as label and as id: load-1-v3."""
    return f"{ref.purpose.value}-{ref.index}-v{ref.version}"


def ref_of(label: str) -> KeyRef | None:
    """The reference that a name in a token stands for, None for a foreign object's name."""
    found = _LABEL.fullmatch(label)
    if found is None:
        return None
    purpose, index, version = found.groups()
    return KeyRef(purpose=Purpose(purpose), index=int(index), version=int(version))


def refusal(error: VaultError) -> dict[str, Any]:
    """An error as it passes the line; its facts are told as text."""
    facts = {name: str(value) for name, value in error.facts.items()}
    return {"error": error.code, "message": error.message, "facts": facts}


def raise_refusal(answer: Mapping[str, Any]) -> None:
    """Raise the error that an answer carries, if it carries one."""
    code = answer.get("error")
    if code is None:
        return
    kind = _KNOWN.get(str(code), VaultError)
    raise kind(str(answer.get("message", "")), **dict(answer.get("facts") or {}))


class Line:
    """One end of a stream socket, speaking JSON lines."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = bytearray()

    def send(self, words: Mapping[str, Any], *, within_ms: int | None = None) -> None:
        """Send one message; MessageRefused when too long, TimeoutError, LineEnded."""
        line = json.dumps(words, separators=(",", ":")).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            raise MessageRefused("too long for the vault's line", length=len(line))
        self._end.settimeout(None if within_ms is None else within_ms / 1000)
        try:
            self._end.sendall(line)
        except TimeoutError:
            raise
        except OSError as gone:
            raise LineEnded from gone

    def receive(self, *, within_ms: int | None = None) -> dict[str, Any]:
        """The next message; TimeoutError when it is late, LineEnded when none will come."""
        until = None if within_ms is None else time.monotonic_ns() + within_ms * 1_000_000
        while (cut := self._read.find(b"\n")) < 0:
            self._more(until)
        line = bytes(self._read[:cut])
        del self._read[: cut + 1]
        try:
            words = json.loads(line)
        except ValueError as garbled:
            raise LineEnded from garbled
        if not isinstance(words, dict):
            raise LineEnded
        return words

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def _more(self, until: int | None) -> None:
        if until is None:
            self._end.settimeout(None)
        else:
            left = until - time.monotonic_ns()
            if left <= 0:
                raise TimeoutError
            self._end.settimeout(left / 1_000_000_000)
        try:
            chunk = self._end.recv(_CHUNK)
        except TimeoutError:
            raise
        except OSError as gone:
            raise LineEnded from gone
        if not chunk or len(self._read) + len(chunk) > LONGEST_LINE:
            raise LineEnded
        self._read += chunk
