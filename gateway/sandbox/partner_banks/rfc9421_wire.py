"""The bytes of RFC 9421 and RFC 9530 as the bank builds them itself: digests, parts, signatures."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.server import Call
from gateway.sandbox.partner_banks.speech import Words, refused

ALGORITHMS = {"p256": "ecdsa-p256-sha256", "ed25519": "ed25519"}


def digest_of(body: bytes) -> str:
    """Content-Digest."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def nested(given: Words) -> Words:
    """Paths as a tree."""
    tree: Words = {}
    for path, value in given.items():
        *parents, leaf = path.split(".")
        holder = tree
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[leaf] = value
    return tree


def flat(tree: Words, before: str = "") -> Words:
    """A tree as paths."""
    found: Words = {}
    for name, value in tree.items():
        path = f"{before}{name}"
        found |= flat(value, f"{path}.") if type(value) is dict else {path: value}
    return found


def component(call: Call, name: str) -> str:
    """What a covered name stands for in this request; Refusal when it is not there."""
    parts = urlsplit(call.target)
    derived = {
        "@method": call.method,
        "@authority": urlsplit(call.base_url).netloc,
        "@path": parts.path,
        "@query": f"?{parts.query}",
    }
    if name in derived:
        return derived[name]
    if name not in call.headers:
        raise refused("bad_signature", f"no {name}")
    return call.headers[name].strip()


def read_json(body: bytes) -> Words:
    """An object; Refusal."""
    try:
        words = json.loads(body)
    except ValueError:
        raise refused("malformed", "not JSON") from None
    if type(words) is not dict:
        raise refused("malformed", "not a JSON object")
    return words


def dump(words: Words) -> bytes:
    """Compact JSON."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def sign(key: SigningKey, base: bytes) -> bytes:
    """In the form of RFC 9421: r and s of 32 bytes each, or Ed25519."""
    private: Any = serialization.load_pem_private_key(key.private_pem, None)
    if key.style == "ed25519":
        return bytes(private.sign(base))
    r, s = decode_dss_signature(private.sign(base, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def verifies(pem: bytes, base: bytes, signature: bytes) -> bool:
    """Whether the signature is that key's over the base."""
    key: Any = serialization.load_pem_public_key(pem)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, base)
        else:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(r, s), base, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
