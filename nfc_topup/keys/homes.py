"""Where a key comes to rest: sealed in its row for the software vault, or inside a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings

from accounts import secrets
from nfc_topup import keyring
from nfc_topup.keyring import KEK_NAME
from nfc_topup.models import CardKey
from nfc_topup.models.key import SOFTWARE
from nfc_topup.vault import algorithms, sandbox_token
from nfc_topup.vault.errors import KeyUnknown, KeyUnusable, VaultNotBuilt
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.pkcs11_wire import label_of, ref_of
from nfc_topup.vault.port import KeyRef, Purpose
from nfc_topup.vault.software import TRIPLE_DES, open_key, seal_key

_PROBE = bytes.fromhex("0123456789ABCDEF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a row remembers of a key that was brought home: where it is, and its sealed form."""

    home: str
    kek_name: str
    sealed: bytes = field(repr=False)


class Home(Protocol):
    """A place that keys are brought to."""

    def keep(self, ref: KeyRef, clear: bytes, *, own: bool) -> Rest:
        """Bring a key home; `own` says that it is one card's, with no level below."""
        ...

    def has(self, row: CardKey, clear: bytes) -> bool:
        """Whether the key of this row is here and is this one."""
        ...

    def newest(self, purpose: Purpose, index: int) -> int:
        """The newest version that was ever used here, 0 for none."""
        ...


@contextmanager
def home(vault: str | None = None) -> Iterator[Home]:
    """The home of keys of the vault `software` or `pkcs11`, by default the one that works here.

    The sandbox's token is made when it is not there yet. VaultNotBuilt, VaultMisconfigured.
    """
    kind = vault or settings.CARD_VAULT
    if kind == "software":
        yield Rows()
    elif kind == "pkcs11":
        if secrets.in_sandbox() and not settings.PKCS11_MODULE:
            sandbox_token.make_token(settings.DATA_DIR)
        wanted = keyring.token_settings()
        with KeysIn(wanted) as keys:
            yield InToken(keys, wanted.token)
    else:
        raise VaultNotBuilt("the vaults are software and pkcs11", vault=kind)


class Rows:
    """Keys rest in their rows, sealed under the key-encryption key `card-kek`."""

    def keep(self, ref: KeyRef, clear: bytes, *, own: bool) -> Rest:
        """See Home."""
        kek = secrets.read_key(KEK_NAME)
        sealed = seal_key(ref, clear, algorithm=TRIPLE_DES, kek_name=KEK_NAME, kek=kek)
        return Rest(home=SOFTWARE, kek_name=KEK_NAME, sealed=sealed.sealed)

    def has(self, row: CardKey, clear: bytes) -> bool:
        """See Home."""
        if row.home != SOFTWARE or row.kek_name != KEK_NAME:
            return False
        kek = secrets.read_key(KEK_NAME)
        return algorithms.same(open_key(keyring.sealed_in(row), kek), clear)

    def newest(self, purpose: Purpose, index: int) -> int:
        """See Home."""
        return 0


class InToken:
    """Keys rest in the token named `token`; a row remembers that and nothing else."""

    def __init__(self, keys: KeysIn, token: str) -> None:
        self._keys = keys
        self._token_name = token
        self._held: Mapping[str, str] | None = None

    def keep(self, ref: KeyRef, clear: bytes, *, own: bool) -> Rest:
        """See Home."""
        self._keys.keep(ref, clear, own=own, lasting=True)
        return Rest(home=self._token_name, kek_name="", sealed=b"")

    def has(self, row: CardKey, clear: bytes) -> bool:
        """See Home: the token does with its key what we do with this one, on the same numbers."""
        if row.home != self._token_name or label_of(row.ref) not in self._all():
            return False
        factors = [_PROBE] if row.levels else []
        card_key = algorithms.diversify(clear, factors)
        try:
            if row.ref.purpose is Purpose.TAC:
                tac = algorithms.mac(algorithms.tac_key(card_key), _PROBE)
                return self._keys.verify_tac(row.ref, factors, _PROBE, tac)
            mac1 = algorithms.mac(algorithms.session_key(card_key, _PROBE), _PROBE)
            return self._keys.verify_mac1(row.ref, factors, _PROBE, _PROBE, mac1)
        except (KeyUnknown, KeyUnusable):
            return False

    def newest(self, purpose: Purpose, index: int) -> int:
        """See Home."""
        found = [ref for label in self._all() if (ref := ref_of(label)) is not None]
        same = [ref.version for ref in found if (ref.purpose, ref.index) == (purpose, index)]
        return max(same, default=0)

    def _all(self) -> Mapping[str, str]:
        if self._held is None:
            self._held = self._keys.held()
        return self._held
