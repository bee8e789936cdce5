"""What 银联 holds of a merchant: {merId: {certificate_no, public_key_pem}}."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.sandbox.unionpay_host.wire import read_public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMerchant:
    """One merchant as 银联 knows it."""

    mer_id: str
    certificate_no: str
    public_key: rsa.RSAPublicKey


def read_merchant(mer_id: str, entry: Mapping[str, Any]) -> KnownMerchant:
    """The merchant of one entry of merchants.json."""
    return KnownMerchant(
        mer_id=mer_id,
        certificate_no=entry["certificate_no"],
        public_key=read_public_key(entry["public_key_pem"].encode()),
    )
