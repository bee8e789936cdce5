"""The remote control of the sandbox's phone wallet, for tests and demonstrations."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any


class PhoneRefused(Exception):
    """The phone wallet did not do it; `code` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class PhoneWallet:
    """One running phone wallet at `base_url` (http://127.0.0.1:port)."""

    def __init__(self, base_url: str, *, timeout_seconds: int = 120) -> None:
        if not base_url.startswith("http://"):
            raise ValueError("the phone wallet's address begins with http://")
        self.base_url = base_url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wait_until_ready(self, seconds: int = 15) -> None:
        """Returns once it answers; TimeoutError otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._call("health")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"no phone wallet at {self.base_url}")

    def issue(self, asn: str, keys: Mapping[str, object]) -> dict[str, Any]:
        """Puts a new card into the phone; {asn, balance_fen, counter}."""
        return self._call("issue", {"asn": asn, "keys": dict(keys)})

    def card(self) -> dict[str, Any]:
        """{asn, balance_fen, counter} of the card in the phone."""
        return self._call("card")

    def recharge(self, call: Mapping[str, str], **how: Any) -> dict[str, Any]:
        """The app's call with a signed order; {outcome, told}. See provider.Provider.recharge."""
        return self._call("recharge", {"call": dict(call), **how})

    def show(self, order_no: str) -> dict[str, Any]:
        """The card is seen again by its wallet; {outcome, told}."""
        return self._call("show", {"order_no": order_no})

    def order(self, order_no: str) -> dict[str, Any]:
        """The gateway's word on the order; {status, body}."""
        return self._call("order", {"order_no": order_no})

    def line(self, text: str) -> str:
        """The phone is held to a reader: one APDU in hex in, the answer out (a CardPipe)."""
        return str(self._call("tap", {"line": text})["answer"])

    def close(self) -> None:
        """Takes the phone from the reader."""

    def _call(self, name: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the constructor checked the scheme
            f"{self.base_url}/_sandbox/{name}",
            data=json.dumps(asked or {}).encode(),
            method="POST",
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as answer:
                words: dict[str, Any] = json.load(answer)
                return words
        except urllib.error.HTTPError as refused:
            why = json.loads(refused.read() or b"{}")
            raise PhoneRefused(why.get("code", ""), why.get("message", "")) from None
