"""SM2 by other hands: keys and signatures made by the openssl command."""

import subprocess
from pathlib import Path

from gmssl_pyx import sm2_key_generate

from gateway.signatures import sm2_keys


def sm2_key() -> bytes:
    """A new pair as PEM."""
    point, secret = sm2_key_generate()
    return sm2_keys.write_private(secret, point)


def openssl(*words: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """One run of openssl in a folder."""
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
