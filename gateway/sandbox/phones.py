"""Introduces the sandbox's phone wallet: registers its key, gives it the key of our orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.conf import settings

from accounts import secrets
from accounts.actors import SYSTEM
from accounts.errors import SecretMissing
from accounts.models import WalletProvider
from gateway.sandbox.wallet_provider.provider import KEY_ID, Provider
from gateway.server_fetch import registration

CODE = "sandbox-phone"
ORDER_KEY = "order-key-sandbox-phone"
KEY_LIFE = timedelta(days=3_650)


def phone_dir() -> Path:
    """Where the sandbox's phone wallet keeps its key and its card."""
    return settings.DATA_DIR / "phone"


def order_key() -> str:
    """The public half of the key that signs orders for the phone wallet, made once."""
    try:
        pem = secrets.read(ORDER_KEY)
    except SecretMissing:
        private = ed25519.Ed25519PrivateKey.generate()
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        secrets.write_sandbox(ORDER_KEY, pem)
    public = serialization.load_pem_private_key(pem, None).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def introduce(
    directory: Path, now: datetime, *, code: str = CODE, key_id: str = KEY_ID
) -> WalletProvider:
    """Registers the phone wallet with the key it made, and gives it ours; twice is once."""
    provider = WalletProvider.objects.filter(code=code).first() or registration.add(
        code=code,
        name_zh="沙箱手机钱包",
        name_en="the sandbox's phone wallet",
        order_profile="sandbox-phone",
        rate_per_minute=6_000,
        actor=SYSTEM,
        now=now,
    )
    key = Provider(directory, "http://127.0.0.1", key_id).signer
    if not provider.keys.filter(public_pem=key.public_pem, state="active").exists():
        registration.add_key(
            provider,
            key_id=key.key_id,
            algorithm="ed25519",
            public_pem=key.public_pem,
            expires_at=now + KEY_LIFE,
            actor=SYSTEM,
            now=now,
        )
    (directory / "order-key.pem").write_text(order_key(), encoding="ascii")
    return provider
