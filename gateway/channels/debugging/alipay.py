"""The debugger's view of 支付宝's signatures: over a form's sorted values, or a node's raw text."""

import base64
import binascii
import hashlib
import json
from datetime import datetime
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.channels.alipay.raw_node import signed_node
from gateway.channels.alipay.signing import candidates, canonical
from gateway.channels.debugging.values import Claim, NotClaimed, Specimen, Verdict
from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.strict_json import NotStrict
from gateway.channels.unproven import Unproven
from gateway.channels.values import Merchant


def claim_of(merchant: Merchant, specimen: Specimen, now: datetime) -> Claim:
    """A push has no age that matters: its notify_time is told in the text, not judged."""
    text, sign, certificate_no = (
        _pushed(specimen.body) if specimen.status is None else _answered(specimen.body)
    )
    try:
        signature = base64.b64decode(sign, validate=True)
        keys = candidates(merchant, certificate_no)
    except binascii.Error:
        raise NotClaimed(Verdict.UNREADABLE, "the signature is not Base64") from None
    except Unproven as reason:
        raise NotClaimed(Verdict.UNREADABLE, str(reason)) from None
    except ChannelKeyUnknown as reason:
        raise NotClaimed(Verdict.KEY_UNKNOWN, f"{reason.message}: {reason.key_id}") from None
    except ChannelMisconfigured as reason:
        raise NotClaimed(Verdict.KEY_UNUSABLE, reason.message) from None
    if not signature:
        raise NotClaimed(Verdict.UNREADABLE, "there is no signature")
    fitting = [name for name, key in keys if _is_signed(key, text, signature)]
    return Claim(
        key_id=(fitting or [name for name, _ in keys])[0] if keys else "",
        algorithm="rsa-v1_5-sha256 (RSA2)",
        canonical=text,
        digests={"SHA-256": hashlib.sha256(text).hexdigest()},
        verifies=lambda message: any(_is_signed(key, message, signature) for _, key in keys),
    )


def _pushed(body: bytes) -> tuple[bytes, str, str | None]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise NotClaimed(Verdict.UNREADABLE, "not a form") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise NotClaimed(Verdict.UNREADABLE, "a name stands twice")
    sign, certificate_no = values.get("sign", ""), values.get("alipay_cert_sn") or None
    kept = {name: text for name, text in values.items() if name not in ("sign", "sign_type")}
    return canonical(kept), sign, certificate_no


def _answered(body: bytes) -> tuple[bytes, str, str | None]:
    try:
        names = [name for name in json.loads(body) if name.endswith("_response")]
        node = signed_node(body, tuple(names))
    except (ValueError, TypeError, NotStrict) as wrong:
        raise NotClaimed(Verdict.UNREADABLE, f"no signed node: {wrong}") from None
    return node.text, node.sign, node.certificate_no


def _is_signed(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
