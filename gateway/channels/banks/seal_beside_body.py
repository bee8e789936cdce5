"""A signature in headers over the raw body: key id, moment and nonce stand before it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.channels.banks.codecs import Codec
from gateway.channels.banks.forms import Moments, NotInForm
from gateway.channels.banks.proving import (
    Claims,
    Draft,
    Opened,
    Proof,
    Received,
    check_fresh,
    check_nonce,
    check_signature,
    sign,
)
from gateway.channels.rsa_keys import signature_bytes
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import HttpRequest, Merchant
from gateway.signatures.keys import Algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class SealBesideBody:
    """Signed is `key id LF moment LF nonce LF body`, the body byte for byte as it travels.

    None of the three before the body can hold a line feed, so that nothing moves between them.
    """

    codec: Codec
    algorithm: Algorithm
    moments: Moments
    algorithm_word: str
    prefix: str = "X-Bank-"
    dresses_bare_questions: bool = True

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """The one."""
        return frozenset({self.algorithm})

    def dress(self, merchant: Merchant, draft: Draft, *, now: datetime, nonce: str) -> HttpRequest:
        """The body as it is, the signature in its headers."""
        body = self.codec.write(draft.words) if draft.words else b""
        given = {
            "Key-Id": merchant.signing_serial,
            "Timestamp": self.moments.write(now),
            "Nonce": nonce,
            "Sign-Type": self.algorithm_word,
        }
        made = sign(merchant, self.algorithm, _message(given, body))
        headers = {f"{self.prefix}{name}": value for name, value in given.items()}
        return HttpRequest(
            method=draft.method,
            url=draft.url,
            headers={
                **headers,
                f"{self.prefix}Signature": base64.b64encode(made).decode(),
                "Content-Type": self.codec.content_type,
                "Accept": self.codec.content_type,
            },
            body=body,
        )

    def open(self, merchant: Merchant, received: Received, *, now: datetime) -> Opened:
        """Signature first, then the words."""
        given = self._given(received)
        if given["Sign-Type"] != self.algorithm_word:
            raise Unproven(Doubt.UNSIGNED, "another algorithm than the key's is named")
        try:
            signed_at = self.moments.read(given["Timestamp"])
        except NotInForm as wrong:
            raise Unproven(Doubt.UNSIGNED, str(wrong)) from None
        check_fresh(signed_at, now)
        check_nonce(given["Nonce"])
        check_signature(
            merchant,
            self.algorithm,
            given["Key-Id"],
            _message(given, received.body),
            signature_bytes(given["Signature"]),
        )
        proof = Proof(key_id=given["Key-Id"], nonce=given["Nonce"], signed_at=signed_at)
        try:
            return Opened(proof=proof, words=self.codec.read(received.body))
        except NotInForm as wrong:
            raise Unproven(Doubt.UNREADABLE, str(wrong)) from None

    def claims(self, received: Received) -> Claims:
        """What the headers claim."""
        given = self._given(received)
        return Claims(
            key_id=given["Key-Id"],
            at=given["Timestamp"],
            nonce=given["Nonce"],
            algorithm=given["Sign-Type"],
            signature=given["Signature"],
        )

    def canonical(self, received: Received) -> bytes:
        """The three lines and the body."""
        return _message(self._given(received), received.body)

    def _given(self, received: Received) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name in ("Key-Id", "Timestamp", "Nonce", "Sign-Type", "Signature"):
            wanted = f"{self.prefix}{name}".lower()
            values = [value for key, value in received.headers.items() if key.lower() == wanted]
            if len(values) != 1 or not values[0] or not values[0].isprintable():
                raise Unproven(Doubt.UNSIGNED, f"{wanted} is missing, twice or not plain")
            found[name] = values[0]
        return found


def _message(given: Mapping[str, str], body: bytes) -> bytes:
    return f"{given['Key-Id']}\n{given['Timestamp']}\n{given['Nonce']}\n".encode() + body
