"""The sandbox's CFCA: roots, intermediates, 银联's signing certificates, and every forgery of one.

The certificates look like the real ones: no host names, purposes of clients and mail, and the
holder as the third part of CN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.sandbox.neighbours.book import Book
from gateway.sandbox.neighbours.keyring import SigningKey

STYLES = ("old_root", "new_root")
SANDBOX_HOLDER = "沙箱银联"
_YEARS = timedelta(days=3650)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_SIGNS = ("digital_signature", "content_commitment", "key_encipherment", "key_agreement")
_ISSUES = ("key_cert_sign", "crl_sign")
_CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who may issue: its name, certificate and key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A root and the intermediate under it that issues signing certificates."""

    root: Issuer
    between: Issuer

    @property
    def trusted_pem(self) -> bytes:
        """What merchants configure: the intermediate and the root."""
        return _pem(self.between.certificate) + _pem(self.root.certificate)


def establish(name: str) -> Authority:
    """A new root with an intermediate."""
    root_key, between_key = _rsa(), _rsa()
    root_name = _name(f"{name} ROOT", unit="")
    root = _certificate(root_name, root_key, root_name, root_key, issuer=True)
    between = _certificate(
        _name(f"{name} OCA", unit=""), between_key, root_name, root_key, issuer=True
    )
    return Authority(
        root=Issuer(certificate=root, key=root_key),
        between=Issuer(certificate=between, key=between_key),
    )


def kept(book: Book, style: str) -> Authority:
    """The authority of that style, made once for a book."""
    pem = book.setting(f"authority.{style}", "")
    if not pem:
        made = establish(style)
        parts = [made.root, made.between]
        pem = "".join(_key_pem(one.key).decode() + _pem(one.certificate).decode() for one in parts)
        book.set(f"authority.{style}", pem)
    blocks = pem.split("-----BEGIN PRIVATE KEY-----")[1:]
    root, between = (_issuer("-----BEGIN PRIVATE KEY-----" + block) for block in blocks)
    return Authority(root=root, between=between)


def maker(book: Book) -> Callable[[str], SigningKey]:
    """What makes a signing key of a style, under that style's authority."""
    return lambda style: signing_key(kept(book, style), style=style)


def signing_key(
    authority: Authority, *, style: str = "", holder: str = SANDBOX_HOLDER, **how: Any
) -> SigningKey:
    """A key with a certificate from the intermediate; `how` bends it (see `_certificate`)."""
    bits = how.pop("bits", 2048)
    issuer: Issuer = how.pop("by", authority.between)
    key = _rsa(bits)
    name = _name(f"041@8310000000083040@{holder}@00016494", unit=how.pop("unit", "Local RA OCA1"))
    signer = how.pop("signed_with", issuer.key)
    certificate = _certificate(name, key, issuer.certificate.subject, signer, **how)
    return packed(key, certificate, authority.trusted_pem, style=style)


def packed(
    key: rsa.RSAPrivateKey, certificate: x509.Certificate, trusted: bytes, *, style: str = ""
) -> SigningKey:
    """A signing key whose private part holds the key and the certificate sent along."""
    return SigningKey(
        key_id=str(certificate.serial_number),
        style=style,
        private_pem=_key_pem(key) + _pem(certificate),
        public_pem=trusted,
    )


def forgeries(authority: Authority, holder: str = SANDBOX_HOLDER) -> Mapping[str, Any]:
    """By name: a function that makes a key whose certificate is not 银联's, though it says so."""
    return {
        "self_signed": lambda: _self_signed(authority, holder),
        "expired": lambda: signing_key(authority, holder=holder, until=timedelta(days=-365)),
        "not_yet_valid": lambda: signing_key(authority, holder=holder, since=timedelta(days=1)),
        "other_holder": lambda: signing_key(authority, holder="某某商贸有限公司"),
        "other_chain": lambda: signing_key(_stranger(), holder=holder),
        "other_chain_same_names": lambda: signing_key(
            authority, holder=holder, signed_with=_stranger().between.key
        ),
        "cannot_sign": lambda: signing_key(authority, holder=holder, usage=("key_encipherment",)),
        "server_purpose": lambda: signing_key(
            authority, holder=holder, purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)
        ),
        "weak_key": lambda: signing_key(authority, holder=holder, bits=1024),
        "an_issuer": lambda: signing_key(authority, holder=holder, issuer=True),
        "by_a_signer": lambda: _by_a_signer(authority, holder),
    }


def _self_signed(authority: Authority, holder: str) -> SigningKey:
    key = _rsa()
    name = _name(f"041@8310000000083040@{holder}@00016494", unit="Local RA OCA1")
    certificate = _certificate(name, key, name, key)
    return packed(key, certificate, authority.trusted_pem)


def _by_a_signer(authority: Authority, holder: str) -> SigningKey:
    """Issued by a genuine signing certificate, which may issue nothing."""
    genuine = signing_key(authority, holder=holder)
    return signing_key(authority, holder=holder, by=_issuer(genuine.private_pem.decode()))


@cache
def _stranger() -> Authority:
    return establish("STRANGER")


def _certificate(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    issued_by: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    *,
    issuer: bool = False,
    since: timedelta = -_YEARS,
    until: timedelta = _YEARS,
    usage: tuple[str, ...] = _SIGNS,
    purposes: tuple[x509.ObjectIdentifier, ...] = _CLIENT,
) -> x509.Certificate:
    now = datetime.now(UTC).replace(microsecond=0)
    usages = dict.fromkeys(_USAGES, False) | dict.fromkeys(_ISSUES if issuer else usage, True)
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() >> 96)
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.KeyUsage(**usages), critical=issuer)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if issuer:
        draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    else:
        draft = draft.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    return draft.sign(issuer_key, hashes.SHA256())


def _name(common: str, *, unit: str) -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "SANDBOX OCA1")]
    if unit:
        parts.append((NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    parts.append((NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _issuer(pem: str) -> Issuer:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Issuer(certificate=x509.load_pem_x509_certificate(pem.encode()), key=key)


def _rsa(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
