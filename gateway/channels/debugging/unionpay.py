"""The debugger's view of 银联's signatures: over the hex digest of the sorted words."""

import base64
import binascii
import hashlib
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.channels.debugging.values import Claim, NotClaimed, Specimen, Verdict
from gateway.channels.unionpay import words
from gateway.channels.unionpay.chain import NotTheirs, signer
from gateway.channels.unionpay.signing import CERTIFICATE
from gateway.channels.unionpay.words import SIGNATURE, NotWords, signed_text
from gateway.channels.values import Merchant


def claim_of(merchant: Merchant, specimen: Specimen, now: datetime) -> Claim:
    """The sorted words; what RSA signs is their lower-case hex SHA-256."""
    read = words.of_form if specimen.status is None else words.of_answer
    try:
        said = read(specimen.body)
    except NotWords as reason:
        raise NotClaimed(Verdict.UNREADABLE, str(reason)) from None
    try:
        signature = base64.b64decode(said.get(SIGNATURE, ""), validate=True)
    except binascii.Error:
        raise NotClaimed(Verdict.UNREADABLE, "the signature is not Base64") from None
    if not signature:
        raise NotClaimed(Verdict.UNREADABLE, "there is no signature among the words")
    try:
        key_id, key = signer(
            said.get(CERTIFICATE, ""),
            roots_pem=merchant.trusted_roots_pem,
            options=merchant.options,
            now=now,
        )
    except NotTheirs as reason:
        raise NotClaimed(Verdict.KEY_UNKNOWN, str(reason)) from None
    canonical = signed_text(said).encode()
    return Claim(
        key_id=key_id,
        algorithm="rsa-v1_5-sha256 over the hex digest",
        canonical=canonical,
        digests={"SHA-256": hashlib.sha256(canonical).hexdigest()},
        verifies=lambda message: _verifies(key, message, signature),
        slips={"signed_raw_text": lambda: _is_signed(key, canonical, signature)},
    )


def _verifies(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    return _is_signed(key, hashlib.sha256(message).hexdigest().encode(), signature)


def _is_signed(key: rsa.RSAPublicKey, signed: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
