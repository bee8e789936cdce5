"""Makes operators merchants of the sandbox's 微信支付."""

import secrets as dice
from collections.abc import Iterable
from pathlib import Path

from accounts import secrets
from accounts.errors import SecretMissing
from accounts.models import Operator
from gateway.sandbox.introductions.acquaintance import Acquaintance, our_rsa_key
from gateway.sandbox.wechat_wallet.wallet import WalletState

SIGNING_KEY = "wechatpay-sandbox-signing-key"
SHARED_KEY = "wechatpay-sandbox-answer-key"
SIGNING_SERIAL = "5A5DB0C0FFEE5A5DB0C0FFEE5A5DB0C0FFEE0001"


def acquaint(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, all under one signing key and one APIv3 key of ours."""
    public_pem = our_rsa_key(SIGNING_KEY)
    shared_key = _shared_key()
    platform = {key.key_id: key.public_pem.decode() for key in WalletState(place).keyring.all()}
    return [
        Acquaintance(
            pool=operator.pool,
            merchant_no=f"19000{operator.pool:05d}",
            row={
                "app_no": _app_no(operator),
                "signing_serial": SIGNING_SERIAL,
                "signing_key_secret": SIGNING_KEY,
                "shared_key_secret": SHARED_KEY,
                "platform_keys": platform,
            },
            known={
                "appids": [_app_no(operator)],
                "serial": SIGNING_SERIAL,
                "public_key_pem": public_pem,
                "api_v3_key": shared_key,
            },
        )
        for operator in operators
    ]


def _app_no(operator: Operator) -> str:
    return f"wx{operator.pool:016d}"


def _shared_key() -> str:
    try:
        return secrets.read(SHARED_KEY).decode()
    except SecretMissing:
        secrets.write_sandbox(SHARED_KEY, dice.token_hex(16).encode())
        return secrets.read(SHARED_KEY).decode()
