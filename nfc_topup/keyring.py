"""Which vault works here, which key version is in use, and the constants that profiles name."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from accounts import secrets
from accounts.errors import SecretMissing
from accounts.models import TransitCard
from nfc_topup.card import profiles
from nfc_topup.card.errors import ProfileUnknown
from nfc_topup.card.profiles import CardProfile
from nfc_topup.errors import KeyExpired
from nfc_topup.models import CardKey, Load, LoadSeal
from nfc_topup.models.key import SECRETS, SOFTWARE
from nfc_topup.vault import sandbox_token
from nfc_topup.vault.errors import (
    AlgorithmUnsupported,
    KeyUnknown,
    KeyUnusable,
    VaultMisconfigured,
    VaultNotBuilt,
)
from nfc_topup.vault.pkcs11 import Pkcs11Vault, open_vault
from nfc_topup.vault.pkcs11_pool import PoolLimits
from nfc_topup.vault.pkcs11_wire import TokenSettings
from nfc_topup.vault.port import Candidate, KeyRef, Purpose, Vault
from nfc_topup.vault.software import SM4, SealedKey, SoftwareVault

KEK_NAME = "card-kek"

SANDBOX_PIN_HEX = b"123456"


class KeysAtRest:
    """Sealed keys from the database. A retired key is found too: it verifies what it began."""

    def find(self, ref: KeyRef) -> SealedKey | None:
        """See vault.software.KeyStore."""
        row = CardKey.objects.filter(
            purpose=ref.purpose, index=ref.index, version=ref.version
        ).first()
        return None if row is None else sealed_in(row)


def sealed_in(row: CardKey) -> SealedKey:
    """The key as it rests in its row; KeyUnknown when destroyed, KeyUnusable when in a token."""
    ref = row.ref
    if row.state == "destroyed":
        raise KeyUnknown("this key was destroyed", index=ref.index, version=ref.version)
    if row.home != SOFTWARE:
        raise KeyUnusable("this key lives in a token", home=row.home)
    return SealedKey(
        ref=ref,
        algorithm=row.algorithm,
        kek_name=row.kek_name,
        sealed=bytes(row.sealed),
    )


def vault() -> Vault:
    """The vault this process works with, as settings.CARD_VAULT says; VaultNotBuilt."""
    if settings.CARD_VAULT == "pkcs11":
        return hardware_vault()
    if settings.CARD_VAULT != "software":
        raise VaultNotBuilt("the vaults are software and pkcs11", vault=settings.CARD_VAULT)
    return SoftwareVault(
        store=KeysAtRest(), read_secret=secrets.read_key, environment=settings.GATEWAY_ENV
    )


def hardware_vault() -> Pkcs11Vault:
    """The vault over PKCS#11, whichever this process works with; VaultMisconfigured."""
    limits = PoolLimits(
        processes=settings.PKCS11_PROCESSES,
        waiting=settings.PKCS11_WAITING,
        answer_ms=settings.PKCS11_TIMEOUT_MS,
    )
    return open_vault(token_settings(), limits)


def token_settings() -> TokenSettings:
    """Which token the settings name; the sandbox brings a SoftHSM token where they name none."""
    if secrets.in_sandbox() and not settings.PKCS11_MODULE:
        return sandbox_token.token_settings(settings.DATA_DIR, settings.PKCS11_SESSION_KEY)
    if settings.PKCS11_TOKEN in (SECRETS, SOFTWARE):
        raise VaultMisconfigured("a token is not called so", token=settings.PKCS11_TOKEN)
    return TokenSettings(
        module=settings.PKCS11_MODULE,
        token=settings.PKCS11_TOKEN,
        session_key=settings.PKCS11_SESSION_KEY,
    )


def active_key(purpose: Purpose, index: int, now: datetime | None = None) -> CardKey:
    """The key version that new loads use; KeyUnknown when none was brought in.

    AlgorithmUnsupported where our vault cannot work it. With `now`, KeyExpired when its time is
    over: it still verifies, and seals nothing new.
    """
    key = CardKey.objects.filter(purpose=purpose, index=index, state="active").first()
    if key is None:
        raise KeyUnknown("no active key", purpose=purpose, index=index)
    if key.algorithm == SM4 and settings.CARD_VAULT != "software":
        raise AlgorithmUnsupported("a token over PKCS#11 has no SM4", algorithm=SM4)
    if now is not None and key.expires_at is not None and now >= key.expires_at:
        raise KeyExpired("no new use after its end", purpose=purpose, index=index)
    return key


def versions_at(index: int) -> list[CardKey]:
    """Every load and TAC key there is or was at this index: active first, then newest first."""
    same = CardKey.objects.filter(purpose__in=[Purpose.LOAD, Purpose.TAC], index=index)
    rows = same.defer("sealed").order_by("-version")
    return sorted(rows, key=lambda row: row.state != "active")


def load_key_of(load: Load, seal: LoadSeal) -> Candidate:
    """The key that verified the card's MAC1 when it was sealed, and this card's factors."""
    return Candidate(
        key=_ref(load, Purpose.LOAD, seal.load_key_version),
        diversifiers=tuple(bytes.fromhex(factor) for factor in seal.diversifiers),
    )


def tac_keys_of(load: Load, seal: LoadSeal) -> tuple[Candidate, ...]:
    """The TAC keys that the sealed card may have, the likeliest first; one, as a rule."""
    return tuple(
        Candidate(
            key=_ref(load, Purpose.TAC, told["version"]),
            diversifiers=tuple(bytes.fromhex(factor) for factor in told["factors"]),
        )
        for told in seal.tac_keys
    )


def _ref(load: Load, purpose: Purpose, version: int) -> KeyRef:
    index = load.key_index
    if index is None:
        index = profile_named(load.profile_name).vault_index
    return KeyRef(purpose=purpose, index=index, version=version)


def profile_of(card: TransitCard) -> CardProfile:
    """The card's profile, or its issuer's default; a sandbox profile works in the sandbox only."""
    default = "sandbox" if secrets.in_sandbox() else "tunion"
    return profile_named(card.profile_name or default)


def profile_named(name: str) -> CardProfile:
    """As card.profiles.by_name, but ProfileUnknown for sandbox profiles in production."""
    profile = profiles.by_name(name)
    if profile.sandbox_only and not secrets.in_sandbox():
        raise ProfileUnknown("a sandbox profile in production", profile=name)
    return profile


def pin_of(profile: CardProfile) -> bytes | None:
    """The card's fixed PIN, kept as hex under the name the profile gives; None without one.

    In the sandbox the constant of the recorded cards is kept under a name that is new.
    """
    if profile.pin_secret is None:
        return None
    try:
        text = secrets.read(profile.pin_secret)
    except SecretMissing:
        if not secrets.in_sandbox():
            raise
        secrets.write_sandbox(profile.pin_secret, SANDBOX_PIN_HEX)
        text = SANDBOX_PIN_HEX
    try:
        return bytes.fromhex(text.decode("ascii").strip())
    except ValueError as wrong:
        raise KeyUnusable("a PIN is kept as hex", name=profile.pin_secret) from wrong
