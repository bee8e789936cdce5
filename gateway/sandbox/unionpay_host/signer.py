"""Signs what 银联 says, under its current certificate or as the switches spoil it."""

from collections.abc import Mapping

from gateway.sandbox.neighbours.faults import Faults
from gateway.sandbox.neighbours.keyring import Keyring, SigningKey
from gateway.sandbox.unionpay_host.authority import Authority, forgeries
from gateway.sandbox.unionpay_host.switches import FORGED
from gateway.sandbox.unionpay_host.wire import signed


class Signer:
    """Words in, signed words out."""

    def __init__(self, faults: Faults, keyring: Keyring, authority: Authority) -> None:
        self._faults = faults
        self._keyring = keyring
        self._forgeries = forgeries(authority)

    def signed(
        self, words: Mapping[str, str], *, kind: str, on: str | None = None
    ) -> dict[str, str]:
        """The words of a `kind` (notice, answer) with certificate and signature."""
        if self._faults.take(f"{kind}_unsigned", on=on):
            return dict(words)
        spoilt = " " if self._faults.take(f"{kind}_bad_signature", on=on) else ""
        return signed(words, self._key(kind, on), over=spoilt)

    def _key(self, kind: str, on: str | None) -> SigningKey:
        for name in FORGED:
            if self._faults.take(f"{kind}_forged_{name}", on=on):
                made: SigningKey = self._forgeries[name]()
                return made
        return self._keyring.current()
