"""Forgets stored answers after the published time."""

from datetime import timedelta

from accounts import clock
from accounts.schedules import every
from gateway.idempotency import services


def purge() -> None:
    """What the schedule runs once a day."""
    services.purge(clock.now())


every("idempotency.purge", "gateway.idempotency.tasks.purge", timedelta(days=1))
