"""Whether a certificate that came inside a message is 银联's: chain, purpose, holder, time.

Trusting it because it came along would be believing any forger. Path building and signatures are
cryptography's own X.509 verifier; what CFCA's signing certificates are like (no names of hosts,
purposes of clients and mail) is said by our policies. Revocation is not asked for over the network:
`refused_certificates` in the account's options is how one is taken out of use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gateway.channels.errors import ChannelMisconfigured
from gateway.channels.rsa_keys import KEY_BITS_LEAST

MOST_INTERMEDIATES = 3
HOLDER = "中国银联股份有限公司"
# CN is `041@<number>@<holder>@<number>`: seen in public certificates (B), so a setting.
HOLDER_PART = 2
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)


class NotTheirs(ValueError):
    """The certificate is not proven to be 银联's at this moment; the text tells why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Where chains must end, and what lies between there and a certificate."""

    roots: tuple[x509.Certificate, ...]
    between: tuple[x509.Certificate, ...]


def signer(
    pem: str, *, roots_pem: bytes, options: Mapping[str, str], now: datetime
) -> tuple[str, rsa.RSAPublicKey]:
    """The certificate's number (certId, decimal) and its key; NotTheirs.

    `options`: certificate_holder (the third part of CN), certificate_unit (an OU that must be
    among the holder's, when set), refused_certificates (certIds, separated by spaces).
    """
    held = anchors(roots_pem)
    try:
        return _signer(_read(pem), held, options, now)
    except NotTheirs:
        raise
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise NotTheirs("signPubKeyCert is not a certificate in its form") from None


@lru_cache(maxsize=16)
def anchors(roots_pem: bytes) -> Anchors:
    """The roots (issued by themselves) and intermediates of a row; ChannelMisconfigured."""
    try:
        found = x509.load_pem_x509_certificates(roots_pem)
    except ValueError:
        raise ChannelMisconfigured("the trusted roots cannot be read") from None
    roots = tuple(one for one in found if one.issuer == one.subject)
    if not roots:
        raise ChannelMisconfigured("there is no root among the trusted certificates")
    return Anchors(roots=roots, between=tuple(one for one in found if one not in roots))


def _signer(
    leaf: x509.Certificate, held: Anchors, options: Mapping[str, str], now: datetime
) -> tuple[str, rsa.RSAPublicKey]:
    """As `signer`; the library reads parts only when they are asked for, and complains then."""
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotTheirs("the certificate's key is not RSA")
    key_id = str(leaf.serial_number)
    if key_id in options.get("refused_certificates", "").split():
        raise NotTheirs("the certificate was taken out of use")
    _check_holder(leaf, options)
    _check_path(leaf, held, now)
    return key_id, key


def _read(pem: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise NotTheirs("signPubKeyCert is not a certificate") from None
    if len(found) != 1:
        raise NotTheirs("signPubKeyCert is not one certificate")
    return found[0]


def _check_holder(leaf: x509.Certificate, options: Mapping[str, str]) -> None:
    names = _names(leaf, NameOID.COMMON_NAME)
    parts = names[0].split("@") if len(names) == 1 else []
    holder = parts[HOLDER_PART] if len(parts) > HOLDER_PART else ""
    if holder != (options.get("certificate_holder") or HOLDER):
        raise NotTheirs("the certificate is another holder's")
    unit = options.get("certificate_unit", "")
    if unit and unit not in _names(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME):
        raise NotTheirs("the certificate is of another unit")


def _names(leaf: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(found.value) for found in leaf.subject.get_attributes_for_oid(oid)]


def _check_path(leaf: x509.Certificate, held: Anchors, now: datetime) -> None:
    if leaf in held.between or leaf in held.roots:
        raise NotTheirs("an issuer's certificate does not sign messages")
    verifier = (
        PolicyBuilder()
        .store(Store(list(held.roots)))
        .time(now.astimezone(UTC).replace(tzinfo=None))
        .max_chain_depth(MOST_INTERMEDIATES)
        .extension_policies(ca_policy=_ISSUER, ee_policy=_SIGNER)
        .build_client_verifier()
    )
    try:
        path = verifier.verify(leaf, list(held.between)).chain
    except VerificationError as reason:
        raise NotTheirs(f"no chain to a trusted root: {str(reason)[:200]}") from None
    for one in path:
        _check_strength(one, is_root=one is path[-1])


def _check_strength(one: x509.Certificate, *, is_root: bool) -> None:
    """Keys and hashes strong enough; nobody checks a root's own signature."""
    key = one.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < KEY_BITS_LEAST:
        raise NotTheirs("a key of the chain has less than 2048 bits")
    try:
        hashed = one.signature_hash_algorithm
    except UnsupportedAlgorithm:
        hashed = None
    if not is_root and not isinstance(hashed, _HASHES):
        raise NotTheirs("a certificate of the chain is signed over a weak hash")


def _signs(policy: Policy, one: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("this key does not sign")


def _serves(policy: Policy, one: x509.Certificate, use: x509.ExtendedKeyUsage | None) -> None:
    if use is not None and not _PURPOSES & set(use):
        raise ValueError("this key serves another purpose")


def _not_issuer(
    policy: Policy, one: x509.Certificate, limits: x509.BasicConstraints | None
) -> None:
    if limits is not None and limits.ca:
        raise ValueError("an issuer's certificate does not sign messages")


def _may_issue(policy: Policy, one: x509.Certificate, limits: x509.BasicConstraints) -> None:
    if not limits.ca:
        raise ValueError("this certificate may not issue others")


def _issues(policy: Policy, one: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("this key does not sign certificates")


_SIGNER = (
    ExtensionPolicy.permit_all()
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _serves)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _not_issuer)
)
_ISSUER = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _may_issue)
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _issues)
)
