"""Certificates of 支付宝's certificate mode: leaf, intermediate, and a root of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.channels.alipay.certificates import certificate_no

BORN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What the platform holds (the key) and what it shows (leaf and intermediate, the root)."""

    private_pem: bytes
    pem: bytes
    root_pem: bytes
    number: str


def chain_of() -> Chain:
    """A chain that ends at its own root."""
    root_key, middle_key, leaf_key = (_key() for _ in range(3))
    root = _certificate("Root R1", "Root R1", root_key, root_key, ca=True)
    middle = _certificate("Class 2 R1 CA", "Root R1", middle_key, root_key, ca=True)
    leaf = _certificate("alipay", "Class 2 R1 CA", leaf_key, middle_key, ca=False)
    return Chain(
        private_pem=_pem(leaf_key),
        pem=_shown(leaf) + _shown(middle),
        root_pem=_shown(root),
        number=certificate_no(leaf),
    )


def self_signed() -> Chain:
    """A leaf that vouches for itself."""
    key = _key()
    leaf = _certificate("alipay", "alipay", key, key, ca=True)
    return Chain(
        private_pem=_pem(key),
        pem=_shown(leaf),
        root_pem=_shown(leaf),
        number=certificate_no(leaf),
    )


def _certificate(
    subject: str, issuer: str, key: rsa.RSAPrivateKey, by: rsa.RSAPrivateKey, *, ca: bool
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BORN)
        .not_valid_after(BORN + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _shown(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
