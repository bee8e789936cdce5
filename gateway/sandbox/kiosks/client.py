"""A kiosk's side of the wire: its key, its numbers, its journal, and one call for each door."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import gmssl_pyx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.signatures import Algorithm, Component, Message, SigningKey, Wish, sign, sm2_keys
from gateway.signatures.signing import REQUEST

BASE = "/api/v1/kiosk/"
VALID_FOR = timedelta(minutes=2)

Headers = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the house."""

    status: int
    body: Any
    raw: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A signed request, as it goes out; it can be sent again byte for byte."""

    method: str
    path: str
    body: bytes
    headers: Headers


Send = Callable[[Request], Reply]


def new_key(algorithm: Algorithm = Algorithm.ED25519) -> SigningKey:
    """A key pair of the machine's own: Ed25519, ECDSA P-256 or SM2."""
    if algorithm is Algorithm.SM2:
        point, secret = gmssl_pyx.sm2_key_generate()
        return SigningKey(
            key_id="new", algorithm=algorithm, material=sm2_keys.write_private(secret, point)
        )
    private: Any = (
        ed25519.Ed25519PrivateKey.generate()
        if algorithm is Algorithm.ED25519
        else ec.generate_private_key(ec.SECP256R1())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(key_id="new", algorithm=algorithm, material=pem)


@dataclass(slots=True, kw_only=True)
class Machine:
    """One kiosk. `clock` is its own clock, right or wrong; `journal` what it has recorded."""

    origin: str
    key: SigningKey
    send: Send
    clock: Callable[[], datetime]
    sequence: int = 0
    number: int = 0
    work_key: bytes = b""
    journal: list[dict[str, Any]] = field(default_factory=list)

    def enrol(self, code: str) -> Reply:
        """Makes the key known by the one-time code; the key then has the name it was given."""
        wish = self._public(self.key) | {"code": code}
        reply = self.send(self.signed("POST", "enrolments", wish, tag="kiosk-enrolment"))
        if reply.status == 201:
            self._named(reply.body["key_id"])
        return reply

    def rotate(self, new: SigningKey) -> Reply:
        """Brings another key, signed by both; from now on it signs alone."""
        first = self.signed("POST", "keys", self._public(new))
        second = sign(
            self._message(first),
            new,
            Wish(
                created=self.clock(),
                expires=self.clock() + VALID_FOR,
                tag="kiosk-new-key",
                label="new",
                components=(*REQUEST, Component("content-digest")),
            ),
        )
        headers = dict(first.headers)
        for name in ("Signature-Input", "Signature"):
            headers[name] = f"{headers[name]}, {second[name]}"
        reply = self.send(Request(method="POST", path=first.path, body=first.body, headers=headers))
        if reply.status == 201:
            self.key = new
            self._named(reply.body["key_id"])
        return reply

    def sign_on(self) -> Reply:
        """签到; takes the work key and the journal's next number."""
        reply = self.post("sign-on")
        if reply.status == 201:
            self.work_key = bytes.fromhex(reply.body["work_key"])
            self.number = max(self.number, reply.body["next_record"] - 1)
        return reply

    def note(self, intake_id: str, box: str, value_fen: int) -> dict[str, Any]:
        """Writes a note that fell into the journal; it is sent with the load or by itself."""
        number = self.write("note", value_fen, intake_id)
        return {
            "number": number,
            "intake_id": intake_id,
            "box": box,
            "value_fen": value_fen,
            "said_at": self.clock().isoformat(),
        }

    def write(self, kind: str, amount_fen: int, ref: str) -> int:
        """One more line of the journal; its number."""
        self.number += 1
        line = {"number": self.number, "kind": kind, "amount_fen": amount_fen, "ref": ref}
        self.journal.append(line)
        return self.number

    def settlement(self, first: int, last: int, day: str, *, whole: bool = False) -> Reply:
        """日结 of these records; with every line when the house asked for them."""
        lines = [line for line in self.journal if first <= line["number"] <= last]
        wish: dict[str, Any] = {"day": day, "first": first, "last": last, **self._tally(lines)}
        return self.post("settlements", wish | ({"records": lines} if whole else {}))

    def post(self, path: str, words: Any = None, *, key: str = "", **wishes: Any) -> Reply:
        """One signed write under a fresh number; `key` names it when it is sent once more."""
        return self.send(self.signed("POST", path, words, key=key, **wishes))

    def get(self, path: str, **wishes: Any) -> Reply:
        """One signed question."""
        return self.send(self.signed("GET", path, None, **wishes))

    def signed(
        self,
        method: str,
        path: str,
        words: Any,
        *,
        key: str = "",
        tag: str = "kiosk",
        **wishes: Any,
    ) -> Request:
        """The next request, signed and not yet sent."""
        self.sequence += 1
        writes = method == "POST"
        body = json.dumps(words or {}).encode() if writes else b""
        headers = {"Kiosk-Sequence": str(wishes.pop("sequence", self.sequence))}
        covered = [*REQUEST, "kiosk-sequence"]
        if writes:
            headers["Idempotency-Key"] = key or uuid4().hex
            covered.append("idempotency-key")
        now = self.clock()
        wish = Wish(
            **{
                "created": now,
                "expires": now + VALID_FOR,
                "tag": tag,
                "components": tuple(covered),
                **wishes,
            }
        )
        bare = Request(method=method, path=f"{BASE}{path}", body=body, headers=headers)
        signed = sign(self._message(bare), self.key, wish)
        return Request(method=method, path=bare.path, body=body, headers={**headers, **signed})

    def _message(self, request: Request) -> Message:
        return Message.to_url(
            request.method,
            f"{self.origin}{request.path}",
            headers=request.headers,
            body=request.body,
        )

    def _public(self, key: SigningKey) -> dict[str, str]:
        return {
            "algorithm": key.algorithm.value,
            "public_pem": key.public.material.decode("ascii"),
        }

    def _named(self, key_id: str) -> None:
        self.key = SigningKey(
            key_id=key_id, algorithm=self.key.algorithm, material=self.key.material
        )

    def _tally(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for kind, name in (("note", "notes"), ("load", "loads"), ("doubt", "doubts")):
            own = [line["amount_fen"] for line in lines if line["kind"] == kind]
            told |= {name: len(own), f"{name}_fen": sum(own)}
        text = "\n".join(
            f"{line['number']}|{line['kind']}|{line['amount_fen']}|{line['ref']}"
            for line in sorted(lines, key=lambda each: each["number"])
        )
        told["digest"] = hmac.new(self.work_key, text.encode(), hashlib.sha256).hexdigest()
        return told
