"""A SoftHSM2 token of a test's own, and the settings that open it in each form it can work."""

from pathlib import Path

from nfc_topup.vault import sandbox_token
from nfc_topup.vault.pkcs11_wire import TokenSettings

LEGACY_PROVIDER = """openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
"""


def new_token(directory: Path) -> TokenSettings:
    """A fresh token under `directory`, whose session keys are DES2 keys with equal halves."""
    sandbox_token.make_token(directory)
    return sandbox_token.token_settings(directory)


def with_single_des(settings: TokenSettings, directory: Path) -> TokenSettings:
    """The same token with session keys of single DES, which OpenSSL 3 has as a legacy only."""
    conf = directory / "openssl.cnf"
    conf.write_text(LEGACY_PROVIDER, encoding="utf-8")
    return TokenSettings(
        module=settings.module,
        token=settings.token,
        session_key="des",
        environment={**settings.environment, "OPENSSL_CONF": str(conf)},
    )
