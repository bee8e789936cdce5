"""Forgets stored answers and used nonces after their time."""

from datetime import timedelta

from accounts import clock
from accounts.schedules import every
from gateway.idempotency import nonces, services


def purge() -> None:
    """What the schedule runs once a day."""
    services.purge(clock.now())


def purge_nonces() -> None:
    """What the schedule runs every ten minutes."""
    nonces.purge(clock.now())


every("idempotency.purge", "gateway.idempotency.tasks.purge", timedelta(days=1))
every("idempotency.purge_nonces", "gateway.idempotency.tasks.purge_nonces", timedelta(minutes=10))
