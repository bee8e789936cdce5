"""支付宝's certificate mode: the number a certificate is named by, and the chain it must end in.

Source: the open platform's SDKs, which agree: a certificate's number is the MD5 of its issuer's
name (CN, OU, O, C in that order) followed by its serial in decimal; the roots' number joins with _
those of the roots that are signed with RSA.
"""

import hashlib
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.channels.rsa_keys import KEY_BITS_LEAST

_RSA_SIGNATURES = "1.2.840.113549.1.1."
_NAMED = (
    ("CN", NameOID.COMMON_NAME),
    ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("O", NameOID.ORGANIZATION_NAME),
    ("C", NameOID.COUNTRY_NAME),
)


class CertificateUntrusted(ValueError):
    """Not a certificate of the channel; the text says why."""


def certificate_no(certificate: x509.Certificate) -> str:
    """The number by which requests, answers and notices name a certificate."""
    parts = []
    for short, oid in _NAMED:
        values = certificate.issuer.get_attributes_for_oid(oid)
        if values:
            parts.append(f"{short}={values[0].value!s}")
    named = ",".join(parts) + str(certificate.serial_number)
    return hashlib.md5(named.encode(), usedforsecurity=False).hexdigest()


def roots_no(pem: bytes) -> str:
    """The number of a file of root certificates."""
    return "_".join(
        certificate_no(root)
        for root in x509.load_pem_x509_certificates(pem)
        if root.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    )


@lru_cache(maxsize=64)
def trusted_key(chain_pem: bytes, roots_pem: bytes, number: str) -> rsa.RSAPublicKey:
    """The key of the first certificate of a chain that ends at one of the roots.

    `number` is the one it was named by. CertificateUntrusted for a chain that is not one, a
    self-signed leaf, another number, or a key that is not RSA of 2048 bits.
    """
    try:
        chain = x509.load_pem_x509_certificates(chain_pem)
        roots = x509.load_pem_x509_certificates(roots_pem)
    except ValueError:
        raise CertificateUntrusted("a certificate cannot be read") from None
    if certificate_no(chain[0]) != number:
        raise CertificateUntrusted("the certificate has another number")
    if chain[0].issuer == chain[0].subject:
        raise CertificateUntrusted("the certificate vouches for itself")
    _follow(chain, roots)
    key = chain[0].public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < KEY_BITS_LEAST:
        raise CertificateUntrusted("the certificate's key is not RSA of 2048 bits")
    return key


def _follow(chain: list[x509.Certificate], roots: list[x509.Certificate]) -> None:
    for one, issuer in pairwise(chain):
        if not _issued(one, issuer):
            raise CertificateUntrusted("the chain is broken")
    if not any(_issued(chain[-1], root) for root in roots):
        raise CertificateUntrusted("the chain ends at none of the roots")


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        may_issue = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return may_issue
