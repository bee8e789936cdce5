"""The wallet's signing keys in both of WeChat Pay's styles: certificate, public key with an id."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.sandbox.wechat_wallet.book import Book

CERTIFICATE = "certificate"
PUBLIC_KEY = "public_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One key the wallet signs with; `public_pem` is what merchants hold of it."""

    key_id: str
    style: str
    private_pem: bytes
    public_pem: bytes


class Keyring:
    """Keys live in the book; rotating makes a new one current and lets the old ones overlap."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rogue: SigningKey | None = None
        if not self.all():
            self.rotate(CERTIFICATE)
            self.rotate(PUBLIC_KEY)

    def all(self) -> list[SigningKey]:
        """Every key in use, the oldest first."""
        found = self._book.rows("SELECT * FROM platform_key WHERE NOT retired ORDER BY made_at")
        return [
            SigningKey(
                key_id=row["key_id"],
                style=row["style"],
                private_pem=row["private_pem"],
                public_pem=row["public_pem"],
            )
            for row in found
        ]

    def current(self, asked: str | None = None) -> SigningKey:
        """The key asked for by id when it is in use, else the newest."""
        keys = self.all()
        return next((key for key in keys if key.key_id == asked), keys[-1])

    def rotate(self, style: str, *, drop_old: bool = False) -> SigningKey:
        """A new current key; the old ones stay in use unless dropped."""
        key = make_key(style)
        with self._book.change():
            if drop_old:
                self._book.do("UPDATE platform_key SET retired = 1")
            self._book.do(
                "INSERT INTO platform_key (key_id, style, private_pem, public_pem, made_at)"
                " VALUES (?, ?, ?, ?, ?)",
                key.key_id,
                key.style,
                key.private_pem,
                key.public_pem,
                self._book.now(),
            )
        return key

    def rogue(self) -> SigningKey:
        """A key nobody was told about."""
        if self._rogue is None:
            self._rogue = make_key(CERTIFICATE)
        return self._rogue


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
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=5 * 365))
        .sign(private, hashes.SHA256())
    )
