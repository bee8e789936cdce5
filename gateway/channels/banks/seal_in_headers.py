"""HTTP Message Signatures (RFC 9421) over method, address, digest and repeat key of a message."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.channels.banks.codecs import Codec, Words
from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.proving import (
    WINDOW,
    Claims,
    Draft,
    Opened,
    Proof,
    Received,
    check_nonce,
    platform_key,
)
from gateway.channels.errors import ChannelMisconfigured
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import HttpRequest, Merchant
from gateway.signatures import (
    Algorithm,
    Message,
    Policy,
    SigningKey,
    VerifyingKey,
    Wish,
    sign,
    verify,
)
from gateway.signatures import errors as refusals
from gateway.signatures.base import signature_base
from gateway.signatures.verifying import read

IDEMPOTENCY = "Idempotency-Key"
_REQUEST = ("@method", "@authority", "@path", "@query")
_PUSHED = ("@method", "@authority", "@path", "idempotency-key")
_ANSWERED = ("@status",)
_LIFE = timedelta(minutes=5)
_STALE = (refusals.SignatureStale, refusals.SignatureFromFuture)
_WRONG = (refusals.SignatureWrong, refusals.DigestWrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealInHeaders:
    """The key record's own kind decides the algorithm; a message may repeat it, never choose it."""

    codec: Codec
    algorithms: frozenset[Algorithm] = frozenset({Algorithm.ED25519, Algorithm.ECDSA_P256})
    dresses_bare_questions: bool = True

    def dress(self, merchant: Merchant, draft: Draft, *, now: datetime, nonce: str) -> HttpRequest:
        """Content-Digest with a body, Idempotency-Key with a wish, both covered."""
        body = self.codec.write(draft.words) if draft.words else b""
        headers = {"Accept": self.codec.content_type}
        covered = list(_REQUEST)
        if body:
            headers["Content-Type"] = self.codec.content_type
            covered.append("content-type")
        if draft.repeat_key:
            headers[IDEMPOTENCY] = f'"{draft.repeat_key}"'
            covered.append(IDEMPOTENCY.lower())
        message = Message.to_url(draft.method, draft.url, headers=headers, body=body)
        key = SigningKey(
            key_id=merchant.signing_serial,
            algorithm=_kind(merchant.signing_key_pem, "ours", self.algorithms, private=True),
            material=merchant.signing_key_pem,
        )
        wish = Wish(created=now, expires=now + _LIFE, nonce=nonce, components=tuple(covered))
        signed = sign(message, key, wish)
        return HttpRequest(
            method=draft.method, url=draft.url, headers={**headers, **signed}, body=body
        )

    def open(self, merchant: Merchant, received: Received, *, now: datetime) -> Opened:
        """Signature and digest first, then the words."""
        policy = Policy(
            required=_ANSWERED if received.status is not None else _PUSHED,
            wants_nonce=True,
            window=WINDOW,
            skew=WINDOW,
        )
        try:
            verified = verify(
                self._message(received),
                key_of=lambda key_id: self._key(merchant, key_id),
                policy=policy,
                now=now,
            )
        except refusals.SignatureRefused as refused:
            raise _unproven(refused) from None
        check_nonce(verified.nonce)
        assert verified.created is not None
        proof = Proof(key_id=verified.key.key_id, nonce=verified.nonce, signed_at=verified.created)
        return Opened(proof=proof, words=self._words(received.body))

    def claims(self, received: Received) -> Claims:
        """What Signature-Input claims."""
        try:
            claimed = read(self._message(received))
        except refusals.SignatureRefused as refused:
            raise _unproven(refused) from None
        return Claims(
            key_id=claimed.key_id,
            at=claimed.created.isoformat() if claimed.created else "",
            moment=claimed.created,
            nonce=claimed.nonce,
            algorithm=claimed.algorithm,
            signature=base64.b64encode(claimed.signature).decode(),
        )

    def canonical(self, received: Received) -> bytes:
        """The signature base of RFC 9421."""
        message = self._message(received)
        try:
            return signature_base(message, read(message).covered)
        except refusals.SignatureRefused as refused:
            raise _unproven(refused) from None

    def _message(self, received: Received) -> Message:
        """What arrived as signatures see it: a push came by POST to the address we gave the bank.

        Its method and address are the ones the house has told the bank, and not what a proxy in
        front of us makes of them: a push signed for another address is refused.
        """
        lines = tuple(received.headers.items())
        if received.status is not None:
            return Message(status=received.status, headers=lines, body=received.body)
        return Message.to_url("POST", received.url, headers=lines, body=received.body)

    def _words(self, body: bytes) -> Words:
        if not body:
            return {}
        try:
            return self.codec.read(body)
        except NotInForm as wrong:
            raise Unproven(Doubt.UNREADABLE, str(wrong)) from None

    def _key(self, merchant: Merchant, key_id: str) -> VerifyingKey:
        return key_of_kind(platform_key(merchant, key_id), key_id, self.algorithms)


def key_of_kind(pem: bytes, key_id: str, agreed: frozenset[Algorithm]) -> VerifyingKey:
    """A bank's key record under the one algorithm of its kind; ChannelMisconfigured."""
    return VerifyingKey(
        key_id=key_id, algorithm=_kind(pem, key_id, agreed, private=False), material=pem
    )


def algorithm_of(key: object) -> Algorithm | None:
    """The one algorithm that public keys of this kind verify here, None for other kinds."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return Algorithm.ED25519
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return Algorithm.ECDSA_P256
    return None


def _unproven(refused: refusals.SignatureRefused) -> Unproven:
    if isinstance(refused, _STALE):
        doubt = Doubt.STALE
    elif isinstance(refused, _WRONG):
        doubt = Doubt.WRONG
    else:
        doubt = Doubt.UNSIGNED
    return Unproven(doubt, str(refused))


def _kind(pem: bytes, key_id: str, agreed: frozenset[Algorithm], *, private: bool) -> Algorithm:
    """The one algorithm a key of this kind signs with; ChannelMisconfigured for other kinds."""
    try:
        key = (
            serialization.load_pem_private_key(pem, None).public_key()
            if private
            else serialization.load_pem_public_key(pem)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ChannelMisconfigured("a key cannot be read", key_id=key_id) from None
    found = algorithm_of(key)
    if found is None or found not in agreed:
        raise ChannelMisconfigured("a key of a kind that is not agreed", key_id=key_id)
    return found
