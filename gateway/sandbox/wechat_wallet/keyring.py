"""The wallet's signing keys in both of WeChat Pay's styles: certificate, public key with an id."""

import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.sandbox.neighbours.keyring import SigningKey

CERTIFICATE = "certificate"
PUBLIC_KEY = "public_key"
STYLES = (CERTIFICATE, PUBLIC_KEY)


def make_key(style: str) -> SigningKey:
    """A fresh RSA-2048 key, with a self-signed certificate in the older style."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    if style == PUBLIC_KEY:
        key_id = "PUB_KEY_ID_" + "".join(secrets.choice("0123456789") for _ in range(30))
        public_pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        certificate = _certificate(private)
        key_id = f"{certificate.serial_number:040X}"
        public_pem = certificate.public_bytes(serialization.Encoding.PEM)
    return SigningKey(key_id=key_id, style=style, private_pem=private_pem, public_pem=public_pem)


def _certificate(private: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox wallet platform")])
    made = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - timedelta(days=365))
        .not_valid_after(made + timedelta(days=5 * 365))
        .sign(private, hashes.SHA256())
    )
