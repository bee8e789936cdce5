"""The sandbox's own token: SoftHSM2 where script/softhsm put it, made once, its PIN at random."""

from __future__ import annotations

import fcntl
import secrets as randomness
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accounts import secrets
from accounts.errors import SandboxOnly, SecretMissing
from nfc_topup.vault.errors import VaultMisconfigured
from nfc_topup.vault.pkcs11_wire import PIN_SECRET, REPOSITORY, TokenSettings

LABEL = "card-sandbox"
SEARCHED = ("usr/lib/softhsm", "usr/lib/*/softhsm", "usr/lib64/softhsm", "usr/lib64/pkcs11")
MISSING = "SoftHSM2 is not installed: run script/softhsm, which says what it needs"


def token_settings(data_dir: Path, session_key: str = "des2") -> TokenSettings:
    """The sandbox's token under `data_dir`; VaultMisconfigured when SoftHSM2 is not installed."""
    return TokenSettings(
        module=str(_installed("libsofthsm2.so", SEARCHED)),
        token=LABEL,
        session_key=session_key,
        environment={"SOFTHSM2_CONF": str(data_dir / "softhsm" / "softhsm2.conf")},
    )


def make_token(data_dir: Path) -> None:
    """Have the sandbox's token and the secret that opens it; doing it twice is doing it once.

    SandboxOnly, VaultMisconfigured.
    """
    if not secrets.in_sandbox():
        raise SandboxOnly("a token of SoftHSM is for the sandbox")
    where = data_dir / "softhsm"
    settings = token_settings(data_dir)
    util = _installed("softhsm2-util", ("usr/bin", "usr/local/bin"))
    with _alone_in(where):
        if (where / "made").exists():
            return
        tokens = where / "tokens"
        tokens.mkdir(mode=0o700, exist_ok=True)
        text = f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        (where / "softhsm2.conf").write_text(text, encoding="utf-8")
        words = ["--module", settings.module, "--init-token", "--free", "--label", LABEL]
        pins = ["--pin", _pin(), "--so-pin", randomness.token_hex(8)]
        done = subprocess.run(
            [str(util), *words, *pins],
            env={"SOFTHSM2_CONF": str(where / "softhsm2.conf")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise VaultMisconfigured("softhsm2-util made no token", said=done.stderr.strip())
        (where / "made").touch()


def _pin() -> str:
    try:
        return secrets.read(PIN_SECRET).decode()
    except SecretMissing:
        secrets.read_key(PIN_SECRET, 8)  # made once, whoever of us is first
        return secrets.read(PIN_SECRET).decode()


def _installed(name: str, places: tuple[str, ...]) -> Path:
    """A file of SoftHSM2, from the system or from this clone; VaultMisconfigured without one."""
    for root in (REPOSITORY / "var" / "softhsm2", Path("/")):
        for place in places:
            for found in sorted(root.glob(f"{place}/{name}")):
                return found
    raise VaultMisconfigured(MISSING)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
