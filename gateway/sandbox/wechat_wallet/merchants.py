"""The merchants the wallet knows, read again whenever DIR/merchants.json changes."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.sandbox.wechat_wallet.wire import read_public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMerchant:
    """What the wallet holds of a merchant."""

    mchid: str
    appids: frozenset[str]
    serial: str
    public_key: rsa.RSAPublicKey
    api_v3_key: bytes = field(repr=False)


class Merchants:
    """{mchid: {appids, cert_pem or public_key_pem, serial, api_v3_key}} as a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._known: Mapping[str, KnownMerchant] = {}

    def get(self, mchid: str) -> KnownMerchant | None:
        """The merchant of that number, None when the file does not name it."""
        with self._lock:
            self._refresh()
            return self._known.get(mchid)

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._known, self._seen = {}, None
            return
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen == self._seen:
            return
        entries = json.loads(self._path.read_text(encoding="utf-8"))
        self._known = {
            mchid: KnownMerchant(
                mchid=mchid,
                appids=frozenset(entry["appids"]),
                serial=entry["serial"],
                public_key=read_public_key(
                    (entry.get("cert_pem") or entry["public_key_pem"]).encode()
                ),
                api_v3_key=entry["api_v3_key"].encode(),
            )
            for mchid, entry in entries.items()
        }
        self._seen = seen
