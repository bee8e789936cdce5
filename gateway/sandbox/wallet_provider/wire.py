"""The provider's side of the wire: requests signed by RFC 9421, answers as they come."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

TAG = "wallet-provider"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gateway answered; `status` 0 when nothing came."""

    status: int
    body: dict[str, Any]


class Signer:
    """An Ed25519 key and the id it is registered under."""

    def __init__(self, key_id: str, pem: bytes) -> None:
        self.key_id = key_id
        key = load_pem_private_key(pem, None)
        assert isinstance(key, Ed25519PrivateKey)
        self._key = key

    @staticmethod
    def new_pem() -> bytes:
        """The PEM of a new key."""
        return Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )

    @property
    def public_pem(self) -> str:
        """What is registered with the gateway."""
        public = self._key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def headers(
        self, method: str, url: str, body: bytes, *, now: int, nonce: str
    ) -> dict[str, str]:
        """The fields that go with the request."""
        split = urlsplit(url)
        headers = {"Content-Type": "application/json"} if body else {}
        lines = [
            f'"@method": {method}',
            f'"@authority": {split.netloc}',
            f'"@path": {split.path}',
            f'"@query": ?{split.query}',
        ]
        covered = ['"@method"', '"@authority"', '"@path"', '"@query"']
        if body:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            headers["Content-Digest"] = f"sha-256=:{digest}:"
            lines.append(f'"content-digest": {headers["Content-Digest"]}')
            covered.append('"content-digest"')
        parameters = (
            f'({" ".join(covered)});created={now};nonce="{nonce}";alg="ed25519"'
            f';keyid="{self.key_id}";tag="{TAG}"'
        )
        lines.append(f'"@signature-params": {parameters}')
        signature = self._key.sign("\n".join(lines).encode())
        headers["Signature-Input"] = f"phone={parameters}"
        headers["Signature"] = f"phone=:{base64.b64encode(signature).decode()}:"
        return headers


class Gateway:
    """The gateway's doors for providers, under one address."""

    def __init__(self, base_url: str, signer: Signer) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("the gateway's address begins with http:// or https://")
        self.base_url = base_url.rstrip("/")
        self.signer = signer
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str) -> Answer:
        """Asks."""
        return self._send("GET", path, b"", self.signer)

    def post(self, path: str, words: Mapping[str, Any], *, signer: Signer | None = None) -> Answer:
        """Writes, signed by another key where one is given."""
        return self._send("POST", path, json.dumps(words).encode(), signer or self.signer)

    def _send(self, method: str, path: str, body: bytes, signer: Signer) -> Answer:
        url = f"{self.base_url}/api/v1/provider/{path}"
        headers = signer.headers(
            method, url, body, now=int(time.time()), nonce=secrets.token_urlsafe(16)
        )
        request = urllib.request.Request(  # noqa: S310 - the constructor checked the scheme
            url, data=body or None, method=method, headers=headers
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Answer(status=answer.status, body=json.load(answer))
        except urllib.error.HTTPError as refused:
            try:
                return Answer(status=refused.code, body=json.loads(refused.read() or b"{}"))
            except ValueError:
                return Answer(status=refused.code, body={})
        except OSError:
            return Answer(status=0, body={})
