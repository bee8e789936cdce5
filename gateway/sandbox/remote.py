"""The remote control of a process of the sandbox: JSON under /_sandbox/, for this machine alone."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, ClassVar


class RemoteRefused(Exception):
    """The process did not do it; `code` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class Remote:
    """One running process at `base_url` (http://127.0.0.1:port); `NAME` is what it is."""

    NAME: ClassVar[str]
    REFUSED: ClassVar[type[RemoteRefused]] = RemoteRefused

    def __init__(self, base_url: str, *, timeout_seconds: float = 120.0) -> None:
        if not base_url.startswith("http://"):
            raise ValueError(f"the {self.NAME}'s address begins with http://")
        self.base_url = base_url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wait_until_ready(self, seconds: float = 15.0) -> None:
        """Returns once it answers; TimeoutError otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.health()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"no {self.NAME} at {self.base_url}")

    def health(self) -> Mapping[str, Any]:
        """{ok, …}: what it says of itself."""
        return self._call("GET", "health")

    def _call(
        self, method: str, name: str, asked: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the constructor checked the scheme
            f"{self.base_url}/_sandbox/{name}",
            data=None if asked is None else json.dumps(asked).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as answer:
                words: dict[str, Any] = json.load(answer)
                return words
        except urllib.error.HTTPError as refused:
            why = json.loads(refused.read() or b"{}")
            raise self.REFUSED(why.get("code", ""), why.get("message", "")) from None
