"""What the wallet holds of a seller: {seller id: {app_id, public_key_pem}}."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.sandbox.alipay_wallet.wire import read_public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMerchant:
    """One seller with the app that speaks for it."""

    seller_id: str
    app_id: str
    public_key: rsa.RSAPublicKey


def read_merchant(seller_id: str, entry: Mapping[str, Any]) -> KnownMerchant:
    """The seller of one entry of merchants.json."""
    return KnownMerchant(
        seller_id=seller_id,
        app_id=entry["app_id"],
        public_key=read_public_key(entry["public_key_pem"].encode()),
    )
