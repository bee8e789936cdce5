"""What the wallet holds of a merchant: {mchid: {appids, cert_pem or public_key_pem, serial, …}}."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.sandbox.wechat_wallet.wire import read_public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMerchant:
    """One merchant as the wallet knows it."""

    mchid: str
    appids: frozenset[str]
    serial: str
    public_key: rsa.RSAPublicKey
    api_v3_key: bytes = field(repr=False)


def read_merchant(mchid: str, entry: Mapping[str, Any]) -> KnownMerchant:
    """The merchant of one entry of merchants.json."""
    return KnownMerchant(
        mchid=mchid,
        appids=frozenset(entry["appids"]),
        serial=entry["serial"],
        public_key=read_public_key((entry.get("cert_pem") or entry["public_key_pem"]).encode()),
        api_v3_key=entry["api_v3_key"].encode(),
    )
