"""A signature among the words it covers: k=v pairs in the order of their names, joined by &."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.channels.banks.codecs import Codec, Words
from gateway.channels.banks.forms import Moments, NotInForm, Value
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
class SealInWords:
    """Every word but the signature itself and the empty ones, `name=value`, sorted by name.

    An ampersand in a value would let one signature stand for two readings: refused both ways.
    """

    codec: Codec
    algorithm: Algorithm
    moments: Moments
    algorithm_word: str
    key_id: str = "keyId"
    at: str = "timestamp"
    nonce: str = "nonce"
    algorithm_name: str = "signType"
    signature_name: str = "sign"

    dresses_bare_questions: bool = False

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """The one."""
        return frozenset({self.algorithm})

    def dress(self, merchant: Merchant, draft: Draft, *, now: datetime, nonce: str) -> HttpRequest:
        """The words with key id, moment, nonce and signature among them."""
        words: dict[str, Value] = {
            **draft.words,
            self.key_id: merchant.signing_serial,
            self.at: self.moments.write(now),
            self.nonce: nonce,
            self.algorithm_name: self.algorithm_word,
        }
        message = self._pairs(words)
        made = sign(merchant, self.algorithm, message)
        words[self.signature_name] = base64.b64encode(made).decode()
        return HttpRequest(
            method=draft.method,
            url=draft.url,
            headers={"Content-Type": self.codec.content_type, "Accept": self.codec.content_type},
            body=self.codec.write(words),
        )

    def open(self, merchant: Merchant, received: Received, *, now: datetime) -> Opened:
        """Read strictly first, since the signature lies inside."""
        words = self._words(received)
        given = self._given(words)
        if given[self.algorithm_name] != self.algorithm_word:
            raise Unproven(Doubt.UNSIGNED, "another algorithm than the key's is named")
        try:
            signed_at = self.moments.read(given[self.at])
        except NotInForm as wrong:
            raise Unproven(Doubt.UNSIGNED, str(wrong)) from None
        check_fresh(signed_at, now)
        check_nonce(given[self.nonce])
        check_signature(
            merchant,
            self.algorithm,
            given[self.key_id],
            self.canonical(received),
            signature_bytes(given[self.signature_name]),
        )
        proof = Proof(key_id=given[self.key_id], nonce=given[self.nonce], signed_at=signed_at)
        return Opened(proof=proof, words=words)

    def claims(self, received: Received) -> Claims:
        """What the words claim."""
        given = self._given(self._words(received))
        return Claims(
            key_id=given[self.key_id],
            at=given[self.at],
            nonce=given[self.nonce],
            algorithm=given[self.algorithm_name],
            signature=given[self.signature_name],
        )

    def canonical(self, received: Received) -> bytes:
        """The pairs of the words as they came."""
        try:
            return self._pairs(self._words(received))
        except NotInForm as wrong:
            raise Unproven(Doubt.UNREADABLE, str(wrong)) from None

    def _words(self, received: Received) -> Words:
        try:
            return self.codec.read(received.body)
        except NotInForm as wrong:
            raise Unproven(Doubt.UNREADABLE, str(wrong)) from None

    def _given(self, words: Words) -> Mapping[str, str]:
        names = (self.key_id, self.at, self.nonce, self.algorithm_name, self.signature_name)
        missing = [name for name in names if name not in words]
        if missing:
            raise Unproven(Doubt.UNSIGNED, f"{', '.join(missing)} missing")
        return {name: str(words[name]) for name in names}

    def _pairs(self, words: Words) -> bytes:
        pairs = []
        for name in sorted(words):
            value = str(words[name])
            if name == self.signature_name or not value:
                continue
            if "&" in value:
                raise NotInForm(f"{name} holds an ampersand, which would blur the pairs")
            pairs.append(f"{name}={value}")
        return "&".join(pairs).encode()
