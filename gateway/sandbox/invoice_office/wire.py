"""The office's side of the wire: requests proven by RFC 9421, answers signed, all built here."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import Call, Reply
from gateway.sandbox.partner_banks.rfc9421_wire import component, digest_of, dump, sign, verifies

FRESH_SECONDS = 300
_INPUT = re.compile(r'([a-z0-9]+)=(\(((?:"[^"]+" ?)*)\)(.*))')
_PARAMETER = re.compile(r';([a-z]+)=("([^"]*)"|[0-9]+)')


def make_key(style: str) -> SigningKey:
    """A fresh Ed25519 key of the office's."""
    private = ed25519.Ed25519PrivateKey.generate()
    return SigningKey(
        key_id=f"office-{secrets.token_hex(4)}",
        style=style,
        private_pem=private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        public_pem=private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )


def prove(call: Call, seller: Mapping[str, str], real_now: float) -> None:
    """Refusal unless this seller's key signed exactly this within five minutes."""
    found = _INPUT.fullmatch(call.headers.get("signature-input", ""))
    if found is None:
        raise _forged("Signature-Input")
    label, params, covered = found.group(1), found.group(2), found.group(3)
    names = re.findall(r'"([^"]+)"', covered)
    told = {name: text or raw for name, raw, text in _PARAMETER.findall(found.group(4))}
    wanted = {"@method", "@authority", "@path", "@query"}
    wanted |= {"content-digest"} if call.body else set()
    if not wanted <= set(names) or told.get("tag") != "invoice-request" or "nonce" not in told:
        raise _forged(f"covered: {names}")
    if told.get("keyid") != seller["key_id"]:
        raise _forged("keyid")
    if abs(int(told.get("created", "0")) - real_now) > FRESH_SECONDS:
        raise _forged("created")
    if call.body and call.headers.get("content-digest") != digest_of(call.body):
        raise _forged("Content-Digest")
    lines = [f'"{name}": {component(call, name)}' for name in names]
    base = "\n".join([*lines, f'"@signature-params": {params}']).encode()
    text = call.headers.get("signature", "").removeprefix(f"{label}=:").removesuffix(":")
    if not verifies(seller["public_pem"].encode(), base, base64.b64decode(text)):
        raise _forged("signature")


def signed(key: SigningKey, status: int, words: Mapping[str, Any], real_now: float) -> Reply:
    """The answer, proven by this key."""
    body = dump(dict(words))
    headers = {"Content-Type": "application/json", "Content-Digest": digest_of(body)}
    params = (
        f'("@status" "content-digest");created={int(real_now)};alg="ed25519"'
        f';keyid="{key.key_id}";tag="invoice-answer"'
    )
    base = (
        f'"@status": {status}\n"content-digest": {headers["Content-Digest"]}\n'
        f'"@signature-params": {params}'
    )
    headers["Signature-Input"] = f"office={params}"
    headers["Signature"] = f"office=:{base64.b64encode(sign(key, base.encode())).decode()}:"
    return Reply(status=status, headers=headers, body=body)


def _forged(why: str) -> Refusal:
    return Refusal(401, "SIGNATURE_REFUSED", why)
