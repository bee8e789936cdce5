"""Makes operators merchants of the sandbox's 银联."""

from collections.abc import Iterable
from pathlib import Path

from accounts.models import Operator
from gateway.sandbox.introductions.acquaintance import Acquaintance, our_rsa_key
from gateway.sandbox.unionpay_host.authority import SANDBOX_HOLDER
from gateway.sandbox.unionpay_host.host import HostState

SIGNING_KEY = "unionpay-sandbox-signing-key"
CERTIFICATE_NO = "68759663125"


def acquaint(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, all under one signing key of ours, trusting 银联's roots."""
    public_pem = our_rsa_key(SIGNING_KEY)
    roots = "".join(key.public_pem.decode() for key in HostState(place).keyring.all())
    return [
        Acquaintance(
            pool=operator.pool,
            merchant_no=f"7772900{operator.pool:08d}",
            row={
                "app_no": "acp",
                "signing_serial": CERTIFICATE_NO,
                "signing_key_secret": SIGNING_KEY,
                "trusted_roots": roots,
                "options": {"certificate_holder": SANDBOX_HOLDER, "statement_url": "/"},
            },
            known={"certificate_no": CERTIFICATE_NO, "public_key_pem": public_pem},
            renewed=("trusted_roots", "options"),
        )
        for operator in operators
    ]
