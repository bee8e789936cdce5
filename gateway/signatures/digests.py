"""Content-Digest (RFC 9530): the body's own fingerprint, so that a signature can cover it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from gateway.signatures.errors import DigestWrong, SignatureUnreadable
from gateway.signatures.fields import byte_sequences
from gateway.signatures.messages import Message

ACCEPTED = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def content_digest(body: bytes, algorithm: str = "sha-256") -> str:
    """The field's value for this body; `algorithm` is sha-256 or sha-512."""
    digest = ACCEPTED[algorithm](body).digest()
    return f"{algorithm}=:{base64.b64encode(digest).decode()}:"


def verify_digest(message: Message) -> None:
    """DigestWrong unless every sha-256 or sha-512 of the field fits, and there is one at least."""
    try:
        members = byte_sequences(message.lines("content-digest"), "Content-Digest")
    except SignatureUnreadable as wrong:
        raise DigestWrong("Content-Digest cannot be read") from wrong
    known = {name: value for name, value in members.items() if name in ACCEPTED}
    if not known:
        raise DigestWrong("no sha-256 or sha-512 in Content-Digest")
    for name, value in known.items():
        if not hmac.compare_digest(ACCEPTED[name](message.body).digest(), value):
            raise DigestWrong("not the digest of this body", algorithm=name)
