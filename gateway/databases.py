"""Which database role each process uses: the service, the worker, or the one that migrates."""

from collections.abc import Mapping
from typing import Any

import dj_database_url

NOWHERE = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": "/the-embedded-postgresql-was-never-started",
    "NAME": "gateway",
}
SERVICE_LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
}
WORKER_LIMITS = SERVICE_LIMITS | {"statement_timeout": "60s"}
OWNER_LIMITS = {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


class OwnerMigrates:
    """Lets migrations touch the database only through the alias of the migrating role."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        """Say yes to the alias `owner` alone."""
        return db == "owner"


def databases(environment: Mapping[str, str], process: str) -> dict[str, dict[str, Any]]:
    """Give Django's DATABASES for a process of kind `process` ("web" or "worker").

    `default` is the running role, `owner` the migrating one; the latter is there only where
    DATABASE_OWNER_URL is set, so that a serving process need not hold its password.
    """
    name, limits = "DATABASE_URL", SERVICE_LIMITS
    if process == "worker":
        name, limits = "DATABASE_WORKER_URL", WORKER_LIMITS
    found = {"default": _database(environment.get(name, ""), limits, process)}
    if environment.get("DATABASE_OWNER_URL") or not environment.get(name):
        owner = environment.get("DATABASE_OWNER_URL", "")
        found["owner"] = _database(owner, OWNER_LIMITS, "owner")
    if "owner" in found:
        found["default"]["TEST"] = {"MIRROR": "owner"}
    return found


def _database(url: str, limits: Mapping[str, str], process: str) -> dict[str, Any]:
    parsed: dict[str, Any] = dict(dj_database_url.parse(url)) if url else dict(NOWHERE)
    parsed |= {"CONN_MAX_AGE": 0 if process == "owner" else 60, "CONN_HEALTH_CHECKS": True}
    parsed["OPTIONS"] = dict(parsed.get("OPTIONS") or {}) | {
        "connect_timeout": 5,
        "application_name": f"gateway-{process}",
        "options": " ".join(f"-c {key}={value}" for key, value in limits.items()),
    }
    return parsed
