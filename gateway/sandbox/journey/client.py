"""A citizen's app, as small as it can be: speaks the public API and nothing else."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import requests

TIMEOUT_SECONDS = 20
SILENCE_SECONDS = 20.0
BUSY_SECONDS = 75.0


class ApiProblem(Exception):
    """The service refused; ``code`` is its stable code."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code", "no_code"))
        self.title = str(body.get("title", ""))
        self.facts = body.get("facts", {})
        super().__init__(f"{status} {self.code}: {self.title}")


class ServiceSilent(Exception):
    """The service did not answer."""

    def __init__(self, where: str) -> None:
        super().__init__(f"no answer from {where}")


class Api:
    """One signed-in citizen. Every write carries a key of its own."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def get(self, path: str) -> dict[str, Any]:
        """Reads; raises ApiProblem and ServiceSilent."""
        return _body(self._patiently("GET", path))

    def post(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Writes once; a silent or busy service is asked again under the same key."""
        key = {"Idempotency-Key": uuid4().hex}
        return _body(self._patiently("POST", path, content or {}, key))

    def wait(self, path: str, states: set[str], *, seconds: float = 60) -> dict[str, Any]:
        """Reads until ``state`` is one of these; raises TimeoutError with the last one seen."""
        until = monotonic() + seconds
        while True:
            found = self.get(path)
            if found["state"] in states:
                return found
            if monotonic() > until:
                raise TimeoutError(f"{path} is still {found['state']} after {seconds:.0f} s")
            sleep(0.1)

    def _patiently(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        key: dict[str, str] | None = None,
    ) -> requests.Response:
        """The same request until it is answered: a crashed run keeps its key for a minute."""
        began = monotonic()
        while True:
            response = self._send(method, path, content, key)
            patience = SILENCE_SECONDS if response is None else BUSY_SECONDS
            if response is not None and not _worth_another_try(response):
                return response
            if monotonic() - began > patience:
                if response is None:
                    raise ServiceSilent(f"{self.base_url}/api/v1/{path}")
                return response
            sleep(0.5)

    def _send(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None,
        key: dict[str, str] | None,
    ) -> requests.Response | None:
        """One try; None when no answer came."""
        where = f"{self.base_url}/api/v1/{path}"
        try:
            return self._session.request(
                method, where, json=content, headers=key, timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException:
            return None


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if response.status_code >= 400:
        raise ApiProblem(response.status_code, body)
    found: dict[str, Any] = body
    return found


def _worth_another_try(response: requests.Response) -> bool:
    if response.status_code not in (409, 502, 503):
        return False
    return response.status_code != 409 or b'"idempotency_still_running"' in response.content
