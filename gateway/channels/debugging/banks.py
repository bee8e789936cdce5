"""The debugger's view of partner banks' signatures, whatever their profile's seal."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from cryptography.hazmat.primitives import hashes

from gateway.channels.banks.forms import NotInForm
from gateway.channels.banks.profile import BankProfile
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.banks.proving import Claims, Received, platform_key
from gateway.channels.banks.seal_in_headers import key_of_kind
from gateway.channels.banks.xml_codec import GbkXml
from gateway.channels.debugging.values import Claim, NotClaimed, Specimen, Verdict
from gateway.channels.errors import ChannelKeyUnknown, ChannelMisconfigured
from gateway.channels.rsa_keys import signature_bytes
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import Merchant
from gateway.signatures import sm2, sm2_keys
from gateway.signatures.errors import SigningKeyUnusable
from gateway.signatures.keys import Algorithm, VerifyingKey
from gateway.signatures.sm2 import NotSm2

_OTHER_USER_IDS = (b"", b"1234567812345678\x00", b"ALICE123@YAHOO.COM")


def claims_of(profile: BankProfile) -> Callable[[Merchant, Specimen, datetime], Claim]:
    """The function that makes a claim of a specimen of this bank."""
    return lambda merchant, specimen, now: _claim(profile, merchant, specimen)


def encoding_of(channel: str) -> str:
    """The encoding of a bank's bodies by its channel; utf-8 for everybody else."""
    for profile in PROFILES:
        if profile.name == channel and isinstance(profile.codec, GbkXml):
            return profile.codec.encoding
    return "utf-8"


def _claim(profile: BankProfile, merchant: Merchant, specimen: Specimen) -> Claim:
    received = Received(
        headers=specimen.headers,
        body=specimen.body,
        url=merchant.notify_url,
        status=specimen.status,
    )
    try:
        claims = profile.seal.claims(received)
        canonical = profile.seal.canonical(received)
        signature = signature_bytes(claims.signature)
        key = _key(profile, merchant, claims.key_id)
    except Unproven as reason:
        raise NotClaimed(Verdict.UNREADABLE, str(reason)) from None
    except ChannelKeyUnknown as reason:
        raise NotClaimed(Verdict.KEY_UNKNOWN, f"{reason.message}: {reason.key_id}") from None
    except ChannelMisconfigured as reason:
        raise NotClaimed(Verdict.KEY_UNUSABLE, reason.message) from None
    return Claim(
        key_id=claims.key_id,
        algorithm=key.algorithm.value,
        canonical=canonical,
        digests=_digests(key, canonical),
        verifies=lambda message: _verifies(key, message, signature),
        nonce=claims.nonce,
        signed_at=_moment(profile, claims),
        encoding=encoding_of(profile.name),
        slips=_slips(key, canonical, signature),
    )


def _key(profile: BankProfile, merchant: Merchant, key_id: str) -> VerifyingKey:
    pem = platform_key(merchant, key_id)
    algorithms = profile.seal.algorithms
    if len(algorithms) > 1:
        return key_of_kind(pem, key_id, algorithms)
    (algorithm,) = algorithms
    return VerifyingKey(key_id=key_id, algorithm=algorithm, material=pem)


def _verifies(key: VerifyingKey, message: bytes, signature: bytes) -> bool:
    try:
        return key.verifies(message, signature)
    except SigningKeyUnusable:
        raise ChannelMisconfigured(f"the record holds no key of {key.algorithm.value}") from None


def _digests(key: VerifyingKey, canonical: bytes) -> Mapping[str, str]:
    if key.algorithm is not Algorithm.SM2:
        return {"SHA-256": hashlib.sha256(canonical).hexdigest()}
    plain = hashes.Hash(hashes.SM3())
    plain.update(canonical)
    found = {"SM3": plain.finalize().hex()}
    try:
        with_identity = sm2.digest(sm2_keys.public(key.material), canonical)
    except NotSm2:
        return found
    return {**found, "SM3(Z‖M)": with_identity.hex()}


def _slips(
    key: VerifyingKey, canonical: bytes, signature: bytes
) -> Mapping[str, Callable[[], bool]]:
    if key.algorithm is not Algorithm.SM2:
        return {}

    def is_der() -> bool:
        try:
            return _verifies(key, canonical, sm2.to_fixed(signature))
        except NotSm2:
            return False

    def other_user_id() -> bool:
        return any(
            sm2.verify(sm2_keys.public(key.material), canonical, signature, user_id=user_id)
            for user_id in _OTHER_USER_IDS
        )

    return {"signature_is_der": is_der, "other_user_id": other_user_id}


def _moment(profile: BankProfile, claims: Claims) -> datetime | None:
    if not claims.at:
        return None
    try:
        return claims.moment or profile.moments.read(claims.at)
    except NotInForm as wrong:
        raise NotClaimed(Verdict.UNREADABLE, f"{Doubt.UNSIGNED.value}: {wrong}") from None
