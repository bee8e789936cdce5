"""A citizen's app, as small as it can be: speaks the public API and nothing else."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import requests

TIMEOUT_SECONDS = 20


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
        return self._body(self._send("GET", path))

    def post(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Writes once; a silent or busy service is asked again under the same key."""
        key = {"Idempotency-Key": uuid4().hex}
        response = self._send("POST", path, content or {}, key)
        for _ in range(5):
            if response.status_code not in (409, 503) or not _worth_another_try(response):
                break
            sleep(0.5)
            response = self._send("POST", path, content or {}, key)
        return self._body(response)

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

    def _send(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        key: dict[str, str] | None = None,
    ) -> requests.Response:
        where = f"{self.base_url}/api/v1/{path}"
        try:
            return self._session.request(
                method, where, json=content, headers=key, timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException as silence:
            raise ServiceSilent(where) from silence

    def _body(self, response: requests.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        if response.status_code >= 400:
            raise ApiProblem(response.status_code, body)
        return body


def _worth_another_try(response: requests.Response) -> bool:
    return response.status_code == 503 or response.json().get("code") == "idempotency_still_running"
