"""Fills the sandbox: the pools' books, the wallet's merchants, the province's test card keys."""

from __future__ import annotations

import json
import secrets as dice
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.conf import settings

from accounts import secrets
from accounts.actors import SYSTEM
from accounts.clock import business_day
from accounts.errors import SecretMissing
from accounts.identifiers import outside_id
from accounts.models import Operator, WalletProvider
from gateway.payments.models import MerchantAccount
from gateway.sandbox.wallet_provider.provider import Provider
from gateway.sandbox.wechat_wallet.wallet import WalletState
from gateway.server_fetch import registration
from nfc_topup.keys.sandbox_issuer import import_test_keys
from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger import pools

PROFILE = "MOT"
CHANNEL = "wechatpay"
SIGNING_KEY = "wechatpay-sandbox-signing-key"
SHARED_KEY = "wechatpay-sandbox-answer-key"
SIGNING_SERIAL = "5A5DB0C0FFEE5A5DB0C0FFEE5A5DB0C0FFEE0001"
CARD_PIN = "123456"
ORDER_KEY = "order-key-sandbox-phone"
PHONE = "sandbox-phone"
PHONE_KEY_LIFE = timedelta(days=3_650)


def card_keys_file() -> Path:
    """Where the test issuer's keys lie, imported or made at random."""
    return settings.DATA_DIR / "card-keys.json"


def wallet_dir() -> Path:
    """Where the sandbox wallet keeps its book."""
    return settings.DATA_DIR / "wallet"


def phone_dir() -> Path:
    """Where the sandbox's phone wallet keeps its key and its card."""
    return settings.DATA_DIR / "phone"


def open_books(now: datetime) -> int:
    """Opens every operator's pool that is not open yet; gives how many there are."""
    numbers = list(Operator.objects.values_list("pool", flat=True))
    for pool in numbers:
        try:
            pools.open_day(pool)
        except PoolNotOpen:
            pools.open_pool(pool, PROFILE, business_day(now))
    return len(numbers)


def give_card_keys(given: Path | None, now: datetime) -> None:
    """Makes the given test keys, or keys made at random once, those of the province's issuer.

    A file that does not hold keys changes nothing. Raises TestKeysWrong.
    """
    kept = card_keys_file()
    if given is None and not kept.exists():
        made = {name: dice.token_hex(16).upper() for name in ("MLK", "MTK")}
        _keep(kept, json.dumps(made | {"levels": ["asn8"]}))
    import_test_keys(given or kept, now=now)
    if given is not None:
        _keep(kept, given.read_text(encoding="utf-8"))
    for name in ("card-pin-tunion", "card-pin-city"):
        secrets.write_sandbox(name, CARD_PIN.encode())


def introduce(
    operators: Iterable[Operator],
    *,
    wallet: Path,
    wallet_url: str,
    gateway_url: str,
    now: datetime,
) -> int:
    """Gives each operator a merchant account with the sandbox wallet; gives how many."""
    public_pem = _signing_key()
    platform = {key.key_id: key.public_pem.decode() for key in WalletState(wallet).keyring.all()}
    known = {}
    for operator in operators:
        merchant_no, app_no = f"19000{operator.pool:05d}", f"wx{operator.pool:016d}"
        MerchantAccount.objects.update_or_create(
            channel=CHANNEL,
            merchant_no=merchant_no,
            defaults={
                "base_url": wallet_url,
                "notify_base_url": gateway_url,
                "platform_keys": platform,
            },
            create_defaults={
                "id": outside_id("sandbox-merchant", business_day(now), merchant_no),
                "pool": operator.pool,
                "app_no": app_no,
                "base_url": wallet_url,
                "notify_base_url": gateway_url,
                "signing_serial": SIGNING_SERIAL,
                "signing_key_secret": SIGNING_KEY,
                "shared_key_secret": SHARED_KEY,
                "platform_keys": platform,
            },
        )
        known[merchant_no] = {
            "appids": [app_no],
            "serial": SIGNING_SERIAL,
            "public_key_pem": public_pem,
            "api_v3_key": secrets.read(SHARED_KEY).decode(),
        }
    (wallet / "merchants.json").write_text(json.dumps(known), encoding="utf-8")
    return len(known)


def order_key() -> str:
    """The public half of the key that signs orders for the sandbox's phone wallet, made once."""
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
    return _public_half(pem)


def introduce_phone(phone_dir: Path, now: datetime) -> str:
    """Registers the sandbox's phone wallet with the key it made, and gives it ours; its code."""
    phone_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    provider = WalletProvider.objects.filter(code=PHONE).first() or registration.add(
        code=PHONE,
        name_zh="沙箱手机钱包",
        name_en="the sandbox's phone wallet",
        order_profile="sandbox-phone",
        rate_per_minute=6_000,
        actor=SYSTEM,
        now=now,
    )
    key = Provider(phone_dir, "http://127.0.0.1").signer
    if not provider.keys.filter(public_pem=key.public_pem, state="active").exists():
        registration.add_key(
            provider,
            key_id=key.key_id,
            algorithm="ed25519",
            public_pem=key.public_pem,
            expires_at=now + PHONE_KEY_LIFE,
            actor=SYSTEM,
            now=now,
        )
    (phone_dir / "order-key.pem").write_text(order_key(), encoding="ascii")
    return provider.code


def _keep(file: Path, text: str) -> None:
    """Write a file for our eyes only, whole or not at all."""
    half = file.with_name(f"{file.name}.new")
    half.touch(mode=0o600)
    half.write_text(text, encoding="utf-8")
    half.replace(file)


def _signing_key() -> str:
    """The public half of our merchant key with the wallet, made once."""
    try:
        pem = secrets.read(SIGNING_KEY)
    except SecretMissing:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        secrets.write_sandbox(SIGNING_KEY, pem)
        secrets.write_sandbox(SHARED_KEY, dice.token_hex(16).encode())
    return _public_half(pem)


def _public_half(pem: bytes) -> str:
    key = serialization.load_pem_private_key(pem, None)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()
