"""The line to the house: signed, numbered so that no number is used twice, patient, and honest.

A write that got no answer is signed anew under a higher number and the same idempotency key. The
numbers are reserved in the journal by blocks, so that a killed machine skips some and repeats none.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gateway.sandbox.kiosks.client import Machine, Reply, Request
from gateway.sandbox.reference_kiosk.journal import Journal
from gateway.sandbox.reference_kiosk.memory import Memory
from gateway.sandbox.reference_kiosk.steps import Steps
from gateway.signatures import SigningKey

BLOCK = 200
SECONDS = 10.0
TRIES = 4
PAUSES = (0.05, 0.2, 0.6)
_CLOCKS = frozenset({"signature_stale", "signature_from_future"})
_AGAIN = frozenset({"kiosk_sequence_used", "idempotency_still_running"})


class Silent(Exception):
    """No answer came: what was asked may have happened or not."""


class Refused(Exception):
    """The house refused; `code` is its stable code."""

    def __init__(self, reply: Reply) -> None:
        said = reply.body if isinstance(reply.body, dict) else {}
        self.status = reply.status
        self.code = str(said.get("code", "no_code"))
        self.facts: dict[str, Any] = said.get("facts") or {}
        self.title = str(said.get("title", ""))
        super().__init__(f"{self.status} {self.code}")


class Wire:
    """One machine's line. `via` is where the socket goes, `origin` what is signed."""

    def __init__(
        self,
        *,
        origin: str,
        via: tuple[str, int] | None,
        key: SigningKey,
        journal: Journal,
        memory: Memory,
        steps: Steps,
        clock: Callable[[], datetime],
    ) -> None:
        self._parts = urlsplit(origin)
        self._via = via
        self._journal, self._memory, self._steps = journal, memory, steps
        self._local = clock
        self.up = True
        self.machine = Machine(
            origin=origin, key=key, send=self._send, clock=self.now, sequence=memory.sequence
        )

    def now(self) -> datetime:
        """The machine's clock, put right by what the house told of it."""
        return self._local() + timedelta(seconds=self._memory.skew_seconds)

    def post(self, path: str, words: Any = None, *, key: str = "") -> dict[str, Any]:
        """A write under `key`, said again while nothing answers; Refused, Silent."""
        return self._patiently(lambda: self._call("POST", path, words, key=key))

    def get(self, path: str) -> dict[str, Any]:
        """A question; Refused, Silent."""
        return self._patiently(lambda: self._call("GET", path, None))

    def enrol(self, code: str) -> dict[str, Any]:
        """Makes the machine's key known by the one-time code; Refused, Silent."""
        return self._patiently(
            lambda: self._judge(self._numbered(lambda: self.machine.enrol(code)))
        )

    def settle(self, first: int, last: int, day: str, *, whole: bool) -> dict[str, Any]:
        """日结 of the machine's journal from `first` to `last`; Refused, Silent."""
        return self._patiently(
            lambda: self._judge(
                self._numbered(lambda: self.machine.settlement(first, last, day, whole=whole))
            )
        )

    def _call(self, method: str, path: str, words: Any, *, key: str = "") -> dict[str, Any]:
        if method == "POST":
            return self._judge(self._numbered(lambda: self.machine.post(path, words, key=key)))
        return self._judge(self._numbered(lambda: self.machine.get(path)))

    def _numbered(self, call: Callable[[], Reply]) -> Reply:
        if self.machine.sequence + 1 > self._memory.sequence:
            upto = self.machine.sequence + BLOCK
            self._memory.take(self._journal.append("numbers", upto=upto))
        return call()

    def _patiently(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        last: Exception = Silent()
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSES[attempt - 1])
            try:
                return ask()
            except Silent as silent:
                last = silent
            except Refused as refused:
                if refused.code in _CLOCKS and "skew_seconds" in refused.facts:
                    self._put_right(float(refused.facts["skew_seconds"]))
                elif refused.code not in _AGAIN and refused.status not in (502, 503):
                    raise
                last = refused
        if isinstance(last, Refused) and last.status not in (502, 503):
            raise last
        self.up = False
        raise Silent from last

    def _put_right(self, skew_seconds: float) -> None:
        """Believes the house's clock: it is theirs that signatures are measured by."""
        skew = self._memory.skew_seconds + skew_seconds
        self._memory.take(self._journal.append("clock", skew_seconds=skew))

    def _judge(self, reply: Reply) -> dict[str, Any]:
        self.up = True
        if reply.status >= 400:
            raise Refused(reply)
        body: dict[str, Any] = reply.body
        return body

    def _send(self, request: Request) -> Reply:
        self._steps.pass_(f"before {request.method} {_door(request.path)}")
        reply = self._exchange(request)
        self._steps.pass_(f"after {request.method} {_door(request.path)}")
        return reply

    def _exchange(self, request: Request) -> Reply:
        line = self._connection()
        headers = {
            **request.headers,
            "Host": self._parts.netloc,
            "Content-Type": "application/json",
            "Connection": "close",
        }
        try:
            line.request(request.method, request.path, body=request.body, headers=headers)
            answer = line.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Silent(str(error)) from error
        finally:
            line.close()
        try:
            body = json.loads(raw) if raw else None
        except ValueError as garbled:
            raise Silent("an answer that is no JSON") from garbled
        return Reply(status=answer.status, body=body, raw=raw, headers=dict(answer.headers.items()))

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._via or (self._parts.hostname or "", self._parts.port or 0)
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port or 443, timeout=SECONDS, context=context)
        return http.client.HTTPConnection(host, port or 80, timeout=SECONDS)


def _door(path: str) -> str:
    """The path without ids, so that a step has the same name in every run."""
    parts = path.rstrip("/").split("/")[4:]
    return "/".join("…" if len(part) == 36 else part for part in parts)
