"""What must be true before real money: every fault of a production environment, by name."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from accounts import secrets
from accounts.errors import SandboxOnly, SecretMalformed, SecretMissing, SecretNameWrong

SHORTEST_SECRET_KEY = 50
FEWEST_DIFFERENT_CHARACTERS = 10
EVENT_KEY, FACTOR_KEY = "event-signing-1", "officer-factor-1"
CITIZENS_KEYS = {
    "sign-in-code": "no sign-in code could be kept",
    "token-chain": "the tokens of apps could not turn",
    "id-number-index": "no real name could be confirmed",
}


def faults(
    environment: Mapping[str, str], installed_apps: Sequence[str], *, data_dir: Path
) -> list[str]:
    """Name everything that forbids this environment to serve; an empty list means none.

    `environment` is that of the process, `data_dir` where a sandbox would keep its PostgreSQL.
    Never quotes a value, only names.
    """
    found = []
    if environment.get("DEBUG"):
        found.append("DEBUG is set")
    found += _secret_key_faults(environment.get("SECRET_KEY", ""))
    hosts = environment.get("ALLOWED_HOSTS", "").split(",")
    if not any(host.strip() for host in hosts):
        found.append("ALLOWED_HOSTS is missing")
    if "*" in [host.strip() for host in hosts]:
        found.append("ALLOWED_HOSTS allows every host")
    found += _database_faults(environment, data_dir)
    if "gateway.sandbox" in installed_apps:
        found.append("the app gateway.sandbox is installed")
    found += _vault_faults(environment) + _secret_faults(environment)
    return found + _message_faults(environment)


def _secret_faults(environment: Mapping[str, str]) -> list[str]:
    """What the first event or the first officer would otherwise be the one to find out."""
    events = (environment.get("EVENT_SIGNING_KEYS") or EVENT_KEY).split()
    found = [] if events else ["EVENT_SIGNING_KEYS names no key"]
    for name in events:
        found += _unfit(environment, name, "events could not be signed", _check_event_key)
    seal = environment.get("OFFICER_FACTOR_KEY") or FACTOR_KEY
    said = "officers' second factors could not be opened"
    found += _unfit(environment, seal, said, secrets.key_of)
    for name, said in CITIZENS_KEYS.items():
        found += _unfit(environment, name, said, secrets.key_of)
    return found


def _unfit(
    environment: Mapping[str, str],
    name: str,
    consequence: str,
    check: Callable[[bytes, str], object],
) -> list[str]:
    """A fault unless the secret of this name is there and passes the check."""
    try:
        check(secrets.read(name, environment), name)
    except SecretMissing:
        return [f"the secret {name} is missing: {consequence}"]
    except SecretNameWrong:
        return [f"a secret is named otherwise than in small letters and digits: {consequence}"]
    except SandboxOnly:
        return ["SECRETS_DIR is the sandbox's store"]
    except SecretMalformed:
        return [f"the secret {name} is not a key of its kind: {consequence}"]
    return []


def _check_event_key(pem: bytes, name: str) -> None:
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise SecretMalformed("no private key in PEM", name=name) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SecretMalformed("no Ed25519 key", name=name)


def _message_faults(environment: Mapping[str, str]) -> list[str]:
    provider = environment.get("SMS_PROVIDER", "")
    if not provider:
        return ["SMS_PROVIDER is missing: no citizen could sign in"]
    if provider == "sandbox":
        return ["SMS_PROVIDER=sandbox shows every sign-in code on a page"]
    if provider != "aliyun":
        return ["SMS_PROVIDER names no provider of this build"]
    found = [
        f"{name} is missing: no sign-in code could be sent"
        for name in ("SMS_SIGN_NAME", "SMS_TEMPLATE_SIGN_IN_CODE")
        if not environment.get(name)
    ]
    for name in ("aliyun-sms-key-id", "aliyun-sms-key-secret"):
        found += _unfit(environment, name, "no sign-in code could be sent", lambda *_: None)
    return found


def _vault_faults(environment: Mapping[str, str]) -> list[str]:
    vault = environment.get("CARD_VAULT") or "pkcs11"
    if vault == "software":
        return ["CARD_VAULT=software keeps card keys in this process"]
    if vault != "pkcs11":
        return ["CARD_VAULT names no vault of this build"]
    return [
        f"{name} is missing: no HSM is named that could seal a load"
        for name in ("PKCS11_MODULE", "PKCS11_TOKEN")
        if not environment.get(name)
    ]


def _secret_key_faults(key: str) -> list[str]:
    if not key:
        return ["SECRET_KEY is missing"]
    if key.startswith(("django-insecure-", "sandbox")):
        return ["SECRET_KEY is a default"]
    if len(key) < SHORTEST_SECRET_KEY or len(set(key)) < FEWEST_DIFFERENT_CHARACTERS:
        return [f"SECRET_KEY is weak: {SHORTEST_SECRET_KEY} random characters are the least"]
    return []


def _database_faults(environment: Mapping[str, str], data_dir: Path) -> list[str]:
    found = []
    if not environment.get("DATABASE_URL"):
        found.append("DATABASE_URL is missing")
    if environment.get("GATEWAY_PROCESS") == "worker" and not environment.get(
        "DATABASE_WORKER_URL"
    ):
        found.append("DATABASE_WORKER_URL is missing in a worker process")
    return found + [
        f"{name} names the embedded PostgreSQL"
        for name in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL")
        if _is_embedded(environment.get(name, ""), data_dir)
    ]


def _is_embedded(url: str, data_dir: Path) -> bool:
    """Say whether `url` points at the port that the launcher keeps in `data_dir`."""
    kept = data_dir / "postgres.json"
    if not url or not kept.is_file():
        return False
    parts = urlsplit(url)
    here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return here and str(parts.port) == str(json.loads(kept.read_text()).get("port"))
