"""A vault process: one session with the token, one question at a time, no Django, no database.

Started by pkcs11_pool as a program of its own (never forked), it reads the PIN by its secret's
name itself, so that no other process of the house ever holds it. It ends when the line ends.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pkcs11

from accounts import secrets
from accounts.errors import DomainError
from nfc_topup.vault import pkcs11_custody_line as custody_line
from nfc_topup.vault.errors import (
    VaultBusy,
    VaultError,
    VaultMisconfigured,
    VaultPinRefused,
    VaultSilent,
)
from nfc_topup.vault.pkcs11_custody import CustodySession
from nfc_topup.vault.pkcs11_token import TokenSession
from nfc_topup.vault.pkcs11_wire import PIN_SECRET, Line, LineEnded, TokenSettings, refusal
from nfc_topup.vault.port import MOST_CANDIDATES, KeyRef, Mac1Refused, Purpose

PARENT_CHECKED_EVERY_SECONDS = 1
READY = {"ready": True}
ASKED_OF_ANY = ("authorise", "verify_mac1", "verify_tac")

_PIN_TROUBLE = (
    pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange,
    pkcs11.PinExpired, pkcs11.UserPinNotInitialized,
)  # fmt: skip


class Desk:
    """Takes questions to the token and opens the session anew, once, when it was lost."""

    def __init__(self, settings: TokenSettings, *, may_write: bool) -> None:
        self._settings = settings
        self._may_write = may_write
        self._token = _open(settings, may_write=may_write)

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer or the refusal, as it passes the line.

        A VaultError that is raised, not returned, says that this process is of no more use.
        """
        try:
            return {"value": self._ask(question)}
        except VaultError as refused:
            return refusal(refused)
        except pkcs11.PKCS11Error:
            self._reconnect()
        try:
            return {"value": self._ask(question)}
        except VaultError as refused:
            return refusal(refused)
        except pkcs11.PKCS11Error as lost:
            raise VaultSilent("the token gave no answer", said=type(lost).__name__) from lost

    def _reconnect(self) -> None:
        """A new session with a library that looks at its slots afresh."""
        with suppress(pkcs11.PKCS11Error):
            self._token.close()
        try:
            pkcs11.lib(self._settings.module).reinitialize()
        except pkcs11.PKCS11Error as lost:
            raise VaultSilent("the library gave up", said=type(lost).__name__) from lost
        self._token = _open(self._settings, may_write=self._may_write)

    def _ask(self, question: Mapping[str, Any]) -> Any:
        what = question.get("ask")
        if what == "about":
            return self._token.about()
        if what == "held":
            return self._token.held()
        if what == "custody":
            if not isinstance(self._token, CustodySession):
                raise VaultMisconfigured("this vault process takes no keys in")
            return custody_line.answer(self._token, question)
        if what == "first":
            return self._first(question["candidates"], question["question"])
        ref = KeyRef(
            purpose=Purpose(question["purpose"]),
            index=int(question["index"]),
            version=int(question["version"]),
        )
        if what == "keep":
            return self._keep(ref, question)
        factors = [bytes.fromhex(factor) for factor in question["diversifiers"]]
        if what == "verify_tac":
            return self._token.verify_tac(ref, factors, _hex(question, "message"), _tac(question))
        under_mac1 = (_hex(question, "session"), _hex(question, "message"), _hex(question, "mac1"))
        if what == "verify_mac1":
            return self._token.verify_mac1(ref, factors, *under_mac1)
        if what == "authorise":
            mac2_message = _hex(question, "mac2_message")
            answer = self._token.authorise(ref, factors, *under_mac1, mac2_message)
            return None if isinstance(answer, Mac1Refused) else answer.hex()
        raise VaultMisconfigured("a question this vault process does not know", ask=what)

    def _first(
        self, candidates: Sequence[Mapping[str, Any]], question: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The first of these keys that the question is answered for: see port.Vault."""
        if question.get("ask") not in ASKED_OF_ANY or len(candidates) > MOST_CANDIDATES:
            raise VaultMisconfigured("a question this vault process does not know")
        for at, one in enumerate(candidates):
            value = self._ask({**question, **one})
            if value:
                return {"at": at, "value": value}
        return None

    def _keep(self, ref: KeyRef, question: Mapping[str, Any]) -> str:
        lasting = bool(question["lasting"])
        if not self._may_write or (lasting and not secrets.in_sandbox()):
            raise VaultMisconfigured("this vault process takes no keys in")
        return self._token.keep(
            ref, _hex(question, "clear"), own=bool(question["own"]), lasting=lasting
        )


def main(number: int) -> int:
    """Speak over the inherited socket until it ends; the exit code says how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    line = Line(socket.socket(fileno=number))
    try:
        return _serve(line)
    except LineEnded:
        return 0


def _serve(line: Line) -> int:
    told = line.receive()
    settings = TokenSettings(
        module=told["module"], token=told["token"], session_key=told["session_key"]
    )
    try:
        desk = Desk(settings, may_write=bool(told["may_write"]))
    except VaultError as refused:
        line.send(refusal(refused))
        return 1
    line.send(READY)
    while True:
        question = line.receive()
        try:
            line.send(desk.answer(question))
        except VaultError as lost:
            line.send(refusal(lost) | {"ending": True})
            return 1


def _open(settings: TokenSettings, *, may_write: bool) -> TokenSession:
    """A session, or the one VaultError that says why there is none."""
    try:
        pin = secrets.read(PIN_SECRET).decode().strip()
    except (DomainError, UnicodeDecodeError) as missing:
        raise VaultMisconfigured("the PIN cannot be read", secret=PIN_SECRET) from missing
    _load(settings.module)
    try:
        kind = CustodySession if may_write else TokenSession
        return kind(settings, pin, may_write=may_write)
    except _PIN_TROUBLE as wrong:
        raise VaultPinRefused("the token refuses the PIN", said=type(wrong).__name__) from wrong
    except (pkcs11.NoSuchToken, pkcs11.TokenNotPresent) as gone:
        raise VaultSilent("there is no such token now", token=settings.token) from gone
    except pkcs11.MultipleTokensReturned as twice:
        raise VaultMisconfigured("two tokens bear this name", token=settings.token) from twice
    except pkcs11.SessionCount as full:
        raise VaultBusy("the token has no session left", token=settings.token) from full
    except pkcs11.PKCS11Error as failed:
        raise VaultSilent("no session with the token", said=type(failed).__name__) from failed


def _load(module: str) -> None:
    """Load the vendor's library; a failure of the loader itself has no error class of its own."""
    try:
        pkcs11.lib(module)
    except pkcs11.PKCS11Error as failed:
        if type(failed) is pkcs11.PKCS11Error:
            raise VaultMisconfigured("the library cannot be loaded", module=module) from failed
        raise VaultSilent("the library does not start", said=type(failed).__name__) from failed


def _hex(question: Mapping[str, Any], name: str) -> bytes:
    return bytes.fromhex(question[name])


def _tac(question: Mapping[str, Any]) -> bytes:
    return _hex(question, "tac")


def _leave_with(parent: int) -> None:
    """End with the house that started us, even while the vendor's library hangs."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECKED_EVERY_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
