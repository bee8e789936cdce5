"""Makes operators sellers at the sandbox's 支付宝, one app each, in key mode."""

from collections.abc import Iterable
from pathlib import Path

from accounts.models import Operator
from gateway.sandbox.alipay_wallet.wallet import WalletState
from gateway.sandbox.introductions.acquaintance import Acquaintance, our_rsa_key

SIGNING_KEY = "alipay-sandbox-signing-key"


def acquaint(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, all under one signing key of ours."""
    public_pem = our_rsa_key(SIGNING_KEY)
    platform = {key.key_id: key.public_pem.decode() for key in WalletState(place).keyring.all()}
    return [
        Acquaintance(
            pool=operator.pool,
            merchant_no=f"2088{operator.pool:012d}",
            row={
                "app_no": _app_no(operator),
                "signing_serial": "",
                "signing_key_secret": SIGNING_KEY,
                "platform_keys": platform,
            },
            known={"app_id": _app_no(operator), "public_key_pem": public_pem},
        )
        for operator in operators
    ]


def _app_no(operator: Operator) -> str:
    return f"2021{operator.pool:012d}"
