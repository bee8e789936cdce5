"""What a sandbox brings along where a production environment must be told: key and database."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from gateway.sandbox import postgres


def secret_key(data_dir: Path) -> str:
    """Give the sandbox's own signing key, made at random the first time it is asked for."""
    path = data_dir / "secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = path.with_name(f"secret-key.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        return path.read_text()
    finally:
        draft.unlink()
    return path.read_text()


def with_embedded_database(environment: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """Add the addresses of the embedded PostgreSQL where no DATABASE_URL is given."""
    if environment.get("DATABASE_URL"):
        own = dict(environment)
        own.setdefault("DATABASE_WORKER_URL", own["DATABASE_URL"])
        return own
    kept = postgres.urls(data_dir)
    if kept is None:
        return dict(environment)
    return dict(environment) | {
        "DATABASE_URL": kept.service,
        "DATABASE_WORKER_URL": kept.worker,
        "DATABASE_OWNER_URL": kept.owner,
    }
